"""Topics are made as soon as Kafka says who makes them."""

import secrets

import pytest
from aiokafka.errors import KafkaError

from local import Backends
from shared import away
from shared.contracts.contract import INTAKE
from shared.messaging import topics
from tests.proxy import Proxy


async def test_a_kafka_that_knows_no_controller_yet_is_waited_for(backends: Backends) -> None:
    prefix = f"t{secrets.token_hex(4)}"
    async with Proxy(backends.kafka_bootstrap_servers, kafka=True) as way:
        way.names_controller = False
        with pytest.raises(KafkaError, match="no controller") as caught:
            await topics.declare(way.address, prefix, [INTAKE])
        assert away.is_away(caught.value)
        way.names_controller = True
        assert await topics.declare(way.address, prefix, [INTAKE]) == [f"{prefix}.intake"]
