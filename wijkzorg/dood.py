"""`wijkzorg dood`: records that could not be read or handled, and what a person does about them."""

import base64
import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from wijkzorg import brieven
from wijkzorg.asking import RefusalError, ask
from wijkzorg.brieven import Act
from wijkzorg.common import AsJson, At, CommandError, DataDir, console, counted, named, say

app = typer.Typer(no_args_is_help=True)


def _place(text: str | None) -> str | None:
    if text and not re.fullmatch(r"[A-Za-z0-9._-]{1,249}/\d{1,9}/\d{1,18}", text):
        raise typer.BadParameter("write it as topic/partition/offset, as `wijkzorg dood list` does")
    return text


def _reason(text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise typer.BadParameter("say why, in some words")
    return text


Dienst = Annotated[str, typer.Argument(metavar="SERVICE", help="the service in which it lies")]
Plek = Annotated[
    str, typer.Argument(metavar="PLACE", callback=_place, help="topic/partition/offset, as `list` prints it")
]
AnyPlek = Annotated[
    str | None,
    typer.Argument(metavar="PLACE", callback=_place, help="topic/partition/offset; not with --alles"),
]
Door = Annotated[str, typer.Option(metavar="NAAM", callback=named, help="who does this")]
Reden = Annotated[str, typer.Option(metavar="TEXT", callback=_reason, help="why; nothing about a person")]
Alles = Annotated[
    bool, typer.Option("--alles", help="all open ones, or those of --code, --type, --topic and --aanbieder")
]
Code = Annotated[str | None, typer.Option(help="only with this code")]
Type = Annotated[str | None, typer.Option(help="only of this type of event")]
Topic = Annotated[str | None, typer.Option(help="only of this topic")]
Aanbieder = Annotated[str | None, typer.Option(metavar="AGB", help="only of this provider")]
Execute = Annotated[bool, typer.Option("--execute", help="do it; without this, say what would be")]


@app.command(name="list")
def list_(  # noqa: PLR0913, PLR0917 - the options of a command
    data_dir: DataDir,
    at: At = None,
    dienst: Annotated[str | None, typer.Option(metavar="SERVICE", help="only of this service")] = None,
    code: Code = None,
    type_: Annotated[str | None, typer.Option("--type", help="only of this type of event")] = None,
    topic: Topic = None,
    aanbieder: Aanbieder = None,
    besluit: Annotated[
        str, typer.Option(help="open, hersteld, herleverd, verworpen, gewist or alle")
    ] = "open",
    ouder_dan: Annotated[
        float, typer.Option(metavar="DAYS", min=0, max=36_500, help="only older than so many days")
    ] = 0,
    afgewezen: Annotated[
        bool,
        typer.Option("--afgewezen", help="what was read and refused for a fault of its own, to be mended"),
    ] = False,
    limiet: Annotated[int, typer.Option(min=0, max=10_000, help="how many to list, of each service")] = 20,
    as_json: AsJson = False,
) -> None:
    """Count what was put aside by topic, type and reason, and list the first of it."""
    wanted = brieven.wanted(code, type_, topic, aanbieder) | {"besluit": besluit}
    if ouder_dan:
        wanted["voor"] = (datetime.now(UTC) - timedelta(days=ouder_dan)).isoformat()
    if afgewezen:
        wanted["afgewezen"] = "true"
    groups: list[dict[str, Any]] = []
    letters: list[dict[str, Any]] = []
    number = kinds = 0
    for name, url in brieven.services(at, data_dir, dienst).items():
        found = ask("GET", f"{url}/v1/dood/groepen?{urlencode(wanted)}")
        groups += [{"dienst": name, **group} for group in found["groepen"]]
        number, kinds = number + found["aantal"], kinds + found["aantalGroepen"]
        if found["aantal"]:
            letters += [{"dienst": name, **letter} for letter in islice(brieven.letters(url, wanted), limiet)]
    if not as_json:
        for group in groups:
            console.print(brieven.of_group(group), soft_wrap=True, markup=False)
        if len(groups) < kinds:
            console.print(f"These are the largest {len(groups)} of {kinds} groups.")
        for letter in letters:
            console.print(brieven.of_letter(letter), soft_wrap=True, markup=False)
    shown = f", {len(letters)} of them listed" if len(letters) < number else ""
    what = counted(number, "refused record" if afgewezen else "dead letter")
    what += "" if afgewezen or besluit == "open" else f" ({besluit})"
    counts = {"aantal": number, "aantalGroepen": kinds}
    say({"groepen": groups, "brieven": letters} | counts, f"{what}{shown}.", as_json=as_json)


@app.command()
def toon(  # noqa: PLR0913, PLR0917 - the options of a command
    dienst: Dienst,
    plek: Plek,
    data_dir: DataDir,
    at: At = None,
    raw: Annotated[
        bool,
        typer.Option("--bytes", help="the bytes themselves, which is written down: needs --door, --reden"),
    ] = False,
    hersteld: Annotated[
        bool, typer.Option("--hersteld", help="with --bytes: those that mend it, if any do")
    ] = False,
    door: Annotated[str | None, typer.Option(metavar="NAAM", callback=named, help="who looks")] = None,
    reden: Annotated[str | None, typer.Option(metavar="TEXT", callback=_reason, help="why")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one record: its fault, what was done about it, and its content, masked."""
    url = brieven.address(at, data_dir, dienst, plek)
    if not raw:
        letter = ask("GET", url)
        say(letter, brieven.whole(letter), as_json=as_json)
        return
    if not door or not reden:
        raise CommandError(
            "Who sees the bytes is written down. Nothing was shown. Say who and why: --door, --reden."
        )
    answer = ask("POST", f"{url}/bytes", {"door": door, "reden": reden})
    if as_json:
        say(answer, "", as_json=True)
        return
    if "hersteld" in answer and not hersteld:
        console.print("It was mended: --hersteld shows what is read in its place.", soft_wrap=True)
    sys.stdout.buffer.write(
        base64.b64decode(answer["hersteld" if hersteld and "hersteld" in answer else "bytes"])
    )
    sys.stdout.buffer.flush()


@app.command()
def herstel(  # noqa: PLR0913, PLR0917 - the options of a command
    dienst: Dienst,
    plek: Plek,
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE", help="the record as it should have been; - for standard input"),
    ],
    door: Door,
    reden: Reden,
    data_dir: DataDir,
    at: At = None,
    execute: Execute = False,
    as_json: AsJson = False,
) -> None:
    """Have a record judged by mended bytes, now and in every replay; again, until it is a fact. The same changes nothing."""
    body = {
        "door": door,
        "reden": reden,
        "bytes": base64.b64encode(file.read()).decode(),
        "uitvoeren": execute,
    }
    answer = ask("POST", f"{brieven.address(at, data_dir, dienst, plek)}/herstel", body)
    answer |= _left_open(at, data_dir, dienst, [plek] if execute else [])
    say(answer, brieven.outcome(plek, answer), as_json=as_json)
    sys.exit(1 if "geweigerd" in answer else 0)


def _left_open(at: str | None, data_dir: Path, dienst: str, places: Collection[str]) -> dict[str, list[str]]:
    """What is to be said of other services that hold these records open, about which something was done here."""
    found = brieven.services(at, data_dir, None) if places else {}
    left = brieven.open_elsewhere(found, dienst, places)
    for sentence in left:
        console.print(sentence, soft_wrap=True, markup=False)
    return {"ookOpen": left} if left else {}


@app.command()
def herlever(  # noqa: PLR0913, PLR0917 - the options of a command
    dienst: Dienst,
    door: Door,
    reden: Reden,
    data_dir: DataDir,
    plek: AnyPlek = None,
    at: At = None,
    alles: Alles = False,
    code: Code = None,
    type_: Annotated[str | None, typer.Option("--type", help="only of this type of event")] = None,
    topic: Topic = None,
    aanbieder: Aanbieder = None,
    execute: Execute = False,
    as_json: AsJson = False,
) -> None:
    """Have dead letters judged again as they are, after a version that can read or handle them."""
    url, by = brieven.address(at, data_dir, dienst), {"door": door, "reden": reden}
    places = brieven.places(url, plek, brieven.wanted(code, type_, topic, aanbieder), alles=alles)
    todo = (Act(place, "herlever", by) for place in places)
    _each(at, data_dir, dienst, todo, execute=execute, as_json=as_json)


@app.command()
def verwerp(  # noqa: PLR0913, PLR0917 - the options of a command
    dienst: Dienst,
    door: Door,
    reden: Reden,
    data_dir: DataDir,
    plek: AnyPlek = None,
    at: At = None,
    alles: Alles = False,
    code: Code = None,
    type_: Annotated[str | None, typer.Option("--type", help="only of this type of event")] = None,
    topic: Topic = None,
    aanbieder: Aanbieder = None,
    execute: Execute = False,
    as_json: AsJson = False,
) -> None:
    """Say that dead letters stay refused: they leave the list of open ones, and are kept."""
    url, by = brieven.address(at, data_dir, dienst), {"door": door, "reden": reden}
    places = brieven.places(url, plek, brieven.wanted(code, type_, topic, aanbieder), alles=alles)
    todo = (Act(place, "verwerp", by) for place in places)
    _each(at, data_dir, dienst, todo, execute=execute, as_json=as_json)


@app.command()
def export(
    dienst: Dienst, door: Door, reden: Reden, data_dir: DataDir, at: At = None, as_json: AsJson = False
) -> None:
    """Write what people mended and left refused on standard output, a line each: guard it, for all bytes are in it."""
    url, by = brieven.address(at, data_dir, dienst), {"door": door, "reden": reden}
    found: list[dict[str, Any]] = []
    following: str | None = "/v1/dood/uitvoer"
    while following:
        answer = ask("POST", url + following, by)
        found += answer["ingrepen"]
        following = answer["volgende"]
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    say({"ingrepen": found}, lines, as_json=as_json)


@app.command(name="import")
def import_(
    dienst: Dienst,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="what `export` wrote")
    ],
    data_dir: DataDir,
    at: At = None,
    execute: Execute = False,
    as_json: AsJson = False,
) -> None:
    """Do again what `export` wrote, in a database that reads all anew: also of records that it has yet to read."""
    _each(at, data_dir, dienst, brieven.exported(file), execute=execute, as_json=as_json)


def _each(
    at: str | None, data_dir: Path, dienst: str, todo: Iterable[Act], *, execute: bool, as_json: bool
) -> None:
    """Do each of these, and say what came of it; one that is refused holds up no other."""
    url = brieven.address(at, data_dir, dienst)
    done: list[dict[str, Any]] = []
    for place, act, body in todo:
        try:
            answer = ask("POST", f"{url}/v1/dood/{place}/{act}", {**body, "uitvoeren": execute})
        except RefusalError as refusal:
            answer = {"uitgevoerd": False, "oordeel": "geweigerd", "uitleg": str(refusal)}
        done.append({"plek": place, **answer})
        if not as_json:
            console.print(brieven.outcome(place, answer), soft_wrap=True, markup=False)
    counts = Counter("geweigerd" if "geweigerd" in one else one["oordeel"] for one in done)
    left = _left_open(at, data_dir, dienst, [one["plek"] for one in done if one["uitgevoerd"]])
    came = ", ".join(f"{number} {oordeel}" for oordeel, number in sorted(counts.items())) or "none"
    then = "" if execute else " Nothing was changed."
    if not execute and counts.keys() - {"geweigerd"}:
        then = " Nothing was changed; do it with --execute."
    say(
        {"gedaan": done, "tellingen": counts} | left,
        f"{counted(len(done), 'record')}: {came}.{then}",
        as_json=as_json,
    )
    sys.exit(1 if "geweigerd" in counts else 0)
