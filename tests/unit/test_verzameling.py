"""Which of several events is the fact, and which events a charge names; by the lines as they come."""

import json
from itertools import permutations
from typing import Any

from services.billing.instellingen.lezen import standaard
from shared.kalender import parse_month
from tests.unit.builders import months
from tests.unit.wire import (
    ANNA,
    BERT,
    HOME,
    OTHER_HOME,
    event,
    exempt,
    given_to,
    home,
    provided,
    stop,
    use,
)
from wijkzorg.bijdrage import read, rows

OTHER_AGB = "65656056"
BASE = [home(ANNA), given_to(ANNA, 1)]
THING = [home(ANNA), given_to(ANNA, 1, "12"), use(1, "2026-01-01", "2026-01-31", "12")]


def charged(*lines: str, tot: str = "2026-06") -> dict[str, list[str]]:
    """The ids behind each charge by month, whatever the order of the last lines."""
    found = [of(*lines[:-3], *last, tot=tot) for last in permutations(lines[-3:])]
    assert all(other == found[0] for other in found)
    return {row["maand"]: row["aanleiding"] for row in found[0]}


def of(*lines: str, tot: str) -> list[dict[str, Any]]:
    return list(rows(read(map(str.encode, lines)), parse_month(tot), standaard().regels, uitleg=False))


def changed(line: str, *, time: str = "", name: str = "", **data: Any) -> str:
    """The same event with some of its fields otherwise."""
    wire = json.loads(line)
    wire["data"] |= data
    return json.dumps(wire | ({"time": time} if time else {}) | ({"id": name} if name else {}))


def test_of_one_reference_the_earliest_recorded_is_the_use() -> None:
    march = use(1, "2026-03-01", "2026-03-31", referentieNummer="R", time="2026-04-01T08:00:00Z")
    may = use(1, "2026-05-01", "2026-05-31", referentieNummer="R", time="2026-06-01T08:00:00Z")
    assert list(charged(*BASE, may, march)) == ["2026-03"]
    assert list(charged(*BASE, may, changed(march, time="2026-06-01T08:00:01Z"))) == ["2026-05"]


def test_a_withdrawal_works_whenever_it_arrives_but_only_on_uses_of_its_own_provider() -> None:
    march = use(1, "2026-03-01", "2026-03-31", referentieNummer="R")
    back = {"toewijzingNummer": 1, "referentieNummer": "R2", "vorigReferentieNummer": "R"}
    withdrawal = provided("gebruik-ingetrokken", "back", back, time="2020-01-01T08:00:00Z")
    others = provided("gebruik-ingetrokken", "back", back, time="2026-06-01T08:00:00Z", agb=OTHER_AGB)
    assert charged(*BASE, march, others) == {"2026-03": ["use 1/2026-03-01"]}
    assert charged(*BASE, march, withdrawal) == {}


def test_a_stop_counts_if_any_known_version_names_its_provider() -> None:
    ended = {"toewijzingNummer": 1, "einddatum": "2026-02-28", "reden": "19"}
    others = provided("zorg-gestopt", "stop", ended, time="2026-03-01T08:00:00Z", agb=OTHER_AGB)
    assert list(charged(*THING, stop(1, "2026-02-28"))) == months("2026-01", "2026-02")
    assert list(charged(*THING, others)) == months("2026-01", "2026-06")
    was_theirs = given_to(ANNA, 1, "12", aanbieder=OTHER_AGB, toegewezenOp="2018-01-01T12:00:00Z")
    assert list(charged(*THING, was_theirs, others)) == months("2026-01", "2026-02")


def test_of_two_stops_with_one_source_and_id_the_earliest_is_the_fact() -> None:
    first = stop(1, "2026-02-28", time="2026-03-01T08:00:00Z")
    assert list(
        charged(*THING, first, changed(first, einddatum="2026-04-30", time="2026-05-01T08:00:00Z"))
    ) == [
        "2026-01",
        "2026-02",
    ]


