"""What reporting answers over HTTP, under /v1: exact figures, for inside the gemeente."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.reporting.domain.cijfers import Rij
from services.reporting.store import cijfers
from services.reporting.store import controle as store
from shared.contracts.types import Oplossing
from shared.controle import Controle, figures
from shared.db import Connection
from shared.gemeente import Gemeente, WijkId
from shared.kalender import Month, format_month, parse_month
from shared.messaging.logs import Logs
from shared.web.health import Health
from shared.web.problem import Problem

EVER = (Month(0), Month(12 * 10_000 - 1))
MaandVraag = Annotated[str | None, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", description="JJJJ-MM")]


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CijfersAntwoord(_Answer):
    """What happened in a wijk, in a month or in the whole range."""

    meldingen: int = Field(description="in de wijk waar de client op de dag van de melding woonde")
    oplossingen: dict[Oplossing, int] = Field(
        description="behoeften per trede, uit de onderzoeken na die meldingen"
    )
    clienten: int = Field(description="verschillende clienten met een melding of geaccepteerd gebruik")
    gebruik: int = Field(description="geaccepteerd en niet ingetrokken, in de wijk op de eerste van de maand")
    bijdragen: int = Field(description="huishoudens en maanden met meer dan 0 te betalen")
    bijdragen_cent: int


class MaandAntwoord(CijfersAntwoord):
    """One month."""

    maand: str = Field(description="JJJJ-MM; een maand zonder cijfers ontbreekt")


class TotaalAntwoord(CijfersAntwoord):
    """All wijken together; a client counts once, however many wijken or months."""

    maanden: list[MaandAntwoord]


class WijkAntwoord(TotaalAntwoord):
    """One wijk of one division; without one, what is of nobody who had a wijk then."""

    jaar: int | None = Field(description="het jaar van de indeling")
    code: str | None
    naam: str
    inwoners: int | None


class WijkenAntwoord(_Answer):
    """The figures of all wijken."""

    wijken: list[WijkAntwoord]
    totaal: TotaalAntwoord


class TellingenAntwoord(_Answer):
    """The figures of all wijken and months together."""

    meldingen: int
    clienten: int
    gebruik: int
    bijdragen: int
    bijdragen_cent: int
    plannen: int


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
