"""`wijkzorg bench`: measured against a floor in the same run, on the same broker and database."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from wijkzorg.common import AsJson, CommandError, backends, console, say

try:
    from bench.billing import measure
except ModuleNotFoundError:  # as in an image
    raise CommandError(
        "This installation has no bench. Nothing was done. Run it from a checkout: `make install` there."
    ) from None

REMOVE_SECONDS_MAX = 15.0
POLL_SECONDS = 0.2
app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `billing` a subcommand."""


@app.command()
def billing(
    events: Annotated[int, typer.Option(min=1000, max=50_000_000, help="how many uses")] = 100_000,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="how many times")] = 3,
    as_json: AsJson = False,
) -> None:
    """Billing's whole path, from Kafka to verdicts sent, beside the least any such consumer must do."""
    with (
        tempfile.TemporaryDirectory() as folder,
        backends(Path(folder)) as found,
        Progress(console=console) as bar,
    ):
        task = bar.add_task("starting", total=1.0)

        def progress(what: str, part: float) -> None:
            bar.update(task, description=what, completed=part)

        measured = asyncio.run(measure(found, events, repeat, progress))
    say(
        measured,
        "\n".join(
            f"{name}: {spread['median']:.2f} ({spread['least']:.2f} to {spread['most']:.2f})"
            for name, spread in measured["ratios"].items()
        ),
        as_json=as_json,
    )


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
