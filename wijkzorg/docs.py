"""What is generated from the code: `make docs` writes it, `make release` also makes the contracts a promise.

docs/events.md, and the JSON Schemas of the events. Nothing is written where a promise would be broken.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from shared.contracts import events_page, schemas
from shared.contracts.contract import AANBIEDER, TOPICS
from shared.service import Service
from shared.settings import ServiceSettings
from wijkzorg.common import service_names

ROOT = Path(__file__).resolve().parents[1]
EVENTS = ROOT / "docs" / "events.md"


def service(name: str, settings: ServiceSettings) -> Service:
    """A service as it is put together; it is not started."""
    made: Service = import_module(f"services.{name}.app").service(settings)
    return made


def readers() -> dict[str, list[str]]:
    """Who reads each topic, by its name: services, and of a topic a provider is told on that provider."""
    nowhere = ServiceSettings(
        database_dsn=SecretStr("postgresql://nowhere"), KAFKA_BOOTSTRAP_SERVERS="nowhere:1"
    )
    found = [service(name, nowhere) for name in service_names()]
    return {
        topic.name: [each.name for each in found if topic in each.reads]
        + [AANBIEDER] * (topic.per_aanbieder and not topic.by_aanbieder)
        for topic in TOPICS
    }


def events() -> str:
    """The text of docs/events.md, as the contracts are now."""
    return events_page.page(readers())


def version() -> str:
    """The version of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def main(arguments: Sequence[str]) -> int:
    """Write what is generated; 1 and nothing written where that would break somebody."""
    parser = argparse.ArgumentParser(prog="wijkzorg.docs", description=__doc__)
    parser.add_argument("--release", action="store_true", help="make the contracts as they are a promise")
    parser.add_argument(
        "--same-meaning", action="store_true", help="words changed, and their meaning did not"
    )
    asked = parser.parse_args(arguments)
    found = list(schemas.breaches(readers(), same_meaning=asked.same_meaning))
    if found:
        sys.stderr.write("\n".join([*found, schemas.HOW]) + "\nNothing was written.\n")
        return 1
    schemas.write_current()
    EVENTS.write_text(events(), encoding="utf-8")
    if asked.release:
        schemas.release(version())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
