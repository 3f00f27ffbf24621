"""The JSON Schemas of the events: as the contracts are now (`schemas`), and as they were released (`released`).

What was released is a promise to those who read old events and to those who send new ones; what would break either
needs a new version of the type. `make docs` writes the one folder, `make release` the other. Neither breaks a promise.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shared.contracts.compatibility import Harm, broken
from shared.contracts.contract import CONTRACTS, TOPICS, Contract
from shared.contracts.event import envelope_of
from shared.contracts.outline import Schema

CURRENT = Path(__file__).with_name("schemas")
RELEASED = Path(__file__).with_name("released")
EXAMPLES = Path(__file__).with_name("examples")
LOCK = "LOCK"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENDING = ".schema.json"
HOW = (
    "Leave version 1 as it was, and make version 2 of the type beside it: CONTRIBUTING, “a breaking change”. "
    "If only the words changed and the meaning did not, say so: make release ARGS=--same-meaning"
)

Readers = Mapping[str, Sequence[str]]
"""Who reads each topic, by its name."""
_BY_NAME = {topic.name: topic for topic in TOPICS}


def schema_of(contract: Contract) -> Schema:
    """The JSON Schema of a whole event: envelope and data, by wire names; and what makes two events one fact."""
    made = TypeAdapter(envelope_of(contract)).json_schema(by_alias=True, mode="validation")
    _drop_field_titles(made)
    beside: Schema = {"x-topic": contract.topic.name, "x-sleutel": list(contract.wire_key)}
    if contract.check:
        beside["x-regel"] = (contract.check.__doc__ or "").partition("\n")[0]
    made.pop("title")
    return {"$schema": DIALECT, "title": contract.type, **beside, **made}


def _drop_field_titles(schema: Schema) -> None:
    """A title made from a name says nothing; those of classes stay."""
    for shape in [schema, *schema.get("$defs", {}).values()]:
        for field in shape.get("properties", {}).values():
            field.pop("title", None)


def examples_of(contract: Contract) -> list[Any]:
    """The golden examples of an event, as the JSON that they are."""
    names = sorted(EXAMPLES.glob(f"{contract.name}.v{contract.version}.*.json"))
    return [json.loads(path.read_bytes()) for path in names]


def published(contract: Contract) -> Schema:
    """The JSON Schema of a whole event as it is published: read, for making all of them takes half a second."""
    schema: Schema = json.loads((CURRENT / (contract.type + ENDING)).read_bytes())
    return schema


def generated() -> dict[str, str]:
    """The text of every schema as the contracts are now, by file name."""
    return {
        contract.type + ENDING: json.dumps(schema_of(contract), indent=2, ensure_ascii=False) + "\n"
        for contract in CONTRACTS.values()
    }


def committed(folder: Path) -> dict[str, str]:
    """The text of every schema in a folder, by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*" + ENDING))}


def breaches(readers: Readers, *, same_meaning: bool = False) -> Iterator[str]:
    """What the contracts as they are break of what was released: a sentence each, which says whom.

    `same_meaning`: that words changed and their meaning did not.
    """
    new = generated()
    for name, text in committed(RELEASED).items():
        kind, old = name.removesuffix(ENDING), json.loads(text)
        topic = _BY_NAME[old["x-topic"]]
        parties = f"{topic.writer} → {', '.join(readers[topic.name]) or 'nobody yet'}"
        if name not in new:
            yield f"{kind} is gone. That breaks whoever reads the events that lie in a log ({parties})."
            continue
        for path, what, harm in broken(old, json.loads(new[name])):
            # A provider sends what it already sent; only our own billing reads it, and takes more from now on.
            harmless = (topic.by_aanbieder and harm is Harm.READERS) or (
                same_meaning and harm is Harm.MEANING
            )
            if not harmless:
                yield f"{kind}: {path} {what}. That breaks {harm} ({parties})."


def write_current() -> None:
    """Write the schemas as the contracts are now."""
    _write(CURRENT, generated())


def release(version: str) -> None:
    """Make the schemas as they are now a promise, as of this version of the project."""
    _write(RELEASED, generated())
    (RELEASED / LOCK).write_text("\n".join([version, *lock_lines()]) + "\n", encoding="utf-8")


def lock_lines() -> list[str]:
    """Of each schema that was released its sha256, by which a change by hand is seen."""
    return [
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}" for name, text in committed(RELEASED).items()
    ]


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name in committed(folder).keys() - texts.keys():
        (folder / name).unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
