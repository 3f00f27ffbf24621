"""Where each partition goes on, compared with what was delivered and with what the database says: values only."""

from collections.abc import Iterable, Mapping, Sequence

from shared.messaging.delivery import Delivery, FatalError, Move, Partition, PositionMovedError

Positions = Mapping[Partition, int]


def expected(batch: Sequence[Delivery], positions: Positions) -> list[Delivery]:
    """The deliveries of partitions this process holds; a log that goes back behind its position is fatal."""
    found, upcoming = [], dict(positions)
    for delivery in batch:
        offset = upcoming.get(delivery.partition)
        if offset is None:
            continue
        if delivery.offset < offset:
            raise FatalError(
                f"Topic {delivery.partition.topic} continues at offset {delivery.offset}, but this service "
                f"is at {offset}: the topic was made anew. Nothing was handled. "
                "Restore the topic, or the database to a backup that matches it, and start again."
            )
        upcoming[delivery.partition] = delivery.offset + 1
        found.append(delivery)
    return found


def passed_over(batch: Iterable[Delivery], positions: Positions) -> dict[Partition, int]:
    """The positions of partitions of which the batch begins further on."""
    firsts: dict[Partition, int] = {}
    for delivery in batch:
        firsts.setdefault(delivery.partition, delivery.offset)
    return {partition: positions[partition] for partition, at in firsts.items() if at > positions[partition]}


def moves(batch: Iterable[Delivery], positions: Positions) -> list[Move]:
    """What handling this batch does to the positions."""
    last = {delivery.partition: delivery.offset for delivery in batch}
    if not last.keys() <= positions.keys():
        raise PositionMovedError("partitions were given to another copy meanwhile")
    return [Move(partition, positions[partition], offset + 1) for partition, offset in last.items()]


def require_same(mine: Positions, known: Positions) -> None:
    """Raise PositionMovedError where the database is not where this process left it."""
    if moved := [partition for partition, offset in mine.items() if known[partition] != offset]:
        raise PositionMovedError(f"{len(moved)} positions were moved by others; they are read again")
