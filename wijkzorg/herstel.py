"""`wijkzorg herstel`: what an owner of facts has told, and its restored database lacks."""

import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import httpx
import typer

from wijkzorg.common import AsJson, At, CommandError, DataDir, console, counted, say, services_at

app = typer.Typer(no_args_is_help=True)
TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.5


class Owner(StrEnum):
    """A service that owns facts."""

    INTAKE = "intake"
    INDICATIE = "indicatie"


@app.callback()
def _group() -> None:
    """Keep `controleer` a subcommand."""


@app.command()
def controleer(
    service: Annotated[Owner, typer.Argument(help="the service whose database was restored")],
    data_dir: DataDir,
    at: At = None,
    wait: Annotated[
        float, typer.Option(min=0, help="for at most so many seconds, wait until it has read its own topic")
    ] = 600,
    as_json: AsJson = False,
) -> None:
    """List what is on a service's own topic and not, or older, in its database; the code is 1 where anything is."""
    url = services_at(at, data_dir).get(service.value)
    if url is None:
        raise CommandError(
            f"{service} does not run there. Nothing was looked at. Start it, for it reads its own topic."
        )
    found = list(_found(url, service, time.monotonic() + wait))
    lacking = [row for row in found if not row["hersteld"]]
    if not as_json:
        for row in lacking:
            versie = f", versie {row['versie']}" if row["versie"] is not None else ""
            where = f"{row['topic']} partition {row['partitie']} offset {row['plaats']}"
            console.print(f"{row['sleutel']}{versie}, told at {row['time']} ({where})", soft_wrap=True)
    say(
        {
            "dienst": service.value,
            "ontbrekend": lacking,
            "hersteld": [row for row in found if row["hersteld"]],
        },
        _sentence(service, len(lacking), len(found) - len(lacking)),
        as_json=as_json,
    )
    sys.exit(1 if lacking else 0)


def _sentence(service: Owner, lacking: int, back: int) -> str:
    if not lacking and not back:
        return f"The database of {service} has all that {service} has told."
    again = f"{counted(back, 'fact')} of its topic that its database lacked {'is' if back == 1 else 'are'} there again."
    if not lacking:
        return again
    return (
        f"{counted(lacking, 'fact')} that {service} has told {'is' if lacking == 1 else 'are'} not in its database; {again} "
        "Enter what is listed again, under the same ids."
    )


def _found(url: str, service: Owner, deadline: float) -> Iterator[dict[str, Any]]:
    """All that the service lists, once it has read its own topic."""
    said, following = "", "/v1/ontbrekend"
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        while following:
            try:
                answer = client.get(url + following)
            except httpx.TransportError as error:
                raise CommandError(
                    f"{service} does not answer on {url} ({type(error).__name__}). Nothing was changed. "
                    "Start it, for it reads its own topic, and try again."
                ) from None
            if answer.status_code == httpx.codes.OK:
                page = answer.json()
                yield from page["ontbrekend"]
                following = page["volgende"]
                continue
            detail = _detail(answer)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise CommandError(
                    f"{service} does not say what it lacks ({detail}). Nothing was changed. Try again once it is ready."
                )
            if detail != said:
                console.print(f"{service}: {detail}", soft_wrap=True)
                said = detail
            time.sleep(POLL_SECONDS)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
