"""Load that lasts: what providers and owners publish, a few at a time, and residents who ask intake, until it is enough."""

import asyncio
import itertools
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from shared.messaging.producer import Message
from tests.component.intake import melding, person
from tests.harness import Wijkzorg, eventually

FEW = 10
PAUSE_SECONDS = 0.1
LANES = 3


async def steadily(wijkzorg: Wijkzorg, messages: Sequence[Message], enough: asyncio.Event) -> None:
    """Send these, a few at a time; all that is left once it is enough."""
    for start in range(0, len(messages), FEW):
        if enough.is_set():
            await wijkzorg.send(messages[start:])
            return
        await wijkzorg.send(messages[start : start + FEW])
        await asyncio.sleep(PAUSE_SECONDS)


class Residents:
    """Residents who report a need to whichever copy of intake there is, again and again until it is granted."""

    def __init__(self, wijkzorg: Wijkzorg) -> None:
        self._wijkzorg = wijkzorg
        self.reported: set[str] = set()

    async def report(self, enough: asyncio.Event) -> None:
        """A few at once, one after the other, until it is enough."""
        async with asyncio.TaskGroup() as lanes:
            for lane in range(LANES):
                lanes.create_task(self._lane(lane, enough))

    async def _lane(self, lane: int, enough: asyncio.Event) -> None:
        for number in itertools.count(lane, LANES):
            if enough.is_set():
                return
            id_ = str(UUID(int=number))
            body = melding(person(f"Invented {number}", clientId=id_), meldingId=id_)
            await eventually(partial(self._granted, number // LANES, body), "a melding to be granted")
            self.reported.add(id_)

    async def _granted(self, turn: int, body: dict[str, object]) -> bool:
        copies = [copy for copy in self._wijkzorg.running_of("intake") if copy.url]
        if not copies:
            return False
        answer = await copies[turn % len(copies)].post("/v1/meldingen", body)
        assert answer.status_code in (201, 503), answer.text
        return answer.status_code == 201

    async def require_told(self, topic: str) -> None:
        """Every melding that was granted is known, and was told once."""
        await self._wijkzorg.handled(service="intake")
        known = await self._wijkzorg.fetch("select melding_id::text from melding", service="intake")
        assert {row["melding_id"] for row in known} == self.reported
        keys = [record.key.decode() for record in await self._wijkzorg.records(topic)]
        told = [key.rpartition("/")[2] for key in keys if "melding-ontvangen" in key]
        assert sorted(told) == sorted(self.reported)
