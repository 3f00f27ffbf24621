"""How fast `wijkzorg replay reporting` makes its figures anew from the log, beside the rate at which billing made that log."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from bench.path import (
    Progress,
    database,
    know_facts,
    measured,
    new_prefix,
    produce_uses,
    reporting,
    until_standing,
)
from bench.repeat import repeated
from local import Backends
from services.reporting.app import service
from shared.messaging import topics
from shared.settings import settings_of_environment
from wijkzorg import replay


async def measure(backends: Backends, count: int, repeat: int, progress: Progress) -> dict[str, Any]:
    """The uses a second that a replay takes in, comparing included, and that billing judged; and their ratio."""
    return await repeated(lambda _turn: _round(backends, count, progress), repeat)


async def _round(backends: Backends, count: int, progress: Progress) -> dict[str, float]:
    prefix, kafka = new_prefix(), backends.kafka_bootstrap_servers
    live = f"{prefix}-reporting"
    async with database(backends, prefix) as dsn, database(backends, live) as live_dsn:
        await know_facts(kafka, dsn, prefix, count, progress)
        await produce_uses(kafka, prefix, count, progress)
        billing = await measured(kafka, dsn, prefix, count, progress)
        settings = {"KAFKA_BOOTSTRAP_SERVERS": kafka, "topic_prefix": prefix}
        await _keep_up(settings, live_dsn, progress)
        place = replay.Place(backends.postgres_dsn, settings, "reporting", live)
        found = await replay.run(place, lambda done, total: progress("rebuilding reporting", done / total))
        if not found["gelijk"]:
            raise RuntimeError("what was rebuilt differs from the live database")
    rebuilt = count / found["seconden"]
    return {
        "rebuiltPerSecond": round(rebuilt, 1),
        "billingPerSecond": billing["eventsPerSecond"],
        "ratio": round(rebuilt / billing["eventsPerSecond"], 3),
    }


async def _keep_up(settings: Mapping[str, Any], dsn: str, progress: Progress) -> None:
    """Have a live reporting read all there is."""
    own = settings_of_environment(**settings, database_dsn=SecretStr(dsn))
    reads, kafka, prefix = service(own).reads, own.kafka_bootstrap_servers, own.topic_prefix
    ends = topics.Ends(kafka)
    total = sum((await ends.read(topics.topics_pattern(prefix, reads))).values())
    await ends.close()
    async with reporting(kafka, dsn, prefix) as running:
        progress("letting reporting keep up", 0)
        await until_standing(running.standing, lambda now: now.read >= total)
