"""What is too large is refused before it is sent, in a sentence; what just fits is taken by the broker."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from local import Backends
from shared.contracts.contract import INTAKE
from shared.contracts.event import MESSAGE_BYTES_MAX
from shared.messaging.producer import RECORD_OVERHEAD_BYTES, Message, MessageTooLargeError, Producer
from tests.harness import Wijkzorg

WIJKZORG = Path(sys.prefix) / "bin" / "wijkzorg"
LARGEST = MESSAGE_BYTES_MAX - RECORD_OVERHEAD_BYTES - len("k")


async def test_what_just_fits_is_taken_and_a_byte_more_is_refused_with_all_it_came_with(
    wijkzorg: Wijkzorg,
) -> None:
    noise = random.Random(1).randbytes(LARGEST + 1)  # noqa: S311 - so that it cannot be compressed
    topic = wijkzorg.topic(INTAKE)
    await wijkzorg.send([Message(topic, "k", noise[:LARGEST])])
    async with Producer(wijkzorg.kafka) as producer:
        with pytest.raises(MessageTooLargeError, match=r"is 131073 bytes .* 131072 \(128 KiB\)"):
            await producer.send([Message(topic, "k", b"small"), Message(topic, "k", noise)])
    assert [record.value for record in await wijkzorg.records(topic)] == [noise[:LARGEST]]


async def test_a_producer_goes_on_after_a_refusal_in_a_new_one(wijkzorg: Wijkzorg) -> None:
    topic = wijkzorg.topic(INTAKE)
    with pytest.raises(MessageTooLargeError):
        await wijkzorg.send([Message(topic, "k", b"x" * MESSAGE_BYTES_MAX)])
    await wijkzorg.send([Message(topic, "k", b"small")])
    assert [record.value for record in await wijkzorg.records(topic)] == [b"small"]


def test_the_command_refuses_an_event_that_is_too_large_and_publishes_none(
    backends: Backends, tmp_path: Path
) -> None:
    huge = {"specversion": "1.0", "data": {"text": "x" * MESSAGE_BYTES_MAX}}
    file = tmp_path / "facts.jsonl"
    file.write_text(json.dumps(huge) + "\n")
    done = subprocess.run(
        [WIJKZORG, "feiten", "publiceer", str(file)],
        env={"KAFKA_BOOTSTRAP_SERVERS": backends.kafka_bootstrap_servers, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert str(MESSAGE_BYTES_MAX) in done.stderr
    assert "so nothing was" in done.stderr
    assert "Traceback" not in done.stderr
