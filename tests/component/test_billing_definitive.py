"""After a month is definitive: late facts, erasures, waivers that lapse, and a database restored to before it."""

import json
from collections.abc import AsyncIterator, Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.kalender import parse_month
from shared.messaging.delivery import Partition
from shared.messaging.producer import Message
from tests.component.billing import INDICATIE, INTAKE, Billing, billing_on
from tests.component.closing import Closing
from tests.component.said import ANNA, HOME, given_to, home, use, withdraw
from tests.component.test_billing_restored import clone, copied, hear  # noqa: F401 - clone is a fixture
from tests.component.test_billing_werklijst import billing_at, decide
from tests.unit.wire import AGB, BERT, OTHER_HOME, exempt

MARCH, APRIL = (use(1, f"2026-{month}-01", f"2026-{month}-28") for month in ("03", "04"))
HOUSEHOLD = f"nl.wijkzorg.huishouden-vastgesteld/{HOME}"
OWED = {(HOME, "2026-03"): 2180, (HOME, "2026-04"): 2180}


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    """A household that owes March and April, of which March is definitive."""
    async with billing_on(dsn) as own:
        await begun(own)
        yield own


async def begun(billing: Billing) -> None:
    billing.clock.now = datetime(2026, 4, 20, 10, tzinfo=UTC)
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, MARCH, APRIL)
    await billing.determine()
    await closing(billing).close("2026-03")


def closing(billing: Billing) -> Closing:
    """Who closes the months of this billing."""
    return Closing(billing.pool, billing.clock)


async def close(billing: Billing, month: str) -> Closing:
    """Close a month when its grace is over; who did."""
    own = closing(billing)
    own.after_grace(month)
    await billing.determine()
    await own.close(month)
    return own


async def corrections(billing: Billing) -> list[tuple[str, int, str | None]]:
    """Of what is told: the month, by how much, and on which statement at the earliest."""
    await billing.tell()
    events = [json.loads(message.value) for message in billing.sent if message.value]
    data = [event["data"] for event in events if "gecorrigeerd" in event["type"]]
    return [(one["maand"], one["verschilCent"], one.get("opMaand")) for one in data]


async def test_a_correction_of_a_definitive_month_names_its_statement_and_others_do_not(
    billing: Billing,
) -> None:
    await billing.provider(
        AGB,
        *(withdraw(1, json.loads(one)["data"]["referentieNummer"], name=one[-9:]) for one in (MARCH, APRIL)),
    )
    await billing.determine()
    assert sorted(await corrections(billing)) == [("2026-03", -2180, "2026-04"), ("2026-04", -2180, None)]
    own = await close(billing, "2026-04")
    statement = await own.statement(UUID(HOME), "2026-04")
    assert statement is not None
    assert statement["gevraagdCent"] == -2180
    assert statement["correcties"][0]["wet"]


async def test_an_erasure_leaves_what_is_definitive_and_determines_the_rest_again(billing: Billing) -> None:
    await billing.owner(home(BERT, huishouden=OTHER_HOME))
    await billing.erase(INTAKE, HOUSEHOLD)
    await billing.determine()
    assert await billing.ledger() == {(HOME, "2026-03"): 2180}
    await billing.owner(home(ANNA, versie=2))
    await billing.provider(AGB, use(1, "2026-02-01", "2026-02-28"))
    await billing.owner(exempt(HOME, "2026-03", "2026-03"))
    await billing.determine()
    assert await billing.ledger() == OWED, "February and the exemption of March are of definitive months"
    rows = await billing.pool.fetch("select huishouden_id::text, tot_maand from bevroren")
    assert [tuple(row) for row in rows] == [(HOME, parse_month("2026-03"))]


@pytest.mark.parametrize(
    "erased",
    [
        [(INDICATIE, "nl.wijkzorg.indicatie-afgegeven/B1")],
        [(INTAKE, "nl.wijkzorg.vrijstelling-vastgesteld/eeeeeeee-0000-4000-8000-000000000000")],
        [(INTAKE, f"nl.wijkzorg.client-vastgesteld/{ANNA}"), (INTAKE, HOUSEHOLD)],
    ],
)
async def test_whatever_is_erased_changes_no_definitive_month(
    billing: Billing, erased: list[tuple[str, str]]
) -> None:
    await billing.owner(exempt(HOME, "2026-04", "2026-04"))
    await billing.determine()
    assert await billing.ledger() == {(HOME, "2026-03"): 2180}
    for topic, key in erased:
        await billing.erase(topic, key)
    await billing.determine()
    assert (await billing.ledger())[HOME, "2026-03"] == 2180
    assert await billing.pool.fetchval("select count(*) from bevroren") == 1


