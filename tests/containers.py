"""Kafka and PostgreSQL from images, for the tests: where a Docker engine is to be asked for them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from local import Backends, LocalError
from local.kafka import PROPERTIES
from local.postgres import NOT_DURABLE, USER

KAFKA_IMAGE, KAFKA_PORT, CONTROLLER_PORT = "apache/kafka:4.1.1", 9092, 9093
POSTGRES_IMAGE = "postgres:18"
START_SECONDS_MAX = 120
LISTENERS = f"PLAINTEXT://0.0.0.0:{KAFKA_PORT},CONTROLLER://0.0.0.0:{CONTROLLER_PORT}"
LOGGING = b"""\
Configuration:
  Appenders: {Console: {name: STDOUT, PatternLayout: {pattern: "%d %p %c %m%n"}}}
  Loggers:
    Root: {level: WARN, AppenderRef: [{ref: STDOUT}]}
    Logger: [{name: kafka.server.KafkaRaftServer, level: INFO}]
"""
SETTINGS = {**NOT_DURABLE, "max_connections": "200", "timezone": "UTC"}


def _host(container: DockerContainer) -> str:
    """Where its ports are; by number, as a name may stand for addresses on which nothing listens."""
    return container.get_container_host_ip().replace("localhost", "127.0.0.1")


class KafkaContainer(DockerContainer):
    """Apache Kafka of one node, with the settings of the embedded one.

    A broker tells its clients where it is, which in a container is known only once that runs: it is told then.
    """

    def __init__(self) -> None:
        super().__init__(KAFKA_IMAGE)
        self.with_exposed_ports(KAFKA_PORT)
        lines = (line.partition("=") for line in PROPERTIES.splitlines() if "{" not in line)
        self.with_envs(**{f"KAFKA_{name.upper().replace('.', '_')}": value for name, _, value in lines})
        self.with_env("KAFKA_LISTENERS", LISTENERS)
        self.with_env("KAFKA_CONTROLLER_QUORUM_VOTERS", f"1@127.0.0.1:{CONTROLLER_PORT}")
        for file in ("log4j2.yaml", "tools-log4j2.yaml"):
            self.with_copy_into_container(LOGGING, f"/mnt/shared/config/{file}")
        told = "until [ -s /advertised ]; do sleep 0.1; done; export KAFKA_ADVERTISED_LISTENERS=$(cat /advertised)"
        self.with_command(["sh", "-c", f"{told}; exec /etc/kafka/docker/run"])

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find it."""
        return f"{_host(self)}:{self.get_exposed_port(KAFKA_PORT)}"

    def start(self) -> Self:
        """Start it, and wait until it answers. Raises TimeoutError or RuntimeError where it does not."""
        super().start()
        self.copy_into_container(f"PLAINTEXT://{self.bootstrap_servers}".encode(), "/advertised")
        started = LogMessageWaitStrategy("Kafka Server started")
        started.with_startup_timeout(START_SECONDS_MAX).wait_until_ready(self)
        return self


def _postgres() -> PostgresContainer:
    own = PostgresContainer(
        POSTGRES_IMAGE, username=USER, password=secrets.token_hex(12), dbname="postgres", driver=None
    )
    options = [word for name, setting in SETTINGS.items() for word in ("-c", f"{name}={setting}")]
    return own.with_command(["postgres", *options]).with_kwargs(shm_size="256m")


@contextmanager
def backends() -> Iterator[Backends]:
    """One container of each, until the block ends. Raises LocalError where no engine gives them."""
    try:
        with KafkaContainer() as kafka, _postgres() as postgres:
            yield Backends(kafka.bootstrap_servers, postgres.get_connection_url(host=_host(postgres)))
    except (DockerException, OSError, RuntimeError) as error:
        raise LocalError(
            f"TEST_BACKEND=containers needs a Docker engine with the images {KAFKA_IMAGE} and {POSTGRES_IMAGE} "
            f"({str(error).splitlines()[0]}). No test was run. Start the engine, or leave TEST_BACKEND out."
        ) from error
