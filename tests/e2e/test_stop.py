"""How billing ends: by itself when it cannot go on, with one clear sentence; told to, with what it has in hand done."""

import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared import db
from shared.contracts.contract import GEBRUIK
from shared.messaging.producer import Message
from tests.e2e import crowd, samples
from tests.harness import Copy, Wijkzorg, eventually

pytestmark = pytest.mark.city

USES = 20_000
HAS_A_BATCH_IN_HAND = """
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into gebruik%'
"""
READ_OF_USES = "select next from position where topic like '%.gebruik.%' and next > 0"


async def refuses(wijkzorg: Wijkzorg, *words: str, **environment: Any) -> str:
    """Copy ends by itself with code 1, and its last line is a sentence with these words; all it said."""
    billing = await wijkzorg.billing(ready=False, waits=False, **environment)
    await ends_with(billing, *words)
    return billing.log.read_text()


async def ends_with(billing: Copy, *words: str) -> None:
    """The copy ends by itself with code 1, and the last line of its log is a sentence with these words."""
    assert await billing.ended() == 1
    said = json.loads(billing.log.read_text().splitlines()[-1])
    assert said["event"].startswith(("billing stops: ", "billing was not started: "))
    assert all(word in said["event"] for word in words), said["event"]
    assert "exception" not in said


async def test_settings_that_can_never_be_right_end_it_with_a_sentence(wijkzorg: Wijkzorg) -> None:
    for none in (
        "no address",
        "postgresql://127.0.0.1:port/billing",
        "postgresql://u:Geheim/1@db:5432/billing",
    ):
        said = await refuses(wijkzorg, "WIJKZORG_DATABASE_DSN is not the address", WIJKZORG_DATABASE_DSN=none)
        assert "Geheim" not in said
    await refuses(wijkzorg, "setting KAFKA_BOOTSTRAP_SERVERS", "host:port", KAFKA_BOOTSTRAP_SERVERS="kafka:a")
    await refuses(wijkzorg, "setting http_port", WIJKZORG_HTTP_PORT="70000")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        await refuses(wijkzorg, f"Port {port}", "WIJKZORG_HTTP_PORT", WIJKZORG_HTTP_PORT=port)


async def test_secrets_that_it_cannot_read_end_it_with_a_sentence(wijkzorg: Wijkzorg, tmp_path: Path) -> None:
    no_folder = tmp_path / "secrets"
    no_folder.write_text("Geheim")
    await refuses(wijkzorg, "WIJKZORG_SECRETS_DIR", "no folder", WIJKZORG_SECRETS_DIR=str(no_folder))
    unreadable = tmp_path / "wijkzorg_database_password"  # root may read any file, but this is no text
    unreadable.write_bytes(b"\xff\xfe")
    await refuses(wijkzorg, "WIJKZORG_SECRETS_DIR", "can read", WIJKZORG_SECRETS_DIR=str(tmp_path))


async def test_a_table_that_is_missing_stops_it_and_puts_no_record_aside(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    await wijkzorg.fetch("alter table gebruik_maand rename to elsewhere")
    billing = await wijkzorg.billing(ready=False)
    await ends_with(billing, "gebruik_maand", "does not exist")
    assert await wijkzorg.fetch("select from dead_letter") == []
    assert not await wijkzorg.fetch("select from position where next > 0 and topic like '%gebruik%'")


async def test_a_topic_made_anew_while_it_runs_stops_it(wijkzorg: Wijkzorg) -> None:
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
    await ends_with(billing, topic, "is at 4", "Restore the topic")


async def test_told_to_stop_with_a_big_batch_in_hand_it_finishes_that_and_no_more(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    await wijkzorg.publish([*samples.facts(), samples.use("RN", 20072)])
    billing = await wijkzorg.billing()
    await eventually(lambda: wijkzorg.fetch(READ_OF_USES), "the first use to be handled")
    await wijkzorg.handled()
    nummers = [nummer for both in samples.TOEWIJZINGEN.values() for nummer in both]

    async def has_it_in_hand() -> bool:
        return bool(await wijkzorg.fetch(HAS_A_BATCH_IN_HAND))

    connection = await db.connect(wijkzorg.dsn)
    async with connection.transaction():
        await connection.execute("lock table gebruik in exclusive mode")
        uses = [samples.use(f"RN{number}", nummers[number % len(nummers)]) for number in range(USES)]
        await wijkzorg.publish(uses)
        await eventually(has_it_in_hand, "billing to have a batch in hand")
        billing.signal(signal.SIGTERM)
    await connection.close()
    await crowd.ended_in_time(billing)
    (handled,) = await wijkzorg.fetch(READ_OF_USES)
    assert 1 < handled["next"] < USES
    await wijkzorg.billing()
    await wijkzorg.handled()
    assert len(await wijkzorg.verdicts(samples.AGB)) == USES + 1
    await crowd.require_told(wijkzorg, samples.AGB)
