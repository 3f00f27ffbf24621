"""`wijkzorg bijdrage`: the contribution rule on a set of events, outside any service."""

import gc
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from services.billing.domain.bijdrage import Bepaling
from services.billing.domain.regels import Regels
from services.billing.domain.verzameling import Verzameling, own_fault
from services.billing.instellingen.lezen import load
from shared.contracts.event import MESSAGE_BYTES_MAX, UnreadableError, parse
from shared.kalender import Month, format_month, parse_month
from wijkzorg.common import AsJson, At, DataDir, console, counted, say, services_at

app = typer.Typer(no_args_is_help=True)


def _month(text: str) -> Month:
    try:
        return parse_month(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def bereken(
    tot: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="the last month to judge")] = None,
    uitleg: Annotated[bool, typer.Option("--uitleg", help="also the months with care but no charge")] = False,
    instellingen: Annotated[
        Path | None, typer.Option(metavar="FILE", help="tariffs and settings; the national ones without it")
    ] = None,
    _json: Annotated[bool, typer.Option("--json", help="JSON lines, which this always prints")] = False,
) -> None:
    """Read events (one CloudEvent a line) on standard input; print what each household owes, a JSON line a month."""
    horizon = None if tot is None else _month(tot)
    regels = load(instellingen).regels
    gc.disable()
    for row in rows(read(sys.stdin.buffer), horizon, regels, uitleg=uitleg):
        sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()  # a reader that has gone is met here, where typer ends quietly, and not when Python ends


@app.command()
def controleer(data_dir: DataDir, at: At = None, as_json: AsJson = False) -> None:
    """Verify every household's definitive lines and statements; the code is 1 where one was altered by hand."""
    from wijkzorg.asking import ask  # noqa: PLC0415 - loads much that `bereken` does not need

    billing = services_at(at, data_dir)["billing"]
    answer: dict[str, Any] = {"huishoudens": 0, "schakels": 0, "breuken": [], "maanden": []}
    following = "/v1/keten"
    with console.status("Verifying") as status:
        while following:
            page = ask("GET", billing + following)
            for name in answer:
                answer[name] += page[name]
            status.update(f"Verified {counted(answer['huishoudens'], 'household')}")
            following = page["volgende"]
    wrong = [*answer["breuken"], *answer["maanden"]]
    if not as_json:
        for one in wrong:
            console.print(one["uitleg"], soft_wrap=True)
    found = f"{answer['schakels']} definitive lines and statements of {counted(answer['huishoudens'], 'household')}"
    outcome = "Not all is as it was: restore a backup." if wrong else "All are as they were."
    say(answer, f"{found} verified. {outcome}", as_json=as_json)
    sys.exit(1 if wrong else 0)


def read(lines: Iterable[bytes]) -> Verzameling:
    """The events on these lines; what is none, or has a fault of its own, is reported and left out."""
    verzameling = Verzameling()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            _take(verzameling, number, line)
    return verzameling


def _take(verzameling: Verzameling, number: int, line: bytes) -> None:
    if len(line) > MESSAGE_BYTES_MAX:
        _report(number, f"left out: longer than {MESSAGE_BYTES_MAX} bytes")
        return
    try:
        event = parse(line)
    except UnreadableError as error:
        _report(number, f"left out ({error.code}): {error}")
        return
    if fault := own_fault(event):
        _report(number, f"left out ({fault.code}, {fault.veld}): {fault.uitleg}")
        return
    verzameling.add(event)


def _report(number: int, sentence: str) -> None:
    sys.stderr.write(f"line {number}: {sentence}\n")


def rows(
    verzameling: Verzameling, horizon: Month | None, regels: Regels, *, uitleg: bool
) -> Iterator[dict[str, Any]]:
    """The output rows, sorted by huishoudenId and maand; with `uitleg` also the months without a charge."""
    samenhang = verzameling.feiten()
    bepalingen: Iterable[Bepaling] = samenhang.bepaal(
        verzameling.horizon if horizon is None else horizon, regels
    )
    for bepaling in bepalingen:
        row: dict[str, Any] = {
            "huishoudenId": str(bepaling.huishouden_id),
            "maand": format_month(bepaling.maand),
            "bedragCent": bepaling.bedrag_cent,
        }
        if bepaling.regel is None:
            yield row | {"aanleiding": samenhang.aanleiding(bepaling, regels)}
        elif uitleg:
            yield row | {"regel": bepaling.regel}
