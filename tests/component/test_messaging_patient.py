"""Kafka is asked where partitions are as often as helps, and no more."""

import asyncio
import secrets
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from local import Backends
from shared.contracts.contract import INTAKE
from shared.messaging import patient, topics
from shared.messaging.asking import reader

WAIT_MS = 1000


async def test_a_partition_that_has_no_leader_is_asked_for_at_most_ten_times_a_second(
    backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka, prefix = backends.kafka_bootstrap_servers, f"t{secrets.token_hex(4)}"
    asked: list[Any] = []
    send: Any = AIOKafkaConnection.send

    def seen(self: AIOKafkaConnection, request: Any, **more: Any) -> Any:
        if isinstance(request, MetadataRequest):
            asked.append(request)
        return send(self, request, **more)

    await topics.declare(kafka, prefix, (INTAKE,))
    async with reader(kafka) as consumer:
        consumer.assign([TopicPartition(topics.topic_name(prefix, INTAKE), INTAKE.partitions)])
        monkeypatch.setattr(AIOKafkaConnection, "send", seen)
        began = asyncio.get_running_loop().time()
        await consumer.getmany(timeout_ms=WAIT_MS)
        took = asyncio.get_running_loop().time() - began
    assert 1 <= len(asked) <= 2 + took / patient.AGAIN_SECONDS
