"""Services as real processes on real Kafka and PostgreSQL, and what a test does with them: tell, wait, ask, kill."""

import itertools
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.contract import BIJDRAGE, INDICATIE, INTAKE, Topic
from shared.contracts.event import contract_of, parse
from shared.messaging import topics
from shared.messaging.producer import Message, Producer
from tests.process import ROOT, WAIT_SECONDS_MAX, Copy, eventually

__all__ = ["ROOT", "Copy", "Databases", "Wijkzorg", "eventually"]

Databases = Callable[[str], Awaitable[str]]
"""From the name of a service to the DSN of its database."""


class Wijkzorg:
    """Topics under a prefix of their own, a database a service, and copies of services on them; `async with`."""

    def __init__(
        self, kafka: str, databases: Databases, prefix: str, clock: str = "2026-06-15T10:00:00Z"
    ) -> None:
        self.kafka, self.prefix, self.clock = kafka, prefix, clock
        self.copies: list[Copy] = []
        self.dsns: dict[str, str] = {}
        self._databases = databases
        self._folder, self._numbers = tempfile.TemporaryDirectory(), itertools.count()

    async def __aenter__(self) -> Self:
        await topics.declare(self.kafka, self.prefix, (INTAKE, INDICATIE, BIJDRAGE))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for copy in self.copies:
            copy.kill()
        self._folder.cleanup()
        await self._delete_topics()

    async def _delete_topics(self) -> None:
        """Leave no topics behind: every consumer there is reads the names of all there are."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        try:
            await admin.start()
            names = [name for name in await admin.list_topics() if name.startswith(f"{self.prefix}.")]
            await admin.delete_topics(names)
        finally:
            await admin.close()

    def topic(self, topic: Topic, agb: str | None = None) -> str:
        """The name of a topic of this test."""
        return topics.topic_name(self.prefix, topic, agb)

    async def database(self, service: str) -> str:
        """The DSN of a service's database, made if need be."""
        self.dsns[service] = await self._databases(service)
        return self.dsns[service]

    @property
    def dsn(self) -> str:
        """The DSN of billing's database."""
        return self.dsns["billing"]

    async def billing(self, *, ready: bool = True, waits: bool = True, **environment: Any) -> Copy:
        """One more copy of billing; keyword arguments are environment variables, None leaves one out."""
        return await self.start("billing", ready=ready, waits=waits, **environment)

    async def start(
        self, service: str, *, ready: bool = True, waits: bool = True, tree: Path = ROOT, **environment: Any
    ) -> Copy:
        """One more copy of a service, of the version in `tree`.

        Keyword arguments are environment variables, None leaves one out.
        """
        settings = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "WIJKZORG_DATABASE_DSN": await self.database(service),
            "WIJKZORG_TOPIC_PREFIX": self.prefix,
            "WIJKZORG_HTTP_PORT": "0",
            "WIJKZORG_CLOCK": self.clock,
            "WIJKZORG_METADATA_MAX_AGE_SECONDS": "1",
            "WIJKZORG_SLUIT_MAANDEN": "false",
        }
        chosen = {name: value for name, value in (settings | environment).items() if value is not None}
        copy = Copy(service, chosen, Path(self._folder.name), next(self._numbers), tree)
        self.copies.append(copy)
        return await copy.start(ready=ready, waits=waits)

    async def register(self, *agbs: str) -> None:
        """Give providers their topics."""
        for agb in agbs:
            await topics.declare_aanbieder(self.kafka, self.prefix, agb)

    async def send(self, messages: Iterable[Message]) -> None:
        """Send records as they are, poison and all."""
        async with Producer(self.kafka) as producer:
            await producer.send(messages)

    async def publish(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Publish wire-form events where they belong: by their contract, providers' by their aanbieder."""
        await self.send([self.message(event) for event in events])

    def message(self, wire: Mapping[str, Any]) -> Message:
        """The record of a wire-form event."""
        value = json.dumps(wire).encode()
        event = parse(value)
        contract = contract_of(event)
        agb = wire["data"]["aanbieder"] if contract.topic.per_aanbieder else None
        return Message(self.topic(contract.topic, agb), contract.natural_key(event), value)

    @property
    def running(self) -> list[Copy]:
        """The copies of billing that run."""
        return self.running_of("billing")

    def running_of(self, service: str) -> list[Copy]:
        """The copies of a service that run."""
        alive = [copy for copy in self.copies if copy.process is not None and copy.process.poll() is None]
        return [copy for copy in alive if copy.service == service]

    async def handled(
        self, seconds_max: float = WAIT_SECONDS_MAX, service: str = "billing"
    ) -> dict[str, Any]:
        """Wait until a copy that runs says that all is handled; its standing."""
        last = ""

        async def standing() -> dict[str, Any] | None:
            nonlocal last
            for copy in self.running_of(service):
                answer = await copy.get("/v1/stand")
                last = answer.text
                if answer.status_code == httpx.codes.OK and answer.json()["bij"]:
                    return dict(answer.json())
            return None

        try:
            found: dict[str, Any] = await eventually(standing, "all to be handled", seconds_max)
        except AssertionError as error:
            logs = [copy.log.read_text()[-3000:] for copy in self.copies if copy.service == service]
            raise AssertionError(f"{error}; it stood at {last}; logs: {logs}") from None
        return found

    async def ledger(self) -> dict[tuple[str, str], int]:
        """What every household owes, by (huishoudenId, maand), in cents; nothing that came to zero."""
        rows = await self.fetch(
            "select distinct on (huishouden_id, maand) huishouden_id, maand, totaal_cent from bijdrage_regel"
            " order by huishouden_id, maand, versie desc"
        )
        return {(str(row[0]), f"{row[1] // 12}-{row[1] % 12 + 1:02d}"): row[2] for row in rows if row[2]}

    async def fetch(self, query: str, *arguments: object, service: str = "billing") -> list[asyncpg.Record]:
        """Ask the database of a service."""
        connection = await asyncpg.connect(self.dsns[service])
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def verdicts(self, agb: str) -> dict[int, str]:
        """The current verdict on each record of a provider, by offset."""
        return {plaats: line["oordeel"] for plaats, line in (await self.judged(agb)).items()}

    async def judged(self, agb: str) -> dict[int, dict[str, Any]]:
        """The current verdict on each record of a provider, whole, by offset; read page by page."""
        lines: list[dict[str, Any]] = []
        page: str | None = f"/v1/ontvangsten?aanbieder={agb}"
        while page:
            answer = (await self.running[0].get(page)).json()
            lines += answer["ontvangsten"]
            page = answer["volgende"]
        return {line["plaats"]: line for line in lines}

    async def records(self, topic: str) -> list[Any]:
        """Every record of a topic, in order of each partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            cluster = await consumer._client.fetch_all_metadata()
            tps = [TopicPartition(topic, number) for number in cluster.partitions_for_topic(topic) or ()]
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            found: list[Any] = []
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                found += [r for records in (await consumer.getmany(timeout_ms=200)).values() for r in records]
            return found
        finally:
            await consumer.stop()

    async def told(self, topic: Topic, agb: str | None = None) -> list[dict[str, Any]]:
        """The data of every event on a topic."""
        return [json.loads(record.value)["data"] for record in await self.records(self.topic(topic, agb))]
