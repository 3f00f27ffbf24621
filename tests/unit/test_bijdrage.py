"""The contribution rule by example, to be read beside its text, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.kalender import parse_month
from tests.unit.builders import (
    ANNA,
    BERT,
    CARO,
    HOME,
    OTHER_HOME,
    REGELS,
    aid,
    bepalingen,
    dag,
    exempt,
    judged,
    lives,
    months,
    noon,
    owed,
    pgb,
    used,
    zorg,
)

MARCH = used("2026-03")


# A household owes one bijdrage for a month.


def test_care_in_use_in_a_month_owes_the_tariff_of_that_month() -> None:
    assert owed(lives(), zorg(MARCH)) == {"2026-03": 2180}


def test_a_couple_with_care_for_both_owes_once() -> None:
    (row,) = bepalingen(lives(), lives(BERT), zorg(MARCH), zorg(MARCH, nummer=2, client_id=BERT))
    assert (row.huishouden_id, row.bedrag_cent, [care.nummer for care in row.zorg]) == (HOME, 2180, [1, 2])


def test_two_households_owe_each_their_own_in_the_order_of_their_ids() -> None:
    rows = bepalingen(lives(BERT, OTHER_HOME), lives(), zorg(MARCH), zorg(MARCH, nummer=2, client_id=BERT))
    assert [(row.huishouden_id, row.bedrag_cent) for row in rows] == [(HOME, 2180), (OTHER_HOME, 2180)]


def test_nothing_known_owes_nothing() -> None:
    assert bepalingen() == bepalingen(lives()) == bepalingen(exempt("2026-01")) == []


def test_the_household_on_the_first_day_of_the_month_owes() -> None:
    moves = lives(tot="2026-03-01"), lives(huishouden=OTHER_HOME, van="2026-03-02")
    rows = bepalingen(*moves, zorg(used("2026-02"), MARCH, used("2026-04")))
    assert [row.huishouden_id for row in rows] == [HOME, HOME, OTHER_HOME]


def test_who_belongs_to_no_household_on_the_first_is_not_charged() -> None:
    assert bepalingen(lives(van="2026-03-02", tot="2026-03-31"), zorg(MARCH)) == []


def test_a_merged_client_brings_care_home_and_exemption_but_not_his_departure() -> None:
    merged = {"opgegaan_in": {BERT: CARO, CARO: ANNA}}
    assert owed(lives(), zorg(MARCH, client_id=BERT), **merged) == {"2026-03": 2180}
    assert owed(lives(BERT), zorg(MARCH), **merged) == {"2026-03": 2180}
    assert judged(lives(), exempt("2026-03", client_id=CARO), zorg(MARCH), **merged) == {"2026-03": 5}
    budget = lives(), pgb("2026-04-01")
    assert list(owed(*budget, **merged, uitgeschreven_per={BERT: dag("2026-05-01")})) == months(
        "2026-04", "2026-06"
    )
    assert list(owed(*budget, **merged, uitgeschreven_per={ANNA: dag("2026-05-01")})) == ["2026-04"]


# 1. In use.


def test_a_service_is_in_use_only_in_the_months_it_was_delivered() -> None:
    assert list(owed(lives(), zorg(used("2026-01"), used("2026-04")))) == ["2026-01", "2026-04"]


def test_a_thing_is_in_use_from_its_first_use_on_until_the_horizon() -> None:
    assert list(owed(lives(), aid(used("2026-01")), tot="2026-04")) == months("2026-01", "2026-04")


def test_a_thing_is_in_use_from_a_start_inside_its_first_use() -> None:
    assert list(owed(lives(), aid(MARCH, starts=("2026-03-02",)), tot="2026-04")) == ["2026-04"]
    for outside in ("2026-02-28", "2026-04-01"):
        assert judged(lives(), aid(MARCH, starts=(outside,)), tot="2026-03") == {"2026-03": None}


def test_a_thing_is_in_use_up_to_its_stop_or_else_its_last_day_and_owes_that_month_in_full() -> None:
    stopped = aid(used("2026-01"), stop="2026-06-10", einddatum="2026-02-01")
    assert owed(lives(), stopped, tot="2026-09") == dict.fromkeys(months("2026-01", "2026-06"), 2180)
    assert list(owed(lives(), aid(used("2026-01"), einddatum="2026-02-01"))) == ["2026-01", "2026-02"]


def test_a_pgb_is_in_use_from_its_first_day_without_any_use() -> None:
    assert list(owed(lives(), pgb("2026-04-01", einddatum="2026-05-01"))) == ["2026-04", "2026-05"]
    assert owed(lives(), pgb("2026-04-01", einddatum="2026-03-31")) == {}


def test_care_ends_the_day_before_a_client_is_no_longer_registered_but_not_before_its_last_use() -> None:
    gone = {"uitgeschreven_per": {ANNA: dag("2026-03-01")}}
    assert list(owed(lives(), aid(used("2026-01")), **gone)) == ["2026-01", "2026-02"]
    assert list(owed(lives(), aid(used("2026-01"), used("2026-04")), **gone)) == months("2026-01", "2026-04")


def test_care_that_is_reported_but_does_not_fit_is_not_in_use() -> None:
    reported = zorg(gemeld=frozenset({parse_month("2026-03")}))
    assert judged(lives(), reported) == {"2026-03": 1}
    assert judged(lives(), pgb("2026-03-01", verwijderd=True)) == {}


def test_months_after_the_horizon_are_not_judged() -> None:
    assert judged(lives(), zorg(MARCH), pgb("2026-04-01", nummer=2), tot="2026-02") == {}


# 2. Counts.


@pytest.mark.parametrize("categorie", ["11", "15", "16", "17", "18", "J01", "Jsport"])
def test_a_wheelchair_other_regimes_and_youth_do_not_count(categorie: str) -> None:
    assert judged(lives(), zorg(MARCH, categorie=categorie)) == {"2026-03": 2}


def test_what_the_municipality_exempts_does_not_count() -> None:
    regels = replace(REGELS, vrije_categorieen=frozenset({"02"}), vrije_producten=frozenset({"01A05"}))
    assert judged(lives(), zorg(MARCH, categorie="02"), regels=regels) == {"2026-03": 2}
    assert judged(lives(), zorg(MARCH, productcode="01A05"), regels=regels) == {"2026-03": 2}
    assert owed(lives(), zorg(MARCH, productcode="01A06"), regels=regels) == {"2026-03": 2180}


# 3. Begun.


def test_a_start_on_the_first_owes_that_month() -> None:
    assert owed(lives(), zorg(used("2026-03-01", "2026-03-31"))) == {"2026-03": 2180}


def test_a_start_on_the_second_owes_from_the_next_month() -> None:
    uses = used("2026-03-02", "2026-03-31"), used("2026-04-01", "2026-04-30")
    assert judged(lives(), zorg(*uses)) == {"2026-03": 3, "2026-04": None}


def test_care_that_touches_earlier_care_began_with_it_also_in_another_household() -> None:
    moves = lives(tot="2026-03-31"), lives(huishouden=OTHER_HOME, van="2026-04-01")
    later = zorg(used("2026-04-10", "2026-04-30"), nummer=2)
    touching = zorg(used("2026-03-02", "2026-03-15"), einddatum="2026-04-09")
    assert [row.regel for row in bepalingen(*moves, touching, later)] == [3, None]
    apart = zorg(used("2026-03-02", "2026-03-15"), einddatum="2026-04-08")
    assert [row.regel for row in bepalingen(*moves, apart, later)] == [3, 3]


def test_a_short_care_within_a_long_one_ends_no_span() -> None:
    long = zorg(used("2026-01"), stop="2026-06-15")
    short, later = zorg(used("2026-02"), nummer=2, stop="2026-02-28"), pgb("2026-06-10", nummer=3)
    expected = dict.fromkeys(["2026-01", "2026-02", "2026-06"], None)
    assert judged(lives(), long, short, later) == expected


def test_care_that_does_not_count_makes_no_span() -> None:
    wheelchair = aid(used("2026-01"), categorie="11")
    later = zorg(used("2026-04-10", "2026-04-30"), nummer=2)
    assert judged(lives(), wheelchair, later)["2026-04"] == 3


# 4. In time.


def test_care_recorded_in_the_twelfth_month_after_is_in_time_by_the_local_clock() -> None:
    last = datetime(2024, 4, 30, 21, 59, 59, tzinfo=UTC)
    assert judged(lives(), zorg(used("2023-04", recorded=last))) == {"2023-04": None}
    assert judged(lives(), zorg(used("2023-04", recorded=last.replace(hour=22)))) == {"2023-04": 4}


def test_a_thing_was_recorded_by_its_earliest_use_and_a_pgb_when_it_was_given() -> None:
    uses = used("2024-01", recorded=noon("2025-02-01")), used("2024-03", recorded=noon("2025-03-01"))
    assert judged(lives(), aid(*uses), tot="2024-03") == {"2024-01": 4, "2024-02": None, "2024-03": None}
    late = pgb("2024-01-01", gegeven_op=noon("2025-02-01"))
    assert judged(lives(), late, tot="2024-02") == {"2024-01": 4, "2024-02": None}


# 5. Not exempt.


def test_whom_an_exemption_covers() -> None:
    couple = lives(), lives(BERT), zorg(MARCH)
    assert judged(*couple, exempt("2026-03", "2026-03")) == {"2026-03": 5}
    assert judged(*couple, exempt("2026-03", client_id=ANNA)) == {"2026-03": 5}
    assert judged(*couple, exempt("2026-03", client_id=BERT)) == {"2026-03": None}
    assert judged(*couple, exempt("2026-03", client_id=BERT, voor_huishouden=True)) == {"2026-03": 5}
    assert judged(*couple, exempt("2026-03", huishouden_id=OTHER_HOME)) == {"2026-03": None}


def test_an_exemption_covers_its_months_and_no_other() -> None:
    rows = judged(lives(), aid(used("2026-01")), exempt("2026-02", "2026-03"), exempt("2026-05", "2026-04"))
    assert rows == dict.fromkeys(months("2026-01", "2026-06"), None) | {"2026-02": 5, "2026-03": 5}


def test_a_member_frees_only_the_household_he_is_in_that_month() -> None:
    bert = lives(BERT, tot="2026-02-28"), exempt("2026-01", client_id=BERT, voor_huishouden=True)
    assert judged(lives(), aid(used("2026-02")), *bert, tot="2026-03") == {"2026-02": 5, "2026-03": None}


# 6. Not paid off.


def test_a_kostprijs_is_charged_while_a_whole_month_is_left() -> None:
    rows = judged(lives(), aid(used("2026-01"), kostprijs_cent=5000), tot="2026-04")
    assert rows == {"2026-01": None, "2026-02": None, "2026-03": 6, "2026-04": 6}
    assert judged(lives(), aid(MARCH, kostprijs_cent=2180), tot="2026-04") == {"2026-03": None, "2026-04": 6}
    assert judged(lives(), aid(MARCH, kostprijs_cent=0), tot="2026-03") == {"2026-03": 6}


def test_there_is_no_end_while_other_care_or_a_thing_without_kostprijs_is_in_use() -> None:
    paid_off = aid(used("2026-01"), kostprijs_cent=100)
    assert judged(lives(), paid_off, zorg(used("2026-02"), nummer=2), tot="2026-03") == {
        "2026-01": 6,
        "2026-02": None,
        "2026-03": 6,
    }
    unpriced = aid(used("2026-02"), nummer=2, stop="2026-02-28")
    assert judged(lives(), paid_off, unpriced, tot="2026-03")["2026-02"] is None


def test_of_several_things_the_dearest_is_followed_from_its_own_first_month() -> None:
    cheap = aid(used("2026-01"), kostprijs_cent=4360)
    dear = aid(used("2026-02"), nummer=2, kostprijs_cent=6540)
    assert list(owed(lives(), cheap, dear)) == ["2026-01", "2026-02", "2026-03", "2026-04"]


def test_of_equally_dear_things_the_lowest_number_is_followed() -> None:
    early, late = (
        aid(used(first), nummer=nummer, kostprijs_cent=4360)
        for nummer, first in enumerate(("2026-01", "2026-02"))
    )
    assert list(owed(lives(), early, late)) == ["2026-01", "2026-02"]
    swapped = replace(early, nummer=2), replace(late, nummer=1)
    assert list(owed(lives(), *swapped)) == ["2026-01", "2026-02", "2026-03"]


def test_other_care_and_months_in_another_household_pay_off_too() -> None:
    moves = lives(tot="2026-02-28"), lives(huishouden=OTHER_HOME, van="2026-03-01")
    thing = aid(used("2026-01"), kostprijs_cent=4360)
    rows = bepalingen(*moves, thing, zorg(used("2026-01"), nummer=2), tot="2026-03")
    assert [row.regel for row in rows] == [None, None, 6]


@pytest.mark.parametrize(("telt", "left"), [(True, ["2026-02"]), (False, ["2026-02", "2026-03"])])
def test_an_exempt_month_pays_off_only_if_its_exemption_says_so(telt: bool, left: list[str]) -> None:
    free = exempt("2026-01", "2026-01", telt_voor_kostprijs=telt)
    assert list(owed(lives(), aid(used("2026-01"), kostprijs_cent=5000), free)) == left


# 7. Priced.


def test_a_month_without_a_tariff_is_undetermined() -> None:
    rows = bepalingen(lives(), zorg(used("2027-01"), used("2019-12")), tot="2027-01")
    assert [(row.bedrag_cent, row.regel) for row in rows] == [(None, 7), (None, 7)]


def test_april_and_may_2020_are_not_due_and_pay_nothing_off() -> None:
    rows = bepalingen(lives(), aid(used("2020-03"), kostprijs_cent=3800), tot="2020-07")
    assert [(row.bedrag_cent, row.regel) for row in rows] == [
        (1900, None),
        (0, 7),
        (0, 7),
        (1900, None),
        (0, 6),
    ]


def test_the_highest_rule_that_any_care_reached_is_told() -> None:
    care = zorg(MARCH, categorie="11"), zorg(used("2026-03-02", "2026-03-31"), nummer=2)
    assert judged(lives(), *care) == {"2026-03": 3}
    assert judged(lives(), *reversed(care)) == {"2026-03": 3}
