"""How Kafka is formatted and run: one node that is broker and controller, on loopback only."""

import base64
import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.jars import cache_dir, known
from local.wheels import java

STARTED = b"Kafka Server started"

JAVA_FLAGS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # The quick compiler only: measured, 400,000 records cost the broker half the processor time.
    "-XX:TieredStopAtLevel=1",
    # Adapters kept from another start are refused one by one with a warning each; they win nothing.
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-AOTAdapterCaching",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
)

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_dir}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.num.partitions=5
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
"""


@dataclass(frozen=True)
class Kafka:
    """The Kafka of one data folder."""

    data_dir: Path
    port: int
    controller_port: int

    @property
    def log_dir(self) -> Path:
        """Where the topics are kept."""
        return self.data_dir / "kafka"

    def _configure(self, log_dir: Path) -> str:
        """Write the settings; paths are relative to the data folder, whose name may hold any character."""
        properties = f"{log_dir.name}.properties"
        text = PROPERTIES.format(port=self.port, controller_port=self.controller_port, log_dir=log_dir.name)
        (self.data_dir / properties).write_text(text)
        return properties

    def format_command(self, log_dir: Path) -> list[str]:
        """Make `log_dir` the folder of a new cluster."""
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        return [
            *self._java_command(),
            "kafka.tools.StorageTool",
            *("format", f"--cluster-id={cluster_id}", "--config", self._configure(log_dir)),
        ]

    def run_command(self, *flags: str) -> list[str]:
        """Run the broker, with the ports of this start and further flags for Java."""
        return [*self._java_command(*flags), "kafka.Kafka", self._configure(self.log_dir)]

    def _java_command(self, *flags: str) -> list[str]:
        jars = known()
        if jars is None:
            raise LocalError("Kafka's jars have gone while it was being started; start again.")
        learned = archive()
        return [
            str(java()),
            f"-Dwijkzorg.data.dir={self.data_dir}",  # by which a leftover is recognised
            *JAVA_FLAGS,
            *([f"-XX:AOTCache={learned}"] if learned.exists() and learned.stat().st_size else []),
            *flags,
            "-cp",
            ":".join(map(str, jars)),
        ]


def archive() -> Path:
    """The file with what Java learned from its first start of exactly these jars, for `local.warm` to make."""
    what = f"{java()} {java().stat().st_mtime_ns} {known()} {JAVA_FLAGS}"
    return cache_dir() / f"kafka-{hashlib.sha256(what.encode()).hexdigest()[:12]}.aot"
