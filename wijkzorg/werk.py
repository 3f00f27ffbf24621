"""`wijkzorg werk`: what a person has to look at, and what is decided on it."""

from typing import Annotated, Any
from uuid import UUID

import typer

from wijkzorg.asking import ask
from wijkzorg.common import (
    AsJson,
    At,
    CommandError,
    DataDir,
    console,
    counted,
    euros,
    named,
    say,
    services_at,
)

app = typer.Typer(no_args_is_help=True)


@app.command()
def lijst(
    data_dir: DataDir,
    at: At = None,
    soort: Annotated[str | None, typer.Option(help="only of this soort")] = None,
    alles: Annotated[bool, typer.Option("--alles", help="also what was dealt with")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, oldest first."""
    billing = services_at(at, data_dir)["billing"]
    found: list[dict[str, Any]] = []
    chosen = f"&soort={soort}" if soort else ""
    following: str | None = f"/v1/werklijst?open={'false' if alles else 'true'}{chosen}"
    while following:
        answer = ask("GET", billing + following)
        found += answer["werklijst"]
        if not as_json:
            for item in answer["werklijst"]:
                console.print(_line(item), soft_wrap=True)
        following = answer["volgende"]
    say({"werklijst": found}, f"{counted(len(found), 'item')} on the work list.", as_json=as_json)


@app.command()
def besluit(  # noqa: PLR0913, PLR0917 - the options of a command
    werk_id: Annotated[UUID, typer.Argument(metavar="WERK-ID", help="which item")],
    besluit: Annotated[str, typer.Argument(help="vrijgeven, spreiden, kwijtschelden or afgehandeld")],
    door: Annotated[str, typer.Option(metavar="NAAM", callback=named, help="who decides")],
    data_dir: DataDir,
    at: At = None,
    artikel: Annotated[str | None, typer.Option(help="by which article, for kwijtschelden")] = None,
    termijnen: Annotated[int | None, typer.Option(help="over how many statements, for spreiden")] = None,
    execute: Annotated[
        bool, typer.Option("--execute", help="decide; without this, say what would be")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide on an item. A decision is final; the same one again changes nothing."""
    url = f"{services_at(at, data_dir)['billing']}/v1/werklijst/{werk_id}"
    before = ask("GET", url)
    if "besluit" in before and not execute:
        raise CommandError(f"{_line(before)} That is decided, and a decision is final. Nothing was changed.")
    body = {
        "besluit": besluit,
        "door": door,
        "artikel": artikel,
        "termijnen": termijnen,
        "uitvoeren": execute,
    }
    answer = ask("POST", f"{url}/besluit", {name: value for name, value in body.items() if value is not None})
    if not as_json:
        for item in answer["besloten"]:
            console.print(_line(item), soft_wrap=True)
    items = f"{counted(len(answer['besloten']), 'item')}: {besluit}"
    then = (
        f"Decided on {items}." if execute else f"Nothing was changed. With --execute is decided on {items}."
    )
    say(answer, then, as_json=as_json)


def _line(item: dict[str, Any]) -> str:
    said = {name: item[name] for name in ("maand", "huishoudenId", "clientId") if name in item}
    about = ", ".join(_said(name, value) for name, value in (said | item["gegevens"]).items())
    done = f" {item['besluit']} by {item.get('door', 'itself')}" if "besluit" in item else ""
    then = f", from statement {item['opOverzicht']} on" if "opOverzicht" in item else ""
    return f"{item['werkId']} {item['soort']} ({about}): {item['uitleg']}{done}{then}{'.' * bool(done)}"


def _said(name: str, value: Any) -> str:
    """One thing about an item, under the name it has in the answer."""
    if name.endswith("Cent"):
        return f"{name.removesuffix('Cent')} {euros(value)}"
    return f"{name} {' and '.join(value) if isinstance(value, list) else value}"
