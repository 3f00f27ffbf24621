"""How much of what was handled lately was put aside, and whether that looks like a fault of this version.

It is read from the positions and the open letters themselves. So it outlives a restart, nothing of a batch is put
aside that goes beyond it, and what a person has dealt with counts no more.
"""

from collections.abc import Collection
from typing import NamedTuple

from shared.db import Connection
from shared.messaging.delivery import FatalError, Partition

WINDOW_RECORDS = 100
"""Of each partition its last so many records."""
PUT_ASIDE_MIN = 50
"""Fewer, over all partitions, say nothing."""
PARTITIONS_MIN = 3
"""So many writers do not begin to send rubbish together."""


class Aside(NamedTuple):
    """Of the last records of a partition: how many there are, could not be read, and made their handler fail."""

    partition: Partition
    records: int
    unreadable: int
    failed: int


def is_ours(found: Collection[Aside], heard: Collection[Partition], percent_max: int) -> bool:
    """Whether so much was put aside, in most partitions that were heard, that no one who writes can be to blame.

    `found` is of all partitions that are handled here. What makes a handler fail may be of all where these are few.
    """
    here = [one for one in found if one.partition in heard]
    few = min(PARTITIONS_MIN, len(found))
    failed = [one.failed for one in here if _is_above(one.failed, one.records, percent_max)]
    aside = [
        one.failed + one.unreadable
        for one in here
        if _is_above(one.failed + one.unreadable, one.records, percent_max)
    ]
    return any(
        len(many) >= at_least and 2 * len(many) > len(here) and sum(many) >= PUT_ASIDE_MIN
        for many, at_least in ((failed, few), (aside, PARTITIONS_MIN))
    )


def _is_above(number: int, of: int, percent_max: int) -> bool:
    return 100 * number > percent_max * of


async def require_few(
    tx: Connection, held: Collection[Partition], heard: Collection[Partition], percent_max: int
) -> None:
    """Raise FatalError where this version puts too much aside; then nothing of this transaction is."""
    rows = await tx.fetch(
        """
        select p.topic, p.partition, least(p.next, $3), count(d.topic) filter (where d.code <> 'niet-verwerkt'),
               count(d.topic) filter (where d.code = 'niet-verwerkt')
        from unnest($1::text[], $2::int[]) u(topic, partition) join position p using (topic, partition)
        left join dead_letter d on d.topic = p.topic and d.partition = p.partition
            and d."offset" >= p.next - $3 and d."offset" < p.next and d.besluit is null
        where p.next > 0 group by p.topic, p.partition
        """,
        [partition.topic for partition in held],
        [partition.number for partition in held],
        WINDOW_RECORDS,
    )
    found = [Aside(Partition(row[0], row[1]), *row[2:]) for row in rows]
    if is_ours(found, heard, percent_max):
        raise FatalError(
            f"More than {percent_max} % of the last records of most partitions could not be read or handled. This looks "
            "like a fault of this version, not of the records: the service stops before it puts everything aside, and "
            "nothing of this batch was. Install the previous version, and tell who maintains it; if the records are to "
            "blame after all, let them pass with WIJKZORG_PUT_ASIDE_PERCENT_MAX=100."
        )
