"""Kafka or PostgreSQL away: billing lives, says that it waits, and catches up once they are back."""

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.e2e import crowd
from tests.harness import Billing, Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS
from tests.proxy import Proxy

EVENTS = random_events(seed=7, clients=40, months=18)
HALF = len(EVENTS) // 2


async def says_that_it_waits(billing: Billing) -> bool:
    """Whether it is alive and not ready."""
    ready, live = await billing.get("/readyz"), await billing.get("/livez")
    assert live.status_code == 200
    return ready.status_code == 503


async def goes_through_an_outage(
    wijkzorg: Wijkzorg, proxy: Proxy, seconds: float, **environment: Any
) -> None:
    """Cut while there is work, hold it for so long, publish meanwhile; then all must come right."""
    messages = crowd.messages(wijkzorg, EVENTS)
    await wijkzorg.register(*AANBIEDERS)
    billing = await wijkzorg.billing(WIJKZORG_BATCH_RECORDS_MAX="100", **environment)
    await wijkzorg.send(messages[:HALF])
    await eventually(lambda: wijkzorg.fetch("select from position where next > 0"), "work to begin")
    await proxy.cut()
    await wijkzorg.send(messages[HALF:])
    await eventually(lambda: says_that_it_waits(billing), "billing to say that it waits")
    answer = await billing.get("/v1/stand")
    assert answer.status_code == 503
    assert answer.json()["status"] == 503
    assert (await billing.get("/metrics")).status_code == 503
    await asyncio.sleep(seconds)
    assert await says_that_it_waits(billing)
    await proxy.mend()
    await eventually(billing.is_ready, "billing to be ready again")
    await crowd.require_all_right(wijkzorg, EVENTS)
    assert billing.process is not None
    assert billing.process.poll() is None


SHORT_AND_LONG = pytest.mark.parametrize("seconds", [0, pytest.param(30, marks=pytest.mark.long)])


@SHORT_AND_LONG
async def test_postgresql_away_is_waited_for_and_caught_up(wijkzorg: Wijkzorg, seconds: float) -> None:
    parts = urlsplit(wijkzorg.dsn)
    async with Proxy(f"{parts.hostname}:{parts.port}") as proxy:
        where = f"{parts.username}:{parts.password}@{proxy.address}"
        through = urlunsplit(parts._replace(netloc=where))
        await goes_through_an_outage(wijkzorg, proxy, seconds, WIJKZORG_DATABASE_DSN=through)


@SHORT_AND_LONG
async def test_kafka_away_is_waited_for_and_caught_up(wijkzorg: Wijkzorg, seconds: float) -> None:
    async with Proxy(wijkzorg.kafka, kafka=True) as proxy:
        await goes_through_an_outage(wijkzorg, proxy, seconds, KAFKA_BOOTSTRAP_SERVERS=proxy.address)