def test_of_a_state_the_highest_versie_counts_then_the_later_time_id_and_content() -> None:
    march = use(1, "2026-03-01", "2026-03-31")
    empty = changed(home(ANNA), perioden=[])
    assert charged(*BASE, march, changed(empty, versie=2, time="2018-01-01T00:00:00Z")) == {}
    assert list(charged(*BASE, march, changed(empty, versie=0, time="2026-01-01T00:00:00Z"))) == ["2026-03"]
    assert charged(*BASE, march, changed(empty, time="2026-01-01T00:00:00Z")) == {}
    assert charged(*BASE, march, changed(empty, name="z")) == {}
    assert list(charged(*BASE, march, changed(empty, name="a"))) == ["2026-03"]
    assert list(charged(*BASE, march, empty)) == ["2026-03"], "'[{' is higher than '[]'"


def test_an_exemption_taken_back_and_a_toewijzing_removed() -> None:
    march, free = use(1, "2026-03-01", "2026-03-31"), exempt(HOME, "2026-03", "2026-03")
    assert charged(*BASE, march, free) == {}
    assert list(charged(*BASE, march, free, changed(free, versie=2, vervallen=True))) == ["2026-03"]
    terms = json.loads(given_to(ANNA, 1))["data"]["toewijzingen"][0] | {
        "toegewezenOp": "2026-01-01T00:00:00Z"
    }
    removed = event("toewijzing-gewijzigd", "gone", {"clientId": ANNA, "toewijzing": terms, "reden": "13"})
    assert charged(*BASE, march, removed) == {}
    assert list(charged(*BASE, march, changed(removed, reden="05"))) == ["2026-03"]


def test_a_merged_client_and_one_gone_from_the_register() -> None:
    state = {"clientId": BERT, "versie": 1, "perioden": []}
    merged = event("client-vastgesteld", "merged", state | {"opgegaanIn": ANNA})
    gone = event("client-vastgesteld", "gone", state | {"clientId": ANNA, "uitgeschrevenPer": "2026-03-01"})
    things = home(ANNA), given_to(BERT, 1, "12"), use(1, "2026-01-01", "2026-01-31", "12")
    assert list(charged(*things, merged)) == months("2026-01", "2026-06")
    assert list(charged(*things, merged, gone)) == ["2026-01", "2026-02"]


def test_a_service_names_its_uses_of_the_month_that_were_in_time() -> None:
    late = use(1, "2024-03-20", "2024-03-21", time="2025-04-01T00:00:00Z")
    uses = use(1, "2024-03-11", "2024-03-12"), use(1, "2024-03-01", "2024-03-02"), late
    assert charged(*BASE, *uses, tot="2024-03") == {"2024-03": ["use 1/2024-03-01", "use 1/2024-03-11"]}


def test_a_thing_names_its_earliest_recorded_use_and_a_pgb_what_gave_it() -> None:
    later = use(1, "2026-02-01", "2026-02-28", "12", time="2026-01-15T00:00:00Z")
    earliest = ["use 1/2026-02-01"]
    assert charged(*THING, later, tot="2026-02") == {"2026-01": earliest, "2026-02": earliest}
    budget = given_to(
        BERT, 2, leveringsvorm="pgb", aanbieder=None, ingangsdatum="2019-12-15", einddatum="2020-01-31"
    )
    again = changed(budget, name="given again", time="2019-02-01T12:00:00Z")
    assert charged(home(BERT, huishouden=OTHER_HOME), again, budget) == {"2020-01": ["given 2"]}


def test_without_tot_the_latest_month_of_any_recording_or_use_is_the_last() -> None:
    assert read(map(str.encode, THING)).horizon == parse_month("2026-01")
    stopped = stop(1, "2026-01-31", time="2026-04-30T22:00:00Z")
    assert read(map(str.encode, [*THING, stopped])).horizon == parse_month("2026-05")
    ahead = use(9, "2026-09-01", "2026-09-01", time="2026-02-01T00:00:00Z")
    assert read(map(str.encode, [*THING, ahead])).horizon == parse_month("2026-09")
    assert read([]).horizon == 0
