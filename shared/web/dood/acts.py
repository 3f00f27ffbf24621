"""What is done about a record, for the API and the pages alike: in one transaction, which a trial takes back."""

import logging
from collections.abc import Awaitable, Callable

from shared.db import Connection
from shared.messaging import intervention, workbench
from shared.messaging.dead_letter import Kept
from shared.messaging.delivery import Place
from shared.messaging.handler import Handler, Outcome
from shared.messaging.intervention import By, Intervention
from shared.refused import Fout, RefusedError
from shared.settings import Clock
from shared.web.health import Health
from shared.web.problem import Problem
from shared.web.resource import known

ONBEKEND = (
    "Op deze plaats ligt geen bericht dat is afgewezen om een fout in zichzelf, en dat lag er ook niet."
)
GEEN_TOPIC = "Deze dienst leest dit topic niet."
DONE_MAX = 1000
log = logging.getLogger("wijkzorg.dood")


class Acts:
    """What people do to single records of a service, who and why."""

    def __init__(self, health: Health, clock: Clock) -> None:
        self._health, self._clock = health, clock

    async def find(self, place: Place) -> tuple[Kept, list[Intervention]]:
        """The record at a place, and what was done to it. Raises Problem where none is."""
        handler = self._handler(place)
        async with (
            self._health.connection() as tx,
            tx.transaction(isolation="repeatable_read", readonly=True),
        ):
            return known(await workbench.find(tx, handler, place), ONBEKEND), await intervention.done_at(
                tx, place, DONE_MAX
            )

    async def look(self, place: Place, door: str, reden: str) -> bytes:
        """The bytes of the record at a place; that somebody looked is written down."""
        handler = self._handler(place)
        async with self._health.connection() as tx, tx.transaction():
            kept = known(await workbench.find(tx, handler, place), ONBEKEND)
            await intervention.note(tx, place, "bekeken", By(door, reden, self._clock()))
        self._log(place, "bekeken")
        return kept.value or b""

    async def mend(self, place: Place, door: str, reden: str, value: bytes, *, execute: bool) -> Outcome:
        """Have the record judged by these bytes. Raises RefusedError where they are refused for a fault of their own."""
        handler, by = self._handler(place), By(door, reden, self._clock())
        return await self._do(
            place, "hersteld", lambda tx: workbench.mend(tx, handler, place, by, value), execute=execute
        )

    async def redeliver(self, place: Place, door: str, reden: str, *, execute: bool) -> Outcome:
        """Have the record judged again by its own bytes. Raises RefusedError where they are refused as before."""
        handler, by = self._handler(place), By(door, reden, self._clock())
        return await self._do(
            place, "herleverd", lambda tx: workbench.redeliver(tx, handler, place, by), execute=execute
        )

    async def reject(self, place: Place, door: str, reden: str, *, execute: bool) -> Outcome:
        """Say that the record stays refused."""
        by = By(door, reden, self._clock())
        return await self._do(place, "verworpen", lambda tx: workbench.reject(tx, place, by), execute=execute)

    async def _do(
        self, place: Place, act: str, do: Callable[[Connection], Awaitable[Outcome]], *, execute: bool
    ) -> Outcome:
        async with self._health.connection() as tx:
            trial, stands = tx.transaction(), False
            await trial.start()
            try:
                outcome = await do(tx)
                stands = execute and not outcome.is_refused
            finally:
                await (trial.commit() if stands else trial.rollback())
        if execute and outcome.is_refused:
            raise RefusedError([Fout(outcome.field or "", outcome.reason or "")])
        if execute:
            self._log(place, act)
        return outcome

    def _handler(self, place: Place) -> Handler:
        if not self._health.loops:
            raise Problem(503, "De dienst wordt nog klaargemaakt.")
        return known(self._health.handler(place.partition.topic), GEEN_TOPIC)

    def _log(self, place: Place, act: str) -> None:
        log.info("%s by a person: topic %s partition %d offset %d", act, *place.partition, place.offset)
