"""The reference implementation itself, against cases worked by hand from the law and the contribution rule."""

import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.generate import JUNK_LINES, event_lists, random_events, to_lines
from tests.oracle.reference import bereken

AGB, OTHER_AGB = "65656055", "65656056"
ANNA, BERT, CARO = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
HOME, OTHER_HOME = "11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"
START = "2019-01-01T00:00:00Z"

Wire = dict[str, Any]


def event(
    kind: str, name: str, time: str, /, source: str = "urn:nld:oin:0637:systeem:x", **content: Any
) -> Wire:
    envelope: Wire = {"specversion": "1.0", "id": name, "source": source, "time": time, "data": content}
    return envelope | {"type": f"nl.wijkzorg.{kind}.v1"}


def home(*leden: str, huishouden: str = HOME, van: str = "2019-01-01", **extra: Any) -> Wire:
    perioden = [{"van": van, "leden": list(leden), **extra}]
    return event(
        "huishouden-vastgesteld",
        "h",
        "2019-01-01T00:00:00Z",
        huishoudenId=huishouden,
        versie=1,
        perioden=perioden,
    )


def client(who: str, **extra: Any) -> Wire:
    content: Wire = {"clientId": who, "versie": 1, "perioden": [], **extra}
    return event("client-vastgesteld", f"c{who[0]}", START, **content)


def given_to(
    who: str, nummer: int, categorie: str = "01", *, reden: str = "", time: str = "", **extra: Any
) -> Wire:
    """A toewijzing; with a reden it is a change of one."""
    terms = {
        "toewijzingNummer": nummer,
        "productcategorie": categorie,
        "ingangsdatum": "2019-01-01",
        "leveringsvorm": "zin",
        "toegewezenOp": "2019-01-01T12:00:00Z",
        **({} if extra.get("leveringsvorm") == "pgb" else {"aanbieder": AGB}),
        **extra,
    }
    time = time or "2019-01-01T12:00:00Z"
    if reden:
        return event("toewijzing-gewijzigd", f"w{nummer}", time, clientId=who, toewijzing=terms, reden=reden)
    decision: Wire = {"besluit": "toegekend", "besluitdatum": "2019-01-01", "uiterlijk": "2019-01-01"}
    decision |= {"beschikkingNummer": f"B{nummer}", "aanvraagId": "A1"}
    return event("indicatie-afgegeven", f"t{nummer}", time, clientId=who, toewijzingen=[terms], **decision)


def provider(kind: str, name: str, time: str, agb: str = AGB, **content: Any) -> Wire:
    return event(kind, name, time, source=f"urn:nld:agb:{agb}:systeem:ecd", aanbieder=agb, **content)


def use(
    nummer: int, van: str, tot: str, *, ref: str = "", time: str = "", cat: str = "01", **extra: Any
) -> Wire:
    ref = ref or f"{nummer}/{van}"
    content: Wire = {
        "referentieNummer": ref,
        "toewijzingNummer": nummer,
        "productcategorie": cat,
        "volume": 4,
    }
    content |= {"begindatum": van, "einddatum": tot, "eenheid": "04", **extra}
    return provider("gebruik-geregistreerd", f"u{ref}", time or f"{tot}T12:00:00Z", **content)


def exempt(van: str, tot: str, name: str = "v", **extra: Any) -> Wire:
    content: Wire = {
        "vrijstellingId": f"eeeeeeee-0000-4000-8000-{ord(name):012}",
        "versie": 1,
        "geldtVoor": "huishouden",
    }
    content |= {"teltVoorKostprijs": False, "vanMaand": van, "totMaand": tot, "vervallen": False, **extra}
    return event("vrijstelling-vastgesteld", name, START, **content)


def charged(*events: Wire, tot: str | None = None) -> dict[str, int]:
    """Cents by month of the one household that is expected."""
    rows = bereken(to_lines(events), tot)
    assert {row["huishoudenId"] for row in rows} <= {HOME}
    return {row["maand"]: row["bedragCent"] for row in rows}


def explained(*events: Wire, tot: str | None = None) -> dict[str, int]:
    """The rule by month, 0 for a charge."""
    return {row["maand"]: row.get("regel", 0) for row in bereken(to_lines(events), tot, uitleg=True)}


