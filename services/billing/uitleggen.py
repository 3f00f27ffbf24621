"""Explain this euro to who asks: the facts of a household and those it hangs together with, its ledger, and why it is so.

Everything is read in the transaction that is given, which must have one view of the database (repeatable read).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import asyncpg

from services.billing.domain import teksten
from services.billing.domain.bijdrage import Bepaling
from services.billing.domain.feiten import Feiten
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.lagen import Lagen
from services.billing.domain.uitleg import Reden, Uitleg, Uitlegger
from services.billing.instellingen import force
from services.billing.store import bijdrage as ledger
from services.billing.store import circle, lezen
from services.billing.store import instellingen as settings
from services.billing.store.aanleiding import causes
from shared.db import Connection
from shared.kalender import Month
from shared.web.words import filters

Stand = Literal["bij", "wordt-bepaald", "bevroren"]
DUTCH = "nl"


@dataclass(frozen=True)
class Verklaring:
    """Why a month is as it is: by the rule, and in the ledger; `aanleiding` the events behind the care that is charged.

    `stand`: whether both come to the same (`bij`), a fact still has to be met, or facts were erased since (`bevroren`).
    """

    uitleg: Uitleg
    stand: Stand
    grootboek_cent: int
    regels: Sequence[asyncpg.Record]
    aanleiding: Sequence[str]

    @property
    def bijdrage_id(self) -> UUID | None:
        """The bijdrage of this month, None where none was ever charged."""
        return self.regels[0]["bijdrage_id"] if self.regels else None

    @property
    def kwijt_cent(self) -> int:
        """What need not be paid of it."""
        return -sum(int(line["bedrag_cent"]) for line in self.regels if line["soort"] == "kwijtschelding")

    @property
    def standing(self) -> Reden:
        """How the ledger stands to what the rule says, in a sentence."""
        waarden = {} if self.stand == "bij" else {"grootboek_cent": self.grootboek_cent}
        return Reden(teksten.STAND[self.stand], waarden)


@dataclass(frozen=True)
class Maandbedrag:
    """What the ledger has for a month of a household, in cents; `bepaling` what the rule says now, None: no care.

    `kwijt_cent`: what need not be paid of it.
    """

    maand: Month
    bedrag_cent: int
    kwijt_cent: int
    bepaling: Bepaling | None


async def month_of(tx: Connection, bijdrage_id: UUID) -> tuple[UUID, Month] | None:
    """The household and month of a bijdrage; None where it is not known."""
    return await lezen.charged_by(tx, bijdrage_id)


async def explain(
    tx: Connection, huishouden_id: UUID, maand: Month, started_with: Instellingen
) -> Verklaring | None:
    """Why this household does or does not owe something for this month; None where it is not known."""
    if not await lezen.household_is_known(tx, huishouden_id):
        return None
    given_by: dict[int, str] = {}
    feiten, lagen, horizon = await _known_of(tx, huishouden_id, started_with, given_by)
    uitleg = Uitlegger(feiten, horizon, lagen.of(maand)).uitleg(huishouden_id, maand)
    behind = await causes(tx, [(maand, uitleg.zorg)], given_by, lagen)
    regels = [line for line in await lezen.ledger_of(tx, huishouden_id) if line["maand"] == maand]
    grootboek_cent = regels[-1]["totaal_cent"] if regels else 0
    stand: Stand = "bij" if grootboek_cent == (uitleg.bedrag_cent or 0) else "wordt-bepaald"
    if maand <= (await ledger.frozen(tx, [huishouden_id])).get(huishouden_id, 0):
        stand = "bevroren"
    return Verklaring(
        uitleg, stand, grootboek_cent, regels, sorted({i for ids in behind.values() for i in ids})
    )


async def months(tx: Connection, huishouden_id: UUID, started_with: Instellingen) -> list[Maandbedrag] | None:
    """Every month from the first to the last in which a household had any care or was charged, the latest first.

    None where the household is not known.
    """
    if not await lezen.household_is_known(tx, huishouden_id):
        return None
    feiten, lagen, horizon = await _known_of(tx, huishouden_id, started_with, {})
    bepalingen = lagen.bepaal(feiten, horizon)
    by_rule = {b.maand: b for b in bepalingen if b.huishouden_id == huishouden_id}
    standen = {month: stand[0] for (_, month), stand in (await ledger.standen(tx, [huishouden_id])).items()}
    kwijt = {month: found.cent for (_, month), found in (await ledger.waived(tx, [huishouden_id])).items()}
    known = {*by_rule, *standen}
    return [
        Maandbedrag(
            Month(month), standen.get(Month(month), 0), kwijt.get(Month(month), 0), by_rule.get(Month(month))
        )
        for month in range(max(known, default=0), min(known, default=1) - 1, -1)
    ]


async def _known_of(
    tx: Connection, huishouden_id: UUID, started_with: Instellingen, given_by: dict[int, str]
) -> tuple[Feiten, Lagen, Month]:
    """All facts around a household, by which settings each month goes, and up to which month is determined."""
    huishoudens, clients = await circle.around(tx, {huishouden_id})
    feiten = await circle.feiten(tx, huishoudens, clients, given_by, whole=True)
    lagen = await force.lagen_of(tx, await in_force(tx, started_with))
    return feiten, lagen, await ledger.horizon(tx) or Month(0)


async def in_force(tx: Connection, started_with: Instellingen) -> Instellingen:
    """The settings in force; those that the service was started with before any are."""
    held = await settings.held(tx)
    return started_with if held is None else Instellingen.of_content(held.content)


def in_words(reden: Reden, taal: str = DUTCH) -> Mapping[str, str]:
    """The values of a sentence, as they are written in a language."""
    write = filters(taal)

    def written(name: str, value: int | date) -> str:
        if isinstance(value, date):
            return str(write["day"](value))
        if name.endswith("cent"):
            return str(write["cents"](value))
        return str(write["month"](value) if name.endswith("maand") else value)

    return {name: written(name, value) for name, value in reden.waarden.items()}


def sentence(reden: Reden) -> str:
    """A sentence in Dutch."""
    return reden.tekst % in_words(reden)
