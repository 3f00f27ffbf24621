"""Every kind of verdict, and how a later fact revises it; each is told, and the higher versie wins."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.billing import announce
from shared.contracts.event import parse, wire_data
from tests.component import promises
from tests.component.billing import Billing, billing_on
from tests.component.said import ANNA, HOME, capacity, changed, given_to, home, start, stop, use, withdraw
from tests.unit.wire import AGB, BERT, OTHER_HOME, event

Wire = dict[str, Any]
APRIL = use(1, "2026-04-01", "2026-04-30")
ACCEPTED = ("geaccepteerd", None)
UNKNOWN = ("in_afwachting", "toewijzing-onbekend")
OTHER_AGB = "12345678"
LATER, LATEST = "2026-05-02T10:00:00Z", "2026-05-03T10:00:00Z"
CHARGED = {(HOME, "2026-04"): 2180}


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    async with billing_on(dsn) as own:
        yield own
        await own.determine()
        await own.tell()
        await promises.ledger_holds(own)
        await promises.all_is_told(own)


async def versies(billing: Billing, plaats: int = 0) -> list[tuple[int, str]]:
    """All that was told of one record of the provider, by versie."""
    await billing.tell()
    found = []
    for message in billing.sent:
        assert message.value is not None
        data = wire_data(parse(message.value))
        lines = data.get("oordelen", ()) if data.get("aanbieder") == AGB else ()
        found += [(line["versie"], line["oordeel"]) for line in lines if line["plaats"] == plaats]
    return sorted(found)


def other(line: str, **data: Any) -> str:
    """The same event with other content."""
    wire = json.loads(line)
    return json.dumps(wire | {"id": f"{wire['id']} again", "data": wire["data"] | data})


def at(line: str, **marks: str) -> str:
    """The same content under another id, or recorded at another time."""
    return json.dumps(json.loads(line) | marks)


async def charged(billing: Billing) -> dict[tuple[str, str], int]:
    await billing.determine()
    return await billing.ledger()


async def test_a_use_waits_for_its_toewijzing_and_is_then_accepted(billing: Billing) -> None:
    await billing.provider(AGB, APRIL)
    assert await billing.verdict(AGB, 0) == UNKNOWN
    assert [said for _, said in await versies(billing)] == ["in_afwachting"]
    sent = len(billing.sent)
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    assert await billing.verdict(AGB, 0) == ACCEPTED
    assert [said for _, said in await versies(billing)] == ["in_afwachting", "geaccepteerd"]
    assert len(billing.sent) == sent + 1
    assert await charged(billing) == CHARGED


async def test_a_removal_takes_it_back_and_giving_it_again_brings_it_back(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL, start(1, "2026-04-01"))
    assert await charged(billing) == CHARGED
    for op, reden, verdict, ledger in (
        (LATER, "13", UNKNOWN, {}),
        (LATEST, "04", ACCEPTED, CHARGED),
    ):
        await billing.owner(changed(ANNA, 1, op, reden))
        assert await billing.verdict(AGB, 0) == await billing.verdict(AGB, 1) == verdict
        assert await charged(billing) == ledger
    lines = await billing.lines()
    assert [line["soort"] for line in lines] == ["bijdrage", "correctie", "correctie"]
    assert [line["aanleiding"] for line in lines[1:]] == [
        [f"changed 1 {LATER}"],
        [f"changed 1 {LATEST}", json.loads(APRIL)["id"]],
    ]
    assert billing.counted == {"geaccepteerd": 4, "in_afwachting": 2}


async def test_each_record_and_each_revision_counts_one_verdict(billing: Billing) -> None:
    await billing.provider(AGB, APRIL, b"{", APRIL)
    assert billing.counted == {"in_afwachting": 1, "afgewezen": 1, "dubbel": 1}
    earlier = at(APRIL, id="earlier", time="2026-04-30T08:00:00Z")
    await billing.owner(given_to(ANNA, 1))
    await billing.provider(AGB, earlier)
    assert billing.counted == {"in_afwachting": 1, "afgewezen": 1, "dubbel": 2, "geaccepteerd": 2}


async def test_every_revision_told_has_a_higher_versie(billing: Billing) -> None:
    await billing.provider(AGB, APRIL)
    await billing.tell()
    await billing.owner(given_to(ANNA, 1))
    await billing.tell()
    await billing.owner(changed(ANNA, 1, LATER, "13"))
    await billing.tell()
    await billing.owner(changed(ANNA, 1, LATEST))
    told = await versies(billing)
    assert [said for _, said in told] == ["in_afwachting", "geaccepteerd", "in_afwachting", "geaccepteerd"]
    assert len({versie for versie, _ in told}) == len(told)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"aanbieder": OTHER_AGB}, "andere-aanbieder"),
        ({"productcategorie": "02"}, "andere-productcategorie"),
        ({"ingangsdatum": "2026-04-02"}, "buiten-toewijzing"),
        ({"einddatum": "2026-04-29"}, "buiten-toewijzing"),
        ({"leveringsvorm": "pgb", "aanbieder": None}, "andere-aanbieder"),
    ],
)
async def test_a_use_outside_its_toewijzing_is_refused_until_a_version_holds_it(
    billing: Billing, terms: Wire, code: str
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1, **terms))
    await billing.provider(AGB, APRIL)
    assert await billing.verdict(AGB, 0) == ("afgewezen", code)
    await billing.owner(changed(ANNA, 1, LATER))
    assert await billing.verdict(AGB, 0) == ACCEPTED


async def test_the_same_use_again_is_a_double_and_another_under_its_number_is_refused(
    billing: Billing,
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL, APRIL, at(APRIL, id="sent again", time="2026-05-20T10:00:00Z"))
    await billing.provider(AGB, APRIL, at(other(APRIL, volume=5), time="2026-05-20T10:00:00Z"))
    found = [await billing.verdict(AGB, plaats) for plaats in range(5)]
    assert found == [ACCEPTED, *[("dubbel", None)] * 3, ("afgewezen", "referentienummer-in-gebruik")]
    assert await charged(billing) == CHARGED


@pytest.mark.parametrize("together", [True, False])
async def test_an_earlier_recorded_use_deposes_the_one_that_had_its_number(
    billing: Billing, *, together: bool
) -> None:
    earlier = at(other(APRIL, begindatum="2026-03-01", einddatum="2026-03-31"), time="2026-04-01T10:00:00Z")
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    if together:
        await billing.provider(AGB, APRIL, APRIL, earlier)
    else:
        await billing.provider(AGB, APRIL, APRIL)
        assert await charged(billing) == CHARGED
        await billing.tell()
        await billing.provider(AGB, earlier)
    found = [await billing.verdict(AGB, plaats) for plaats in range(3)]
    assert found == [*[("afgewezen", "referentienummer-in-gebruik")] * 2, ACCEPTED]
    assert await charged(billing) == {(HOME, "2026-03"): 2180}


async def test_optional_fields_left_out_or_null_are_the_same_content(billing: Billing) -> None:
    await billing.owner(given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    await billing.provider(AGB, other(APRIL, tariefCent=None, productcode=None), other(APRIL, bedragCent=9))
    assert await billing.verdict(AGB, 1) == ("dubbel", None)
    assert await billing.verdict(AGB, 2) == ("afgewezen", "referentienummer-in-gebruik")


@pytest.mark.parametrize("first", ["use", "withdrawal", "toewijzing"])
async def test_a_withdrawal_works_whenever_it_comes(billing: Billing, first: str) -> None:
    taken_back = withdraw(1, json.loads(APRIL)["data"]["referentieNummer"])
    if first == "toewijzing":
        await billing.owner(home(ANNA), given_to(ANNA, 1))
    if first == "withdrawal":
        await billing.provider(AGB, taken_back)
        assert await billing.verdict(AGB, 0) == ("in_afwachting", "gebruik-onbekend")
    await billing.provider(AGB, APRIL)
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    if first != "withdrawal":
        assert await charged(billing) == CHARGED
        await billing.provider(AGB, taken_back)
    assert [await billing.verdict(AGB, plaats) for plaats in range(2)] == [ACCEPTED] * 2
    await billing.provider(AGB, at(taken_back, id="yet again"), at(APRIL, id="use, once more"))
    assert [await billing.verdict(AGB, plaats) for plaats in (2, 3)] == [("dubbel", None)] * 2
    assert await charged(billing) == {}


async def test_starts_and_stops_follow_their_toewijzing_and_can_be_taken_back(billing: Billing) -> None:
    aid = use(1, "2026-01-10", "2026-01-31", "12")
    await billing.provider(AGB, aid, start(1, "2026-01-20"), stop(1, "2026-02-28"))
    assert [await billing.verdict(AGB, plaats) for plaats in range(3)] == [UNKNOWN] * 3
    await billing.owner(home(ANNA), given_to(ANNA, 1, "12"))
    assert [await billing.verdict(AGB, plaats) for plaats in range(3)] == [ACCEPTED] * 3
    assert {maand for _, maand in await charged(billing)} == {"2026-02"}
    struck = json.loads(stop(1, "2026-02-28", name="no stop", time="2026-03-02T10:00:00Z"))
    await billing.provider(AGB, json.dumps(struck | {"data": struck["data"] | {"vervallen": True}}))
    assert {maand for _, maand in await charged(billing)} == {f"2026-0{month}" for month in range(2, 7)}


async def test_one_id_is_one_stop_and_the_earlier_recorded_is_it(billing: Billing) -> None:
    """The first stop is of toewijzing 1; the later one with its id names 2; an earlier one with its id names 2 too."""
    await billing.owner(home(ANNA), given_to(ANNA, 1, "12"), given_to(ANNA, 2, "12"))
    aid = use(1, "2026-01-01", "2026-01-31", "12")
    await billing.provider(AGB, aid, stop(1, "2026-02-28", time="2026-03-01T10:00:00Z"))
    assert {maand for _, maand in await charged(billing)} == {"2026-01", "2026-02"}
    await billing.provider(AGB, stop(2, "2026-03-31", time="2026-04-01T10:00:00Z"))
    assert await billing.verdict(AGB, 1) == ACCEPTED
    assert await billing.verdict(AGB, 2) == ("afgewezen", "id-in-gebruik")
    await billing.provider(AGB, stop(2, "2026-01-31", time="2026-02-01T10:00:00Z"))
    found = [await billing.verdict(AGB, plaats) for plaats in (1, 2, 3)]
    assert found == [("afgewezen", "id-in-gebruik"), ("afgewezen", "id-in-gebruik"), ACCEPTED]
    assert {maand for _, maand in await charged(billing)} == {f"2026-0{month}" for month in range(1, 7)}


async def test_a_stop_in_the_name_of_another_provider_is_refused_for_good(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1, "12"))
    await billing.provider(AGB, use(1, "2026-01-01", "2026-01-31", "12"))
    forged = stop(1, "2026-01-31")
    await billing.provider(OTHER_AGB, forged, at(forged, source=f"urn:nld:agb:{OTHER_AGB}:systeem:ecd"))
    await billing.owner(changed(ANNA, 1, LATER, productcategorie="12"))
    assert await billing.verdict(OTHER_AGB, 0) == ("afgewezen", "verkeerde-bron")
    assert await billing.verdict(OTHER_AGB, 1) == ("afgewezen", "andere-aanbieder")
    assert len(await charged(billing)) == len(range(1, 7))


async def test_capacities_are_told_on_and_only_the_same_again_is_a_double(billing: Billing) -> None:
    await billing.provider(AGB, capacity(5), capacity(6, versie=2), capacity(5), capacity(7, versie=2))
    found = [(await billing.verdict(AGB, plaats))[0] for plaats in range(4)]
    assert found == ["geaccepteerd", "geaccepteerd", "dubbel", "geaccepteerd"]


async def test_many_providers_are_told_some_at_a_time_and_each_all_in_order(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce, "VERDICTS_A_TURN", 6)
    providers = {f"1234567{number}": 3 * number + 1 for number in range(3)}
    for agb, count in providers.items():
        await billing.provider(agb, *([b"{"] * count))
    await billing.tell()
    told: dict[str, list[int]] = {}
    for message in billing.sent:
        data = wire_data(parse(message.value or b""))
        assert len(data["oordelen"]) <= 6, "more than a turn"
        told.setdefault(data["aanbieder"], []).extend(line["plaats"] for line in data["oordelen"])
        assert data["tot"] == told[data["aanbieder"]][-1] + 1
    assert told == {agb: list(range(count)) for agb, count in providers.items()}
    assert len(billing.sent) > len(providers), "nobody had to share"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "onleesbaar"),
        (b"", "onleesbaar"),
        (b"\xff\x00", "onleesbaar"),
        ("{}", "onleesbaar"),
        (event("onbekend", "x", {}), "onbekend-type"),
        (home(ANNA), "onbekend-type"),
        (at(home(ANNA), source=f"urn:nld:agb:{AGB}:systeem:ecd"), "onbekend-type"),
        (at(APRIL, source="urn:nld:oin:0637:systeem:ecd"), "verkeerde-bron"),
        (other(APRIL, aanbieder=OTHER_AGB), "andere-aanbieder"),
        (other(APRIL, volume=0), "volume-niet-positief"),
        (other(APRIL, volume=-4), "volume-niet-positief"),
        (other(APRIL, einddatum="2026-05-01"), "meer-dan-een-maand"),
        (other(APRIL, einddatum="2026-03-31"), "einde-voor-begin"),
        (other(APRIL, tariefCent=1000, bedragCent=4001), "bedrag-klopt-niet"),
    ],
)
async def test_a_fault_of_its_own_is_final(billing: Billing, value: str | bytes | None, code: str) -> None:
    await billing.provider(AGB, value)
    await billing.owner(home(BERT, huishouden=OTHER_HOME), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL, value)
    assert await billing.verdict(AGB, 0) == await billing.verdict(AGB, 2) == ("afgewezen", code)
    assert await billing.verdict(AGB, 1) == ACCEPTED
    letters = await billing.pool.fetch('select "offset", value from dead_letter order by 1')
    unreadable = code == "onleesbaar" or (isinstance(value, str) and "onbekend.v1" in value)
    assert [letter["offset"] for letter in letters] == ([0, 2] if unreadable else [])


async def test_an_odd_traceparent_changes_nothing(billing: Billing) -> None:
    for trace in ("\x00", [1e300, {}]):
        await billing.provider(AGB, json.dumps(json.loads(APRIL) | {"traceparent": trace}))
    assert await billing.verdict(AGB, 0) == UNKNOWN
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    assert await charged(billing) == CHARGED
