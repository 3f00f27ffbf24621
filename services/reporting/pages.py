"""What a person sees: the figures of every wijk as a map and as tables, with small counts hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from services.reporting.domain.cijfers import OPLOSSINGEN, Elders, Overzicht
from services.reporting.domain.kaart import FIGUREN, KLASSEN, Getoond, Verborgen, cel, kaart, kolom, oplossing
from services.reporting.store import cijfers
from shared.gemeente import Gemeente
from shared.kalender import Month, format_month, local_month, parse_month
from shared.settings import Clock
from shared.web.health import Health
from shared.web.page import Pages

MONTHS_SHOWN = 12
MONTHS_MAX = 120
"""How far back the choice of months goes."""
USUAL = "clienten"


@dataclass(frozen=True)
class Vraag:
    """What is asked of the page; `fout`: it could not be answered so, and the usual months are shown."""

    van: Month
    tot: Month
    figuur: str = USUAL
    fout: bool = False


def router(health: Health, gemeente: Gemeente, pages: Pages, clock: Clock) -> APIRouter:
    """The page of reporting."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def wijken(request: Request) -> Response:
        async with health.connection() as tx:
            months = choice_of_months(await cijfers.maanden(tx), local_month(clock()))
            vraag = _read(request, months)
            found = await cijfers.overzicht(tx, gemeente, vraag.van, vraag.tot)
        status = 400 if vraag.fout else 200
        view = _view(gemeente, found, vraag)
        return pages.page(request, "wijken.html", status, vraag=vraag, months=_options(months), **view)

    return routes


def choice_of_months(counted: tuple[Month, Month] | None, now: Month) -> list[Month]:
    """Which months may be chosen: from the first with figures up to now, twelve at least and ten years at most."""
    first = min(counted[0] if counted else now, now - MONTHS_SHOWN + 1)
    return [Month(month) for month in range(max(first, now - MONTHS_MAX + 1), now + 1)]


def _read(request: Request, months: Sequence[Month]) -> Vraag:
    asked = request.query_params
    usual = Vraag(months[-MONTHS_SHOWN], months[-1])
    try:
        vraag = Vraag(
            parse_month(asked["van"]) if asked.get("van") else usual.van,
            parse_month(asked["tot"]) if asked.get("tot") else usual.tot,
            asked.get("kaart") or USUAL,
        )
    except ValueError:
        return Vraag(usual.van, usual.tot, fout=True)
    possible = months[0] <= vraag.van <= vraag.tot <= months[-1] and vraag.figuur in FIGUREN
    return vraag if possible else Vraag(usual.van, usual.tot, fout=True)


def _options(months: Sequence[Month]) -> list[tuple[str, Month]]:
    return [(format_month(month), month) for month in reversed(months)]


def _view(gemeente: Gemeente, found: Overzicht, vraag: Vraag) -> dict[str, Any]:
    """What the template shows, as values: words and numbers are its own business."""
    rijen = [rij.cijfers for rij in found.wijken]
    columns: dict[str, list[Getoond]] = {naam: kolom(rijen, figuur) for naam, figuur in FIGUREN.items()}
    rungs = {rung: kolom(rijen, oplossing(rung)) for rung in OPLOSSINGEN}
    whole = found.totaal.cijfers
    return {
        "rijen": found.wijken,
        "figuren": columns,
        "oplossingen": rungs,
        "totaal": {naam: cel(whole, figuur) for naam, figuur in FIGUREN.items()},
        "totaal_oplossingen": {rung: cel(whole, oplossing(rung)) for rung in OPLOSSINGEN},
        "totaal_inwoners": found.totaal.inwoners,
        "kaart": kaart(gemeente, found.wijken, columns[vraag.figuur]),
        "klassen": KLASSEN,
        "Verborgen": Verborgen,
        "Elders": Elders,
        "leeg": not any((whole.meldingen, whole.gebruik, whole.bijdragen)),
    }
