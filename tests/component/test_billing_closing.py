"""A month that closes: what stands on the statement, what is held, what is told, and what comes after."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from services.billing.domain.werk import Besloten
from services.billing.handlers import besluit
from shared.kalender import Month, format_month, parse_month
from tests.component.closing import Closing, closing_on, house

ONE, TWO, THREE = house(1), house(2), house(3)


@pytest.fixture
async def ledger(dsn: str) -> AsyncIterator[Closing]:
    async with closing_on(dsn) as own:
        yield own
        unstated = await own.pool.fetchval(
            "select count(*) from bijdrage_regel r join maand m on m.maand = (select max(maand) from maand)"
            " where r.maand <= m.maand and r.bijdrage_regel_id <= m.tot_regel and m.gesloten_op is not null"
            " and (select count(*) from overzicht_regel o where o.bijdrage_regel_id = r.bijdrage_regel_id)"
            " + (select count(*) from vastgehouden v join werk w using (werk_id) where w.op_maand is null"
            "    and v.bijdrage_regel_id = r.bijdrage_regel_id) <> 1"
            " and not exists (select from vastgehouden v join werk w using (werk_id)"
            "    where v.bijdrage_regel_id = r.bijdrage_regel_id and w.op_maand > m.maand)"
        )
        assert unstated == 0, "a line stands on no statement and waits for nobody"


async def test_a_month_closes_once_with_a_statement_a_household_and_is_told(ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-03")
    await ledger.charge(TWO, "2026-03")
    await ledger.correct(TWO, "2026-03", cents=-2180)
    await ledger.charge(THREE, "2026-04")
    await ledger.close("2026-03")
    statement = await ledger.statement(ONE, "2026-03")
    assert statement is not None
    assert statement["gevraagdCent"] == statement["bijdrage"]["bedragCent"] == 2180
    assert statement["opgemaaktOp"] == "2026-04-23"
    assert "2.1.4b" in statement["toelichting"]
    assert await ledger.asked(TWO) == {"2026-03": 0}
    assert await ledger.asked(THREE) == {}
    told = await ledger.told("bijdrage-definitief")
    assert [(e["data"]["huishoudenId"], e["data"]["totaalCent"], e["data"]["opMaand"]) for e in told] == [
        (str(ONE), 2180, "2026-03"),
        (str(TWO), 0, "2026-03"),
    ]
    (closed,) = await ledger.told("maand-gesloten")
    assert closed["data"] == {
        "maand": "2026-03",
        "huishoudens": 1,
        "totaalCent": 2180,
        "instellingen": ledger.instellingen.versie,
    }
    before = await ledger.whole()
    assert await ledger.begin("2026-03") is False
    assert await ledger.loop.close() == 0
    assert await ledger.whole() == before


async def test_what_comes_later_stands_on_the_next_statement_and_the_first_does_not_change(
    ledger: Closing,
) -> None:
    await ledger.charge(ONE, "2026-02", "2026-03")
    await ledger.close("2026-02")
    first = await ledger.pool.fetchval("select inhoud from overzicht")
    await ledger.correct(ONE, "2026-02", cents=-2180)
    await ledger.charge(TWO, "2026-01")
    await ledger.close("2026-03")
    statement = await ledger.statement(ONE, "2026-03")
    assert statement is not None
    assert [(line["maand"], line["bedragCent"]) for line in statement["correcties"]] == [("2026-02", -2180)]
    assert statement["gevraagdCent"] == 0
    assert await ledger.asked(TWO) == {"2026-03": 2180}, "a month before the first that was closed"
    assert (
        await ledger.pool.fetchval("select inhoud from overzicht where maand = $1", parse_month("2026-02"))
        == first
    )


async def test_what_is_written_while_a_month_closes_waits_for_the_next_statement(ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-03")
    ledger.after_grace("2026-03")
    await ledger.begin("2026-03")
    await ledger.correct(ONE, "2026-03", cents=-2180)
    await ledger.charge(TWO, "2026-03")
    await ledger.loop.close()
    assert await ledger.asked(ONE) == {"2026-03": 2180}
    assert await ledger.asked(TWO) == {}
    await ledger.close("2026-04")
    assert await ledger.asked(ONE) == {"2026-03": 2180, "2026-04": -2180}
    assert await ledger.asked(TWO) == {"2026-04": 2180}


async def test_a_month_is_refused_before_its_turn_with_the_reason(ledger: Closing) -> None:
    assert "nog geen bijdrage" in await ledger.refusal("2026-03")
    await ledger.charge(ONE, "2026-03", "2026-04")
    ledger.after_grace("2026-03")
    ledger.clock.now -= timedelta(days=2)
    assert "tot en met 2026-04-21" in await ledger.refusal("2026-03")
    assert "Sluit eerst de maand 2026-03" in await ledger.refusal("2026-04")
    assert "voor de eerste maand" in await ledger.refusal("2026-02")
    ledger.clock.now -= timedelta(days=25)
    assert "nog niet voorbij" in await ledger.refusal("2026-03")
    ledger.after_grace("2026-03")
    await ledger.pool.execute("insert into vuil (huishouden_id) values ($1)", ONE)
    assert "nog moet worden bepaald" in await ledger.refusal("2026-03")
    await ledger.pool.execute("delete from vuil")
    await ledger.pool.execute("insert into inhalen values ('w.intake', 0, 1)")
    assert "haalt na een herstel" in await ledger.refusal("2026-03")
    await ledger.pool.execute("delete from inhalen")
    assert await ledger.refusal("2026-03") == ""
    assert "wordt nog gesloten" in await ledger.refusal("2026-04")


async def test_a_month_may_be_closed_before_its_grace_is_over_by_who_says_so(ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-03")
    ledger.after_grace("2026-03")
    ledger.clock.now -= timedelta(days=20)
    assert await ledger.begin("2026-03", voor_respijt=True)


async def test_months_close_by_themselves_in_order_and_none_too_early(ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-01", "2026-02", "2026-03")
    assert await ledger.to_close(by_itself=True) == 0
    ledger.after_grace("2026-02")
    assert await ledger.to_close(by_itself=True) == 2
    by_itself = ledger.make(by_itself=True)
    while await by_itself.close():
        pass
    assert await ledger.to_close(by_itself=True) == 0
    assert list(await ledger.months()) == ["2026-01", "2026-02"]
    assert await ledger.asked(ONE) == {"2026-01": 2180, "2026-02": 2180}


async def test_where_months_do_not_close_by_themselves_only_one_that_was_begun_waits(ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-01", "2026-02")
    ledger.after_grace("2026-02")
    assert await ledger.to_close(by_itself=False) == 0
    assert await ledger.begin("2026-01")
    assert await ledger.to_close(by_itself=False) == 1
    assert await ledger.to_close(by_itself=True) == 2
    while await ledger.loop.close():
        pass
    assert await ledger.to_close(by_itself=False) == 0


async def test_a_month_without_a_tariff_and_those_after_it_do_not_wait_to_be_closed(ledger: Closing) -> None:
    last = max(ledger.instellingen.tarief_cent)
    await ledger.charge(ONE, format_month(last))
    ledger.after_grace(format_month(Month(last + 3)))
    assert await ledger.to_close(by_itself=True) == 1


async def test_a_pile_of_past_months_waits_for_a_person_who_releases_waives_or_spreads_it(
    ledger: Closing,
) -> None:
    past = ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]
    for whose in (ONE, TWO):
        await ledger.charge(whose, "2025-07")
    await ledger.close("2025-07", *past[:-1])
    for whose in (ONE, TWO):
        await ledger.charge(whose, *past)
    await ledger.close("2025-12")
    assert await ledger.asked(ONE) == {"2025-07": 2100, "2025-12": 2100}
    items = await ledger.items("nabetaling")
    assert len(items) == 2 * 4
    statement = await ledger.statement(ONE, "2025-12")
    assert statement is not None
    assert [held["reden"] for held in statement["vastgehouden"]] == ["nabetaling"] * 4


async def test_a_backlog_that_closes_on_one_day_asks_for_no_more_past_months_than_one_statement_may(
    ledger: Closing,
) -> None:
    names = [f"2026-{month:02d}" for month in range(1, 9)]
    await ledger.charge(ONE, *names)
    ledger.after_grace("2026-08")
    by_itself = ledger.make(by_itself=True)
    while await by_itself.close():
        pass
    assert {month for month, cents in (await ledger.asked(ONE)).items() if cents} == {*names[:3], "2026-08"}
    items = await ledger.items("nabetaling")
    assert [format_month(item["maand"]) for item in items] == names[3:7]
    assert [json.loads(item["gegevens"])["maandenMax"] for item in items] == [3] * 4


async def test_months_that_a_person_let_go_leave_room_for_others(ledger: Closing) -> None:
    await ledger.charge(ONE, "2025-12")
    await ledger.close("2025-12")
    await ledger.charge(ONE, "2026-01", "2026-02", "2026-03", "2026-04")
    ledger.after_grace("2026-05")
    for month in ("2026-01", "2026-02", "2026-03", "2026-04"):
        await ledger.begin(month)
        await ledger.loop.close()
    (item,) = await ledger.items("nabetaling")
    async with ledger.pool.acquire() as tx, tx.transaction():
        await besluit.decide(tx, item["werk_id"], Besloten("vrijgeven", "A"), ledger.clock())
    await ledger.charge(ONE, "2026-05")
    await ledger.begin("2026-05")
    await ledger.loop.close()
    assert (await ledger.asked(ONE))["2026-05"] == 2 * 2180
    assert len(await ledger.items()) == 1


async def test_a_first_charge_is_the_first_that_is_asked_whatever_was_taken_back_before(
    ledger: Closing,
) -> None:
    await ledger.charge(ONE, "2025-01")
    await ledger.correct(ONE, "2025-01", cents=-2100)
    await ledger.charge(TWO, "2025-01")
    await ledger.close(*[f"2025-{month:02d}" for month in range(1, 13)])
    await ledger.correct(TWO, "2025-01", cents=-2100)
    await ledger.close("2026-01")
    for whose in (ONE, TWO):
        await ledger.correct(whose, "2025-01", cents=2100)
    await ledger.close("2026-02")
    assert [item["huishouden_id"] for item in await ledger.items("late-bijdrage")] == [ONE]
    assert await ledger.asked(TWO) == {"2025-01": 2100, "2026-01": -2100, "2026-02": 2100}


async def test_lines_cannot_stand_on_two_statements(ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-03")
    await ledger.close("2026-03")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.pool.execute(
            "insert into overzicht_regel select bijdrage_regel_id, 0 from overzicht_regel"
        )
