"""The ledger: what the database itself refuses, what a new month opens, and how erased and merged people are followed."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from services.billing.instellingen.lezen import standaard
from shared.kalender import format_month, parse_month
from tests.component import promises
from tests.component.billing import INDICATIE, INTAKE, Billing, billing_on
from tests.component.said import ANNA, HOME, changed, given_to, home, use, withdraw
from tests.unit.wire import AGB, BERT, OTHER_HOME, event, exempt
from wijkzorg.bijdrage import read, rows

APRIL = use(1, "2026-04-01", "2026-04-30")
CHARGED = {(HOME, "2026-04"): 2180}
UNKNOWN = ("in_afwachting", "toewijzing-onbekend")
IN_PLACE = """
    merge into bijdrage_regel old using bijdrage_regel new
    on (old.huishouden_id, old.maand, old.versie) = (new.huishouden_id, new.maand, new.versie)
    when matched then update set totaal_cent = 1
"""


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    async with billing_on(dsn) as own:
        yield own
        await own.tell()
        await promises.all_is_told(own)


async def charged(billing: Billing) -> dict[tuple[str, str], int]:
    await billing.determine()
    return await billing.ledger()


async def months_of(billing: Billing, huishouden: str = HOME) -> list[str]:
    """The months that a household is charged for."""
    return sorted(maand for whose, maand in await charged(billing) if whose == huishouden)


@pytest.mark.parametrize(
    "statement",
    [
        "update bijdrage_regel set bedrag_cent = 1",
        "delete from bijdrage_regel",
        IN_PLACE,
    ],
)
async def test_the_database_refuses_to_alter_a_line(billing: Billing, statement: str) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    assert await charged(billing) == CHARGED
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await billing.pool.execute(statement)


async def test_the_database_refuses_a_second_charge_for_a_month(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    assert await charged(billing) == CHARGED
    with pytest.raises(asyncpg.UniqueViolationError, match="een_bijdrage_per_huishouden_en_maand"):
        await billing.pool.execute(
            "insert into bijdrage_regel overriding user value select bijdrage_regel_id, huishouden_id, maand, versie + 1,"
            " soort, bedrag_cent, totaal_cent, bijdrage_id, regel, wet, aanleiding, geschreven_op from bijdrage_regel"
        )


async def test_a_new_month_charges_what_lasts_without_a_new_fact(billing: Billing) -> None:
    billing.clock.now = datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC)
    await billing.owner(
        home(ANNA),
        home(BERT, huishouden=OTHER_HOME),
        given_to(ANNA, 1, "12", ingangsdatum="2026-05-01"),
        given_to(BERT, 2, leveringsvorm="pgb", aanbieder=None, ingangsdatum="2026-05-01"),
    )
    aid = use(1, "2026-05-01", "2026-05-31", "12")
    ahead = use(3, "2026-07-01", "2026-07-31", time="2026-06-20T10:00:00Z")
    await billing.provider(AGB, aid, ahead)
    await billing.owner(given_to(ANNA, 3))
    until_june = ["2026-05", "2026-06"]
    assert await months_of(billing) == await months_of(billing, OTHER_HOME) == until_june
    billing.clock.now = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
    assert await months_of(billing) == await months_of(billing, OTHER_HOME) == [*until_june, "2026-07"]
    assert await billing.determination.determine() == 0
    july = [line["aanleiding"] for line in await billing.lines() if line["maand"] == parse_month("2026-07")]
    assert july == [sorted(json.loads(one)["id"] for one in (aid, ahead)), ["given 2"]]


async def test_several_months_at_once_after_a_long_sleep(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1, "12"))
    await billing.provider(AGB, use(1, "2026-06-01", "2026-06-30", "12"))
    assert await months_of(billing) == ["2026-06"]
    billing.clock.now = datetime(2026, 12, 24, tzinfo=UTC)
    assert await months_of(billing) == [f"2026-{month:02}" for month in range(6, 13)]


async def test_charges_name_the_events_that_the_rule_names(billing: Billing) -> None:
    pgb: dict[str, Any] = {"leveringsvorm": "pgb", "aanbieder": None, "ingangsdatum": "2026-04-01"}
    lines = [
        home(ANNA, BERT),
        given_to(ANNA, 1),
        given_to(ANNA, 2, "12", ingangsdatum="2026-03-01"),
        given_to(BERT, 3, **pgb),
        changed(BERT, 3, "2026-05-01T10:00:00Z", **pgb),
    ]
    uses = [
        *(use(1, f"2026-04-{day:02}", f"2026-04-{day:02}") for day in range(1, 5)),
        use(1, "2026-05-01", "2026-05-31", time="2027-05-31T21:59:59Z"),
        use(1, "2026-05-02", "2026-05-31", time="2027-05-31T22:00:00Z"),
        use(2, "2026-03-01", "2026-03-31", "12", time="2026-04-02T10:00:00Z"),
        use(2, "2026-05-01", "2026-05-31", "12", time="2026-06-02T10:00:00Z"),
    ]
    await billing.owner(*lines)
    await billing.provider(AGB, *uses)
    await billing.determine()
    told = {format_month(line["maand"]): line["aanleiding"] for line in await billing.lines()}
    by_rule = rows(
        read(line.encode() for line in lines + uses), parse_month("2026-06"), standaard().regels, uitleg=False
    )
    assert told == {row["maand"]: row["aanleiding"] for row in by_rule}
    assert told["2026-05"] == ["given 3", "use 1/2026-05-01", "use 2/2026-03-01"]
    assert {line["wet"] for line in await billing.lines()} == {"Wmo 2015 art. 2.1.4a lid 4"}


async def test_a_line_names_no_more_than_one_event_can_carry(billing: Billing) -> None:
    names = [f"{number:03}" + "\U0001f9fe" * 190 for number in range(400)]
    uses = [
        json.dumps(json.loads(use(1, "2026-04-01", "2026-04-30", referentieNummer=name[:3])) | {"id": name})
        for name in names
    ]
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, *uses)
    assert await charged(billing) == CHARGED
    (line,) = await billing.lines()
    assert line["aanleiding"] == names[: len(line["aanleiding"])] != []


async def test_each_line_names_the_event_of_its_own_household(billing: Billing) -> None:
    await billing.owner(home(ANNA), home(BERT, huishouden=OTHER_HOME), given_to(ANNA, 1), given_to(BERT, 2))
    uses = [APRIL, use(2, "2026-04-01", "2026-04-30")]
    await billing.provider(AGB, *uses)
    assert len(await charged(billing)) == len(uses)
    numbers = [json.loads(one)["data"]["referentieNummer"] for one in uses]
    await billing.provider(AGB, *(withdraw(1, number, name=f"back {number}") for number in numbers))
    assert await charged(billing) == {}
    corrections = [line["aanleiding"] for line in await billing.lines() if line["soort"] == "correctie"]
    assert corrections == [[f"back {number}"] for number in numbers]


def merged(client: str, into: str | None, versie: int) -> str:
    """A client, merged into another or not."""
    period = {"van": "2019-01-01", "wijk": {"jaar": 2024, "code": "WK063701"}, "leeftijdsgroep": "75-84"}
    content = {"clientId": client, "versie": versie, "perioden": [period], "opgegaanIn": into}
    return event("client-vastgesteld", f"merged {versie}", content)


async def test_care_follows_a_merged_client_and_comes_back_when_it_was_a_mistake(billing: Billing) -> None:
    await billing.owner(home(BERT, huishouden=OTHER_HOME), given_to(ANNA, 1), merged(ANNA, BERT, 1))
    await billing.provider(AGB, APRIL)
    assert await charged(billing) == {(OTHER_HOME, "2026-04"): 2180}
    await billing.owner(home(ANNA), merged(ANNA, None, 2))
    assert await charged(billing) == CHARGED
    await billing.owner(merged(ANNA, BERT, 1))
    assert await charged(billing) == CHARGED
    await billing.erase(INTAKE, f"nl.wijkzorg.huishouden-vastgesteld/{HOME}")
    await billing.erase(INTAKE, f"nl.wijkzorg.client-vastgesteld/{ANNA}")
    assert await charged(billing) == {}
    await billing.owner(merged(ANNA, BERT, 1))
    assert await charged(billing) == {(OTHER_HOME, "2026-04"): 2180}


async def test_a_toewijzing_that_turns_out_to_be_of_another_client_moves_the_charge(billing: Billing) -> None:
    await billing.owner(home(ANNA), home(BERT, huishouden=OTHER_HOME), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    assert await charged(billing) == CHARGED
    await billing.owner(changed(BERT, 1, "2026-05-01T10:00:00Z"))
    assert await charged(billing) == {(OTHER_HOME, "2026-04"): 2180}
    await billing.erase(INDICATIE, "nl.wijkzorg.toewijzing-gewijzigd/1/2026-05-01T10%3A00%3A00Z")
    assert await charged(billing) == CHARGED


async def test_an_erased_fact_is_gone_and_the_ledger_follows(billing: Billing) -> None:
    keys = [
        (INTAKE, home(ANNA), f"nl.wijkzorg.huishouden-vastgesteld/{HOME}"),
        (INDICATIE, given_to(ANNA, 1), "nl.wijkzorg.indicatie-afgegeven/B1"),
    ]
    await billing.provider(AGB, APRIL)
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    assert await charged(billing) == CHARGED
    for topic, line, key in keys:
        await billing.erase(topic, key)
        assert await charged(billing) == {}
        assert (await billing.verdict(AGB, 0) == UNKNOWN) is (topic == INDICATIE)
        await billing.owner(line)
        assert await charged(billing) == CHARGED
    await billing.owner(exempt(HOME, "2026-01", "2026-12"))
    assert await charged(billing) == {}
    vrijstelling = "nl.wijkzorg.vrijstelling-vastgesteld/eeeeeeee-0000-4000-8000-000000000000"
    await billing.erase(INTAKE, vrijstelling)
    assert await charged(billing) == CHARGED


async def test_a_null_that_names_no_fact_erases_nothing(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    household = "nl.wijkzorg.huishouden-vastgesteld"
    for key in ("", household, f"{household}/home", "nothing/at all"):
        await billing.erase(INTAKE, key)
    assert await charged(billing) == CHARGED
    assert await billing.pool.fetchval("select count(*) from dead_letter") == 3


async def test_one_versie_with_other_content_is_logged_by_its_place_and_names_nobody(
    billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    await billing.owner(home(ANNA), merged(ANNA, None, 1))
    await billing.owner(home(ANNA), merged(ANNA, None, 1))
    assert not caplog.records
    await billing.owner(home(ANNA, BERT), merged(ANNA, BERT, 1))
    lines = [record.getMessage() for record in caplog.records]
    for offset, kind in ((4, "huishouden-vastgesteld"), (5, "client-vastgesteld")):
        where = f"{INDICATIE}, partition 0, offset {offset}: this nl.wijkzorg.{kind}.v1 "
        assert [where in line for line in lines].count(True) == 1
    assert not [line for line in lines for person in (ANNA, BERT, HOME) if person in line]
