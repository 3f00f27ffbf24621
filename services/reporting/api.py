"""What reporting answers over HTTP, under /v1: exact figures, for inside the gemeente."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from services.reporting.answers import (
    MaandAntwoord,
    TellingenAntwoord,
    TotaalAntwoord,
    WijkAntwoord,
    WijkenAntwoord,
)
from services.reporting.domain.cijfers import Rij
from services.reporting.store import cijfers
from services.reporting.store import controle as store
from shared.controle import Controle, figures
from shared.db import Connection
from shared.gemeente import Gemeente, WijkId
from shared.kalender import Month, format_month, parse_month
from shared.messaging.logs import Logs
from shared.web.health import Health
from shared.web.problem import Problem

EVER = (Month(0), Month(12 * 10_000 - 1))
MaandVraag = Annotated[str | None, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", description="JJJJ-MM")]


def router(health: Health, gemeente: Gemeente) -> APIRouter:
    """The addresses of reporting."""
    api = APIRouter(prefix="/v1", tags=["cijfers"])

    @api.get("/wijken", summary="De cijfers van elke wijk, over een reeks maanden en per maand")
    async def wijken(van: MaandVraag = None, tot: MaandVraag = None) -> WijkenAntwoord:
        if van is not None and tot is not None and tot < van:
            wrong = {"in": "query", "veld": "tot", "uitleg": "De laatste maand ligt voor de eerste."}
            raise Problem(400, "Er is niets gedaan. Verbeter: tot.", [wrong])
        first = EVER[0] if van is None else parse_month(van)
        last = EVER[1] if tot is None else parse_month(tot)
        async with health.connection() as tx:
            found = await cijfers.overzicht(tx, gemeente, first, last)
        return WijkenAntwoord(
            wijken=[_wijk(rij) for rij in found.wijken],
            totaal=TotaalAntwoord(**asdict(found.totaal.cijfers), maanden=_maanden(found.totaal)),
        )

    @api.get("/tellingen", summary="Alle cijfers samen, en hoeveel plannen er zijn")
    async def tellingen() -> TellingenAntwoord:
        async with health.connection() as tx:
            whole = (await cijfers.overzicht(tx, gemeente, *EVER)).totaal.cijfers
            return TellingenAntwoord(**asdict(whole), plannen=await cijfers.plannen(tx))

    return api


def _wijk(rij: Rij) -> WijkAntwoord:
    jaar, code = rij.waar if isinstance(rij.waar, WijkId) else (None, None)
    return WijkAntwoord(
        jaar=jaar,
        code=code,
        naam=rij.naam,
        inwoners=rij.inwoners,
        **asdict(rij.cijfers),
        maanden=_maanden(rij),
    )


def _maanden(rij: Rij) -> list[MaandAntwoord]:
    return [MaandAntwoord(maand=format_month(maand), **asdict(found)) for maand, found in rij.maanden.items()]


async def check(connection: Connection, _logs: Logs) -> list[Controle]:
    """Whether the counts by month are those of the verdicts."""
    return [figures(await store.figures(connection))]
