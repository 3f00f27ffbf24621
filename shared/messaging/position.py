"""Positions: one row a partition, moved by compare-and-set in the effect's own transaction."""

from collections.abc import Collection, Sequence

from shared.db import Connection
from shared.messaging.delivery import Move, Partition, PositionMovedError


async def read(connection: Connection, partitions: Collection[Partition]) -> dict[Partition, int]:
    """The next offset of each partition; a partition never seen begins at 0."""
    ordered = sorted(partitions)
    topics, numbers = [p.topic for p in ordered], [p.number for p in ordered]
    await connection.execute(
        "insert into position (topic, partition, next)"
        " select t, p, 0 from unnest($1::text[], $2::int[]) u(t, p) on conflict do nothing",
        topics,
        numbers,
    )
    rows = await connection.fetch(
        "select topic, partition, next from position"
        " join unnest($1::text[], $2::int[]) u(t, p) on topic = t and partition = p",
        topics,
        numbers,
    )
    return {Partition(row["topic"], row["partition"]): row["next"] for row in rows}


async def read_all(connection: Connection) -> dict[Partition, int]:
    """Every position there is."""
    rows = await connection.fetch("select topic, partition, next from position")
    return {Partition(row["topic"], row["partition"]): row["next"] for row in rows}


async def move(connection: Connection, moves: Sequence[Move]) -> None:
    """Move all positions, or raise PositionMovedError where one is not where it was thought to be."""
    ordered = sorted(moves, key=lambda m: m.partition)
    status = await connection.execute(
        "update position set next = u.new"
        " from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) u(topic, partition, old, new)"
        " where position.topic = u.topic and position.partition = u.partition and position.next = u.old",
        [m.partition.topic for m in ordered],
        [m.partition.number for m in ordered],
        [m.old for m in ordered],
        [m.new for m in ordered],
    )
    if status != f"UPDATE {len(ordered)}":
        raise PositionMovedError("a position is not where this process left it; it is read again")


async def hold(tx: Connection, partition: Partition) -> int:
    """Let no batch of this partition be handled by another until the end of this transaction; its next offset."""
    await read(tx, [partition])
    statement = "select next from position where topic = $1 and partition = $2 for update"
    return int(await tx.fetchval(statement, *partition))
