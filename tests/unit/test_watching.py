"""What is asked of Kafka's logs and compared with a database: nothing that is gone or late stays out of sight."""

from collections.abc import Mapping

from shared.messaging.delivery import Partition
from shared.messaging.logs import Span
from shared.messaging.oldest import PARTITIONS_MAX, Oldest
from shared.web.controle import _positions, _told

GONE = Partition("wijkzorg.gebruik.65656055", 0)


def test_a_topic_that_is_gone_is_a_fault_of_the_positions_on_it() -> None:
    assert not _positions({GONE: 50}, {}).goed
    assert not _told({GONE: 50}, {}).goed
    assert _positions({GONE: 50}, {GONE: Span(0, 50)}).goed
    assert _told({GONE: 50}, {GONE: Span(0, 50)}).goed


class Stamps(Oldest):
    """Reads times from a table instead of Kafka."""

    def __init__(self, times: Mapping[Partition, int]) -> None:
        super().__init__("nowhere:1")
        self.times = times

    async def _read(self, positions: Mapping[Partition, int]) -> dict[Partition, int]:
        return {partition: self.times[partition] for partition in positions}


async def test_a_partition_that_stands_still_behind_many_that_move_is_read_in_its_turn() -> None:
    moving = [Partition("a", number) for number in range(PARTITIONS_MAX)]
    still = Partition("z", 0)
    oldest = Stamps(dict.fromkeys(moving, 9000) | {still: 1000})
    answers = [await oldest.since_ms(dict.fromkeys(moving, scrape) | {still: 7}) for scrape in range(3)]
    assert answers[0] == 9000
    assert answers[1:] == [1000, 1000]
