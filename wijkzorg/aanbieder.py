"""`wijkzorg aanbieder`: a provider gets its pair of topics."""

import asyncio
import re
from typing import Annotated

import typer

from shared.messaging import topics
from wijkzorg.common import AsJson, DataDir, kafka_of, prefix, say

app = typer.Typer(no_args_is_help=True)


def agb_code(text: str) -> str:
    """The text, if it is an AGB code."""
    if not re.fullmatch(r"[0-9]{8}", text):
        raise typer.BadParameter(f"'{text}' is no AGB code: that is eight digits, for instance 65656055")
    return text


@app.callback()
def _group() -> None:
    """Keep `registreer` a subcommand."""


@app.command()
def registreer(
    agb: Annotated[str, typer.Argument(metavar="AGB", callback=agb_code, help="the provider's AGB code")],
    data_dir: DataDir,
    as_json: AsJson = False,
) -> None:
    """Make the two topics of a provider: what it publishes, and what it is told. Again changes nothing."""
    with kafka_of(data_dir) as kafka:
        made = asyncio.run(topics.declare_aanbieder(kafka, prefix(), agb))
    say(
        {"aanbieder": agb, "gemaakt": made},
        f"Provider {agb} is registered: {', '.join(made) or 'its topics were there already'}.",
        as_json=as_json,
    )
