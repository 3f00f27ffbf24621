"""A batch takes as many SQL statements whatever its size: of providers' facts, owners' facts, and the determination."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from shared.db import Connection
from tests.component.billing import INDICATIE, Billing, as_wire, billing_on, topic_of
from tests.component.closing import house
from tests.component.said import changed, given_to, home, start, stop, use, withdraw
from tests.component.test_billing_ledger import merged
from tests.unit.cases import lives
from tests.unit.wire import AGB, exempt

SIZES = (100, 2000)


async def statements(billing: Billing, work: Callable[[Connection], Awaitable[Any]]) -> Counter[str]:
    """How often each statement is executed while this is done in one transaction; `executemany` counts each row."""
    seen: Counter[str] = Counter()

    def log(query: Any) -> None:
        seen[query.query] += len(query.args) if isinstance(query.args, list) else 1

    async with billing.pool.acquire() as tx, tx.transaction():
        with tx.query_logger(log):
            await work(tx)
    return seen


def person(number: int) -> str:
    """An invented client, alone in a household of the same number."""
    return str(UUID(int=10**6 + number))


def owners(count: int, step: int) -> list[str]:
    """What owners say of so many people: states, exemptions, decisions and changes."""
    lines = []
    for number in range(1, count // 4 + 1):
        whose = str(house(number))
        lines += [home(person(number), huishouden=whose, versie=step), merged(person(number), None, step)]
        lines.append(
            given_to(person(number), number)
            if step == 1
            else changed(person(number), number, f"2026-0{step}-01T10:00:00Z")
        )
        vrij = json.loads(exempt(whose, "2025-01", f"2025-0{step}"))
        vrij["data"] |= {"vrijstellingId": person(number), "versie": step}
        lines.append(json.dumps(vrij))
    return lines


def providers(count: int, month: str) -> list[str]:
    """What a provider says of so many toewijzingen: uses, some double or wrong, starts, stops and withdrawals."""
    lines = []
    for number in range(1, count // 4 + 1):
        reference = f"{number}/{month}-01"
        lines += [
            use(number, f"{month}-01", f"{month}-28"),
            start(number, f"{month}-01", name=f"start {reference}"),
        ]
        lines.append(
            stop(number, f"{month}-20", name=f"stop {reference}")
            if number % 2
            else use(number, f"{month}-02", f"{month}-03", referentieNummer=reference)
        )
        lines.append(withdraw(number, reference if number % 3 else "unknown", name=f"back {reference}"))
    return lines


async def counted(dsn: str, count: int) -> dict[str, Counter[str]]:
    """The statements of every kind of batch, of this size."""
    async with billing_on(dsn) as billing:
        await billing.clear()
        seen = {}
        for step, month in ((1, "2026-03"), (2, "2026-04")):
            said = billing.take([(INDICATIE, as_wire(line), None) for line in owners(count, step)])
            seen[f"owners {step}"] = await statements(billing, lambda tx, b=said: billing.apply(tx, b))  # type: ignore[misc]
            sent = billing.take([(topic_of(AGB), as_wire(line), None) for line in providers(count, month)])
            seen[f"providers {step}"] = await statements(billing, lambda tx, b=sent: billing.apply(tx, b))  # type: ignore[misc]
            await billing.pool.execute(
                "delete from vuil where id not in (select min(id) from vuil group by huishouden_id, client_id)"
            )
            if step == 1:
                await billing.determination.determine()
            seen[f"determination {step}"] = await statements(billing, billing.determination._determine_dirty)
            await billing.determine()
    return seen


async def test_a_larger_batch_takes_no_more_statements(dsn: str) -> None:
    few, many = [await counted(dsn, size) for size in SIZES]
    for name, seen in few.items():
        assert seen.total() > 5
        more = {query[:90]: (seen[query], n) for query, n in many[name].items() if n > seen[query]}
        assert not more, f"{name}: {more}"


async def of_a_chain(dsn: str, count: int) -> tuple[Counter[str], set[tuple[str, str]]]:
    """The statements of a determination where so many households hang together, each by one who lived in the one before."""
    async with billing_on(dsn) as billing:
        await billing.clear()
        chain = [
            lives(
                str(house(number)),
                ("2024-01-01", "2024-12-31", (person(number + 1),)),
                ("2025-01-01", None, (person(number),)),
            )
            for number in range(1, count + 1)
        ]
        await billing.owner(*chain, given_to(person(1), 1))
        await billing.determine()
        await billing.provider(AGB, use(1, "2026-03-01", "2026-03-28"))
        seen = await statements(billing, billing.determination._determine_dirty)
        return seen, set(await billing.ledger())


async def test_a_longer_chain_of_households_takes_no_more_statements(dsn: str) -> None:
    one, long = [await of_a_chain(dsn, count) for count in (1, 100)]
    assert one[0] == long[0]
    assert one[1] == long[1] == {(str(house(1)), "2026-03")}
