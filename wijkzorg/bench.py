"""`wijkzorg bench`: measured against a floor in the same run, on the same broker and database."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from wijkzorg.common import AsJson, CommandError, backends, console, say

try:
    from bench import billing as of_billing
    from bench import closing as of_closing
    from bench import copies as of_copies
    from bench import growth as of_growth
    from bench import latency as of_latency
    from bench import rebuild as of_rebuild
    from bench import relay as of_relay
    from local import Backends
except ModuleNotFoundError:  # as in an image
    raise CommandError(
        "This installation has no bench. Nothing was done. Run it from a checkout: `make install` there."
    ) from None

REMOVE_SECONDS_MAX = 15.0
POLL_SECONDS = 0.2
app = typer.Typer(no_args_is_help=True)
Events = Annotated[int, typer.Option(min=20_000, max=50_000_000, help="how many uses: many batches of them")]
Repeat = Annotated[int, typer.Option(min=1, max=100, help="how many times; the figures are the medians")]
Told = Callable[[str, float], None]
Measured = Mapping[str, Any]


@app.command()
def billing(events: Events = 100_000, repeat: Repeat = 3, as_json: AsJson = False) -> None:
    """Billing's whole path, from Kafka to verdicts sent, beside the least any such consumer must do."""
    _say(_run(lambda found, told: of_billing.measure(found, events, repeat, told)), as_json=as_json)


@app.command()
def growth(
    events: Events = 200_000,
    few: Annotated[int, typer.Option(min=24, help="uses in the smaller database")] = 200_000,
    many: Annotated[int, typer.Option(min=24, help="uses in the larger one")] = 20_000_000,
    repeat: Repeat = 3,
    as_json: AsJson = False,
) -> None:
    """The same where few and many uses lie in the database, with all that came of them: throughput, bytes of WAL, memory."""
    _say(
        _run(lambda found, told: of_growth.measure(found, events, (few, many), repeat, told)), as_json=as_json
    )


@app.command()
def latency(
    rate: Annotated[int, typer.Option(min=1, max=100_000, help="events a second")] = 1000,
    seconds: Annotated[int, typer.Option(min=1, max=3600, help="how long")] = 30,
    repeat: Repeat = 3,
    as_json: AsJson = False,
) -> None:
    """From a use that is published to its contribution, beside publish, fetch and commit alone."""
    _say(_run(lambda found, told: of_latency.measure(found, rate, seconds, repeat, told)), as_json=as_json)


@app.command()
def closing(
    households: Annotated[int, typer.Option(min=1, max=5_000_000, help="that owe something")] = 1_200_000,
    months: Annotated[int, typer.Option(min=0, max=120, help="closed before it")] = 1,
    repeat: Repeat = 3,
    as_json: AsJson = False,
) -> None:
    """Closing a month, beside one `insert … select` of its lines."""
    _say(
        _run(lambda found, told: of_closing.measure(found, households, months, repeat, told)),
        as_json=as_json,
    )


@app.command()
def relay(events: Events = 50_000, repeat: Repeat = 3, as_json: AsJson = False) -> None:
    """The outbox, beside sending the same messages with nothing around it."""
    _say(_run(lambda found, told: of_relay.measure(found, events, repeat, told)), as_json=as_json)


@app.command()
def rebuild(events: Events = 200_000, repeat: Repeat = 3, as_json: AsJson = False) -> None:
    """Reporting's figures made anew from the log, beside billing at work."""
    _say(_run(lambda found, told: of_rebuild.measure(found, events, repeat, told)), as_json=as_json)


@app.command()
def copies(events: Events = 200_000, repeat: Repeat = 3, as_json: AsJson = False) -> None:
    """What the same records cost one, two and four copies of billing."""
    _say(_run(lambda found, told: of_copies.measure(found, events, repeat, told)), as_json=as_json)


def _run(work: Callable[[Backends, Told], Awaitable[Measured]]) -> Measured:
    """Do this on a Kafka and a PostgreSQL of its own, or those of the environment, and show how far it is."""

    async def measured(found: Backends, told: Told) -> Measured:
        return await work(found, told)

    with _folder() as folder, backends(folder) as found, Progress(console=console) as bar:
        task = bar.add_task("starting", total=1.0)
        return asyncio.run(
            measured(found, lambda what, part: bar.update(task, description=what, completed=part))
        )


def _say(measured: Measured, *, as_json: bool) -> None:
    say(dict(measured), "\n".join(_lines(measured)), as_json=as_json)


def _lines(measured: Measured, indent: str = "") -> Iterator[str]:
    for name, value in measured.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        elif not isinstance(value, list):
            yield f"{indent}{name}: {value}"


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for Kafka and PostgreSQL, removed once they have let go of it."""
    folder = Path(tempfile.mkdtemp(prefix="wijkzorg-bench-"))
    try:
        yield folder
    finally:
        deadline = time.monotonic() + REMOVE_SECONDS_MAX
        while folder.exists() and time.monotonic() < deadline:
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(POLL_SECONDS)
