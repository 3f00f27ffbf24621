"""Which loops stand still: records wait for them, Kafka and the database answer, and yet their positions do not move."""

from collections.abc import Iterable, Mapping

from shared.messaging.delivery import Partition
from shared.messaging.loop import Loop

Place = tuple[Loop, Partition, int]


class Standstill:
    """Looks at loops now and then, and keeps since when each of their partitions has been where it is."""

    def __init__(self) -> None:
        self._since: dict[Place, float] = {}

    def look(
        self,
        loops: Iterable[Loop],
        positions: Mapping[Partition, int],
        ends: Mapping[Partition, int],
        now: float,
    ) -> None:
        """Note where every partition is for which records wait; of a loop that says it waits itself, none."""
        places = [
            (loop, partition, positions.get(partition, 0))
            for loop in loops
            if loop.patience.waits_for is None
            for partition in loop.held
        ]
        self._since = {
            place: self._since.get(place, now) for place in places if place[2] < ends.get(place[1], 0)
        }

    def forget(self) -> None:
        """Something does not answer: that nothing moves says nothing."""
        self._since.clear()

    def still(self, now: float, seconds: float) -> set[Loop]:
        """The loops that have stood still for longer than this."""
        return {loop for (loop, _, _), since in self._since.items() if now - since > seconds}
