"""Facts on an owner's compacted topic: what a batch says of each, whatever the order in which it came.

A null value erases what was said before it, not what is said after.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar
from urllib.parse import unquote

from shared.contracts.contract import Topic
from shared.contracts.event import AnyEvent, contract_of
from shared.contracts.state import contradicts, kind_of, supersedes
from shared.db import Connection
from shared.messaging import dead_letter
from shared.messaging.dead_letter import Letter
from shared.messaging.delivery import Counted, Delivery
from shared.messaging.handler import AFGEWEZEN, VERWERKT, Outcome, Refusals
from shared.refused import refuse
from shared.settings import Clock

VERKEERD_TOPIC = "Dit type gebeurtenis hoort niet op dit topic."
ANDERE_SLEUTEL = "Dit is een ander feit dan dat van de sleutel van het bericht. Een feit wordt hersteld onder zijn eigen sleutel."
SLEUTEL_ONLEESBAAR = "Dit bericht is leeg, en zijn sleutel noemt geen feit."
Id = TypeVar("Id")
log = logging.getLogger("wijkzorg.states")


class Erasure(NamedTuple):
    """A null value: the fact with this natural key is to be forgotten. `kind` is its type without version."""

    kind: str
    key: str


Said: TypeAlias = tuple[Delivery, AnyEvent | Erasure]
IdOf: TypeAlias = Callable[[str], Any]
"""From the text of a natural key to the id it names (`UUID`, or `str` as it is); ValueError where it names none."""


def sift(
    deliveries: Iterable[Delivery], topics: Collection[Topic], id_of: Mapping[str, IdOf]
) -> tuple[list[Said], list[Letter]]:
    """What these records say, in order; and apart from it, as dead letters, what is no saying of these topics.

    `id_of` has the kinds of fact of which an erasure must name an id.
    """
    said: list[Said] = []
    letters: list[Letter] = []
    for delivery in deliveries:
        event, error = delivery.event, delivery.error
        if error is not None:
            letters.append(Letter(delivery, error.code, error.veld, error.uitleg))
        elif event is None:
            if erasure := _erasure(delivery.key, id_of):
                said.append((delivery, erasure))
            else:
                letters.append(Letter(delivery, "onleesbaar", None, SLEUTEL_ONLEESBAAR))
        elif contract_of(event).topic not in topics:
            letters.append(Letter(delivery, "verkeerd-topic", "type", VERKEERD_TOPIC))
        else:
            said.append((delivery, event))
    return said, letters


def _erasure(key: bytes | None, id_of: Mapping[str, IdOf]) -> Erasure | None:
    try:
        erasure = Erasure((text := (key or b"").decode()).partition("/")[0], text)
        if erasure.kind in id_of:
            id_of[erasure.kind](_id_text(text))
    except ValueError:
        return None
    return erasure if erasure.kind and _id_text(text) else None


def _id_text(key: str) -> str:
    return unquote(key.partition("/")[2])


class Newest(Generic[Id]):
    """Of one kind of fact: the newest event by id, and which ids were erased before it."""

    def __init__(self, id_of: Callable[[str], Id]) -> None:
        self.events: dict[Id, AnyEvent] = {}
        self.erased: set[Id] = set()
        self._id_of = id_of
        self.ties: list[AnyEvent] = []
        """Events whose versie has another content as well; their owner must see to it."""
        self._deliveries: dict[Id, Delivery] = {}

    @property
    def ids(self) -> set[Id]:
        """Every id that may change."""
        return self.erased | self.events.keys()

    def add(self, delivery: Delivery, said: AnyEvent | Erasure) -> None:
        """Take in one saying of this kind."""
        key = said.key if isinstance(said, Erasure) else contract_of(said).natural_key(said)
        id_ = self._id_of(_id_text(key))
        if isinstance(said, Erasure):
            self.events.pop(id_, None)
            self.erased.add(id_)
            return
        held = self.events.get(id_)
        if held is not None and contradicts(said, held):
            self._signal(delivery, said)
        if held is None or supersedes(said, held):
            self.events[id_], self._deliveries[id_] = said, delivery

    def drop_older(self, known: Mapping[Id, AnyEvent]) -> None:
        """Leave out what is not newer than what is `known`, unless that was erased meanwhile."""
        for id_, event in list(self.events.items()):
            held = known.get(id_)
            if held is None or id_ in self.erased:
                continue
            if contradicts(event, held):
                self._signal(self._deliveries[id_], event)
            if not supersedes(event, held):
                del self.events[id_]

    def _signal(self, delivery: Delivery, event: AnyEvent) -> None:
        self.ties.append(event)
        log.warning(
            "%s, partition %d, offset %d: this %s has a versie that is known with other content; its owner must see to it",
            delivery.partition.topic,
            delivery.partition.number,
            delivery.offset,
            event["type"],
        )


def newest_by_kind(said: Iterable[Said], id_of: Mapping[str, Callable[[str], Any]]) -> dict[str, Newest[Any]]:
    """Of each of these kinds what a batch says; other kinds are passed over."""
    found = {kind: Newest(make) for kind, make in id_of.items()}
    for delivery, what in said:
        if newest := found.get(_kind(what)):
            newest.add(delivery, what)
    return found


def of_kinds(said: Iterable[Said], kinds: Collection[str]) -> Iterator[AnyEvent | Erasure]:
    """What a batch says of these kinds, in order."""
    return (what for _, what in said if _kind(what) in kinds)


def _kind(said: AnyEvent | Erasure) -> str:
    return said.kind if isinstance(said, Erasure) else kind_of(said)


class FactsHandler(ABC):
    """What every handler of others' facts does alike; `apply` is its own."""

    counts: Sequence[str] = ()
    refusals: Refusals | None = None

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @abstractmethod
    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> Counted:
        """Take in a batch."""

    async def said(
        self,
        tx: Connection,
        deliveries: Sequence[Delivery],
        topics: Collection[Topic],
        id_of: Mapping[str, IdOf],
    ) -> list[Said]:
        """What these records say, in order; what is no saying of these topics is buried."""
        said, letters = sift(deliveries, topics, id_of)
        await dead_letter.bury(tx, letters, self._clock())
        erased = [d for d, what in said if isinstance(what, Erasure)]
        await dead_letter.erase(tx, [(d.partition.topic, d.key or b"") for d in erased])
        return said

    async def judge_again(self, tx: Connection, delivery: Delivery) -> Outcome:
        """Take in a fact as if it came now: the highest versie counts, whatever the order.

        Raises RefusedError where it is another than its record's key names, by which its owner erases it.
        """
        event = delivery.event
        if event is not None and contract_of(event).natural_key(event).encode() != delivery.key:
            raise refuse("bytes", ANDERE_SLEUTEL)
        await self.apply(tx, [delivery])
        letter = await dead_letter.find(tx, delivery.place)
        if letter is not None and letter.besluit is None:
            return Outcome(AFGEWEZEN, letter.code, letter.field, letter.reason, is_refused=True)
        return Outcome(VERWERKT)

    async def put_aside(self, tx: Connection, delivery: Delivery, reason: str) -> None:
        """Keep the one record that cannot be handled, with its bytes."""
        await dead_letter.put_aside(tx, delivery, reason, self._clock())
