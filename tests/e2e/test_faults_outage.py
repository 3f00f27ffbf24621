"""Kafka or PostgreSQL away: billing lives, says that it waits, catches up once they are back, and ends when told to."""

import asyncio
import signal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from shared.messaging.producer import Message
from tests.e2e import crowd
from tests.harness import Copy, Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS
from tests.proxy import Proxy

pytestmark = pytest.mark.city

EVENTS = random_events(seed=7, clients=40, months=18)
THIRD = len(EVENTS) // 3
STOP_SECONDS_MAX = 10.0


async def says_that_it_waits(billing: Copy) -> bool:
    """Whether it is alive and not ready."""
    ready, live = await billing.get("/readyz"), await billing.get("/livez")
    assert live.status_code == 200
    return ready.status_code == 503


async def goes_through_an_outage(
    wijkzorg: Wijkzorg, proxy: Proxy, seconds: float, meanwhile: list[Message]
) -> None:
    """Cut, hold it for so long, publish meanwhile, mend."""
    billing = wijkzorg.running[0]
    await proxy.cut()
    await wijkzorg.send(meanwhile)
    await eventually(lambda: says_that_it_waits(billing), "billing to say that it waits")
    answer = await billing.get("/v1/stand")
    assert (answer.status_code, answer.json()["status"]) == (503, 503)
    await asyncio.sleep(seconds)
    assert await says_that_it_waits(billing)
    await proxy.mend()
    await eventually(billing.is_ready, "billing to be ready again")


async def ends_while_all_is_away(wijkzorg: Wijkzorg, addresses: dict[str, Any]) -> None:
    """A copy that ran and one that never got so far both end in time, and with 0, when told to."""
    await wijkzorg.billing(ready=False, **addresses)
    for copy in wijkzorg.running:
        assert await says_that_it_waits(copy)
        copy.signal(signal.SIGTERM)
    for copy in wijkzorg.copies:
        assert await copy.ended(STOP_SECONDS_MAX) == 0


@pytest.mark.parametrize("seconds", [0, pytest.param(180, marks=pytest.mark.long)])
async def test_postgresql_and_kafka_away_are_waited_for_and_caught_up(
    wijkzorg: Wijkzorg, seconds: float
) -> None:
    parts = urlsplit(wijkzorg.dsn)
    messages = crowd.messages(wijkzorg, EVENTS)
    async with (
        Proxy(f"{parts.hostname}:{parts.port}") as postgres,
        Proxy(wijkzorg.kafka, kafka=True) as kafka,
    ):
        where = f"{parts.username}:{parts.password}@{postgres.address}"
        addresses: dict[str, Any] = {
            "WIJKZORG_DATABASE_DSN": urlunsplit(parts._replace(netloc=where)),
            "KAFKA_BOOTSTRAP_SERVERS": kafka.address,
        }
        await wijkzorg.register(*AANBIEDERS)
        await wijkzorg.billing(WIJKZORG_BATCH_RECORDS_MAX="100", **addresses)
        await wijkzorg.send(messages[:THIRD])
        await eventually(lambda: wijkzorg.fetch("select from position where next > 0"), "work to begin")
        await goes_through_an_outage(wijkzorg, postgres, seconds, messages[THIRD : 2 * THIRD])
        await goes_through_an_outage(wijkzorg, kafka, seconds, messages[2 * THIRD :])
        await crowd.require_all_right(wijkzorg, EVENTS)
        await postgres.cut()
        await kafka.cut()
        await ends_while_all_is_away(wijkzorg, addresses)
