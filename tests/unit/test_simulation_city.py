"""A played city is the same for the same seed, and has in it everything that can go right and wrong."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared import gemeente
from shared.kalender import Month, first_day, format_month, local_day
from simulation import errands
from simulation.city import CLIENTS_MAX, CLOCK, plan
from simulation.messages import records
from simulation.truth import expected_verdicts, owed
from simulation.values import AIDS, PGB

ZOETERMEER = gemeente.load(None)
BIG = plan(ZOETERMEER, clients=1_500, months=8, seed=3)


def test_the_same_seed_plays_the_same_city_to_the_last_byte() -> None:
    again = plan(ZOETERMEER, clients=1_500, months=8, seed=3)
    assert again == BIG
    assert records(again) == records(BIG)
    assert owed(again) == owed(BIG)


def test_another_seed_or_size_plays_another_city_with_other_ids() -> None:
    other = [
        plan(ZOETERMEER, clients=20, months=2, seed=1),
        plan(ZOETERMEER, clients=20, months=2, seed=2),
        plan(ZOETERMEER, clients=21, months=2, seed=1),
        plan(ZOETERMEER, clients=20, months=3, seed=1),
    ]
    ids = Counter(person.client_id for city in other for circle in city.circles for person in circle.people)
    assert max(ids.values()) == 1


def test_so_many_clients_report_a_need_as_were_asked_for() -> None:
    for clients in (1, 2, 3, 17):
        city = plan(ZOETERMEER, clients=clients, months=1, seed=clients)
        asked = [circle.person(case.client_id) for circle in city.circles for case in circle.cases]
        assert len({person.client_id for person in asked}) == clients


@pytest.mark.parametrize(("clients", "months"), [(0, 6), (CLIENTS_MAX + 1, 6), (10, 0), (10, 61)])
def test_what_cannot_be_played_is_refused_with_a_sentence(clients: int, months: int) -> None:
    with pytest.raises(ValueError, match="Play 1 to"):
        plan(ZOETERMEER, clients=clients, months=months, seed=1)


def test_each_wijk_has_residents_about_as_often_as_people_live_there() -> None:
    living = Counter(circle.people[0].adres.wijk for circle in BIG.circles)
    inhabitants = {wijk.id: wijk.inwoners or 0 for wijk in ZOETERMEER.wijken}
    for wijk, count in inhabitants.items():
        share = count / sum(inhabitants.values())
        assert abs(living[wijk] / living.total() - share) < 0.03


def test_nobody_is_registered_at_home_twice_on_one_day() -> None:
    for circle in BIG.circles:
        for month in BIG.months:
            day = first_day(Month(month))
            at_home = Counter(client for home in circle.homes if home.on(day) for client in home.leden)
            assert max(at_home.values(), default=1) == 1


def test_every_kind_of_life_and_care_is_in_a_city() -> None:
    care = list(BIG.zorg)
    assert {zorg.given.categorie for zorg in care} >= {"01", "02", "03", "07", "11", "15", "J01", *AIDS}
    assert {zorg.given.leveringsvorm for zorg in care} == {PGB, "zin"}
    assert {change.reden for zorg in care for change in zorg.changes} == {"04", "05", "09", "13", "14"}
    assert {True, False} == {zorg.removed for zorg in care} == {zorg.stop_told for zorg in care}
    assert any(zorg.pauses for zorg in care)
    assert any(zorg.given.kostprijs_cent == 0 for zorg in care)
    decisions = [case.decision for circle in BIG.circles for case in circle.cases]
    assert {decision.besluit for decision in decisions if decision} == {"toegekend", "deels", "afgewezen"}
    assert {decision.akkoord for decision in decisions if decision} == {True, False, None}
    people = [person for circle in BIG.circles for person in circle.people]
    assert {person.leaves_by for person in people} == {"", "overlijden", "vertrek"}
    assert any(person.same_as for person in people)
    assert any(circle.moves for circle in BIG.circles)
    assert {one.withdrawn for circle in BIG.circles for one in circle.exemptions} == {True, False}


def test_every_verdict_is_given_to_some_record() -> None:
    expected = expected_verdicts(BIG)
    assert all(expected.values())
    assert expected.pop("ontvangen") == sum(expected.values())


def test_nothing_is_told_or_asked_after_the_clock() -> None:
    for found in records(BIG).values():
        for record in found:
            try:
                told = json.loads(record.value or b"null")
            except ValueError:
                continue
            assert told is None or datetime.fromisoformat(told["time"]) <= CLOCK
    asked = [errand.day for circle in BIG.circles for errand in errands.of_circle(BIG, circle)]
    assert max(asked) <= local_day(CLOCK)
    assert min(asked) >= first_day(Month(BIG.months[0]))


@pytest.mark.parametrize(
    ("clock", "last", "clock_of_city"),
    [
        ("2026-06-30T23:59:00+02:00", "2026-06", CLOCK.isoformat()),
        ("2026-07-31T23:58:59+02:00", "2026-06", CLOCK.isoformat()),
        ("2026-07-01T00:00:00+02:00", "2026-06", CLOCK.isoformat()),
        ("2026-01-31T10:00:00+01:00", "2025-12", "2025-12-31T22:59:00+00:00"),
        ("2028-02-29T10:00:00+01:00", "2028-01", "2028-01-31T22:59:00+00:00"),
    ],
)
def test_a_city_ends_with_the_last_month_that_is_over_at_the_clock(
    clock: str, last: str, clock_of_city: str
) -> None:
    city = plan(ZOETERMEER, clients=30, months=3, seed=1, clock=datetime.fromisoformat(clock))
    assert format_month(Month(city.months[-1])) == last
    assert city.clock == datetime.fromisoformat(clock_of_city)
    asked = [errand.day for circle in city.circles for errand in errands.of_circle(city, circle)]
    assert max(asked) <= local_day(city.clock)


def test_in_another_month_another_city_is_played_and_in_the_same_month_the_same() -> None:
    moments = (CLOCK, CLOCK + timedelta(days=1), CLOCK + timedelta(days=30), CLOCK + timedelta(days=32))
    first, second, third, other = (plan(ZOETERMEER, clients=30, months=3, seed=1, clock=m) for m in moments)
    assert first == second == third != other
    assert not set(first.klanthouders) & set(other.klanthouders)


def test_months_before_the_oldest_have_aow_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="Play no month before 2018-01"):
        plan(ZOETERMEER, clients=5, months=3, seed=1, clock=datetime(2018, 3, 31, tzinfo=UTC))


def test_no_event_of_a_provider_names_a_person() -> None:
    told = b"".join(record.value or b"" for found in records(BIG).values() for record in found)
    for circle in BIG.circles:
        for person in circle.people:
            assert str(person.client_id).encode() not in told