def test_start_on_the_first_charges_that_month() -> None:
    assert charged(home(ANNA), given_to(ANNA, 1), use(1, "2026-03-01", "2026-03-31")) == {"2026-03": 2180}


def test_start_on_another_day_charges_the_month_after() -> None:
    uses = use(1, "2026-03-02", "2026-03-31"), use(1, "2026-04-10", "2026-04-10")
    events = home(ANNA), given_to(ANNA, 1), *uses
    assert charged(*events) == {"2026-04": 2180}
    assert explained(*events) == {"2026-03": 3, "2026-04": 0}


def test_stop_on_the_tenth_still_charges_the_whole_month() -> None:
    aid = home(ANNA), given_to(ANNA, 1, "12"), use(1, "2026-05-01", "2026-05-31", cat="12")
    stop = provider(
        "zorg-gestopt", "s", "2026-06-11T08:00:00Z", toewijzingNummer=1, einddatum="2026-06-10", reden="19"
    )
    temporary = stop | {"data": stop["data"] | {"reden": "20"}}
    struck = stop | {"id": "x", "data": stop["data"] | {"vervallen": True}}
    too_early = struck | {"time": "2026-06-11T07:59:59Z"}
    assert charged(*aid, stop, tot="2026-08") == {"2026-05": 2180, "2026-06": 2180}
    assert len(charged(*aid, temporary, tot="2026-08")) == 4
    assert len(charged(*aid, stop, struck, tot="2026-08")) == 4
    assert len(charged(*aid, stop, too_early, tot="2026-08")) == 2


def test_a_rolstoel_is_free() -> None:
    events = home(ANNA), given_to(ANNA, 1, "11"), use(1, "2026-03-01", "2026-03-31", cat="11")
    assert explained(*events) == {"2026-03": 2}


def test_kostprijs_is_charged_while_a_whole_month_is_left() -> None:
    aid = given_to(ANNA, 1, "14", kostprijsCent=5000), use(1, "2026-01-01", "2026-01-31", cat="14")
    events = home(ANNA), *aid
    assert charged(*events, tot="2026-03") == {"2026-01": 2180, "2026-02": 2180}
    assert explained(*events, tot="2026-03") == {"2026-01": 0, "2026-02": 0, "2026-03": 6}


@pytest.mark.parametrize(("takes", "months"), [(True, ["2026-02"]), (False, ["2026-02", "2026-03"])])
def test_an_exemption_takes_from_the_kostprijs_only_if_it_says_so(takes: bool, months: list[str]) -> None:
    aid = given_to(ANNA, 1, "14", kostprijsCent=5000), use(1, "2026-01-01", "2026-01-31", cat="14")
    january = exempt("2026-01", "2026-01", clientId=ANNA, teltVoorKostprijs=takes)
    assert list(charged(home(ANNA), *aid, january, tot="2026-04")) == months


def test_a_couple_pays_once() -> None:
    events = home(ANNA, BERT), given_to(ANNA, 1), given_to(BERT, 2)
    uses = use(1, "2026-03-01", "2026-03-31"), use(2, "2026-03-01", "2026-03-31")
    (row,) = bereken(to_lines([*events, *uses]))
    assert row == {
        "huishoudenId": HOME,
        "maand": "2026-03",
        "bedragCent": 2180,
        "aanleiding": ["u1/2026-03-01", "u2/2026-03-01"],
    }


def test_a_merged_client_brings_household_and_toewijzing_but_not_his_departure() -> None:
    merged = client(BERT, opgegaanIn=ANNA, uitgeschrevenPer="2026-01-15")
    pgb = given_to(BERT, 1, leveringsvorm="pgb", ingangsdatum="2026-01-01", time="2026-01-01T12:00:00Z")
    assert len(charged(home(BERT), merged, pgb, tot="2026-03")) == 3
    assert (
        len(charged(home(BERT), merged, client(ANNA, uitgeschrevenPer="2026-02-01"), pgb, tot="2026-03")) == 1
    )


