"""Intake's rules on values: ages, periods, and the vrijstellingen that follow from them."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import perioden, vrijstelling
from services.intake.domain.leeftijd import adult_day, after, aow_day, counted_from
from services.intake.domain.perioden import Lid, Verblijf
from services.intake.domain.verzoek import Adres, sleutel_of
from services.intake.domain.vrijstelling import Vrijgesteld
from shared.kalender import Month, first_day, format_month, month_of
from shared.refused import RefusedError

HOME, ONE, OTHER = (UUID(int=n) for n in (1, 2, 3))
DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))
BIRTHS = st.dates(date(1930, 1, 1), date(1990, 1, 1))


@pytest.mark.parametrize(
    ("born", "day"),
    [
        (date(1952, 12, 31), date(2018, 12, 31)),
        (date(1954, 10, 31), date(2021, 3, 1)),
        (date(1955, 6, 15), date(2021, 10, 15)),
        (date(1956, 5, 1), date(2022, 12, 1)),
        (date(1957, 12, 31), date(2024, 10, 31)),
        (date(1960, 2, 29), date(2027, 3, 1)),
    ],
)
def test_aow_age_follows_the_table_by_birth_date(born: date, day: date) -> None:
    assert aow_day(born) == day


def test_who_was_born_on_a_leap_day_is_eighteen_on_the_first_of_march() -> None:
    assert adult_day(date(2008, 2, 29)) == date(2026, 3, 1)
    assert after(date(2008, 2, 29), 20) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("birthday", "last"),
    [(date(2008, 5, 1), "2026-04"), (date(2008, 5, 2), "2026-05"), (date(2008, 1, 1), "2025-12")],
)
def test_a_minor_is_free_in_each_month_that_begins_before_the_birthday(birthday: date, last: str) -> None:
    (free,) = vrijstelling.of_client(ONE, birthday, date(2020, 1, 1))
    assert free.tot_maand is not None
    assert format_month(free.tot_maand) == last


def test_who_was_registered_as_an_adult_has_no_vrijstelling_of_a_minor() -> None:
    assert not list(vrijstelling.of_client(ONE, date(2000, 1, 1), date(2018, 1, 1)))
    assert list(vrijstelling.of_client(ONE, date(2000, 1, 1), date(2017, 12, 31)))


@given(
    births=st.tuples(BIRTHS, BIRTHS),
    days=st.tuples(DAYS, st.none() | DAYS),
    other=st.tuples(DAYS, st.none() | DAYS),
    month=st.integers(1990 * 12, 2060 * 12).map(Month),
)
def test_a_couple_is_free_exactly_when_on_the_first_both_live_there_and_one_is_under_aow_age(
    births: tuple[date, date], days: tuple[date, date | None], other: tuple[date, date | None], month: Month
) -> None:
    leden = [
        Lid(id_, born, van, tot)
        for id_, born, (van, tot) in zip((ONE, OTHER), births, (days, other), strict=True)
        if tot is None or van <= tot
    ]
    free = list(vrijstelling.of_huishouden(HOME, perioden.of_huishouden(leden)))
    first = first_day(month)
    present = [lid for lid in leden if lid.van <= first <= (lid.tot or date.max)]
    is_free = len(present) == 2 and any(first < aow_day(lid.geboortedatum) for lid in present)
    covers = [one for one in free if one.tot_maand is not None and one.van_maand <= month <= one.tot_maand]
    assert len(covers) == is_free
    assert len({one.vrijstelling_id for one in free}) == len(free)


@given(born=st.dates(date(1920, 1, 1), date(2020, 1, 1)), van=DAYS, days=st.none() | st.integers(0, 20_000))
def test_the_days_of_an_address_are_cut_at_the_new_year_and_none_is_lost(
    born: date, van: date, days: int | None
) -> None:
    van = max(van, born)
    tot = None if days is None else van + timedelta(days=days)
    cut = perioden.of_client(born, [Verblijf(van, tot, 2024, "WK063705")])
    assert cut[0]["van"] == van
    assert cut[-1]["tot"] == tot
    for before, behind in pairwise(cut):
        assert before["tot"] + timedelta(days=1) == behind["van"]
        assert before["leeftijdsgroep"] < behind["leeftijdsgroep"]
        assert (behind["van"].month, behind["van"].day) == (1, 1)


def test_an_age_group_begins_on_the_first_new_year_at_that_age_so_that_it_tells_no_birthday() -> None:
    cut = perioden.of_client(date(1990, 6, 15), [Verblijf(date(2000, 1, 1), None, 2024, "WK063705")])
    assert [(p["van"], p["leeftijdsgroep"]) for p in cut] == [
        (date(2000, 1, 1), "0-17"),
        (date(2009, 1, 1), "18-64"),
        (date(2056, 1, 1), "65-74"),
        (date(2066, 1, 1), "75-84"),
        (date(2076, 1, 1), "85+"),
    ]
    assert counted_from(date(1960, 1, 1), 65) == date(2025, 1, 1)


def test_there_is_a_limit_to_how_many_periods_one_has() -> None:
    stays = [Verblijf(day := date(2000, 1, 1) + timedelta(days=n), day, 2024, "WK063705") for n in range(501)]
    with pytest.raises(RefusedError):
        perioden.of_client(date(1950, 1, 1), stays)


def test_only_what_is_new_or_other_is_said_and_what_is_gone_is_vervallen() -> None:
    month = month_of(date(2026, 1, 1))
    same, old, gone = (
        Vrijgesteld(UUID(int=n), HOME, None, "huishouden", month, Month(month + 5)) for n in range(3)
    )
    longer = old._replace(tot_maand=Month(month + 6))
    known = {one.vrijstelling_id: one for one in (same, old, gone)}
    assert vrijstelling.changes(known, [same, longer]) == [longer, gone._replace(vervallen=True)]
    known[gone.vrijstelling_id] = gone._replace(vervallen=True)
    assert vrijstelling.changes(known, [same, old]) == []
    assert vrijstelling.changes(known, [same, old, gone]) == [gone]


def test_capitals_and_spaces_make_nobody_another_resident() -> None:
    born = date(1950, 1, 1)
    flat = Adres.model_validate({"postcode": "2716AB", "huisnummer": 12, "toevoeging": "A 2"})
    other = Adres.model_validate({"postcode": "2716AB", "huisnummer": 12, "toevoeging": "a2"})
    assert sleutel_of("Anna Maria", "van Testelen", born, flat) == sleutel_of(
        "annamaria", "VAN TESTELEN", born, other
    )
    without = Adres.model_validate({"postcode": "2716AB", "huisnummer": 12})
    assert sleutel_of("Anna", "Test", born, flat) != sleutel_of("Anna", "Test", born, without)
    assert sleutel_of("Anna", "Test", born, flat) != sleutel_of("Ann", "aTest", born, flat)
