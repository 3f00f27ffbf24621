"""A replay of billing where months were closed, settings changed, facts erased, and Kafka has compacted its log."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from local import Backends
from shared.contracts.contract import INDICATIE, INTAKE
from shared.messaging.producer import Message
from tests.component.replayed import Replayed, differing
from tests.e2e import samples
from tests.e2e.test_tarief import LOWER
from tests.harness import Wijkzorg, eventually
from wijkzorg import databases

pytestmark = pytest.mark.city
AFTER_GRACE = "2023-05-24T10:00:00Z"
SECOND = 1
"""Of the two households the one of which facts are erased."""
AT_ONCE = {
    "cleanup.policy": "compact",  # what is not named here is as Kafka has it of itself
    "min.cleanable.dirty.ratio": "0.0",
    "segment.ms": "100",
    "delete.retention.ms": "0",
    "min.compaction.lag.ms": "0",
}


@pytest.fixture
async def replayed(wijkzorg: Wijkzorg, backends: Backends) -> AsyncIterator[Replayed]:
    """Replays of this test's own services."""
    wijkzorg.clock = AFTER_GRACE
    own = Replayed(wijkzorg, backends)
    yield own
    place = own.place("billing")
    await databases.drop(place.admin_dsn, [place.shadow, place.before])


async def closed(wijkzorg: Wijkzorg, month: str) -> None:
    """Have billing close a month."""
    path = f"/v1/maanden/{month}"
    answer = await wijkzorg.running[0].post(f"{path}/sluiting", {})
    assert answer.status_code == httpx.codes.OK, answer.text

    async def is_closed() -> bool:
        return bool((await wijkzorg.running[0].get(path)).json()["toestand"] == "definitief")

    await eventually(is_closed, f"{month} to be closed")


def erased(wijkzorg: Wijkzorg, wire: dict[str, Any]) -> Message:
    """The tombstone of a fact."""
    made = wijkzorg.message(wire)
    return Message(made.topic, made.key, None)


async def compacted(wijkzorg: Wijkzorg, topic: str, filler: dict[str, Any]) -> None:
    """Have Kafka compact a topic, and wait until it has: nothing of what was erased is left, not even its tombstone.

    `filler` says what is known, once more in each partition: so a new segment begins, for the last is never compacted.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=wijkzorg.kafka)
    producer = AIOKafkaProducer(bootstrap_servers=wijkzorg.kafka)
    made = wijkzorg.message(filler)
    await admin.start()
    await producer.start()

    async def nothing_is_left() -> bool:
        for partition in await producer.partitions_for(topic):
            await producer.send_and_wait(topic, made.value, made.key.encode(), partition)
        return all(record.value is not None for record in await wijkzorg.records(topic))

    try:
        assert not await nothing_is_left()
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=AT_ONCE)])
        await eventually(nothing_is_left, f"{topic} to be compacted")
    finally:
        await producer.stop()
        await admin.close()


async def stopped(wijkzorg: Wijkzorg) -> None:
    """End billing in good order."""
    billing = wijkzorg.running[0]
    billing.signal(signal.SIGTERM)
    assert await billing.ended() == 0


async def waived(wijkzorg: Wijkzorg, household: str) -> None:
    """Waive a part of May 2023, as a decision on the work list does."""
    await wijkzorg.fetch(
        "insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel,"
        " wet, aanleiding, geschreven_op) select huishouden_id, maand, versie + 1, 'kwijtschelding', -500, totaal_cent,"
        " bijdrage_id, regel, wet, aanleiding, geschreven_op from bijdrage_regel"
        " where huishouden_id = $1 and maand = 2023 * 12 + 4",
        household,
    )


async def test_what_was_decided_beside_the_log_counts_in_a_replay_of_it_whole_or_compacted(
    replayed: Replayed, tmp_path: Path
) -> None:
    wijkzorg, own = replayed.wijkzorg, tmp_path / "eigen.yml"
    own.write_text(LOWER, encoding="utf-8")
    await wijkzorg.register(samples.AGB)
    await wijkzorg.billing(WIJKZORG_INSTELLINGEN=str(own))
    await wijkzorg.publish([*samples.facts(2), *samples.declaration()])
    await wijkzorg.handled()
    await closed(wijkzorg, "2023-04")
    await stopped(wijkzorg)
    wijkzorg.clock = "2023-06-10T10:00:00Z"
    await wijkzorg.billing()
    later = [
        samples.use(f"L{nummer}", nummer, begindatum="2023-05-01", einddatum="2023-05-31")
        for nummers in samples.TOEWIJZINGEN.values()
        for nummer in nummers
    ]
    newer = [samples.household(n, [client], versie=2) for n, client in enumerate(samples.CLIENTS)]
    await wijkzorg.publish([*later, *newer])
    await wijkzorg.handled()
    assert sorted((await wijkzorg.ledger()).values()) == [1800, 1800, 1900, 1900]
    await waived(wijkzorg, samples.HOUSEHOLDS[0])
    answer = await replayed.run("billing")
    assert answer["gelijk"], differing(answer)
    assert rows(answer)["bijdrage_regel"] == 4

    client, home = samples.CLIENTS[SECOND], samples.household(SECOND, [])
    gone = [home, samples.indicatie(client, *samples.TOEWIJZINGEN[client])]
    await wijkzorg.send([erased(wijkzorg, wire) for wire in gone])
    await wijkzorg.handled()
    assert sorted((await wijkzorg.ledger()).values()) == [1800, 1800, 1900]
    answer = await replayed.run("billing")
    assert answer["gelijk"], differing(answer)
    assert rows(answer)["bijdrage_regel"] == 2, (
        "a definitive month of whom facts were erased cannot be rebuilt"
    )

    decision = samples.indicatie(samples.CLIENTS[0], *samples.TOEWIJZINGEN[samples.CLIENTS[0]])
    for topic, filler in ((INTAKE, newer[0]), (INDICATIE, decision)):
        await compacted(wijkzorg, wijkzorg.topic(topic), filler)
    await wijkzorg.handled()
    answer = await replayed.run("billing")
    assert answer["gelijk"], differing(answer)
    assert rows(answer)["bijdrage_regel"] == 2


def rows(answer: dict[str, Any]) -> dict[str, int]:
    """How many rows were compared, by table."""
    return {one["naam"]: one["rijen"] for one in answer["vergeleken"]}
