"""`wijkzorg cak`: files for the CAK, its answers, and its charges beside the ledger."""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.box import SIMPLE
from rich.table import Table

from services.billing.domain import cakbestand
from services.billing.domain.cakbestand import Aanslag, BestandError, Contents
from services.billing.domain.vergelijking import (
    MEANING,
    Finding,
    Uitkomst,
    charged_together,
    compare,
    uncollected,
)
from shared.kalender import Month, format_month
from wijkzorg.asking import ask, fetch
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

PAGE = 1000
BYTES_MAX = 100_000_000
FAULTS_SHOWN_MAX = 20
app = typer.Typer(no_args_is_help=True)
Row = dict[str, Any]
Read = TypeVar("Read")
Item = TypeVar("Item")
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="a file of the CAK")]
Door = Annotated[str | None, typer.Option(metavar="NAAM", callback=named, help="who makes the file")]
Execute = Annotated[bool, typer.Option("--execute", help="do it; without this, say what would be done")]


def _day(text: str | None) -> str | None:
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day; write it as YYYY-MM-DD") from None


@app.command()
def uitvoer(
    data_dir: DataDir,
    at: At = None,
    datum: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", callback=_day, help="tell up to this day; today without it"),
    ] = None,
    door: Door = None,
    nummer: Annotated[int | None, typer.Option(min=1, help="write this file again, as it was made")] = None,
    naar: Annotated[Path, typer.Option(file_okay=False, help="the folder to write it in")] = Path(),
    execute: Execute = False,
    as_json: AsJson = False,
) -> None:
    """Put what the CAK has yet to be told in a file. What went in a file never goes in another."""
    billing = services_at(at, data_dir)["billing"]
    if nummer is not None:
        made = _listed(billing, nummer)
        say(made, f"Written to {_written(billing, made, naar)}, as it was made.", as_json=as_json)
        return
    waiting = ask("GET", f"{billing}/v1/cak/wachtend" + (f"?tot={datum}" if datum else ""))
    number = sum(waiting[soort] for soort in ("start", "stop", "mutatie"))
    parts = f"{waiting['start']} start, {waiting['stop']} stop, {waiting['mutatie']} mutatie"
    if not number:
        say(waiting, f"Up to {waiting['tot']} there is nothing to tell the CAK.", as_json=as_json)
    elif not execute:
        found = f"{counted(number, 'message')} up to {waiting['tot']} ({parts})"
        say(waiting, f"{found}. Nothing was changed. Make the file with --execute.", as_json=as_json)
    elif door is None:
        raise CommandError("Who makes the file is not said. Nothing was done. Name them by --door.")
    else:
        body = {"door": door} | ({"datum": datum} if datum else {})
        made = ask("POST", f"{billing}/v1/cak/bestanden", body)
        left = number - made["berichten"]
        more = f" {counted(left, 'message')} did not fit: run this again." if left > 0 else ""
        path = _written(billing, made, naar)
        say(made, f"{counted(made['berichten'], 'message')} in {path}.{more}", as_json=as_json)


def _listed(billing: str, nummer: int) -> Row:
    rows = ask("GET", f"{billing}/v1/cak/bestanden?na={nummer - 1}&limiet=1")["bestanden"]
    if not rows or rows[0]["nummer"] != nummer:
        raise CommandError(f"There is no file {nummer} for the CAK. Nothing was written.")
    found: Row = rows[0]
    return found


def _written(billing: str, made: Row, folder: Path) -> Path:
    """Where the bytes of a file stand now. Raises CommandError where something else stands there, or they are not right."""
    content = fetch(f"{billing}/v1/cak/bestanden/{made['nummer']}")
    again = f"The file is kept: write it again with `wijkzorg cak uitvoer --nummer {made['nummer']}`."
    if hashlib.sha256(content).hexdigest() != made["sha256"]:
        raise CommandError(f"What came is not the file that was made. Nothing was written. {again}")
    path = folder / str(made["naam"])
    if path.exists() and path.read_bytes() != content:
        raise CommandError(f"{path} is there with other contents, and was left alone. {again}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path} could not be written ({error.strerror}). {again}") from None
    return path


