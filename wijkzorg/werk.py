"""`wijkzorg werk`: what a person has to look at, and what is decided on it."""

from typing import Annotated, Any
from uuid import UUID

import typer

from wijkzorg.asking import ask
from wijkzorg.common import AsJson, At, DataDir, console, counted, say, services_at

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
    door: Annotated[str, typer.Option(metavar="NAAM", help="who decides")],
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
    if not execute:
        item = ask("GET", url)
        say(item, f"{_line(item)} Nothing was changed. Decide {besluit} with --execute.", as_json=as_json)
        return
    body = {"besluit": besluit, "door": door, "artikel": artikel, "termijnen": termijnen}
    answer = ask("POST", f"{url}/besluit", {name: value for name, value in body.items() if value is not None})
    if not as_json:
        for item in answer["besloten"]:
            console.print(_line(item), soft_wrap=True)
    say(answer, f"Decided on {counted(len(answer['besloten']), 'item')}: {besluit}.", as_json=as_json)


def _line(item: dict[str, Any]) -> str:
    about = [item[name] for name in ("maand", "huishoudenId", "clientId") if name in item]
    done = f" {item['besluit']} by {item['door']}." if "door" in item else ""
    return f"{item['werkId']} {item['soort']} ({', '.join(about)}): {item['uitleg']}{done}"
