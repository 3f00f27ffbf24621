"""Facts on their owner's topic that its database lacks, because it was restored from an older backup.

What an owner told is heard by `OwnFacts`. What the database lacks is kept in `lacking`, so that it can be taken back
where the event says enough, and listed for people where it does not.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

import asyncpg

from shared.contracts.event import AnyEvent, contract_of, to_wire
from shared.db import Connection
from shared.messaging.delivery import Delivery
from shared.messaging.echo import raise_versie
from shared.messaging.own import OwnEvents


class Fact(NamedTuple):
    """A fact as its owner's database is asked for it: the name of its type, its natural key in parts, its versie."""

    name: str
    parts: tuple[str, ...]
    versie: int | None

    @classmethod
    def of(cls, name: str, key: str, versie: int | None) -> "Fact":
        """The fact under this natural key."""
        return cls(name, tuple(map(unquote, key.split("/")[1:])), versie)


Lacks = Callable[[Connection, Sequence[Fact]], Awaitable[Collection[int]]]
"""Of these facts the places of those that a database does not have, or has older."""
TakeBack = Callable[[Connection, str], Awaitable[None]]
"""Make of what is in `lacking`, and said by this source, what the database should have had."""


async def _nothing(_tx: Connection, _source: str) -> None:
    """Of an owner whose events do not say enough."""


class OwnFacts:
    """What an owner of facts hears of its own topic (an `echo.Hearing`)."""

    def __init__(self, own: OwnEvents, lacks: Lacks, take_back: TakeBack = _nothing) -> None:
        self._own, self._lacks, self._take_back = own, lacks, take_back

    async def hear(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Keep what the database lacks, and forget what was erased; what cannot be read is no fact."""
        newest: dict[str, tuple[Delivery, AnyEvent]] = {}
        erased = []
        for delivery in deliveries:
            if delivery.event is not None:
                newest[contract_of(delivery.event).natural_key(delivery.event)] = delivery, delivery.event
            elif delivery.value is None:
                erased.append((delivery.key or b"").decode(errors="replace"))
                newest.pop(erased[-1], None)
        await tx.execute("delete from lacking where key = any($1)", erased)
        own = [event["data"].get("versie", 0) for _, event in newest.values() if self._is_own(event)]
        await raise_versie(tx, max(own, default=0))
        facts = [
            Fact.of(_name(event), key, event["data"].get("versie")) for key, (_, event) in newest.items()
        ]
        said = list(newest.items())
        rows = [
            (
                key,
                facts[place].name,
                event["source"],
                facts[place].versie,
                to_wire(event).decode(),
                *delivery.partition,
                delivery.offset,
                self._own.clock(),
            )
            for place in sorted(await self._lacks(tx, facts))
            for key, (delivery, event) in (said[place],)
        ]
        await tx.executemany(
            """
            insert into lacking (key, name, source, versie, event, topic, partition, "offset", heard_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (key) do update set source = excluded.source, versie = excluded.versie, event = excluded.event,
                topic = excluded.topic, partition = excluded.partition, "offset" = excluded."offset"
            """,
            rows,
        )

    def _is_own(self, event: AnyEvent) -> bool:
        return event["source"] == self._own.source

    async def done(self, tx: Connection) -> None:
        """Take back what can be taken back."""
        await self._take_back(tx, self._own.source)

    async def listed(self, connection: Connection, after: int, limit: int) -> list[dict[str, Any]]:
        """What it has told itself and the database lacked, from id `after` on; `back`: it has it again by now."""
        rows = await connection.fetch(
            "select id, key, name, versie, event ->> 'time' as time, topic, partition, \"offset\" from lacking"
            " where source = $1 and id > $2 order by id limit $3",
            self._own.source,
            after,
            limit,
        )
        still = await self._lacks(connection, [_fact(row) for row in rows])
        return [{**row, "back": place not in still} for place, row in enumerate(rows)]

    async def count_lacking(self, connection: Connection) -> int:
        """How much of it the database lacks still."""
        rows = await connection.fetch(
            "select name, key, versie from lacking where source = $1", self._own.source
        )
        return len(await self._lacks(connection, [_fact(row) for row in rows]))


def _fact(row: asyncpg.Record) -> Fact:
    return Fact.of(row["name"], row["key"], row["versie"])


def _name(event: AnyEvent) -> str:
    return contract_of(event).name
