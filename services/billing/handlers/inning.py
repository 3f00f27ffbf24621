"""Handing over to the CAK: what has yet to be told goes in a file, and what the CAK refuses goes on the work list."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from services.billing.announce import Announcer
from services.billing.domain import cakbestand
from services.billing.domain.cakbestand import BERICHTEN_MAX, GOEDGEKEURD, Retour
from services.billing.domain.inning import Bericht
from services.billing.domain.werk import Signaal
from services.billing.store import bijdrage as ledger
from services.billing.store import inning, werk
from services.billing.store.inning import Bestand, Gemeld
from shared.db import Connection
from shared.kalender import local_day
from shared.messaging import outbox
from shared.refused import refuse

RESTORED_BY = "hersteld"
"""Who made a file that was made again from what was told: that is not known any more."""


async def write_file(tx: Connection, datum: date, door: str, moment: datetime, says: Announcer) -> int:
    """Put what is to be told up to `datum`, and is in no file yet, in a file; its number.

    Raises RefusedError where there is nothing to be told, or the day is still to come.
    """
    if datum > local_day(moment):
        raise refuse("datum", "Deze dag is nog niet geweest.")
    await ledger.lock(tx)  # no draft changes between what is seen here and what is in the file
    due = await inning.due(tx, datum, BERICHTEN_MAX)
    if not due:
        raise refuse("datum", "Tot en met deze dag is er niets te melden dat nog niet in een bestand staat.")
    nummer = await inning.next_number(tx)
    gemeld = [Gemeld(bericht, nummer, regel, moment) for regel, bericht in enumerate(due, start=1)]
    await _keep(tx, gemeld, datum, door)
    await inning.tell(tx, gemeld)
    await outbox.put(tx, says.inning(gemeld), moment)
    return nummer


async def restore_files(tx: Connection) -> None:
    """Make the files again of which only the messages are known: the same bytes under the same number."""
    for gemeld in (await inning.without_file(tx)).values():
        await _keep(tx, gemeld, local_day(gemeld[0].gemeld_op), RESTORED_BY)


async def _keep(tx: Connection, gemeld: Sequence[Gemeld], datum: date, door: str) -> None:
    nummer, moment = gemeld[0].bestand, gemeld[0].gemeld_op
    inhoud = cakbestand.uitvoer([(one.bestand, one.regel, one.bericht) for one in gemeld])
    await inning.add_file(tx, Bestand(nummer, datum, len(gemeld), door, moment, inhoud))


class Taken(NamedTuple):
    """What became of answers of the CAK: how many take a message, how many refuse one, how many of those are new.

    `onbekend` are answers on what it was never told.
    """

    goedgekeurd: int
    afgewezen: int
    nieuw: int
    onbekend: list[Retour]


async def take_answers(
    tx: Connection, answers: Iterable[Retour], moment: datetime, *, execute: bool
) -> Taken:
    """Take in what the CAK answered: each refusal is put on the work list, once; without `execute` nothing is."""
    distinct = list(dict.fromkeys(answers))
    known = await inning.referred_to(tx, {(one.bestand, one.regel) for one in distinct})
    found = [(one, known[one.bestand, one.regel]) for one in distinct if (one.bestand, one.regel) in known]
    refused = [_refused(one, bericht) for one, bericht in found if one.code not in GOEDGEKEURD]
    new = await werk.unknown(tx, refused)
    if execute:
        await werk.signal(tx, refused, moment)
    unknown = [one for one in distinct if (one.bestand, one.regel) not in known]
    return Taken(len(found) - len(refused), len(refused), new, unknown)


def _refused(answer: Retour, bericht: Bericht) -> Signaal:
    reference = cakbestand.referentie(answer.bestand, answer.regel)
    return Signaal(
        "cak-afgewezen",
        f"{reference}/{answer.code}",
        huishouden_id=bericht.huishouden_id,
        client_id=bericht.client_id,
        gegevens={
            "referentie": reference,
            "code": answer.code,
            "bericht": bericht.soort,
            "per": bericht.per.isoformat(),
        },
    )