@app.command()
def retour(
    file: File, data_dir: DataDir, at: At = None, execute: Execute = False, as_json: AsJson = False
) -> None:
    """Read what the CAK answered: what it refuses goes on the work list, once. The code is 1 where a line is wrong."""
    billing = services_at(at, data_dir)["billing"]
    contents = _contents(file, cakbestand.lees_retour)
    lines: dict[str, list[int]] = defaultdict(list)
    for regel, one in contents.regels:
        lines[cakbestand.referentie(one.bestand, one.regel)].append(regel)
    sums = {"goedgekeurd": 0, "afgewezen": 0, "nieuw": 0}
    unknown: set[str] = set()
    for answers in _pages(sorted({one for _, one in contents.regels}), "Answers taken in"):
        regels = [
            {"referentie": cakbestand.referentie(one.bestand, one.regel), "code": one.code} for one in answers
        ]
        answer = ask("POST", f"{billing}/v1/cak/retour", {"regels": regels, "uitvoeren": execute})
        sums = {name: number + answer[name] for name, number in sums.items()}
        unknown.update(answer["onbekend"])
    faults = [{"regel": one.regel, "uitleg": one.uitleg} for one in contents.fouten]
    faults += [
        {"regel": regel, "uitleg": f"referentie: no file to the CAK has {reference}"}
        for reference in unknown
        for regel in lines[reference]
    ]
    then = "put on the work list" if execute else "to be put on the work list with --execute"
    sentence = (
        f"{sums['afgewezen']} refused and {sums['goedgekeurd']} taken; {sums['nieuw']} {then}."
        f"{_wrong(faults)}"
    )
    _show(faults, as_json=as_json)
    say({**sums, "uitgevoerd": execute, "fouten": faults}, sentence, as_json=as_json)
    sys.exit(1 if faults else 0)


