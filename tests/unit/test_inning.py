"""What the CAK is told of a client: by example, and after any changes of facts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.domain.bijdrage import Bepaler
from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.inning import Bericht, Stand, stand_op, to_know, to_tell
from services.billing.domain.lagen import Lagen
from services.billing.domain.maandreeks import eindpunten
from shared.kalender import DAY, Month, parse_month
from tests.unit.builders import (
    ANNA,
    BERT,
    HOME,
    OTHER_HOME,
    REGELS,
    aid,
    dag,
    exempt,
    feiten,
    lives,
    pgb,
    used,
    zorg,
)

LAGEN = Lagen(REGELS)
Said = tuple[str, str, int | None]
MARCH = used("2026-03-10", "2026-03-31")


def said(berichten: Sequence[Bericht]) -> list[Said]:
    """Messages, short."""
    return [(b.per.isoformat(), b.soort, b.kostprijs_cent) for b in berichten]


def yet(
    known: Feiten, *told: Bericht, lagen: Lagen = LAGEN, frozen: dict[UUID, Month] | None = None
) -> list[Said]:
    """What has yet to be told, where all of it can be."""
    new, beyond = to_tell(known, lagen, told, frozen or {})
    assert not beyond
    return said(new)


def was_told(*told: Said, client: UUID = ANNA) -> list[Bericht]:
    """Messages that were told."""
    return [Bericht(client, date.fromisoformat(per), soort, HOME, cent) for per, soort, cent in told]  # type: ignore[arg-type]


# From the first day of care up to the day after the last, of all care together.


def test_a_start_is_of_the_first_day_of_care_and_a_stop_of_the_first_day_without() -> None:
    assert yet(feiten(lives(), zorg(MARCH, stop="2026-05-20"))) == [
        ("2026-03-10", "start", None),
        ("2026-05-21", "stop", None),
    ]


def test_care_that_goes_on_is_not_stopped() -> None:
    assert yet(feiten(lives(), zorg(MARCH))) == [("2026-03-10", "start", None)]


def test_the_second_provision_and_the_first_that_ends_are_not_told() -> None:
    first, second = zorg(MARCH, einddatum="2026-04-30"), pgb("2026-05-01", nummer=2, einddatum="2026-08-31")
    overlapping = pgb("2026-04-01", nummer=3, einddatum="2026-04-15")
    assert yet(feiten(lives(), first, second, overlapping)) == [
        ("2026-03-10", "start", None),
        ("2026-09-01", "stop", None),
    ]


def test_care_that_begins_again_after_a_day_without_is_started_again() -> None:
    first, second = zorg(MARCH, einddatum="2026-04-30"), pgb("2026-05-02", nummer=2)
    assert [one[:2] for one in yet(feiten(lives(), first, second))] == [
        ("2026-03-10", "start"),
        ("2026-05-01", "stop"),
        ("2026-05-02", "start"),
    ]


def test_what_bears_no_contribution_is_not_told_and_an_exemption_changes_nothing() -> None:
    assert yet(feiten(lives(), zorg(MARCH, categorie="11"))) == []
    assert yet(feiten(lives(), zorg(MARCH), exempt("2020-01"))) == [("2026-03-10", "start", None)]


def test_each_of_a_couple_is_told_under_their_household() -> None:
    known = feiten(lives(), lives(BERT), zorg(MARCH), zorg(MARCH, nummer=2, client_id=BERT))
    new, _ = to_tell(known, LAGEN, (), {})
    assert [(b.client_id, b.huishouden_id) for b in new] == [(ANNA, HOME), (BERT, HOME)]


def test_a_message_is_under_the_household_of_its_first_whole_month_and_nobody_without_one_is_told() -> None:
    moves = lives(tot="2026-03-20"), lives(huishouden=OTHER_HOME, van="2026-03-21")
    (start,), _ = to_tell(feiten(*moves, zorg(MARCH)), LAGEN, (), {})
    assert start.huishouden_id == OTHER_HOME
    assert (
        yet(feiten(zorg(MARCH))) == yet(feiten(lives(van="2026-03-02", tot="2026-03-09"), zorg(MARCH))) == []
    )


def test_a_merged_client_is_told_as_the_one_it_became() -> None:
    known = feiten(lives(), zorg(MARCH, client_id=BERT), opgegaan_in={BERT: ANNA})
    new, _ = to_tell(known, LAGEN, (), {})
    assert [(b.client_id, b.soort) for b in new] == [(ANNA, "start")]
    assert yet(known, *was_told(("2026-03-10", "start", None), client=BERT)) == []


# A kostprijs: the one that is followed, and a mutatie where it becomes another.


def test_the_kostprijs_of_an_aid_goes_with_the_start_and_a_higher_one_is_a_mutatie() -> None:
    low, high, lower = (
        aid(used(day), nummer=nummer, kostprijs_cent=cent)
        for nummer, (day, cent) in enumerate(
            (("2026-03", 50_000), ("2026-04", 80_000), ("2026-05", 60_000)), 1
        )
    )
    assert yet(feiten(lives(), low, high, lower)) == [
        ("2026-03-01", "start", 50_000),
        ("2026-04-01", "mutatie", 80_000),
    ]


def test_other_care_beside_an_aid_lifts_the_most_and_brings_it_back_when_it_ends() -> None:
    scooter = aid(used("2026-03"), kostprijs_cent=50_000)
    help_ = pgb("2026-04-05", nummer=2, einddatum="2026-05-31")
    assert yet(feiten(lives(), scooter, help_)) == [
        ("2026-03-01", "start", 50_000),
        ("2026-04-05", "mutatie", None),
        ("2026-06-01", "mutatie", 50_000),
    ]


def test_an_aid_that_goes_leaves_the_kostprijs_that_the_cak_follows() -> None:
    high = aid(used("2026-03"), kostprijs_cent=80_000, stop="2026-05-31")
    low = aid(used("2026-03"), nummer=2, kostprijs_cent=50_000)
    assert yet(feiten(lives(), high, low)) == [("2026-03-01", "start", 80_000)]


# What was told stands; what is new puts it right.


def test_what_was_told_is_not_told_again() -> None:
    assert yet(feiten(lives(), zorg(MARCH)), *was_told(("2026-03-10", "start", None))) == []


def test_an_earlier_start_is_told_beside_the_later_one() -> None:
    earlier = zorg(used("2026-02-05", "2026-02-28"), MARCH)
    assert yet(feiten(lives(), earlier), *was_told(("2026-03-10", "start", None))) == [
        ("2026-02-05", "start", None)
    ]


def test_a_later_start_takes_the_earlier_one_back_by_a_stop_of_its_day() -> None:
    assert yet(feiten(lives(), zorg(MARCH)), *was_told(("2026-02-05", "start", None))) == [
        ("2026-02-05", "stop", None),
        ("2026-03-10", "start", None),
    ]


def test_care_that_goes_on_after_all_takes_the_stop_back_by_a_start_of_its_day() -> None:
    told = was_told(("2026-03-10", "start", None), ("2026-05-21", "stop", None))
    assert yet(feiten(lives(), zorg(MARCH, stop="2026-06-30")), *told) == [
        ("2026-05-21", "start", None),
        ("2026-07-01", "stop", None),
    ]


def test_another_kostprijs_than_was_told_is_a_mutatie_of_the_same_day() -> None:
    told = was_told(("2026-03-01", "start", 80_000))
    assert yet(feiten(lives(), aid(used("2026-03"), kostprijs_cent=50_000)), *told) == [
        ("2026-03-01", "mutatie", 50_000)
    ]


def test_what_no_message_can_put_right_is_left_to_a_person_once_and_the_rest_is_told() -> None:
    told = was_told(("2026-03-10", "start", None), ("2026-03-10", "stop", None))
    new, beyond = to_tell(feiten(lives(), zorg(MARCH, stop="2026-05-20")), LAGEN, told, {})
    assert beyond == [(ANNA, dag("2026-03-10"))]
    assert said(new) == [("2026-05-21", "stop", None)]


def test_what_is_told_of_before_an_erasure_stands() -> None:
    told = was_told(("2026-03-10", "start", None))
    assert yet(feiten(lives()), *told) == [("2026-03-10", "stop", None)]
    assert yet(feiten(lives()), *told, frozen={HOME: parse_month("2026-03")}) == []


def test_closed_months_keep_the_settings_they_were_closed_with() -> None:
    free = replace(REGELS, vrije_categorieen=frozenset({"01"}))
    known = feiten(lives(), zorg(MARCH))
    assert yet(known, lagen=Lagen(free)) == []
    assert yet(known, lagen=Lagen(free, ((parse_month("2026-05"), REGELS),))) == [
        ("2026-03-10", "start", None),
        ("2026-06-01", "stop", None),
    ]


# Whatever changes, and whenever files go: each is told once, and what was told comes to what is so.

DAYS = st.dates(date(2026, 1, 28), date(2026, 3, 4))


@st.composite
def provisions(draw: st.DrawFn, nummer: int) -> Zorg:
    """Care of some days, by the decision; of Anna, or of a file of hers that was merged."""
    van, tot = sorted((draw(DAYS), draw(DAYS)))
    kind: dict[str, Any] = draw(
        st.sampled_from(
            (
                {"categorie": "01"},
                {"categorie": "12", "kostprijs_cent": 500},
                {"categorie": "13", "kostprijs_cent": 900},
            )
        )
    )
    end = {} if draw(st.booleans()) else {"einddatum": tot.isoformat()}
    whose = draw(st.sampled_from((ANNA, BERT)))
    return pgb(van.isoformat(), nummer=nummer, client_id=whose, **kind, **end)


@st.composite
def known_facts(draw: st.DrawFn) -> Feiten:
    """Anna at home with some care."""
    care = [draw(provisions(nummer)) for nummer in range(1, draw(st.integers(0, 3)) + 1)]
    return feiten(lives(), *care, opgegaan_in={BERT: ANNA})


def holds(known: Feiten, day: date) -> Stand:
    """What is to be known of Anna on a day."""
    wanted = to_know(known, LAGEN, eindpunten(known.opgegaan_in)).get(ANNA, {})
    return next((wanted[per] for per in sorted(wanted, reverse=True) if per <= day), Stand())


@settings(max_examples=100, deadline=None)
@given(st.lists(known_facts(), min_size=1, max_size=5))
def test_after_any_changes_what_was_told_comes_to_what_is_so(history: list[Feiten]) -> None:
    told: list[Bericht] = []
    for known in history:
        new, beyond = to_tell(known, LAGEN, told, {})
        told += new
        keys = [(b.client_id, b.per, b.soort) for b in told]
        assert len(keys) == len(set(keys))
        if beyond:
            return
        day = date(2026, 1, 27)
        while day < date(2026, 3, 7):
            assert stand_op(told, day) == holds(known, day)
            day += DAY
        assert to_tell(known, LAGEN, told[::-1], {}) == ([], [])


@settings(max_examples=100, deadline=None)
@given(known_facts())
def test_starts_are_those_of_the_spans_of_the_rule(known: Feiten) -> None:
    new, _ = to_tell(known, LAGEN, (), {})
    begun = Bepaler(known, parse_month("2026-06"), REGELS).begonnen
    assert {b.per for b in new if b.soort == "start"} == set(begun.values())
    assert sum(b.soort == "stop" for b in new) in (len(set(begun.values())), len(set(begun.values())) - 1)
