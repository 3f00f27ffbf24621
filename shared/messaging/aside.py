"""How much of what was handled lately was put aside, and whether that looks like a fault of this version.

It is read from the positions and the open letters themselves. So it outlives a restart, nothing of a batch is put
aside that goes beyond it, and what a person has dealt with counts no more.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from shared.db import Connection
from shared.messaging.delivery import FatalError, Move, Partition

WINDOW_RECORDS = 100
"""Of each partition its last so many records."""
PUT_ASIDE_MIN = 50
"""Fewer, over all partitions, say nothing."""
PARTITIONS_MIN = 3
"""So many writers do not begin to send rubbish together."""


class TooManyAsideError(FatalError):
    """More is put aside than a version may, so that it looks like its fault."""


class Aside(NamedTuple):
    """Of the last records of a partition that this process has handled: how many, how many lie aside, and failed.

    `aside_lately`, `failed_lately`: of its last records, whoever handled them.
    """

    partition: Partition
    records: int
    aside: int
    failed: int
    aside_lately: int
    failed_lately: int


def is_ours(found: Collection[Aside], percent_max: int) -> bool:
    """Whether so much was put aside, in most partitions that were heard, that no one who writes can be to blame.

    `found` is of all partitions that this process holds and that have records. What makes a handler fail may be of all
    where these are few; of those that are silent nothing is known, so that two that speak among many blame nobody.
    The share is that of this process alone, for what others handled before says nothing of this version; the number
    is of them together, so that a version that is started again and again puts no more aside each time.
    """
    heard = [one for one in found if one.records]
    few = min(PARTITIONS_MIN, len(found))
    failed = [one.failed_lately for one in heard if 100 * one.failed > percent_max * one.records]
    aside = [one.aside_lately for one in heard if 100 * one.aside > percent_max * one.records]
    return any(
        len(many) >= at_least and 2 * len(many) > len(heard) and sum(many) >= PUT_ASIDE_MIN
        for many, at_least in ((failed, few), (aside, PARTITIONS_MIN))
    )


class Limit:
    """How much one process may put aside; it remembers from which offset on it has handled each partition."""

    def __init__(self, percent_max: int) -> None:
        self._percent_max = percent_max
        self._since: dict[Partition, int] = {}

    def moved(self, moves: Iterable[Move]) -> None:
        """Remember that this process has handled these records."""
        for move in moves:
            self._since[move.partition] = min(move.old, self._since.get(move.partition, move.old))

    async def require_few(self, tx: Connection, held: Collection[Partition], moves: Iterable[Move]) -> None:
        """Raise TooManyAsideError where, with these, this version puts too much aside; then nothing of this transaction is."""
        since = {move.partition: move.old for move in moves} | self._since
        rows = await tx.fetch(
            """
            select u.topic, u.partition, u.next - u.since,
                   count(d.topic) filter (where d."offset" >= u.since),
                   count(d.topic) filter (where d."offset" >= u.since and d.code = 'niet-verwerkt'),
                   count(d.topic), count(d.topic) filter (where d.code = 'niet-verwerkt')
            from (select p.topic, p.partition, p.next, least(greatest(coalesce(u.since, p.next), p.next - $4), p.next) since
                  from unnest($1::text[], $2::int[], $3::bigint[]) u(topic, partition, since)
                  join position p using (topic, partition)
                  where p.next > 0) u
            left join dead_letter d on d.topic = u.topic and d.partition = u.partition
                and d."offset" >= u.next - $4 and d."offset" < u.next and d.besluit is null
            group by u.topic, u.partition, u.next, u.since
            """,
            [partition.topic for partition in held],
            [partition.number for partition in held],
            [since.get(partition) for partition in held],
            WINDOW_RECORDS,
        )
        found = [Aside(Partition(row[0], row[1]), *row[2:]) for row in rows]
        if is_ours(found, self._percent_max):
            raise TooManyAsideError(
                f"More than {self._percent_max} % of the last records of most partitions could not be read or handled. This looks "
                "like a fault of this version, not of the records: the service stops before it puts everything aside, and "
                "nothing of this batch was. Install the previous version, and tell who maintains it; if the records are to "
                "blame after all, let them pass with WIJKZORG_PUT_ASIDE_PERCENT_MAX=100."
            )