@app.command()
def vergelijk(
    file: File,
    data_dir: DataDir,
    at: At = None,
    rijen: Annotated[
        bool, typer.Option("--rijen", help="also each household and month that differs")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare what the CAK charged with the ledger, each difference in a class. The code is 1 where a line is wrong."""
    billing = services_at(at, data_dir)["billing"]
    contents = _contents(file, cakbestand.lees_aanslagen)
    outcomes = _compared(billing, [one for _, one in contents.regels])
    faults = [{"regel": one.regel, "uitleg": one.uitleg} for one in contents.fouten]
    classes = _classes(outcomes)
    differing = [one for one in outcomes if one.klasse != "gelijk"]
    answer: Row = {"regels": len(contents.regels), "klassen": classes, "fouten": faults}
    if rijen:
        answer["rijen"] = [_shown(one) for one in differing]
    if not as_json:
        console.print(_table(classes))
        for one in differing if rijen else ():
            about = one.huishouden_id or one.clienten[0]
            amounts = f"CAK {euros(one.cak_cent)}, ledger {euros(one.wijkzorg_cent)}"
            console.print(f"{format_month(one.maand)} {about} {one.klasse}: {amounts}", soft_wrap=True)
    _show(faults, as_json=as_json)
    months = counted(len(outcomes), "household month")
    say(answer, f"{months} compared, {len(differing)} differ.{_wrong(faults)}", as_json=as_json)
    sys.exit(1 if faults else 0)


def _compared(billing: str, aanslagen: Sequence[Aanslag]) -> list[Uitkomst]:
    """Every charge, and every month of the ledger that these are about, in a class."""
    per_month: dict[Month, set[UUID]] = defaultdict(set)
    for one in aanslagen:
        per_month[one.maand].add(one.client_id)
    findings: dict[tuple[UUID, Month], Finding] = {}
    asked = [(maand, str(client)) for maand in sorted(per_month) for client in sorted(per_month[maand])]
    for maand, page in _by_month(asked, "Clients looked up"):
        url = f"{billing}/v1/cak/vergelijking/clienten"
        for one in ask("POST", url, {"maand": format_month(maand), "clienten": page})["clienten"]:
            home = one["huishoudenId"] and UUID(one["huishoudenId"])
            findings[UUID(one["clientId"]), maand] = Finding(home, one["reden"])
    owed = {(home, maand): cents for maand in sorted(per_month) for home, *cents in _owed(billing, maand)}
    ledger, waived = ({key: cents[place] for key, cents in owed.items()} for place in (0, 1))
    charged = charged_together(aanslagen, findings)
    left = sorted((maand, str(home)) for home, maand in uncollected(charged, ledger, waived))
    why: dict[tuple[UUID, Month], Any] = {}
    for maand, page in _by_month(left, "Households looked into"):
        url = f"{billing}/v1/cak/vergelijking/huishoudens"
        for one in ask("POST", url, {"maand": format_month(maand), "huishoudens": page})["huishoudens"]:
            why[UUID(one["huishoudenId"]), maand] = one["reden"]
    return compare(charged, ledger, waived, why)


def _owed(billing: str, maand: Month) -> Iterator[tuple[UUID, int, int]]:
    """What each household owes for a month, and what of it was waived, page after page."""
    following: str | None = f"/v1/bijdragen?maand={format_month(maand)}"
    while following:
        answer = ask("GET", billing + following)
        for one in answer["bijdragen"]:
            yield UUID(one["huishoudenId"]), one["bedragCent"], one["kwijtgescholdenCent"]
        following = answer["volgende"]


def _by_month(asked: Sequence[tuple[Month, str]], what: str) -> Iterator[tuple[Month, list[str]]]:
    """Pages that are each about one month."""
    pages: dict[Month, list[str]] = defaultdict(list)
    for maand, id_ in asked:
        pages[maand].append(id_)
    whole = [
        (maand, ids[start : start + PAGE])
        for maand, ids in pages.items()
        for start in range(0, len(ids), PAGE)
    ]
    for page in _pages(whole, what, 1):
        yield from page


def _pages(items: Sequence[Item], what: str, size: int = PAGE) -> Iterator[Sequence[Item]]:
    """So many at a time, with a line that says how far it is."""
    with console.status(what) as status:
        for start in range(0, len(items), size):
            status.update(f"{what}: {start:,} of {len(items):,}")
            yield items[start : start + size]


def _contents(file: Path, read: Callable[[bytes], Contents[Read]]) -> Contents[Read]:
    if file.stat().st_size > BYTES_MAX:
        raise CommandError(f"{file} is larger than {BYTES_MAX // 1_000_000} MB. Nothing was done. Split it.")
    try:
        return read(file.read_bytes())
    except BestandError as error:
        raise CommandError(f"{file} is no such file of the CAK: {error}. Nothing was done.") from None


def _classes(outcomes: Sequence[Uitkomst]) -> dict[str, Row]:
    """Of each class that there is how many months, and both amounts."""
    sums: dict[str, Row] = {}
    for klasse in MEANING:
        mine = [one for one in outcomes if one.klasse == klasse]
        if mine:
            sums[klasse] = {
                "maanden": len(mine),
                "cakCent": sum(one.cak_cent for one in mine),
                "wijkzorgCent": sum(one.wijkzorg_cent for one in mine),
            }
    return sums


def _shown(one: Uitkomst) -> Row:
    return {
        "klasse": one.klasse,
        "maand": format_month(one.maand),
        "huishoudenId": one.huishouden_id and str(one.huishouden_id),
        "clienten": [str(client) for client in one.clienten],
        "cakCent": one.cak_cent,
        "wijkzorgCent": one.wijkzorg_cent,
    }


def _table(classes: Mapping[str, Row]) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("Klasse", "Maanden", "CAK", "Wijkzorg"):
        table.add_column(heading, justify="left" if heading == "Klasse" else "right", no_wrap=True)
    for klasse, sums in classes.items():
        table.add_row(klasse, f"{sums['maanden']:,}", euros(sums["cakCent"]), euros(sums["wijkzorgCent"]))
    return table


def _show(faults: Sequence[Row], *, as_json: bool) -> None:
    for fault in faults[: 0 if as_json else FAULTS_SHOWN_MAX]:
        console.print(f"line {fault['regel']}: {fault['uitleg']}", soft_wrap=True)


def _wrong(faults: Sequence[Row]) -> str:
    if not faults:
        return ""
    return f" {counted(len(faults), 'line')} could not be used: mend them and give the file again; the rest counts once."
