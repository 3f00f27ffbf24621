"""The worked cases through the service: all in one database, each fact by itself, determined after each round."""

from itertools import zip_longest
from uuid import UUID

from services.billing.instellingen.lezen import standaard
from services.billing.uitleggen import explain
from shared.kalender import parse_month
from tests.component.billing import billing_on
from tests.component.promises import ledger_holds
from tests.unit.cases import expected, told
from tests.unit.households import CASES
from tests.unit.wire import AGB


async def test_every_worked_case_comes_out_of_the_service_as_the_article_says(dsn: str) -> None:
    should = {key: one for number, case in enumerate(CASES) for key, one in expected(case, number).items()}
    async with billing_on(dsn) as billing:
        for facts in zip_longest(*(told(case, number) for number, case in enumerate(CASES))):
            for line in filter(None, facts):
                delivered = billing.provider(AGB, line) if '"urn:nld:agb:' in line else billing.owner(line)
                await delivered
            await billing.determine()
        await ledger_holds(billing)
        assert await billing.ledger() == {
            key: cents for key, cents in should.items() if isinstance(cents, int)
        }
        async with billing.pool.acquire() as tx:
            for (huishouden, maand), outcome in should.items():
                found = await explain(tx, UUID(huishouden), parse_month(maand), standaard())
                assert found is not None
                assert found.stand == "bij"
                assert outcome == (
                    f"regel {found.uitleg.regel}"
                    if found.uitleg.bedrag_cent == 0
                    else found.uitleg.bedrag_cent
                )
