"""`wijkzorg maand`: the life of months, and closing one."""

import time
from typing import Annotated, Any

import typer

from shared.kalender import parse_month
from wijkzorg.asking import ask
from wijkzorg.common import AsJson, At, CommandError, DataDir, console, counted, euros, say, services_at

POLL_SECONDS = 0.5
SILENT_SECONDS_MAX = 300.0
app = typer.Typer(no_args_is_help=True)


def _month(text: str) -> str:
    try:
        parse_month(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return text


@app.command()
def lijst(data_dir: DataDir, at: At = None, as_json: AsJson = False) -> None:
    """Say of every month whether it is open, concept or definitive, what it comes to, and why a concept waits."""
    answer = ask("GET", f"{services_at(at, data_dir)['billing']}/v1/maanden")
    if not as_json:
        for month in answer["maanden"]:
            why_not = month.get("sluitNietOmdat", "") if month["toestand"] == "concept" else ""
            console.print(f"{_line(month)} {why_not}".rstrip(), soft_wrap=True)
    say(answer, f"{counted(len(answer['maanden']), 'month')}.", as_json=as_json)


@app.command()
def sluit(
    maand: Annotated[str, typer.Argument(metavar="YYYY-MM", callback=_month, help="the month to close")],
    data_dir: DataDir,
    at: At = None,
    execute: Annotated[
        bool, typer.Option("--execute", help="close it; without this, say what would be")
    ] = False,
    voor_respijt: Annotated[
        bool, typer.Option("--voor-respijt", help="also before its grace is over, but never before its end")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a month definitive, with a statement for each household. Again changes nothing."""
    url = f"{services_at(at, data_dir)['billing']}/v1/maanden/{maand}"
    month = ask("GET", url)
    if month["toestand"] == "definitief":
        say(month, f"{_line(month)} It was closed before; nothing was changed.", as_json=as_json)
    elif execute:
        ask("POST", f"{url}/sluiting", {"voorRespijt": voor_respijt})
        say(month := _closed(url), f"{_line(month)} It is closed.", as_json=as_json)
    else:
        why_not = month.get("sluitNietOmdat")
        then = f"It cannot be closed now: {why_not}" if why_not else "Close it with --execute."
        say(month, f"{_line(month)} Nothing was changed. {then}", as_json=as_json)


def close_due(billing: str) -> None:
    """Close every month whose grace is over, one after the other, until one that cannot be."""
    for month in ask("GET", f"{billing}/v1/maanden")["maanden"]:
        url = f"{billing}/v1/maanden/{month['maand']}"
        if ask("GET", url).get("sluitNietOmdat"):
            return
        ask("POST", f"{url}/sluiting", {"voorRespijt": False})
        _closed(url)


def _closed(url: str) -> dict[str, Any]:
    """The month once it is closed; meanwhile how far it is."""
    last, since = -1, time.monotonic()
    with console.status("The month is being closed") as status:
        while (month := ask("GET", url))["toestand"] != "definitief":
            if (now := month["huishoudens"]) != last:
                last, since = now, time.monotonic()
                status.update(f"The month is being closed: {counted(now, 'household')} charged so far")
            elif time.monotonic() - since > SILENT_SECONDS_MAX:
                raise CommandError(
                    f"The month has not moved on for {SILENT_SECONDS_MAX:.0f} s. What was done is kept, and it goes on by "
                    "itself once the service can. See what it waits for with `wijkzorg status`."
                )
            time.sleep(POLL_SECONDS)
    return month


def _line(month: dict[str, Any]) -> str:
    households = counted(month["huishoudens"], "household")
    return f"{month['maand']}: {month['toestand']}, {households}, {euros(month['totaalCent'])}."
