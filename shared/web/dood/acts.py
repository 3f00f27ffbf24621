"""What is done about a record, for the API and the pages alike: in one transaction, which a trial takes back."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from shared.messaging import dead_letter, intervention, workbench
from shared.messaging.dead_letter import Groups, Kept, Wanted
from shared.messaging.delivery import Place
from shared.messaging.handler import ONGEWIJZIGD, Handler, Outcome, Refusals
from shared.messaging.intervention import By, Intervention
from shared.messaging.stream import Stream
from shared.refused import Fout, RefusedError
from shared.settings import Clock
from shared.web.dood.bodies import Ingreep
from shared.web.health import Health
from shared.web.problem import Problem
from shared.web.resource import known

ONBEKEND = (
    "Op deze plaats ligt geen bericht dat is afgewezen om een fout in zichzelf, en dat lag er ook niet."
)
GEEN_TOPIC = "Deze dienst leest dit topic niet."
DONE_MAX = 1000
"""Of what was done to one record, so much is shown."""
log = logging.getLogger("wijkzorg.dood")


class Found(NamedTuple):
    """A record, the first that was done to it, the bytes that mend it, and its present verdict if it has one."""

    kept: Kept
    done: Sequence[Intervention]
    mended: bytes | None
    verdict: Outcome | None


class Acts:
    """What people do to single records of a service, who and why."""

    def __init__(self, health: Health, clock: Clock) -> None:
        self._health, self._clock = health, clock

    async def listed(self, wanted: Wanted, after: Place, limit: int, *, refused: bool) -> list[Kept]:
        """Dead letters; or, `refused`, what only has a verdict on a fault of its own. In order of their places."""
        async with self._health.connection() as tx:
            if not refused:
                return await dead_letter.listed(tx, wanted, after, limit)
            found = [one for own in self.refusals() for one in await own.listed(tx, wanted, after, limit)]
            return sorted(found, key=lambda kept: kept.place)[:limit]

    async def groups(self, wanted: Wanted, limit: int, *, refused: bool) -> Groups:
        """The same, counted: the largest groups."""
        async with self._health.connection() as tx:
            if not refused:
                return await dead_letter.groups(tx, wanted, limit)
            found = [await own.groups(tx, wanted, limit) for own in self.refusals()]
            largest = [group for one in found for group in one.largest]
            return Groups(largest, sum(one.records for one in found), sum(one.groups for one in found))

    async def find(self, place: Place) -> Found:
        """The record at a place. Raises Problem where none is."""
        handler = self._handler(place)
        async with (
            self._health.connection() as tx,
            tx.transaction(isolation="repeatable_read", readonly=True),
        ):
            kept = known(await workbench.find(tx, handler, place), ONBEKEND)
            done = await intervention.done_at(tx, place, DONE_MAX)
            mended = await intervention.mending(tx, place)
            return Found(
                kept, done, mended, await handler.refusals.verdict(tx, place) if handler.refusals else None
            )

    async def look(self, place: Place, by: Ingreep) -> tuple[bytes, bytes | None]:
        """The bytes that came to a place, and those that mend them; that somebody looked is written down."""
        handler = self._handler(place)
        async with self._health.connection() as tx, tx.transaction():
            kept = known(await workbench.find(tx, handler, place), ONBEKEND)
            mended = await intervention.mending(tx, place)
            await intervention.note(tx, place, "bekeken", self._by(by))
        self._log(place, "bekeken")
        return kept.value or b"", mended

    async def mend(
        self, place: Place, by: Ingreep, value: bytes, *, execute: bool, ahead: bool = False
    ) -> Outcome:
        """Have the record judged by these bytes. Raises RefusedError where they are refused for a fault of their own."""
        do = partial(workbench.mend, handler=self._handler(place), value=value, ahead=ahead)
        return await self._do(do, "hersteld", place, by, execute=execute)

    async def redeliver(self, place: Place, by: Ingreep, *, execute: bool) -> Outcome:
        """Have the record judged again by its own bytes. Raises RefusedError where they are refused as before."""
        do = partial(workbench.redeliver, handler=self._handler(place))
        return await self._do(do, "herleverd", place, by, execute=execute)

    async def reject(self, place: Place, by: Ingreep, *, execute: bool, ahead: bool = False) -> Outcome:
        """Say that the record stays refused."""
        do = partial(workbench.reject, handler=self._handler(place), ahead=ahead)
        return await self._do(do, "verworpen", place, by, execute=execute)

    async def exported(self, by: Ingreep, after: int, limit: int) -> list[Intervention]:
        """What people did by which records stand as they do, bytes and all; that somebody asked is written down.

        One more than `limit`, where there are so many: by that it is told whether more follows, and it is not shown.
        """
        async with self._health.connection() as tx, tx.transaction():
            found = await intervention.listed(tx, after, limit + 1)
            for one in found[:limit]:
                await intervention.note(tx, one.place, "bekeken", self._by(by))
        log.info("what people did to records was given out: %d of it, from %d on", len(found[:limit]), after)
        return found

    def _by(self, by: Ingreep) -> By:
        return By(by.door, by.reden, self._clock())

    async def _do(
        self, do: Callable[..., Awaitable[Outcome]], act: str, place: Place, by: Ingreep, *, execute: bool
    ) -> Outcome:
        async with self._health.connection() as tx:
            trial, stands = tx.transaction(), False
            await trial.start()
            try:
                outcome = await do(tx, place=place, by=self._by(by))
                stands = execute and not outcome.is_refused
            finally:
                await (trial.commit() if stands else trial.rollback())
        if execute and outcome.is_refused:
            raise RefusedError([Fout(outcome.field or "", outcome.reason or "")])
        if execute and outcome.oordeel != ONGEWIJZIGD:
            self._log(place, act)
        return outcome

    def _handler(self, place: Place) -> Handler:
        if not self._health.loops:
            raise Problem(503, "De dienst wordt nog klaargemaakt.")
        return known(self._health.handler(place.partition.topic), GEEN_TOPIC)

    def refusals(self) -> list[Refusals]:
        """The verdicts that this service gives on single records: none where it only takes in facts."""
        handlers = (loop.handler for loop in self._health.loops if isinstance(loop, Stream))
        return [handler.refusals for handler in handlers if handler.refusals]

    def _log(self, place: Place, act: str) -> None:
        log.info("%s by a person: topic %s partition %d offset %d", act, *place.partition, place.offset)