async def test_an_erasure_before_any_month_closed_freezes_nothing(dsn: str) -> None:
    async with billing_on(dsn) as own:
        await own.owner(home(ANNA), given_to(ANNA, 1))
        await own.provider(AGB, MARCH)
        await own.determine()
        await own.erase(INTAKE, HOUSEHOLD)
        await own.determine()
        assert await own.ledger() == {}


async def test_a_waiver_lapses_where_the_rule_takes_the_charge_back(billing: Billing, dsn: str) -> None:
    late = "2025-03"
    await billing.provider(AGB, use(1, f"{late}-01", f"{late}-28", time="2026-03-30T10:00:00Z"))
    await billing.determine()
    own = await close(billing, "2026-04")
    async with billing_at(dsn, "2026-05-24T08:00:00Z") as api:
        (item,) = (await api.get("/v1/werklijst?soort=late-bijdrage")).json()["werklijst"]
        await decide(api, item, besluit="kwijtschelden", artikel="Verordening art. 9")
    await billing.provider(AGB, withdraw(1, f"1/{late}-01"))
    await billing.determine()
    lines = [line for line in await billing.lines() if line["maand"] == parse_month(late)]
    assert [(line["soort"], line["bedrag_cent"], line["totaal_cent"]) for line in lines] == [
        ("bijdrage", 2100, 2100),
        ("kwijtschelding", -2100, 2100),
        ("correctie", -2100, 0),
        ("kwijtschelding", 2100, 0),
    ]
    await close(billing, "2026-05")
    assert (await own.asked(UUID(HOME)))["2026-05"] == 0


def heard(messages: Iterable[Message]) -> list[Message]:
    return [message for message in messages if message.value]


async def test_a_restored_database_closes_a_told_month_again_as_it_was(
    dsn: str,
    clone: str,  # noqa: F811 - the fixture
) -> None:
    async with billing_on(dsn) as lost:
        lost.clock.now = datetime(2026, 4, 20, 10, tzinfo=UTC)
        await lost.owner(home(ANNA), given_to(ANNA, 1))
        await lost.provider(AGB, MARCH, APRIL)
        await lost.determine()
        await lost.tell()
    await copied(dsn, clone)
    async with billing_on(dsn) as lost_too:
        lost_too.clock.now = lost.clock.now
        await closing(lost_too).close("2026-03")
        lost_too.delivered, lost_too.sent = deepcopy(lost.delivered), list(lost.sent)
        lost_too.clock.now += timedelta(hours=1)
        await lost_too.provider(AGB, withdraw(1, json.loads(MARCH)["data"]["referentieNummer"]))
        await lost_too.determine()
        await lost_too.tell()
        before = await closing(lost_too).whole()
        told = heard(lost_too.sent[len(lost.sent) :])
    async with billing_on(clone) as restored:
        restored.clock.now = datetime(2026, 4, 25, 10, tzinfo=UTC)
        await hear(restored, told, {Partition(INDICATIE, 0): 2})
        own = closing(restored)
        assert list(await own.months()) == ["2026-03"]
        assert "wordt nog gesloten" in await own.refusal("2026-04")
        assert await own.loop.close()
        after = await own.whole()
        assert after["overzicht"] == before["overzicht"], "the same bytes"
        assert after["keten"] == before["keten"]
        assert [row[3:] for row in after["maand"]] == [row[3:] for row in before["maand"]]
        assert after["verteld"] == [], "what was told is not told again"
        assert after["werk"] == []
        assert await own.loop.close() == 0


async def test_a_told_month_that_closes_otherwise_is_on_the_work_list_and_not_told_again(
    billing: Billing,
) -> None:
    own = closing(billing)
    (closed,) = await own.told("maand-gesloten")
    await billing.pool.execute(
        "set session_replication_role = replica; truncate maand, overzicht, overzicht_regel, keten, keten_eind, outbox;"
        " reset session_replication_role"
    )
    closed["data"]["totaalCent"] = 1
    message = Message("w.bijdrage", "k", json.dumps(closed).encode())
    await hear(billing, [message], {})
    assert await own.loop.close()
    (item,) = await own.items("maand-anders")
    assert json.loads(item["gegevens"]) == {
        "verteldHuishoudens": 1,
        "verteldTotaalCent": 1,
        "geslotenHuishoudens": 1,
        "geslotenTotaalCent": 2180,
    }
    assert await own.told() == []


async def test_a_told_line_above_a_tariff_that_is_not_known_yet_stays_out_until_it_is_determined(
    billing: Billing,
) -> None:
    await billing.tell()
    (told, *_) = [message for message in billing.sent if b"vastgesteld" in (message.value or b"")]
    event = json.loads(told.value or b"")
    event["data"] |= {"maand": "2027-01", "bedragCent": 2400, "totaalCent": 2400}
    lines = await billing.lines()
    await hear(billing, [Message(told.topic, told.key, json.dumps(event).encode())], {})
    assert await billing.lines() == lines