def test_a_circle_of_merges_ends_at_the_lowest_client() -> None:
    circle = client(CARO, opgegaanIn=BERT), client(BERT, opgegaanIn=ANNA), client(ANNA, opgegaanIn=CARO)
    events = *circle, home(ANNA), given_to(CARO, 1), use(1, "2026-03-01", "2026-03-31")
    assert charged(*events) == {"2026-03": 2180}


def test_recorded_in_the_twelfth_month_after_is_in_time_and_later_is_not() -> None:
    base = home(ANNA), given_to(ANNA, 1)
    in_time = use(1, "2023-04-01", "2023-04-30", time="2024-04-30T21:59:59Z")
    late = use(1, "2023-04-01", "2023-04-30", time="2024-04-30T22:00:00Z")
    assert explained(*base, in_time) == {"2023-04": 0}
    assert explained(*base, late) == {"2023-04": 4}


def test_whom_an_exemption_covers() -> None:
    care = home(ANNA, BERT), given_to(ANNA, 1), use(1, "2026-03-01", "2026-03-31")
    march = ("2026-03", "2026-03")
    assert explained(*care, exempt(*march, huishoudenId=HOME)) == {"2026-03": 5}
    assert explained(*care, exempt(*march, clientId=ANNA, geldtVoor="client")) == {"2026-03": 5}
    assert explained(*care, exempt(*march, clientId=BERT)) == {"2026-03": 5}
    assert explained(*care, exempt(*march, clientId=BERT, geldtVoor="client")) == {"2026-03": 0}
    assert explained(*care, exempt(*march, clientId=CARO)) == {"2026-03": 0}
    assert explained(*care, exempt(*march, huishoudenId=HOME, vervallen=True)) == {"2026-03": 0}
    assert explained(*care, exempt("2026-01", "2026-02", huishoudenId=HOME)) == {"2026-03": 0}
    assert explained(*care, exempt(*march, huishoudenId=HOME, clientId=ANNA)) == {"2026-03": 0}


def test_april_and_may_2020_are_not_due_and_2027_has_no_tariff() -> None:
    pgb = given_to(ANNA, 1, leveringsvorm="pgb", ingangsdatum="2020-03-01", time="2020-03-01T12:00:00Z")
    rows = bereken(to_lines([home(ANNA), pgb]), "2020-06", uitleg=True)
    cents = [(row["bedragCent"], row.get("regel")) for row in rows]
    assert cents == [(1900, None), (0, 7), (0, 7), (1900, None)]
    care = home(ANNA), given_to(ANNA, 1), use(1, "2027-01-01", "2027-01-31")
    assert bereken(to_lines(care)) == []
    (row,) = bereken(to_lines(care), uitleg=True)
    assert row == {"huishoudenId": HOME, "maand": "2027-01", "bedragCent": None, "regel": 7}


def test_four_services_of_two_clients_of_april_2023_in_one_file() -> None:
    signed = "2023-05-05T22:00:00Z"
    uses = [use(nummer, "2023-04-01", "2023-04-30", time=signed) for nummer in (1, 2, 3, 4)]
    care = [given_to(ANNA, 1), given_to(ANNA, 2), given_to(BERT, 3), given_to(BERT, 4)]
    rows = bereken(to_lines([home(ANNA), home(BERT, huishouden=OTHER_HOME), *care, *uses]))
    assert [(row["huishoudenId"], row["maand"], row["bedragCent"]) for row in rows] == [
        (HOME, "2023-04", 1900),
        (OTHER_HOME, "2023-04", 1900),
    ]
    assert rows[0]["aanleiding"] == ["u1/2023-04-01", "u2/2023-04-01"]


def test_a_removed_toewijzing_is_as_if_never_given_until_given_again() -> None:
    care = home(ANNA), given_to(ANNA, 1), use(1, "2026-03-01", "2026-03-31")
    removed = given_to(ANNA, 1, reden="13", toegewezenOp="2026-04-01T12:00:00Z")
    again = given_to(ANNA, 1, reden="14", toegewezenOp="2026-04-02T12:00:00Z")
    assert explained(*care, removed) == {"2026-03": 1}
    assert explained(*care, removed, again) == {"2026-03": 0}


