"""Settings come into force: in the transaction of the determination, which nobody else can be at meanwhile."""

import json
import logging
import time
from datetime import datetime
from functools import lru_cache

from services.billing.domain.instellingen import Instellingen
from services.billing.domain.lagen import Lagen, lagen
from services.billing.store import instellingen as store
from services.billing.store import maand, verteld
from shared.db import Connection
from shared.kalender import Month, format_month
from shared.messaging.delivery import FatalError

SAID_AGAIN_SECONDS = 60.0
log = logging.getLogger("wijkzorg.instellingen")


class Force:
    """The settings that a copy of the service was started with, and whether they are those in force."""

    def __init__(self, own: Instellingen) -> None:
        self._own = own
        self._said = -SAID_AGAIN_SECONDS

    async def applies(self, tx: Connection, moment: datetime) -> bool:
        """Whether these settings are in force; new ones come into force here and touch every household.

        False where another copy has put later ones in force: this one then leaves the determination to it. Raises
        FatalError where the same versie said something else before.
        """
        own = self._own
        held = await store.held(tx, own.versie)
        if held is None:
            await self._enter(tx, moment)
        elif Instellingen.of_content(held.content) != own:
            raise FatalError(
                f"The settings {own.versie} were in force with another content. Nothing was changed. "
                "Give the file a new versie, or put back what it said."
            )
        elif not held.geldt:
            self._say_once_in_a_while()
            return False
        return True

    async def _enter(self, tx: Connection, moment: datetime) -> None:
        own = self._own
        closed = await store.closed_with(tx)  # by settings known here: a closing heard of may be by these
        await store.enter(tx, own.versie, own.content(), moment)
        await store.set_tarief(tx, own.tarief_cent, closed[-1][0] if closed else Month(0))
        if await verteld.has_to_settle(tx):
            await verteld.take_back_lines(tx)
            await maand.draw_told_cuts(tx, again=True)
        await store.mark_all(tx)
        log.info("the settings %s are in force: every household is determined again", own.versie)
        for van, tot in own.gaps():
            log.warning("the settings have no tariff from %s to %s", format_month(van), format_month(tot))

    def _say_once_in_a_while(self) -> None:
        now = time.monotonic()
        if now - self._said >= SAID_AGAIN_SECONDS:
            self._said = now
            log.warning(
                "this copy has the settings %s, and later ones are in force: it leaves the determination to the copies that have"
                " those. Start it with the same file; to go back to former settings, give them a new versie",
                self._own.versie,
            )


async def lagen_of(tx: Connection, huidig: Instellingen) -> Lagen:
    """By which settings each month is determined where these are in force: definitive ones keep their own.

    One that was given no tariff, as it lay before the first that was closed, keeps the first that it is given.
    """
    closed = await store.closed_with(tx)
    first_cent = {**huidig.tarief_cent, **await store.tarief(tx)} if closed else {}
    beside = [(tot, _of_content(content).regels_beside(huidig, first_cent)) for tot, content in closed]
    return lagen(huidig.regels, beside)


@lru_cache(maxsize=100)
def _of_content(content: str) -> Instellingen:
    return Instellingen.of_content(json.loads(content))
