"""Explain this euro: what is explained is what the rule says, of every household and month, and every sentence is whole."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from services.billing.domain import teksten
from services.billing.domain.bijdrage import WET, bepaal
from services.billing.domain.uitleg import Reden, Uitleg, Uitlegger
from services.billing.instellingen.lezen import standaard
from shared.kalender import Month, format_month, parse_month
from tests.oracle.generate import scenarios, to_lines
from tests.unit.builders import (
    BERT,
    CARO,
    HOME,
    REGELS,
    Fact,
    aid,
    exempt,
    feiten,
    lives,
    noon,
    pgb,
    used,
    zorg,
)
from tests.unit.trials import zoetermeer
from wijkzorg.bijdrage import read, rows

Wire = dict[str, Any]
FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def explained(maand: str, *facts: Fact, tot: str = "2026-12", **maps: Any) -> Uitleg:
    """Why Home does or does not owe something for a month."""
    return Uitlegger(feiten(*facts, **maps), parse_month(tot), REGELS).uitleg(HOME, parse_month(maand))


def said(uitleg: Uitleg, regel: int) -> tuple[bool | None, list[tuple[int, bool]]]:
    """What is said of a rule: of the household, and of each care."""
    one = uitleg.regels[regel - 1]
    return one.voldaan, [(each.toewijzing, each.voldaan) for each in one.zorg]


def every_reason(uitleg: Uitleg) -> list[Reden]:
    """All that is said in an explanation."""
    of_rules = [one.reden for one in uitleg.regels]
    return [uitleg.reden, *of_rules, *(each.reden for one in uitleg.regels for each in one.zorg)]


def agree(scenario: tuple[list[Wire], str | None]) -> None:
    """Every household and month, also those without any care, is explained as the rule and the command have it."""
    events, tot = scenario
    lines = to_lines(events)
    verzameling = read(line.encode() for line in lines)
    horizon = parse_month(tot) if tot else verzameling.horizon
    facts = verzameling.feiten().feiten
    uitlegger = Uitlegger(facts, horizon, standaard().regels)
    by_rule = {(b.huishouden_id, b.maand): b for b in bepaal(facts, horizon, standaard().regels)}
    printed = {
        (row["huishoudenId"], row["maand"]): (row["bedragCent"], row.get("regel"))
        for row in rows(verzameling, horizon, standaard().regels, uitleg=True)
    }
    first = min((maand for _, maand in by_rule), default=horizon) - 1
    for huishouden in {lid.huishouden_id for lid in facts.lidmaatschappen}:
        for maand in map(Month, range(first, horizon + 1)):
            uitleg = uitlegger.uitleg(huishouden, maand)
            found = by_rule.get((huishouden, maand))
            row = printed.get((str(huishouden), format_month(maand)))
            assert (row is None) == (found is None) == (uitleg.uitkomst == "geen-zorg")
            if found is not None:
                assert (uitleg.bedrag_cent, uitleg.regel) == (found.bedrag_cent, found.regel) == row
                assert set(uitleg.zorg) == set(found.zorg)
            is_whole(uitleg)


def is_whole(uitleg: Uitleg) -> None:
    """One rule decides at most, what comes after it was not looked at, and every sentence has its values."""
    answers = [one.voldaan for one in uitleg.regels]
    assert [one.regel for one in uitleg.regels] == list(WET)
    assert answers.count(False) == (uitleg.uitkomst != "bijdrage")
    for one in uitleg.regels[:5]:
        assert one.voldaan == (any(each.voldaan for each in one.zorg) if one.zorg else one.voldaan)
        if uitleg.regel is not None:
            assert (one.voldaan is None) == (one.regel > uitleg.regel)
    for reden in every_reason(uitleg):
        assert reden.tekst in teksten.alle()
        assert "%(" not in reden.tekst % reden.waarden
        for name, value in reden.waarden.items():
            assert name.endswith(("cent", "maand")) or name == "toewijzing" or isinstance(value, date)


@FEW
@given(scenarios(noise_max=15))
def test_what_is_explained_is_what_the_rule_says(scenario: tuple[list[Wire], str | None]) -> None:
    agree(scenario)


@pytest.mark.long
@settings(FEW, max_examples=3_000)
@given(scenarios(noise_max=15))
def test_what_is_explained_is_what_the_rule_says_three_thousand_times(
    scenario: tuple[list[Wire], str | None],
) -> None:
    agree(scenario)


def test_a_charge_satisfies_every_rule_and_names_its_care_by_number() -> None:
    uitleg = explained(
        "2026-03", lives(), lives(BERT), zorg(used("2026-03")), pgb("2026-01-01", nummer=7, client_id=BERT)
    )
    assert (uitleg.uitkomst, uitleg.bedrag_cent, uitleg.regel) == ("bijdrage", 2180, None)
    assert [one.voldaan for one in uitleg.regels] == [True] * 7
    assert said(uitleg, 1) == (True, [(1, True), (7, True)])
    assert [(one.categorie, one.grondslag) for one in uitleg.regels[0].zorg] == [
        ("01", "gebruik"),
        ("01", "beschikking"),
    ]


def test_by_the_settings_of_zoetermeer_help_in_kind_is_in_use_by_its_beschikking_and_not_by_a_budget() -> (
    None
):
    facts = feiten(lives(), zorg(ingangsdatum="2026-01-01"), pgb("2026-01-01", nummer=7))
    uitleg = Uitlegger(facts, parse_month("2026-12"), zoetermeer().regels).uitleg(
        HOME, parse_month("2026-03")
    )
    assert [one.reden.tekst for one in uitleg.regels[0].zorg] == [
        "De beschikking voor deze hulp gold in %(maand)s.",
        "Het persoonsgebonden budget liep in %(maand)s.",
    ]


def test_a_tariff_laid_down_elsewhere_is_explained_by_its_own_article() -> None:
    facts = feiten(lives(), zorg(used("2020-03"), used("2020-04")))
    uitlegger = Uitlegger(facts, parse_month("2020-12"), standaard().regels)
    march, april = (uitlegger.uitleg(HOME, parse_month(maand)).regels[-1] for maand in ("2020-03", "2020-04"))
    assert (march.voldaan, march.wet) == (True, WET[7])
    assert (april.voldaan, april.wet) == (False, "Uitvoeringsbesluit Wmo 2015 art. 3.8 lid 3 onder i")


def test_the_rule_that_decides_is_the_last_that_any_care_came_to() -> None:
    uitleg = explained(
        "2026-03",
        lives(),
        zorg(used("2026-03"), categorie="11"),
        zorg(used("2026-03-02", "2026-03-31"), nummer=2),
    )
    assert (uitleg.uitkomst, uitleg.regel) == ("geen-bijdrage", 3)
    assert said(uitleg, 2) == (True, [(1, False), (2, True)])
    assert said(uitleg, 3) == (False, [(2, False)])
    assert said(uitleg, 4) == (None, [])
    assert uitleg.regels[2].zorg[0].reden.waarden == {
        "begin": date(2026, 3, 2),
        "eerste_maand": parse_month("2026-04"),
    }


@pytest.mark.parametrize(
    ("care", "sentence"),
    [
        (zorg(used("2026-03"), categorie="11"), teksten.TELT_NIET["rolstoel"]),
        (zorg(used("2026-03"), categorie="15"), teksten.TELT_NIET["eigen-regime"]),
        (zorg(used("2026-03"), categorie="J01"), teksten.TELT_NIET["jeugd"]),
        (zorg(gemeld=frozenset({parse_month("2026-03")})), teksten.PAST_NIET),
        (zorg(gemeld=frozenset({parse_month("2026-03")}), verwijderd=True), teksten.VERWIJDERD),
        (zorg(used("2026-03", recorded=noon("2027-04-01"))), teksten.OP_TIJD[False]),
    ],
)
def test_each_reason_has_its_own_sentence(care: Any, sentence: str) -> None:
    uitleg = explained("2026-03", lives(), care)
    deciding = uitleg.regels[(uitleg.regel or 0) - 1]
    assert [each.reden.tekst for each in deciding.zorg] == [sentence]


def test_of_an_exemption_is_said_that_the_municipality_gave_it_and_neither_why_nor_to_whom() -> None:
    whose: list[dict[str, Any]] = [{}, {"client_id": CARO, "voor_huishouden": True}, {"client_id": BERT}]
    answers = []
    for given_to in whose:
        home = lives(BERT), lives(CARO), zorg(used("2026-03"), client_id=BERT)
        uitleg = explained("2026-03", *home, exempt("2026-01", "2026-06", **given_to))
        assert uitleg.regel == 5
        answers.append(uitleg.regels[4])
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].zorg[0].reden == Reden("Vrijgesteld door de gemeente.")


def test_a_kostprijs_is_explained_by_its_amounts_and_never_as_less_than_nothing() -> None:
    facts = lives(), aid(used("2026-01"), kostprijs_cent=5000, nummer=3)
    expected = {
        "2026-02": (True, 2180, 2820),
        "2026-03": (False, 4360, 640),
        "2026-05": (False, 8720, 0),
    }
    for maand, (voldaan, counted, left) in expected.items():
        one = explained(maand, *facts).regels[5]
        assert one.voldaan is voldaan
        assert one.reden.waarden == {
            "toewijzing": 3,
            "kostprijs_cent": 5000,
            "afgelost_cent": counted,
            "rest_cent": left,
            "tarief_cent": 2180,
        }


def test_a_month_without_a_tariff_is_undetermined_and_one_not_due_says_so() -> None:
    undetermined = explained("2027-01", lives(), pgb("2026-01-01"), tot="2027-02")
    assert (undetermined.uitkomst, undetermined.bedrag_cent, undetermined.regel) == ("onbepaald", None, 7)
    corona = explained("2020-04", lives(), pgb("2020-01-01"))
    assert (corona.uitkomst, corona.bedrag_cent, corona.regel) == ("geen-bijdrage", 0, 7)
    assert corona.regels[6].reden.tekst == teksten.NIET_VERSCHULDIGD


def test_a_month_without_care_and_one_after_the_horizon_say_so() -> None:
    assert explained("2026-03", lives()).uitkomst == "geen-zorg"
    assert explained("2026-03", lives()).regels[0].reden.tekst == teksten.GEEN_ZORG
    later = explained("2026-04", lives(), zorg(used("2026-03")), tot="2026-03")
    assert (later.uitkomst, later.regels, later.bedrag_cent) == ("later", (), 0)


def test_no_sentence_is_longer_than_twenty_words() -> None:
    for text in teksten.alle():
        for sentence in text.split(". "):
            assert len(sentence.split()) <= 20, sentence
