"""Where partitions are, asked of Kafka at most ten times a second.

As long as a partition has no leader, aiokafka asks anew as soon as it has an answer, or a refusal: a processor is then busy
with nothing else while Kafka is away, and the brokers that are left are asked thousands of times a second.
"""

import asyncio
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer
from aiokafka.producer import producer

AGAIN_SECONDS = 0.1


class _Patient(AIOKafkaClient):
    _asks_from = 0.0

    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> bool:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._asks_from - loop.time())
        self._asks_from = loop.time() + AGAIN_SECONDS
        update: Any = super()._metadata_update
        return bool(await update(cluster_metadata, topics))


def install() -> None:
    """Have every consumer and producer of this process ask this way."""
    for module in (consumer, producer):
        vars(module).update(AIOKafkaClient=_Patient)
