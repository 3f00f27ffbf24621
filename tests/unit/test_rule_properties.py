"""The contribution rule against the reference, on sets of events nobody would think of; and what must always hold."""

import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.instellingen.lezen import standaard
from shared.kalender import parse_month
from tests.oracle.generate import JUNK_LINES, event_lists, scenarios, to_lines
from tests.oracle.reference import bereken
from tests.unit.wire import ANNA, exempt, given_to, home, stop, use
from wijkzorg.bijdrage import read, rows

Wire = dict[str, Any]
Row = dict[str, Any]
Scenario = tuple[list[Wire], str | None]

FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
REGELS = standaard().regels
TARIEF_CENT = standaard().tarief_cent


def product(lines: list[str], tot: str | None = None, *, uitleg: bool = True) -> list[Row]:
    """What the command prints for these lines."""
    horizon = parse_month(tot) if tot else None
    return list(rows(read(line.encode() for line in lines), horizon, REGELS, uitleg=uitleg))


def agree(scenario: Scenario) -> None:
    events, tot = scenario
    lines = to_lines(events)
    explained = bereken(lines, tot, uitleg=True)
    assert product(lines, tot) == explained
    assert product(lines, tot, uitleg=False) == [row for row in explained if "aanleiding" in row]


@settings(FEW, max_examples=100)
@given(scenarios(noise_max=15))
def test_the_rule_says_what_the_reference_says(scenario: Scenario) -> None:
    agree(scenario)


@pytest.mark.long
@settings(FEW, max_examples=10_000)
@given(scenarios(noise_max=15))
def test_the_rule_says_what_the_reference_says_ten_thousand_times(scenario: Scenario) -> None:
    agree(scenario)


@FEW
@given(event_lists(noise_max=15), st.integers(0, 2**32))
def test_order_repetition_and_junk_change_nothing(events: list[Wire], seed: int) -> None:
    lines, chance = to_lines(events), random.Random(seed)  # noqa: S311  any order will do
    again = [*lines, *chance.choices(lines, k=len(lines)), *JUNK_LINES]
    chance.shuffle(again)
    assert product(again) == product(lines)


@FEW
@given(scenarios(noise_max=15))
def test_a_household_owes_a_month_once_and_exactly_its_tariff(scenario: Scenario) -> None:
    events, tot = scenario
    charged = product(to_lines(events), tot, uitleg=False)
    assert all(row["bedragCent"] == TARIEF_CENT[parse_month(row["maand"])] > 0 for row in charged)
    assert all(row["aanleiding"] == sorted(set(row["aanleiding"])) != [] for row in charged)
    explained = product(to_lines(events), tot)
    keys = [(row["huishoudenId"], row["maand"]) for row in explained]
    assert keys == sorted(set(keys))
    assert charged == [row for row in explained if "regel" not in row]
    assert all(1 <= row["regel"] <= 7 and not row["bedragCent"] for row in explained if "regel" in row)


@FEW
@given(event_lists(noise_max=10), event_lists(noise_max=10))
def test_facts_of_others_change_nothing_for_a_household(events: list[Wire], others: list[Wire]) -> None:
    lines, tot = to_lines(events), latest(events)
    strangers = [elsewhere(line) for line in to_lines(others)]
    together = product(lines + strangers, tot)
    apart = product(lines, tot) + product(strangers, tot)
    assert together == sorted(apart, key=lambda row: (row["huishoudenId"], row["maand"]))


def elsewhere(line: str) -> str:
    """The same event about other people, other toewijzingen and other numbers."""
    line = re.sub(r'"0(?=[0-9A-Fa-f]{7}-)', '"f', line)
    line = re.sub(r'"(R|vorigR)eferentieNummer": "', r"\g<0>X", line, flags=re.IGNORECASE)
    return re.sub(r'("toewijzingNummer": "?)2', r"\g<1>3", line)


@FEW
@given(event_lists(noise_max=15), st.integers(1, 20))
def test_looking_further_ahead_changes_no_earlier_month(events: list[Wire], further: int) -> None:
    tot = sorted(event["time"][:7] for event in events)[len(events) // 2]
    later = f"{int(tot[:4]) + further}-01"
    seen = [row for row in product(to_lines(events), later) if row["maand"] <= tot]
    assert seen == product(to_lines(events), tot)


@FEW
@given(event_lists(noise_max=15), st.integers(0, 3), st.integers(0, 12))
def test_an_exemption_that_counts_for_the_kostprijs_takes_away_its_own_months_only(
    events: list[Wire], which: int, months: int
) -> None:
    tot = latest(events)
    charged = product(to_lines(events), tot, uitleg=False)
    homes = sorted({e["data"]["huishoudenId"] for e in events if "huishouden-v" in e["type"]})
    free, van = homes[which % len(homes)], tot if not charged else charged[len(charged) // 2]["maand"]
    last = parse_month(van) + months
    tot_maand = f"{last // 12:04}-{last % 12 + 1:02}"
    left = [row for row in charged if row["huishoudenId"] != free or not van <= row["maand"] <= tot_maand]
    assert product([*to_lines(events), exempt(free, van, tot_maand)], tot, uitleg=False) == left


def latest(events: list[Wire]) -> str:
    return str(max(event["time"][:7] for event in events))


def test_a_stop_is_known_by_source_and_id_whatever_it_names() -> None:
    """Of two stops with one source and id, about two toewijzingen, the earlier recorded is the fact."""
    care = [home(ANNA), given_to(ANNA, 1, "12"), use(1, "2026-01-01", "2026-01-31", "12")]
    elsewhere_first = stop(2, "2026-01-31", name="one id", time="2026-02-01T12:00:00Z")
    here_later = stop(1, "2026-01-31", name="one id", time="2026-02-02T12:00:00Z")
    for stops in ([elsewhere_first, here_later], [here_later, elsewhere_first]):
        months = [row["maand"] for row in product([*care, *stops], "2026-03")]
        assert months == ["2026-01", "2026-02", "2026-03"]
        assert product([*care, *stops], "2026-03") == bereken([*care, *stops], "2026-03", uitleg=True)
