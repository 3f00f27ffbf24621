"""`wijkzorg status`: what runs from a data folder or elsewhere, and how far it is."""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from wijkzorg import state
from wijkzorg.common import AsJson, At, CommandError, DataDir, console, counted, named_kafka, say, services_at
from wijkzorg.diep import check, say_checks

TIMEOUT_SECONDS = 15
POLL_SECONDS = 0.2
COUNTS = {
    "outbox": "messages to be sent",
    "vuileHuishoudens": "households to be determined",
    "teSluitenMaanden": "months to be closed",
    "geparkeerd": "records that wait for a fact they need",
    "doodgelopen": "records that could not be read",
}


def status(
    data_dir: DataDir,
    at: At = None,
    wait: Annotated[
        float, typer.Option(min=0, help="for at most so many seconds, wait until all is handled")
    ] = 0,
    diep: Annotated[
        bool,
        typer.Option(
            "--diep", help="have every service look through its database; the code is 1 if one is wrong"
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say which services run and what waits in each."""
    deadline = time.monotonic() + wait
    answer = _answer(at, data_dir)
    while not answer["bij"] and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        answer = _answer(at, data_dir)
    faults = [stand["fout"] for stand in answer["standen"].values() if "fout" in stand]
    if at and len(faults) == len(answer["standen"]):
        raise CommandError(
            f"No service answers under {at}: {faults[0]}. Check that address, and whether the system runs there."
        )
    if not as_json:
        for name, url in answer["services"].items():
            console.print(f"{name} on {url}: {_sentence(answer['standen'][name])}", soft_wrap=True)
    if diep:
        answer |= check(answer["services"])
        if not as_json:
            say_checks(answer["controles"])
    say(answer, _summary(answer), as_json=as_json)
    if not answer.get("goed", True):
        sys.exit(1)


def _summary(answer: dict[str, Any]) -> str:
    if not answer.get("goed", True):
        return "Something is not right: see the lines above."
    if not answer["bij"]:
        return "Not all is handled yet."
    parked = sum(stand["geparkeerd"] for stand in answer["standen"].values())
    return f"All is handled; {counted(parked, 'record')} wait for a fact." if parked else "All is handled."


def _answer(at: str | None, data_dir: Path) -> dict[str, Any]:
    services = services_at(at, data_dir)
    standings = {name: _stand(url) for name, url in services.items()}
    return {
        "services": services,
        "kafka": named_kafka() if at else (state.read(data_dir) or {}).get("kafka"),
        "bij": all(stand.get("bij") is True for stand in standings.values()),
        "standen": standings,
    }


def _stand(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{url}/v1/stand", timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own
            stand: dict[str, Any] = json.load(answer)
            return stand
    except (urllib.error.URLError, OSError, ValueError) as error:
        return {"bij": False, "fout": f"it does not answer ({error})"}


def _sentence(stand: dict[str, Any]) -> str:
    """What waits in a service, in words; what is zero is left out."""
    if "fout" in stand:
        return str(stand["fout"])
    behind = sum(max(0, p["einde"] - p["volgende"]) for p in stand["posities"])
    waiting = {"records to be read": behind} | {what: stand[name] for name, what in COUNTS.items()}
    return ", ".join(f"{count} {what}" for what, count in waiting.items() if count) or "nothing waits"
