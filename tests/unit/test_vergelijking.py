"""The CAK's charges beside the ledger: every one in exactly one class, and no cent lost."""

from collections import Counter
from datetime import date
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.domain.bijdrage import Bepaling
from services.billing.domain.cakbestand import Aanslag
from services.billing.domain.feiten import Zorg
from services.billing.domain.vergelijking import (
    MEANING,
    AlleenCak,
    AlleenWijkzorg,
    Finding,
    charged_together,
    compare,
    uncollected,
    why_not_charged,
    why_not_collected,
)
from shared.kalender import Month, parse_month
from tests.unit.builders import ANNA, BERT, CARO, HOME, OTHER_HOME, REGELS, zorg

MARCH = parse_month("2026-03")
Key = tuple[UUID, Month]


def classes(
    charged: dict[UUID, int],
    owed: int,
    *homes: UUID | None,
    reden: AlleenCak | None = None,
    waived: int = 0,
) -> dict[str, tuple[int, int]]:
    """By class both amounts, where these clients were charged, who belong to these homes (Anna's without any)."""
    findings = {
        (client, MARCH): Finding(home, reden)
        for client, home in zip(charged, homes or [HOME] * len(charged), strict=True)
    }
    together = charged_together([Aanslag(client, MARCH, cent) for client, cent in charged.items()], findings)
    ledger = {(HOME, MARCH): owed} if owed else {}
    kwijt = {(HOME, MARCH): waived}
    why: dict[Key, AlleenWijkzorg] = dict.fromkeys(uncollected(together, ledger, kwijt), "nog_niet_verwerkt")
    found = compare(together, ledger, kwijt, why)
    assert len(found) == len({one.klasse for one in found})
    return {one.klasse: (one.cak_cent, one.wijkzorg_cent) for one in found}


def test_both_alike_another_amount_and_both_partners_are_told_apart() -> None:
    assert classes({ANNA: 2180}, 2180) == {"gelijk": (2180, 2180)}
    assert classes({ANNA: 2100}, 2180) == {"ander_bedrag": (2100, 2180)}
    assert classes({ANNA: 2180, BERT: 2180}, 2180) == {"gehuwd_dubbel": (4360, 2180)}
    assert classes({ANNA: 1090, BERT: 1090}, 2180) == {"gelijk": (2180, 2180)}
    assert classes({ANNA: 2180, BERT: 0}, 2100) == {"ander_bedrag": (2180, 2100)}


def test_what_only_the_cak_charges_says_which_rule_failed() -> None:
    assert classes({ANNA: 2180}, 0, reden="vrijgesteld") == {"vrijgesteld": (2180, 0)}
    assert classes({ANNA: 2180}, 0) == {"nog_niet_bepaald": (2180, 0)}
    assert classes({ANNA: 0}, 0, reden="vrijgesteld") == {"gelijk": (0, 0)}
    assert classes({ANNA: -2180}, 0, reden="vrijgesteld") == {"ander_bedrag": (-2180, 0)}


@pytest.mark.parametrize(
    ("waived", "charged", "klasse"),
    [
        (2180, {}, "kwijtgescholden"),
        (2180, {ANNA: 2180, BERT: -2180}, "kwijtgescholden"),
        (1000, {ANNA: 1180}, "kwijtgescholden"),
        (2180, {ANNA: 2180}, "kwijtgescholden_gevraagd"),
        (1000, {ANNA: 2180}, "kwijtgescholden_gevraagd"),
        (2180, {ANNA: 2180, BERT: 2180}, "gehuwd_dubbel"),
        (1000, {ANNA: 900}, "ander_bedrag"),
        (2180, {ANNA: -2180}, "ander_bedrag"),
        (1000, {}, "nog_niet_verwerkt"),
    ],
)
def test_a_waived_month_says_whether_the_cak_asks_it_all_the_same(
    waived: int, charged: dict[UUID, int], klasse: str
) -> None:
    assert classes(charged, 2180, waived=waived) == {klasse: (sum(charged.values()), 2180)}


def test_a_charge_taken_back_leaves_the_ledger_alone() -> None:
    assert classes({}, 2180) == {"nog_niet_verwerkt": (0, 2180)}
    assert classes({ANNA: 0}, 2180) == {"nog_niet_verwerkt": (0, 2180)}


def test_a_client_without_a_household_stands_alone() -> None:
    assert classes({ANNA: 2180, BERT: 2180}, 2180, HOME, None, reden="geen_huishouden") == {
        "gelijk": (2180, 2180),
        "geen_huishouden": (2180, 0),
    }


