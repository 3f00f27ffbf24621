"""How billing ends: in time when it is told to, with one clear sentence and exit code 1 when it cannot go on."""

import json
import signal
import socket
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.contracts.contract import GEBRUIK, INTAKE
from shared.messaging.producer import Message
from tests.e2e import crowd, samples
from tests.harness import Billing, Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS
from tests.proxy import Proxy

STOP_SECONDS_MAX = 10.0


async def refuses(wijkzorg: Wijkzorg, *words: str, **environment: Any) -> None:
    """Billing ends by itself with code 1, and its last line is a sentence with these words."""
    billing = await wijkzorg.billing(ready=False, waits=False, **environment)
    await ends_with(billing, *words)


async def ends_with(billing: Billing, *words: str) -> None:
    """The copy ends by itself with code 1, and the last line of its log is a sentence with these words."""
    assert await billing.ended() == 1
    said = json.loads(billing.log.read_text().splitlines()[-1])
    assert said["event"].startswith("billing stops: ")
    assert all(word in said["event"] for word in words), said["event"]
    assert "exception" not in said


async def test_told_to_stop_under_load_it_ends_in_time_and_loses_nothing(wijkzorg: Wijkzorg) -> None:
    events = random_events(seed=14, clients=40, months=18)
    await wijkzorg.register(*AANBIEDERS)
    await wijkzorg.send(crowd.messages(wijkzorg, events))
    billing = await wijkzorg.billing(ready=False, WIJKZORG_BATCH_RECORDS_MAX="100")
    await eventually(lambda: wijkzorg.fetch("select from position where next > 0"), "work to begin")
    billing.signal(signal.SIGTERM)
    assert await billing.ended(STOP_SECONDS_MAX) == 0
    assert "cut off" not in billing.log.read_text()
    await wijkzorg.billing()
    await crowd.require_all_right(wijkzorg, events)


async def test_told_to_stop_while_everything_is_away_it_ends_in_time(wijkzorg: Wijkzorg) -> None:
    parts = urlsplit(wijkzorg.dsn)
    async with (
        Proxy(f"{parts.hostname}:{parts.port}") as database,
        Proxy(wijkzorg.kafka, kafka=True) as kafka,
    ):
        where = f"{parts.username}:{parts.password}@{database.address}"
        addresses: dict[str, Any] = {
            "WIJKZORG_DATABASE_DSN": urlunsplit(parts._replace(netloc=where)),
            "KAFKA_BOOTSTRAP_SERVERS": kafka.address,
        }
        await wijkzorg.register(samples.AGB)
        billing = await wijkzorg.billing(**addresses)
        await wijkzorg.publish([*samples.facts(), *samples.declaration()])
        await kafka.cut()
        await database.cut()
        waiting = await wijkzorg.billing(ready=False, **addresses)
        for copy in (billing, waiting):
            assert (await copy.get("/livez")).status_code == 200
            assert (await copy.get("/readyz")).status_code == 503
            copy.signal(signal.SIGTERM)
        for copy in (billing, waiting):
            assert await copy.ended(STOP_SECONDS_MAX) == 0


async def test_what_only_a_person_can_mend_ends_it_with_a_sentence(wijkzorg: Wijkzorg) -> None:
    parts = urlsplit(wijkzorg.dsn)
    wrong_password = parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}")
    wrong_name = parts._replace(path="/no_such_database")
    for wrong in (wrong_password, wrong_name):
        await refuses(
            wijkzorg,
            "the database refuses this service",
            "WIJKZORG_DATABASE_DSN",
            WIJKZORG_DATABASE_DSN=urlunsplit(wrong),
        )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        await refuses(wijkzorg, f"Port {port}", "WIJKZORG_HTTP_PORT", WIJKZORG_HTTP_PORT=port)


async def test_a_log_that_lost_records_this_service_needs_stops_it(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    topic = wijkzorg.topic(GEBRUIK, samples.AGB)
    await wijkzorg.publish(samples.declaration())
    admin = AIOKafkaAdminClient(bootstrap_servers=wijkzorg.kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=2)})
    await admin.close()
    await refuses(wijkzorg, topic, "offsets 2 to 4", "is at 0", "Restore the topic")


async def test_a_topic_made_anew_stops_it(wijkzorg: Wijkzorg) -> None:
    topic = wijkzorg.topic(INTAKE)
    await wijkzorg.fetch("insert into position (topic, partition, next) values ($1, 3, 7) returning 1", topic)
    await refuses(wijkzorg, f"{topic} partition 3", "offsets 0 to 0", "is at 7", "Restore the topic")


async def test_a_table_that_is_missing_stops_it_and_puts_no_record_aside(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    billing = await wijkzorg.billing()
    await wijkzorg.fetch("alter table gebruik_maand rename to elsewhere")
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    await ends_with(billing, "gebruik_maand", "does not exist")
    assert await wijkzorg.fetch("select from dead_letter") == []
    await wijkzorg.fetch("alter table elsewhere rename to gebruik_maand")
    await wijkzorg.billing()
    await wijkzorg.handled()
    assert list((await wijkzorg.ledger()).values()) == [1900]


async def test_records_that_vanish_while_it_runs_stop_it(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    topic = wijkzorg.topic(GEBRUIK, samples.AGB)
    await wijkzorg.publish(samples.declaration())
    billing = await wijkzorg.billing()
    await wijkzorg.handled()
    admin = AIOKafkaAdminClient(bootstrap_servers=wijkzorg.kafka)
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()
    await wijkzorg.register(samples.AGB)
    await wijkzorg.send([Message(topic, "k", b"{")])
    await ends_with(billing, topic, "is at 4")