def test_of_one_reference_the_earliest_is_the_use_and_a_withdrawal_works_whenever_it_arrives() -> None:
    base = home(ANNA), given_to(ANNA, 1)
    first = use(1, "2026-03-01", "2026-03-31", ref="R", time="2026-04-01T08:00:00Z")
    second = use(1, "2026-05-01", "2026-05-31", ref="R", time="2026-06-01T08:00:00Z")
    back: Wire = {"toewijzingNummer": 1, "referentieNummer": "R2", "vorigReferentieNummer": "R"}
    withdrawal = provider("gebruik-ingetrokken", "b", "2020-01-01T08:00:00Z", **back)
    others = provider("gebruik-ingetrokken", "b", "2026-07-01T08:00:00Z", agb=OTHER_AGB, **back)
    assert explained(*base, second, first, others) == {"2026-03": 0}
    assert explained(*base, second, first, withdrawal) == {"2026-03": 1}


def test_care_that_touches_earlier_care_began_with_it_even_in_another_household() -> None:
    moves = home(ANNA, tot="2026-03-31"), home(ANNA, huishouden=OTHER_HOME, van="2026-04-01")
    uses = use(1, "2026-03-02", "2026-03-15"), use(2, "2026-04-10", "2026-04-30")
    first = given_to(ANNA, 1, einddatum="2026-04-09")
    rows = bereken(to_lines([*moves, *uses, first, given_to(ANNA, 2)]), uitleg=True)
    assert [(row["huishoudenId"], row.get("regel", 0)) for row in rows] == [(HOME, 3), (OTHER_HOME, 0)]
    gap = given_to(ANNA, 1, einddatum="2026-04-08")
    rows = bereken(to_lines([*moves, *uses, gap, given_to(ANNA, 2)]), uitleg=True)
    assert [(row["huishoudenId"], row.get("regel", 0)) for row in rows] == [(HOME, 3), (OTHER_HOME, 3)]


@pytest.mark.parametrize(
    "fault",
    [
        {"volume": 0},
        {"einddatum": "2026-04-01"},
        {"tariefCent": 100, "bedragCent": 401},
        {"begindatum": "2026-03-31", "einddatum": "2026-03-01"},
        {"aanbieder": OTHER_AGB},
    ],
)
def test_a_use_with_a_fault_in_itself_is_no_fact(fault: Wire) -> None:
    one = use(1, "2026-03-01", "2026-03-31")
    assert explained(home(ANNA), given_to(ANNA, 1), one | {"data": one["data"] | fault}) == {}


def test_minutes_may_be_charged_by_the_hour() -> None:
    base = home(ANNA), given_to(ANNA, 1)
    by_hour: Wire = {"volume": 90, "eenheid": "01", "tariefCent": 2501}
    assert explained(*base, use(1, "2026-03-01", "2026-03-31", bedragCent=3752, **by_hour)) == {"2026-03": 0}
    assert explained(*base, use(1, "2026-03-01", "2026-03-31", bedragCent=3751, **by_hour)) == {}


def test_lines_that_are_no_event_change_nothing() -> None:
    lines = to_lines([home(ANNA), given_to(ANNA, 1), use(1, "2026-03-01", "2026-03-31")])
    assert bereken([*JUNK_LINES, *lines, b"\xff\xfe", b"\x00"]) == bereken(lines)


def test_seeded_events_are_the_same_for_a_seed_and_reach_every_rule() -> None:
    assert random_events(1, 3, 6) == random_events(1, 3, 6)
    reached: Counter[int] = Counter()
    for seed in range(60):
        rows = bereken(to_lines(random_events(seed, 3, 8)), uitleg=True)
        reached.update(row.get("regel", 0) for row in rows)
    assert min(reached[rule] for rule in range(8)) >= 3, reached


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(event_lists(noise_max=15), st.integers(0, 2**32))
def test_order_and_repetition_change_nothing(events: list[Wire], seed: int) -> None:
    shuffled = [*events, *events[:3]]
    random.Random(seed).shuffle(shuffled)  # noqa: S311  any order will do
    rows = bereken(to_lines(events), uitleg=True)
    assert bereken(to_lines(shuffled), uitleg=True) == rows
    assert len({(row["huishoudenId"], row["maand"]) for row in rows}) == len(rows)
    assert json.loads(json.dumps(rows)) == rows