@pytest.mark.parametrize(
    ("care", "klasse"),
    [
        ((), "geen_toewijzing"),
        ((zorg(),), "geen_gebruik_gemeld"),
        ((zorg(ingangsdatum="2026-04-01"),), "geen_toewijzing"),
        ((zorg(einddatum="2026-02-28"),), "geen_toewijzing"),
        ((zorg(categorie="11"),), "geen_toewijzing"),
        ((zorg(verwijderd=True),), "geen_toewijzing"),
        ((zorg(stop="2026-02-28"),), "gestopt"),
        ((zorg(stop="2026-02-28"), zorg(nummer=2)), "geen_gebruik_gemeld"),
        ((zorg(stop="2026-03-01"),), "geen_gebruik_gemeld"),
    ],
)
def test_where_nothing_was_in_use_the_toewijzing_says_why(care: tuple[Zorg, ...], klasse: str) -> None:
    assert why_not_charged(None, care, MARCH, REGELS, {}) == klasse
    assert why_not_charged(Bepaling(HOME, MARCH, 0, 1, ()), care, MARCH, REGELS, {}) == klasse


@pytest.mark.parametrize("leveringsvorm", ["zin", "pgb"])
def test_who_died_or_moved_away_before_the_month_has_stopped(leveringsvorm: str) -> None:
    care = [zorg(leveringsvorm=leveringsvorm)]
    for per, klasse in ((date(2026, 3, 1), "gestopt"), (date(2026, 3, 2), "geen_gebruik_gemeld")):
        assert why_not_charged(None, care, MARCH, REGELS, {ANNA: per}) == klasse


@pytest.mark.parametrize(
    ("regel", "klasse"),
    [
        (2, "telt_niet_mee"),
        (3, "niet_begonnen"),
        (4, "te_laat_vastgelegd"),
        (5, "vrijgesteld"),
        (6, "kostprijs_bereikt"),
        (7, "geen_tarief"),
        (None, "nog_niet_bepaald"),
    ],
)
def test_each_rule_that_fails_is_a_class(regel: int | None, klasse: str) -> None:
    assert why_not_charged(Bepaling(HOME, MARCH, 0, regel, ()), (), MARCH, REGELS, {}) == klasse


def test_a_refusal_is_named_before_what_was_told() -> None:
    assert why_not_collected(rejected=True, told=True) == "afgewezen_door_cak"
    assert why_not_collected(rejected=False, told=True) == "nog_niet_verwerkt"
    assert why_not_collected(rejected=False, told=False) == "niet_gemeld_aan_cak"


HOMES = (HOME, OTHER_HOME, None)
CENTS = st.sampled_from((-2180, 0, 1090, 2180))
MONTHS = st.sampled_from((MARCH, Month(MARCH + 1)))
CHARGES = st.lists(st.builds(Aanslag, st.sampled_from((ANNA, BERT, CARO)), MONTHS, CENTS), max_size=8)
LEDGER = st.dictionaries(
    st.tuples(st.sampled_from((HOME, OTHER_HOME)), MONTHS), st.sampled_from((1900, 2180))
)


@settings(max_examples=300, deadline=None)
@given(CHARGES, LEDGER, st.data())
def test_every_charge_and_every_month_of_the_ledger_is_in_one_class_and_sums_are_kept(
    charges: list[Aanslag], ledger: dict[Key, int], data: st.DataObject
) -> None:
    findings: dict[Key, Finding] = {}
    reasons: tuple[AlleenCak | None, ...] = (None, *get_args(AlleenCak))
    for client, maand, _ in charges:
        home = data.draw(st.sampled_from(HOMES))
        reden = data.draw(st.sampled_from(reasons)) if home else "geen_huishouden"
        findings.setdefault((client, maand), Finding(home, reden))
    together = charged_together(charges, findings)
    kwijt = {key: data.draw(st.sampled_from((0, 1090, cent))) for key, cent in ledger.items()}
    left = uncollected(together, ledger, kwijt)
    why = {key: data.draw(st.sampled_from(get_args(AlleenWijkzorg))) for key in left}
    found = compare(together, ledger, kwijt, why)
    assert {one.klasse for one in found} <= MEANING.keys()
    assert sum(one.cak_cent for one in found) == sum(one.bedrag_cent for one in charges)
    assert sum(one.wijkzorg_cent for one in found) == sum(ledger.values())
    places = Counter((client, one.maand) for one in found for client in one.clienten)
    assert places == Counter({(client, maand) for client, maand, _ in charges})
    months = Counter((one.huishouden_id, one.maand) for one in found if one.huishouden_id)
    assert set(ledger) <= set(months)
    assert max(months.values(), default=1) == 1
