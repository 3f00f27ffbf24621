"""Whose fault it looks like that records are put aside: of one who writes, or of this version."""

from shared.messaging.aside import WINDOW_RECORDS, Aside, is_ours
from shared.messaging.delivery import Partition


def of(
    number: int, unreadable: int = 0, failed: int = 0, records: int = WINDOW_RECORDS, before: int = 0
) -> Aside:
    """The last records of a provider's topic; `before`: of those that another process handled, so many failed."""
    aside = unreadable + failed
    return Aside(Partition(f"gebruik.{number}", 0), records, aside, failed, aside + before, failed + before)


def ours(*found: Aside, silent: int = 0, percent_max: int = 20) -> bool:
    """Whether it is ours, where all of these are handled and so many others were not heard."""
    quiet = [of(1000 + number, records=0, before=30) for number in range(silent)]
    return is_ours([*found, *quiet], percent_max)


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


def test_a_version_is_stopped_by_what_it_did_itself_however_much_went_well_before() -> None:
    assert ours(*(of(number, 20, records=20) for number in range(200)))
    assert ours(*(of(number, failed=20, records=20) for number in range(200)))
    assert ours(*(of(number, 1, records=2) for number in range(50)))


def test_a_version_that_was_stopped_is_stopped_again_at_once_and_a_better_one_is_not() -> None:
    assert ours(*(of(number, failed=1, records=1, before=19) for number in range(3)))
    assert not ours(
        of(1, failed=1, records=1, before=19), *(of(n, records=1, before=20) for n in range(2, 9))
    )


def test_a_version_whose_handler_fails_is_stopped_also_where_few_write() -> None:
    assert ours(of(1, failed=50))
    assert ours(of(1, failed=30), of(2, failed=30))
    assert not ours(of(1, failed=49)), "too few to say so"


def test_rubbish_of_before_does_not_make_one_failure_look_like_many() -> None:
    rubbish = Aside(Partition("gebruik.1", 0), 1, 1, 1, aside_lately=80, failed_lately=1)
    assert not ours(rubbish)


def test_a_few_say_nothing_and_what_is_usual_neither() -> None:
    assert not ours(*(of(number, 3, records=3) for number in range(16)))
    assert not ours(*(of(number, 20) for number in range(50)))


def test_whoever_lets_all_pass_is_never_stopped() -> None:
    assert not ours(*(of(number, 50, 50) for number in range(50)), percent_max=100)
