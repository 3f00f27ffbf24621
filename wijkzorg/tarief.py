"""`wijkzorg tarief`: tariffs and settings of the contribution, and what others would change."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from services.billing.instellingen.lezen import parse, read
from shared import gemeente
from shared.gemeente import WijkId
from wijkzorg.asking import ask
from wijkzorg.common import AsJson, At, DataDir, console, counted, euros, say, services_at

HOUSEHOLDS_A_PAGE = 500
CHANGES = ("meer", "minder", "nieuw", "nietMeer")
app = typer.Typer(no_args_is_help=True)
Row = dict[str, Any]


@app.command()
def probeer(
    file: Annotated[Path, typer.Argument(help="the settings that you consider", metavar="FILE")],
    data_dir: DataDir,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show what these settings would change, per wijk: months, households and euros. Nothing is changed."""
    inhoud = read(file)
    parse(inhoud, str(file))
    answer = _added_up(_pages(services_at(at, data_dir)["billing"], inhoud))
    for warning in answer["waarschuwingen"]:
        console.print(warning, soft_wrap=True)
    if not as_json and answer["verschillen"]:
        console.print(_table(answer))
    say(answer, _summary(answer), as_json=as_json)


@app.command()
def toon(data_dir: DataDir, at: At = None, as_json: AsJson = False) -> None:
    """Say which settings are in force."""
    billing = services_at(at, data_dir)["billing"]
    answer = ask("GET", f"{billing}/v1/instellingen")
    if not as_json:
        for rij in answer["tarieven"]:
            console.print(
                f"{rij['van']} to {rij['tot']}: {euros(rij['bedragCent'])} ({rij['bron']})", soft_wrap=True
            )
    since = f"The settings {answer['versie']} are in force since {answer['sinds']}."
    say(answer, since, as_json=as_json)


def _pages(billing: str, inhoud: bytes) -> Iterator[dict[str, Any]]:
    """What billing answers, page after page of households, with a bar that says how far it is."""
    following: str | None = f"/v1/instellingen/proef?limiet={HOUSEHOLDS_A_PAGE}"
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    )
    with bar:
        task = bar.add_task("Households judged", total=None)
        while following:
            answer = ask("POST", billing + following, inhoud)
            bar.update(task, total=answer["huishoudensTotaal"], advance=answer["huishoudens"])
            yield answer
            following = answer["volgende"]


def _added_up(pages: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The pages as one: households of one wijk may stand on many, each household on one alone."""
    sums: dict[tuple[WijkId | None, str], Counter[str]] = defaultdict(Counter)
    touched: Counter[WijkId | None] = Counter()
    whole: Counter[str] = Counter()
    last: dict[str, Any] = {}
    for last in pages:
        whole.update(huishoudens=last["huishoudens"], geraakt=last["geraakt"])
        touched.update({_wijk(one): one["geraakt"] for one in last["wijken"]})
        for row in last["verschillen"]:
            sums[_wijk(row), row["maand"]].update(
                {name: row[name] for name in (*CHANGES, "voorCent", "naCent")}
            )
    keys = sorted(sums, key=lambda key: (key[0] is None, key))
    return {
        **{name: last[name] for name in ("versie", "tot", "waarschuwingen")},
        **whole,
        "wijken": [
            {"wijk": _shown(wijk), "geraakt": touched[wijk]} for wijk in dict.fromkeys(k[0] for k in keys)
        ],
        "verschillen": [{"wijk": _shown(wijk), "maand": maand, **sums[wijk, maand]} for wijk, maand in keys],
    }


def _wijk(row: Mapping[str, Any]) -> WijkId | None:
    return None if row["wijk"] is None else WijkId(**row["wijk"])


def _shown(wijk: WijkId | None) -> dict[str, Any] | None:
    return None if wijk is None else wijk._asdict()


def _table(answer: Mapping[str, Any]) -> Table:
    table = Table(title="Per wijk", box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("Wijk", min_width=10)
    table.add_column("Maanden", min_width=7)
    for heading in ("Huishoudens", "Meer", "Minder", "Nieuw", "Geen", "Verschil"):
        table.add_column(heading, justify="right", no_wrap=True)
    own = os.environ.get("WIJKZORG_GEMEENTE_FILE")
    here = gemeente.load(Path(own) if own else None)
    for one in answer["wijken"]:
        rows = [row for row in answer["verschillen"] if row["wijk"] == one["wijk"]]
        counts = [f"{sum(row[name] for row in rows):,}" for name in CHANGES]
        cent = sum(row["naCent"] - row["voorCent"] for row in rows)
        first, last = rows[0]["maand"], rows[-1]["maand"]
        months = first if first == last else f"{first} t/m {last}"
        table.add_row(_name(here, _wijk(one)), months, f"{one['geraakt']:,}", *counts, euros(cent))
    return table


def _name(here: gemeente.Gemeente, wijk: WijkId | None) -> str:
    if wijk is None:
        return "onbekend"
    known = here.wijk(*wijk)
    return f"{known.naam if known else wijk.code} ({wijk.jaar})"


def _summary(answer: Mapping[str, Any]) -> str:
    judged = (
        f"Of {counted(answer['huishoudens'], 'household')}, judged up to {answer['tot'] or 'no month yet'},"
    )
    rows = answer["verschillen"]
    if not rows:
        return f"{judged} nothing would change under {answer['versie']}."
    voor, na = (sum(row[name] for row in rows) for name in ("voorCent", "naCent"))
    months = sum(row[name] for row in rows for name in CHANGES)
    return (
        f"{judged} {answer['geraakt']} would pay something else under {answer['versie']}, in {counted(months, 'month')} together: "
        f"{euros(na)} instead of {euros(voor)}. Nothing was changed."
    )
