"""What a person can do about a record that is refused for a fault of its own.

Mend it, have it judged again, or say that it stays refused. Never through Kafka: by the handler that had it, in one
transaction with who, when and why.
"""

from shared import db
from shared.db import Connection
from shared.messaging import dead_letter, intervention, position
from shared.messaging.dead_letter import NIET_VERWERKT, Kept
from shared.messaging.delivery import Place
from shared.messaging.handler import AFGEWEZEN, ONGEWIJZIGD, ONTHOUDEN, Handler, Outcome
from shared.messaging.intervention import Act, By
from shared.messaging.source import delivered
from shared.refused import RefusedError, refuse

ONBEKEND = "Hier ligt geen bericht dat om een fout in zichzelf is afgewezen."
LEEG = "Een leeg bericht kan niet opnieuw: het zou ook wissen wat er later is verteld."
GEEN_BRIEF = "Dit bericht ligt niet apart. Het is gelezen en afgewezen; het kan alleen worden hersteld."
FEIT = (
    "Wat dit bericht herstelde, is nu een feit, of een ander bericht is ernaar beoordeeld. Nog eens herstellen kan niet. "
    "Een aanbieder trekt het in met een volgend bericht; een eigenaar vertelt een nieuwe versie."
)


async def find(tx: Connection, handler: Handler, place: Place) -> Kept | None:
    """The record at a place, if it is refused for a fault of its own, or was when a person looked."""
    kept = await dead_letter.find(tx, place)
    if kept is None and handler.refusals:
        return await handler.refusals.find(tx, place)
    return kept


async def mend(
    tx: Connection, handler: Handler, place: Place, by: By, value: bytes, *, ahead: bool = False
) -> Outcome:
    """Judge the record by these bytes, which from now on are read in its place. The same again changes nothing.

    `ahead`: also of a record that was not read yet, as in a replay. Raises RefusedError where nothing is to be mended,
    or what mended it before has become a fact.
    """
    if unreadable := _unreadable(place, value):
        return unreadable
    upcoming = await position.hold(tx, place.partition)
    if await intervention.mending(tx, place) == value:
        return Outcome(ONGEWIJZIGD)
    if ahead and place.offset >= upcoming:
        await intervention.note(tx, place, "hersteld", by, value)
        return Outcome(ONTHOUDEN)
    kept = await find(tx, handler, place)
    if kept is None or kept.besluit not in (None, "verworpen", "hersteld"):
        raise refuse("plaats", ONBEKEND)
    if kept.besluit == "hersteld":
        refusals = handler.refusals
        if refusals is None or not await refusals.forget(tx, place, by.moment):
            raise refuse("bytes", FEIT)
    return await _judge(tx, handler, kept, "hersteld", by, value)


async def redeliver(tx: Connection, handler: Handler, place: Place, by: By) -> Outcome:
    """Judge a dead letter again from its own bytes, as a later version may read or handle it.

    Raises RefusedError where there is none.
    """
    await position.hold(tx, place.partition)
    kept = await _letter(tx, handler, place)
    if kept.besluit == "herleverd":
        return Outcome(ONGEWIJZIGD)
    if kept.besluit in ("hersteld", "gewist"):
        raise refuse("plaats", ONBEKEND)
    if kept.value is None:
        raise refuse("plaats", LEEG)
    return _unreadable(place, kept.value) or await _judge(tx, handler, kept, "herleverd", by, kept.value)


async def reject(tx: Connection, handler: Handler, place: Place, by: By, *, ahead: bool = False) -> Outcome:
    """Say that a dead letter stays refused. Raises RefusedError where there is none that is open.

    `ahead`: also of a record that was not read yet, as in a replay, should it come to lie there.
    """
    upcoming = await position.hold(tx, place.partition)
    if ahead and place.offset >= upcoming:
        if await intervention.last(tx, place, "verworpen"):
            return Outcome(ONGEWIJZIGD)
        await intervention.note(tx, place, "verworpen", by)
        return Outcome(ONTHOUDEN)
    kept = await _letter(tx, handler, place)
    if kept.besluit not in (None, "verworpen"):
        raise refuse("plaats", ONBEKEND)
    if kept.besluit == "verworpen":
        return Outcome(ONGEWIJZIGD)
    await intervention.note(tx, place, "verworpen", by)
    await dead_letter.close(tx, place, "verworpen")
    return Outcome(AFGEWEZEN, kept.code, kept.field, kept.reason)


async def _letter(tx: Connection, handler: Handler, place: Place) -> Kept:
    kept = await dead_letter.find(tx, place)
    if kept is None:
        raise refuse("plaats", GEEN_BRIEF if await find(tx, handler, place) else ONBEKEND)
    return kept


def _unreadable(place: Place, value: bytes) -> Outcome | None:
    error = delivered(place, 0, None, value).error
    if error is None:
        return None
    return Outcome(AFGEWEZEN, error.code, error.veld, error.uitleg, is_refused=True)


async def _judge(tx: Connection, handler: Handler, kept: Kept, besluit: Act, by: By, value: bytes) -> Outcome:
    await intervention.note(tx, kept.place, besluit, by, value if besluit == "hersteld" else None)
    if kept.put_away_at is None:
        await dead_letter.keep(tx, kept, by.moment)
    await dead_letter.close(tx, kept.place, besluit)
    try:
        return await handler.judge_again(tx, delivered(kept.place, 0, kept.key, value))
    except RefusedError:
        raise
    except Exception as error:
        if db.is_waitable(error) or db.is_fault_of_ours(error):
            raise
        reason = f"Dit bericht kan niet worden verwerkt ({type(error).__name__})."
        return Outcome(AFGEWEZEN, NIET_VERWERKT, None, reason, is_refused=True)
