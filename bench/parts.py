"""Where billing's time goes, part by part: `python -m bench.parts --events N`.

The handlers run in this process on a PostgreSQL of its own, without Kafka: microseconds an event of this process's
processor and of the sessions that work for it. It says what to look at; how fast all is together, `billing` says.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from bench import events
from bench.cost import used_seconds
from bench.path import database
from local import lease
from services.billing import bepalen
from services.billing.announce import Announcer
from services.billing.bepalen import Determination
from services.billing.handlers.aanbieder import AanbiederHandler
from services.billing.handlers.eigenaar import EigenaarHandler
from services.billing.instellingen.lezen import load
from services.billing.store import bijdrage, circle, gebruik, oordeel
from shared import db
from shared.messaging import outbox
from shared.messaging.delivery import Delivery, Partition, Place
from shared.messaging.handler import Handler
from shared.messaging.outbox import Then, send_outbox
from shared.messaging.own import OwnEvents
from shared.messaging.producer import Message
from shared.messaging.source import delivered
from shared.settings import clock_of

BATCH = 5000
MICROSECONDS = 1e6
NOW = clock_of(None)
PARTS: Sequence[tuple[Any, Sequence[str]]] = (
    (gebruik, ("stage", "accept_staged")),
    (oordeel, ("put", "judged")),
    (circle, ("around", "feiten")),
    (bijdrage, ("dirty", "meet", "standen", "add_lines")),
    (bepalen, ("causes",)),
    (outbox, ("put",)),
)
"""The functions that are timed by themselves, inside the steps."""

Watching = Callable[[db.Connection], AbstractAsyncContextManager[object]]


class Cost(NamedTuple):
    """Seconds of the processor: of this process, and of the sessions that work for it."""

    own: float = 0.0
    sessions: float = 0.0


class Costs:
    """What each step and part has cost."""

    def __init__(self, sessions: Callable[[], float]) -> None:
        self._sessions = sessions
        self.found: dict[str, Cost] = defaultdict(Cost)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile."""
        own, sessions = time.process_time(), self._sessions()
        yield
        known = self.found[name]
        self.found[name] = Cost(
            known.own + time.process_time() - own, known.sessions + self._sessions() - sessions
        )

    def time(self, module: Any, name: str) -> None:
        """Count this function of a module by itself, from now on."""
        work = getattr(module, name)

        async def timed(*arguments: Any, **named: Any) -> Any:
            with self.of(f"  {module.__name__.rpartition('.')[2]}.{name}"):
                return await work(*arguments, **named)

        setattr(module, name, timed)


async def measure(dsn: str, count: int, watching: Watching) -> dict[str, dict[str, float]]:
    """Microseconds an event of each step and part; what is measured happens in the context that `watching` gives."""
    connection = await db.connect(dsn)
    rooms = [
        ("messaging", files("shared.messaging") / "migrations"),
        ("billing", files("services.billing") / "migrations"),
    ]
    await db.migrate(connection, rooms)
    pool = await db.open_pool(dsn)
    says = Announcer(OwnEvents("urn:nld:oin:00000001009999999000:systeem:billing", "bench", NOW))
    determination = Determination(pool, load(None), NOW, says)
    pids = [
        row[0]
        for row in await connection.fetch(
            "select pid from pg_stat_activity where datname = current_database()"
        )
    ]
    costs = Costs(lambda: sum(map(used_seconds, pids)))
    await _in_batches(pool, EigenaarHandler(NOW, says), _facts(count))
    await _all(determination.determine)
    with costs.of("parse"):
        uses = list(_uses(count))
    for module, names in PARTS:
        for name in names:
            costs.time(module, name)
    async with watching(connection):
        with costs.of("judge"):
            await _in_batches(pool, AanbiederHandler(NOW, says), uses)
        with costs.of("determine"):
            await _all(determination.determine)
        await connection.execute("insert into position select topic, 0, $1 from ontvangst", count)
        with costs.of("make the verdicts to tell"):
            await _all(lambda: says.receipts(_declared)(connection, _sent))
        with costs.of("empty the outbox"):
            await _all(lambda: send_outbox(connection, _sent))
    await pool.close()
    await connection.close()
    return {
        name: {
            "python": round(cost.own / count * MICROSECONDS, 1),
            "postgres": round(cost.sessions / count * MICROSECONDS, 1),
        }
        for name, cost in costs.found.items()
    }


async def _declared(_aanbieder: str) -> None:
    """There is no Kafka here."""


async def _sent(messages: Iterable[Message], then: Then) -> None:
    list(messages)
    await then()


async def _all(work: Callable[[], Awaitable[int]]) -> None:
    while await work():
        pass


async def _in_batches(pool: db.Pool, handler: Handler, deliveries: Sequence[Delivery]) -> None:
    for start in range(0, len(deliveries), BATCH):
        async with pool.acquire() as tx, tx.transaction():
            await handler.apply(tx, deliveries[start : start + BATCH])


def _facts(count: int) -> list[Delivery]:
    said = events.facts(count, "bench.intake", "bench.indicatie")
    return list(_delivered((message.topic, message.value or b"") for message in said))


def _uses(count: int) -> Iterator[Delivery]:
    return _delivered((f"bench.gebruik.{agb}", value) for agb, value in events.uses(count))


def _delivered(records: Iterable[tuple[str, bytes]]) -> Iterator[Delivery]:
    offsets: dict[str, int] = defaultdict(int)
    for topic, value in records:
        yield delivered(Place(Partition(topic, 0), offsets[topic]), 0, b"k", value)
        offsets[topic] += 1


async def run(folder: Path, count: int, watching: Watching = nullcontext) -> dict[str, dict[str, float]]:
    """Measure on the PostgreSQL of this folder, which is made if it is not there."""
    with lease(folder) as backends:
        async with database(backends, "parts") as dsn:
            return await measure(dsn, count, watching)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = asyncio.run(run(Path(folder), parser.parse_args().events))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
