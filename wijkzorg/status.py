"""`wijkzorg status`: what runs from a data folder, and how far it is."""

import json
import urllib.error
import urllib.request
from typing import Any

from rich.table import Table

from wijkzorg.common import AsJson, CommandError, DataDir, console, say
from wijkzorg.up import read_state

TIMEOUT_SECONDS = 15


def status(data_dir: DataDir, as_json: AsJson = False) -> None:
    """Say which services run and what waits in each."""
    state = read_state(data_dir)
    if state is None:
        raise CommandError(
            f"Nothing runs from {data_dir}. Start it with `wijkzorg up --data-dir {data_dir}`."
        )
    standings = {name: _stand(url) for name, url in state["services"].items()}
    answer = {
        "services": state["services"],
        "kafka": state["kafka"],
        "bij": all(stand.get("bij") is True for stand in standings.values()),
        "standen": standings,
    }
    if not as_json:
        console.print(_table(state["services"], standings))
    say(answer, "All is handled." if answer["bij"] else "Not all is handled yet.", as_json=as_json)


def _stand(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{url}/v1/stand", timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own
            stand: dict[str, Any] = json.load(answer)
            return stand
    except (urllib.error.URLError, OSError, ValueError) as error:
        return {"bij": False, "fout": f"{url} does not answer ({error})"}


def _table(urls: dict[str, str], standings: dict[str, dict[str, Any]]) -> Table:
    table = Table("service", "address", "bij", "te lezen", "outbox", "vuil", "geparkeerd", "doodgelopen")
    for name, url in urls.items():
        stand = standings[name]
        if "fout" in stand:
            table.add_row(name, url, "nee", stand["fout"])
            continue
        behind = sum(p["einde"] - p["volgende"] for p in stand["posities"])
        counts = (behind, *(stand[k] for k in ("outbox", "vuileHuishoudens", "geparkeerd", "doodgelopen")))
        table.add_row(name, url, "ja" if stand["bij"] else "nee", *map(str, counts))
    return table
