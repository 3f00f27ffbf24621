"""Whose fault it looks like that records are put aside: of one who writes, or of this version."""

from shared.messaging.aside import WINDOW_RECORDS, Aside, is_ours
from shared.messaging.delivery import Partition


def of(number: int, unreadable: int = 0, failed: int = 0, records: int = WINDOW_RECORDS) -> Aside:
    """The last records of a provider's topic."""
    return Aside(Partition(f"gebruik.{number}", 0), records, unreadable, failed)


def ours(*found: Aside, silent: int = 0, percent_max: int = 20) -> bool:
    """Whether it is ours, where all of these were heard and so many others were not."""
    quiet = [of(1000 + number) for number in range(silent)]
    return is_ours([*found, *quiet], {one.partition for one in found}, percent_max)


def test_a_provider_that_sends_only_rubbish_stops_nobody() -> None:
    assert not ours(of(1, 100))
    assert not ours(of(1, 100), of(2))
    assert not ours(of(1, 100), of(2, 100), silent=20)
    assert not ours(of(1, 100), of(2, 100), of(3, 100), *(of(number) for number in range(4, 9)))


def test_what_makes_a_handler_fail_for_one_of_many_stops_nobody() -> None:
    assert not ours(of(1, failed=100), silent=5)
    assert not ours(of(1, failed=100), of(2, failed=100), of(3), of(4))


def test_a_version_that_cannot_read_most_providers_is_stopped() -> None:
    assert ours(*(of(number, 21) for number in range(5)))
    assert ours(*(of(number, 21) for number in range(5)), of(6), of(7), silent=40)
    assert ours(*(of(number, 10, records=10) for number in range(5)))


def test_a_version_whose_handler_fails_is_stopped_also_where_few_write() -> None:
    assert ours(of(1, failed=50))
    assert ours(of(1, failed=30), of(2, failed=30))
    assert not ours(of(1, failed=49)), "too few to say so"


def test_a_few_say_nothing_and_what_is_usual_neither() -> None:
    assert not ours(*(of(number, 3, records=3) for number in range(16)))
    assert not ours(*(of(number, 20) for number in range(50)))


def test_whoever_lets_all_pass_is_never_stopped() -> None:
    assert not ours(*(of(number, 50, 50) for number in range(50)), percent_max=100)
