"""The same seed is the same attack; and what is said of it."""

import asyncio

from shared.kalender import parse_month
from tests.chaos import attack
from tests.chaos.__main__ import city_of
from tests.chaos.attack import Course, Injected
from tests.chaos.faults import FAULTS
from tests.chaos.truth import Truth
from tests.process import POLL_SECONDS

MONTH = parse_month("2026-03")


def test_the_same_seed_is_the_same_faults_in_the_same_order_at_the_same_points_of_the_play() -> None:
    assert attack.order(7, 10, FAULTS) == attack.order(7, 10, FAULTS)
    assert attack.order(7, 10, FAULTS) != attack.order(8, 10, FAULTS)


def test_every_fault_comes_in_two_minutes_and_once_before_any_comes_again() -> None:
    assert {one.fault for one in attack.order(1, 2, FAULTS)} == set(FAULTS)
    planned = attack.order(1, 30, FAULTS)
    for begin in range(0, len(planned), len(FAULTS)):
        each = [one.fault for one in planned[begin : begin + len(FAULTS)]]
        assert len(set(each)) == len(each)


def test_faults_come_in_order_from_the_beginning_of_the_play_to_its_end() -> None:
    parts = [one.part for one in attack.order(3, 5, FAULTS)]
    assert parts == sorted(parts)
    assert (parts[0], parts[-1] < 1) == (0, True)


def test_a_city_is_the_same_whenever_it_is_played_again() -> None:
    assert city_of(0.1, 7, MONTH) == city_of(0.1, 7, MONTH)
    assert city_of(0.1, 7, MONTH).months.stop == MONTH + 1


async def test_the_play_waits_for_a_fault_and_the_fault_for_the_play() -> None:
    course = Course(seconds=1, faults=4)
    await course.reached(0)
    assert course.pace() < course.pace(), "the clock of the play does not go"
    course.note(1, 4)
    stood = course.pace()
    assert course.pace() == stood, "the play gets ahead of the attack"
    reaching = asyncio.create_task(course.reached(0.5))
    await asyncio.sleep(0)
    assert course.pace() > stood
    course.note(2, 4)
    await reaching


async def test_a_play_that_is_done_before_its_time_ends_after_the_last_fault() -> None:
    course = Course(seconds=0.01, faults=1)
    await course.reached(0)
    course.note(4, 4)
    stood = course.pace()
    assert course.pace() == stood < 1
    course.let_go()
    await asyncio.wait_for(eventually_over(course), 10)


async def eventually_over(course: Course) -> None:
    """Wait until the clock of the play has come to its end."""
    while course.pace() < 1:  # noqa: ASYNC110 - a clock tells nobody
        await asyncio.sleep(POLL_SECONDS)


def test_of_each_fault_is_said_how_often_it_met_something_and_how_long_recovery_took_and_how_often_that_was_measured() -> (
    None
):
    injected = [
        Injected("kill_kafka", "away", 4, waited=True, recovery_seconds=1.24),
        Injected("kill_kafka", "away", 0, waited=True, recovery_seconds=3.5),
        Injected("kill_kafka", "away", 1, waited=True, recovery_seconds=2.0),
        Injected("kill_kafka", "away", 2, waited=False, recovery_seconds=None),
        Injected("cut_the_network", "cut", 0, waited=False, recovery_seconds=None),
    ]
    said = attack.summary(injected)
    assert said["kill_kafka"] == {
        "times": 4,
        "timesMet": 3,
        "met": 7,
        "waitedFor": 3,
        "notRecovered": 0,
        "medianRecoverySeconds": 2.0,
        "longestRecoverySeconds": 3.5,
    }
    words = attack.in_words("kill_kafka", said["kill_kafka"])
    assert words.endswith("recovery measured 3 of 4 times, median 2.0 s, longest 3.5 s")
    assert said["cut_the_network"]["longestRecoverySeconds"] is None
    assert attack.in_words("cut", said["cut_the_network"]).endswith("recovery measured 0 of 1 times")


def test_a_recovery_that_took_longer_than_it_is_waited_for_is_counted_and_named() -> None:
    injected = [
        Injected("kill_kafka", "away", 4, waited=True, recovery_seconds=2.0),
        Injected("kill_kafka", "away", 4, waited=True, recovery_seconds=None),
        Injected("kill_kafka", "away", 4, waited=False, recovery_seconds=None),
    ]
    said = attack.summary(injected)["kill_kafka"]
    assert (said["waitedFor"], said["notRecovered"]) == (2, 1)
    assert attack.in_words("kill_kafka", said).endswith("; DID NOT RECOVER within 120 s: 1 times")
    (only,) = attack.summary(injected[1:2]).values()
    assert (only["waitedFor"], only["notRecovered"], only["longestRecoverySeconds"]) == (1, 1, None)


def test_a_day_on_which_somebody_moved_may_be_told_whoever_was_born_on_it() -> None:
    city = city_of(10, 1, MONTH)
    private = Truth.of(city, MONTH).private
    moved = {home.van.isoformat() for circle in city.circles for home in circle.homes}
    born = {who.born.isoformat() for circle in city.circles for who in circle.people}
    assert moved & born
    assert not moved & private
    assert len(born & private) > 9 * len(born - private)


def test_the_numbers_that_providers_name_are_known_also_where_there_is_no_such_toewijzing() -> None:
    known = Truth.of(city_of(10, 1, MONTH), MONTH)
    assert known.named > known.named & known.circles.keys() > frozenset()
