"""A service's life, where it needs neither Kafka nor PostgreSQL."""

import socket

from pydantic import SecretStr

from services.billing.app import service
from shared.service import _Life
from shared.settings import ServiceSettings


async def test_a_kafka_that_is_gone_as_the_service_starts_ends_nothing() -> None:
    """Waiting for Kafka is the loops' part: FastStream's broker must not need it."""
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        settings = ServiceSettings(
            database_dsn=SecretStr("postgresql://nowhere"),
            KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{nobody_listens.getsockname()[1]}",
        )
        life = _Life(service(settings))
        await life.broker.start()
        await life.broker.stop()
