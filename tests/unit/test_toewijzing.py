"""What a toewijzing is of all that was said of it, what fits in it, and when its care began and ended."""

from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.toewijzing import (
    Melding,
    Tijdvakken,
    Versie,
    deciding_stop,
    left_of,
    misfit,
    settle,
)
from tests.unit.builders import AGB, OTHER_AGB, dag, melding, noon, versie

DAYS = st.dates(dag("2026-01-01"), dag("2026-02-10"))


def test_the_latest_decision_is_current_whatever_was_recorded_last() -> None:
    old, new = versie("2026-01-01", time=noon("2026-05-01")), versie("2026-02-01")
    toewijzing = settle([new, old])
    assert toewijzing.huidig == new
    assert set(toewijzing.versies) == {old, new}


def test_it_was_given_by_the_event_recorded_first_that_is_no_removal() -> None:
    removal = versie("2026-01-01", verwijderd=True)
    late, later = versie("2026-02-01"), versie("2026-01-02", time=noon("2026-03-01"))
    assert settle([later, removal, late]).gegeven == late
    assert settle([removal]).gegeven == removal


def test_of_two_with_one_moment_of_decision_the_one_recorded_later_is_the_version() -> None:
    said = [
        versie(time=noon("2026-01-01"), inhoud="b"),
        versie(time=noon("2026-01-02"), event_id="a", inhoud="a"),
        versie(time=noon("2026-01-02"), event_id="b", inhoud="a"),
        versie(time=noon("2026-01-02"), event_id="b", inhoud="b"),
    ]
    for order in permutations(said):
        toewijzing = settle(order)
        assert (toewijzing.huidig, toewijzing.versies) == (said[-1], (said[-1],))


def test_a_removal_takes_the_place_of_the_version_of_its_moment() -> None:
    removed = settle([versie(), versie(verwijderd=True, event_id="z")])
    assert removed.huidig.verwijderd
    assert removed.versies == ()


def fault_code(said: Sequence[Versie], days: tuple[str, str], aanbieder: str = AGB, soort: str = "01") -> str:
    fault = misfit(settle(said) if said else None, aanbieder, soort, *map(dag, days))
    return fault.code if fault else ""


def test_a_use_fits_within_any_version_that_was_ever_known() -> None:
    said = [
        versie("2026-01-01", einddatum="2026-03-31"),
        versie("2026-02-01", ingangsdatum="2026-06-01", categorie="02"),
    ]
    assert fault_code(said, ("2026-01-01", "2026-01-31")) == ""
    assert fault_code(said, ("2026-03-01", "2026-03-31")) == ""
    assert fault_code(said, ("2199-01-01", "2199-01-31"), soort="02") == ""


@pytest.mark.parametrize(
    ("code", "days", "aanbieder", "soort"),
    [
        ("andere-aanbieder", ("2026-01-01", "2026-01-31"), OTHER_AGB, "01"),
        ("andere-productcategorie", ("2026-01-01", "2026-01-31"), AGB, "03"),
        ("buiten-toewijzing", ("2025-12-31", "2026-01-01"), AGB, "01"),
        ("buiten-toewijzing", ("2026-03-31", "2026-04-01"), AGB, "01"),
        ("buiten-toewijzing", ("2026-03-01", "2026-03-31"), AGB, "02"),
    ],
)
def test_why_a_use_does_not_fit(code: str, days: tuple[str, str], aanbieder: str, soort: str) -> None:
    said = [
        versie("2026-01-01", einddatum="2026-03-31"),
        versie("2026-02-01", ingangsdatum="2026-06-01", categorie="02"),
    ]
    assert fault_code(said, days, aanbieder, soort) == code


def test_nothing_fits_in_what_is_unknown_or_removed_until_it_is_given_again() -> None:
    days = "2026-01-01", "2026-01-31"
    removed = [versie("2026-01-01"), versie("2026-02-01", verwijderd=True)]
    assert fault_code([], days) == fault_code(removed, days) == "toewijzing-onbekend"
    assert fault_code([*removed, versie("2026-03-01", ingangsdatum="2026-09-01")], days) == ""
    only_a_removal_then_other_days = [*removed[1:], versie("2026-03-01", ingangsdatum="2026-09-01")]
    assert fault_code(only_a_removal_then_other_days, days) == "buiten-toewijzing"


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=6), DAYS, DAYS)
def test_days_lie_in_some_one_period_or_in_none(
    periods: list[tuple[date, date | None]], begin: date, eind: date
) -> None:
    begin, eind = min(begin, eind), max(begin, eind)

    versies = [
        versie(ingangsdatum=f"{van}", **({"einddatum": f"{tot}"} if tot else {})) for van, tot in periods
    ]
    expected = any(van <= begin and (tot is None or eind <= tot) for van, tot in periods)
    assert Tijdvakken.of(versies).one_contains(begin, eind) == expected


def left(*meldingen: Melding) -> list[date]:
    found = {tuple(melding.datum for melding in left_of(order)) for order in permutations(meldingen)}
    (days,) = {tuple(sorted(days)) for days in found}
    return list(days)


def test_a_mistake_strikes_what_was_recorded_no_later_about_its_day() -> None:
    said = melding("2026-03-01", "2026-03-02")
    assert left(said) == [dag("2026-03-01")]
    assert left(said, melding("2026-03-01", "2026-03-02", vervallen=True)) == []
    assert left(said, said, melding("2026-03-01", "2026-03-05", vervallen=True)) == []
    assert left(said, melding("2026-03-01", "2026-03-01", vervallen=True)) == [dag("2026-03-01")]


def test_a_mistake_about_another_day_or_of_another_provider_strikes_nothing() -> None:
    said = melding("2026-03-01")
    assert left(said, melding("2026-03-02", "2026-03-09", vervallen=True)) == [dag("2026-03-01")]
    others = melding("2026-03-01", "2026-03-09", vervallen=True, aanbieder=OTHER_AGB)
    assert left(said, others) == [dag("2026-03-01")]


def test_of_two_mistakes_about_one_day_the_later_one_strikes() -> None:
    mistakes = [melding("2026-03-01", day, vervallen=True) for day in ("2026-03-01", "2026-03-09")]
    assert left(melding("2026-03-01", "2026-03-05"), *mistakes) == []


def test_the_stop_recorded_last_decides() -> None:
    stops = [melding("2026-05-31", "2026-06-01"), melding("2026-04-30", "2026-06-02")]
    assert deciding_stop([], []) is None
    assert deciding_stop([], stops) == deciding_stop([], stops[::-1]) == dag("2026-04-30")


def test_of_two_stops_recorded_at_one_moment_the_higher_source_and_id_decides() -> None:
    low, high = melding("2026-05-31", event_id="a"), melding("2026-04-30", "2026-05-31", event_id="b")
    assert deciding_stop([], [low, high]) == deciding_stop([], [high, low]) == dag("2026-04-30")


def test_a_temporary_stop_and_a_stop_before_a_start_end_nothing() -> None:
    stop = melding("2026-05-31")
    assert deciding_stop([], [stop, melding("2026-06-30", reden="20")]) is None
    assert deciding_stop([melding("2026-06-01")], [stop]) is None
    assert deciding_stop([melding("2026-05-31"), melding("2026-01-01")], [stop]) == dag("2026-05-31")
