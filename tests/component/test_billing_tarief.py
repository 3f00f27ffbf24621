"""A month without a tariff: nobody is charged, it waits and the months after it too, until settings have its row."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.billing.bepalen import Determination
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.maand import ZONDER_TARIEF
from services.billing.instellingen.lezen import parse
from tests.component.billing import Billing, billing_on
from tests.component.closing import Closing
from tests.component.said import ANNA, HOME, given_to, home, use, withdraw
from tests.component.test_billing_werklijst import billing_at
from tests.unit.trials import plain
from tests.unit.wire import AGB

ROW = '  - {van: 2027-01, tot: 2027-12, bedragCent: 2200, bron: "bedacht"}\n'


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    """Billing in April 2027, with support in December 2026 and January 2027."""
    async with billing_on(dsn) as own:
        own.clock.now = datetime(2027, 4, 23, 10, tzinfo=UTC)
        await own.owner(home(ANNA), given_to(ANNA, 1))
        yield own


def with_2027() -> Instellingen:
    """The national settings with an invented tariff of 2027."""
    text = plain().replace("landelijk-2026-1", "eigen-2027").replace("\nregeling:", f"\n{ROW}regeling:")
    return parse(text.encode(), "eigen.yml")


def with_rows(versie: str, *rows: tuple[str, str, int]) -> Instellingen:
    """The national settings with these tariffs, and no others."""
    table = "".join(
        f'  - {{van: {van}, tot: {tot}, bedragCent: {c}, bron: "bedacht"}}\n' for van, tot, c in rows
    )
    text = re.sub(r"(?<=\ntarieven:\n).*?(?=\n\n)", table, plain(), flags=re.DOTALL)
    return parse(text.replace("landelijk-2026-1", versie).encode(), "eigen.yml")


async def close_all(billing: Billing, instellingen: Instellingen | None = None) -> Closing:
    """Close what is due, by itself."""
    await billing.determine()
    closing = Closing(billing.pool, billing.clock)
    closing.instellingen = instellingen or closing.instellingen
    loop = closing.make(by_itself=True)
    while await loop.close():
        pass
    return closing


async def test_a_month_without_a_tariff_waits_with_all_after_it_until_it_has_one(
    billing: Billing, dsn: str
) -> None:
    await billing.provider(AGB, use(1, "2026-12-01", "2026-12-31"), use(1, "2027-01-01", "2027-01-28"))
    closing = await close_all(billing)
    assert list(await closing.months()) == ["2026-12"]
    assert ZONDER_TARIEF in await closing.refusal("2027-01")
    assert "Sluit eerst de maand 2027-01" in await closing.refusal("2027-02")
    async with billing_at(dsn, "2027-04-23T10:00:00Z") as api:
        months = {one["maand"]: one for one in (await api.get("/v1/maanden")).json()["maanden"]}
        assert months["2027-01"]["sluitNietOmdat"] == ZONDER_TARIEF
        asked = await api.post("/v1/maanden/2027-01/sluiting", json={"voorRespijt": True})
        assert (asked.status_code, ZONDER_TARIEF in asked.text) == (400, True)
    assert [item["besluit"] for item in await closing.items("zonder-tarief")] == [None]

    billing.determination = Determination(billing.pool, with_2027(), billing.clock, billing.says)
    await billing.determine()
    assert (await billing.ledger())[HOME, "2027-01"] == 2200
    closing = await close_all(billing, with_2027())
    assert list(await closing.months()) == ["2026-12", "2027-01", "2027-02", "2027-03"]
    assert [item["besluit"] for item in await closing.items("zonder-tarief")] == ["vervallen"]


async def test_a_ledger_that_begins_with_a_month_without_a_tariff_waits_for_it(
    billing: Billing, dsn: str
) -> None:
    await billing.provider(AGB, use(1, "2027-01-01", "2027-01-28"))
    closing = await close_all(billing)
    assert await closing.months() == {}
    async with billing_at(dsn, "2027-04-23T10:00:00Z") as api:
        first, *_ = (await api.get("/v1/maanden")).json()["maanden"]
    assert (first["maand"], first["sluitNietOmdat"]) == ("2027-01", ZONDER_TARIEF)


async def test_a_month_that_is_not_due_has_a_row_and_closes(billing: Billing) -> None:
    billing.clock.now = datetime(2020, 7, 23, 10, tzinfo=UTC)
    for month in ("03", "04", "05", "06"):
        recorded = f"2020-{month}-28T10:00:00Z"
        await billing.provider(AGB, use(1, f"2020-{month}-01", f"2020-{month}-28", time=recorded))
    closing = await close_all(billing)
    assert list(await closing.months()) == ["2020-03", "2020-04", "2020-05", "2020-06"]
    assert {month for _, month in await billing.ledger()} == {"2020-03", "2020-06"}


async def test_a_definitive_month_without_a_tariff_takes_its_first_and_keeps_it(billing: Billing) -> None:
    billing.clock.now = datetime(2026, 5, 23, 10, tzinfo=UTC)
    only_2026 = with_rows("eigen-1", ("2026-01", "2026-12", 2180))
    billing.restart(instellingen=only_2026)
    await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30"))
    assert list(await (await close_all(billing, only_2026)).months()) == ["2026-04"]
    await billing.provider(AGB, use(1, "2025-11-01", "2025-11-30", time="2026-05-01T10:00:00Z"))
    await billing.determine()
    assert await billing.ledger() == {(HOME, "2026-04"): 2180}

    expected = {(HOME, "2025-11"): 2100, (HOME, "2026-04"): 2180}
    for versie, cent_2025, cent_2026 in (("eigen-2", 2100, 2180), ("eigen-3", 2300, 2400)):
        rows = ("2025-01", "2025-12", cent_2025), ("2026-01", "2026-12", cent_2026)
        billing.restart(instellingen=with_rows(versie, *rows))
        await billing.determine()
        assert await billing.ledger() == expected
    without_2025 = with_rows("eigen-4", ("2026-01", "2026-12", 2400))
    billing.restart(instellingen=without_2025)
    await billing.determine()
    assert await billing.ledger() == expected

    billing.clock.now = datetime(2026, 6, 23, 10, tzinfo=UTC)
    closing = await close_all(billing, without_2025)
    assert [item["besluit"] for item in await closing.items("zonder-tarief")] == ["vervallen"]
    assert await closing.asked(UUID(HOME)) == {"2026-04": 2180, "2026-05": 2100}


@pytest.mark.parametrize("between", [True, False], ids=["determined-between", "at-once"])
async def test_support_that_was_withdrawn_holds_no_month_up(billing: Billing, *, between: bool) -> None:
    billing.clock.now = datetime(2026, 5, 23, 10, tzinfo=UTC)
    gap = with_rows("eigen-1", ("2020-01", "2020-03", 1900), ("2026-01", "2026-12", 2180))
    billing.restart(instellingen=gap)
    await billing.provider(AGB, use(1, "2025-11-01", "2025-11-30"), use(1, "2026-04-01", "2026-04-30"))
    if between:
        closing = await close_all(billing, gap)
        assert await closing.months() == {}
        assert "Sluit eerst de maand 2025-11" in await closing.refusal("2026-04")
    await billing.provider(AGB, withdraw(1, "1/2025-11-01"))
    closing = await close_all(billing, gap)
    assert list(await closing.months()) == ["2026-04"]
    assert [item["besluit"] for item in await closing.items("zonder-tarief")] == ["vervallen"] * between
