"""Play a city through the doors of the services: what residents and the gemeente ask, and what providers publish.

Played again, in whole or from where it was broken off, it ends in the same.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import httpx
from aiokafka.errors import KafkaError

from shared.contracts.contract import GEBRUIK
from shared.messaging import topics
from shared.messaging.producer import Message, Producer
from simulation import errands
from simulation.doors import AWAY_SECONDS_MAX, REQUEST_SECONDS_MAX, Door, PlayError, until
from simulation.errands import Errand
from simulation.messages import records
from simulation.values import City

CIRCLES_AT_ONCE = 200
"""Many more than requests: most of their time they wait until indicatie knows an aanvraag."""
RECORDS_AT_ONCE = 500
EARLY = 0.2
"""The part of what providers publish that comes while the city still lives its life: before many a toewijzing."""
PUBLISH_SECONDS = 1.0
"""Where a play is paced: how long providers wait before they publish what they have to tell by then."""
PACE_SECONDS = 0.2
OnProgress = Callable[[int, int], None]
Pace = Callable[[], float]
"""Which part of a play may have begun by now, from 0 to 1."""


def at_once() -> float:
    """The pace that holds nothing back."""
    return 1


@dataclass(frozen=True)
class Doors:
    """Where the services are: the addresses of their APIs, and the Kafka on which providers publish.

    Each may be away for `away_seconds_max`.
    """

    intake: str
    indicatie: str
    kafka: str
    topic_prefix: str
    away_seconds_max: float = AWAY_SECONDS_MAX


def providers(city: City) -> list[str]:
    """The AGB codes of the providers of a city."""
    return list(city.aanbieders)


async def has_begun(city: City, doors: Doors) -> bool:
    """Whether this city is played there already, in whole or in part: by the first that is asked of all."""
    first = next(iter(city.klanthouders))
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS_MAX) as http:
        return await Door(http, "intake", doors.intake).knows(f"/v1/klanthouders/{first}")


async def play(city: City, doors: Doors, on_progress: OnProgress, pace: Pace = at_once) -> None:
    """Play it, and say how far it is by `on_progress(done, total)`; at once, or as fast as `pace` lets it.

    Services may go away for a while. Raises PlayError where one stays away, or answers what it should not.
    """
    try:
        async with httpx.AsyncClient(timeout=REQUEST_SECONDS_MAX) as http:
            await _Play(city, doors, on_progress, http).run(pace)
    except* PlayError as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[PlayError]) -> PlayError:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first if isinstance(first, PlayError) else PlayError(str(first))


class _Play:
    def __init__(self, city: City, doors: Doors, on_progress: OnProgress, http: httpx.AsyncClient) -> None:
        self.kafka, self.prefix = doors.kafka, doors.topic_prefix
        self.away_seconds_max = doors.away_seconds_max
        self.doors = {
            name: Door(http, name, getattr(doors, name), doors.away_seconds_max)
            for name in ("intake", "indicatie")
        }
        self.first = errands.of_city(city)
        self.lives = [errands.of_circle(city, circle) for circle in city.circles]
        self.topics = {
            topics.topic_name(self.prefix, GEBRUIK, agb): [(record.key, record.value) for record in found]
            for agb, found in records(city).items()
        }
        self.published = dict.fromkeys(self.topics, 0)
        self.aanbieders = city.aanbieders
        self.done, self.on_progress = 0, on_progress
        self.total = len(self.first) + sum(map(len, self.lives)) + sum(map(len, self.topics.values()))

    async def run(self, pace: Pace) -> None:
        """First who there is, then everybody's life, then what providers still have to tell."""
        await until(self._declared, "Kafka", self.away_seconds_max)
        for errand in self.first:
            await self._do(errand)
        upcoming = ((place / len(self.lives), life) for place, life in enumerate(self.lives))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish_early(pace))
            for _ in range(CIRCLES_AT_ONCE):
                tasks.create_task(self._live(upcoming, pace))
        await self._publish(1)

    async def _publish_early(self, pace: Pace) -> None:
        while (part := pace()) < 1:
            await self._publish(part)
            await asyncio.sleep(PUBLISH_SECONDS)
        await self._publish(EARLY)

    def _step(self, steps: int = 1) -> None:
        self.done += steps
        self.on_progress(self.done, self.total)

    async def _live(self, lives: Iterator[tuple[float, list[Errand]]], pace: Pace) -> None:
        for begins, life in lives:
            while pace() < begins:  # noqa: ASYNC110 - whoever sets the pace need not know who follows it
                await asyncio.sleep(PACE_SECONDS)
            for errand in life:
                await self._do(errand)

    async def _do(self, errand: Errand) -> None:
        door = self.doors[errand.service]
        if errand.needs:
            await door.wait_for(f"/v1/aanvragen/{errand.needs}")
        if errand.wrong:
            await door.refuses(errand.path, errand.body)
        else:
            await door.post(errand.path, errand.body, known_at=errand.known_at)
        self._step()

    async def _declared(self) -> bool | None:
        try:
            for agb in self.aanbieders:
                await topics.declare_aanbieder(self.kafka, self.prefix, agb)
        except (KafkaError, TimeoutError):
            return None
        return True

    async def _publish(self, part: float) -> None:
        """Publish this part of what each provider tells, in its own order, from where its topic ends on."""

        async def published() -> bool | None:
            try:
                async with Producer(self.kafka) as producer:
                    return await self._send(producer, part)
            except (KafkaError, TimeoutError):
                return None

        await until(published, "Kafka", self.away_seconds_max)

    async def _send(self, producer: Producer, part: float) -> bool | None:
        """Send what is not there yet; None while Kafka does not know every topic everywhere, so soon after its making."""
        ends = await self._ends()
        if ends.keys() < self.topics.keys():
            return None
        pending: list[Message] = []
        for topic, told in self.topics.items():
            self._count(topic, ends[topic])
            pending += [Message(topic, *one) for one in told[ends[topic] : ceil(part * len(told))]]
        for chunk in batched(pending, RECORDS_AT_ONCE):
            await producer.send(chunk)
            for topic, sent in Counter(message.topic for message in chunk).items():
                self._count(topic, self.published[topic] + sent)
        return True

    async def _ends(self) -> dict[str, int]:
        ends = topics.Ends(self.kafka)
        try:
            found = await ends.read(f"^(?:{'|'.join(map(re.escape, self.topics))})\\Z")
        finally:
            await ends.close()
        return {partition.topic: end for partition, end in found.items()}

    def _count(self, topic: str, published: int) -> None:
        known = min(published, len(self.topics[topic]))
        self._step(known - self.published[topic])
        self.published[topic] = known


def batched(messages: Sequence[Message], size: int) -> Iterator[Sequence[Message]]:
    """The messages, so many at a time."""
    return (messages[at : at + size] for at in range(0, len(messages), size))
