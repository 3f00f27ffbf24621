"""A lease on the local Kafka and PostgreSQL: real processes, really killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from local import Backends, LocalError, lease, running, state

pytestmark = [
    pytest.mark.city,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for left processes in /proc"),
]

GONE_SECONDS_MAX = 60.0

HOLD = """
import pathlib, sys
from local import lease
with lease(pathlib.Path(sys.argv[1]), durable=False, linger_seconds=0) as backends:
    print(backends.kafka_bootstrap_servers, backends.postgres_dsn, flush=True)
    sys.stdin.read()
"""


def processes(data_dir: Path) -> list[int]:
    """Every process that names the data folder or works in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + b" " + os.fsencode((entry / "cwd").readlink())
        except OSError:
            continue
        if os.fsencode(data_dir) in words:
            found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = GONE_SECONDS_MAX) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def wait_until_nothing_runs(data_dir: Path) -> None:
    try:
        wait_until(lambda: not processes(data_dir))
    except AssertionError:
        left = [
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")[:200]
            for pid in processes(data_dir)
        ]
        pytest.fail(f"still running: {left}")


@contextmanager
def holder(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another command that holds a lease, in a process group of its own, as a terminal gives it."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as command:
        try:
            yield command
        finally:
            command.kill()


def address(command: subprocess.Popen[str]) -> Backends:
    assert command.stdout
    words = command.stdout.readline().split()
    assert len(words) == 2, command.communicate()[1]
    return Backends(*words)


async def fetch(backends: Backends, query: str) -> object:
    connection = await asyncpg.connect(backends.postgres_dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def write(backends: Backends) -> None:
    await fetch(backends, "create table kept as select 42 as answer")
    admin = AIOKafkaAdminClient(bootstrap_servers=backends.kafka_bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=backends.kafka_bootstrap_servers)
    async with producer:
        await producer.send_and_wait("kept", b"42")


async def read(backends: Backends) -> tuple[object, bytes | None]:
    answer = await fetch(backends, "select answer from kept")
    consumer = AIOKafkaConsumer(
        "kept", bootstrap_servers=backends.kafka_bootstrap_servers, auto_offset_reset="earliest"
    )
    async with consumer:
        record = await consumer.getone()
    return answer, record.value


async def a_row_is_refused(backends: Backends, name: str) -> None:
    connection = await asyncpg.connect(backends.postgres_dsn)
    await connection.execute("create table client (voornaam text, achternaam text not null)")
    with pytest.raises(asyncpg.NotNullViolationError, match="achternaam"):
        await connection.execute("insert into client (voornaam) values ($1)", name)
    await connection.close()


async def test_topic_and_table_outlive_stop_kill_and_a_lost_server(tmp_path: Path) -> None:
    data_dir = tmp_path / ("a folder whose path is longer than a unix socket may be, é and all " * 2)
    with lease(data_dir, durable=False, linger_seconds=0) as backends:
        await write(backends)
        await a_row_is_refused(backends, "Zonnebloemina")
        assert "Zonnebloemina" not in (data_dir / "postgres.log").read_text(errors="replace")
        assert running(data_dir) == backends
    wait_until_nothing_runs(data_dir)
    assert running(data_dir) is None

    with lease(data_dir, durable=False, linger_seconds=0) as again:
        assert again == backends, "the ports stay the same from start to start"
        assert await read(again) == (42, b"42")
        os.kill(state.read(data_dir)["keeper_pid"], signal.SIGKILL)
        wait_until_nothing_runs(data_dir)

    with (  # noqa: PT012 the lease itself must be seen to raise
        pytest.raises(
            LocalError, match=r"^PostgreSQL ended by itself \(exit code -9\): .*; see /.*postgres.log\.$"
        ),
        lease(data_dir, durable=False, linger_seconds=0) as third,
    ):
        assert await read(third) == (42, b"42")
        os.kill(state.read(data_dir)["postgres_pid"], signal.SIGKILL)
        wait_until_nothing_runs(data_dir)
        await read(third)


def test_commands_share_one_keeper_and_however_they_end_nothing_stays(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with holder(tmp_path) as one, holder(tmp_path) as other:
        assert address(one) == address(other)
        keeper = state.read(tmp_path)["keeper_pid"]

        os.killpg(one.pid, signal.SIGINT)
        assert one.wait(GONE_SECONDS_MAX) != 0
        with lease(tmp_path) as backends:
            assert backends == running(tmp_path)
        assert state.read(tmp_path)["keeper_pid"] == keeper

        other.kill()
    wait_until_nothing_runs(tmp_path)

    with holder(tmp_path) as third:
        address(third)
        third.terminate()
        assert third.wait(GONE_SECONDS_MAX) == -signal.SIGTERM
        wait_until_nothing_runs(tmp_path)

    with lease(tmp_path, linger_seconds=0):
        os.kill(state.read(tmp_path)["keeper_pid"], signal.SIGTERM)
        wait_until_nothing_runs(tmp_path)
    assert "were told to stop" in capfd.readouterr().err


def test_a_command_that_dies_while_they_start_leaves_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as command:
        wait_until(lambda: "kafka_pid" in state.read(tmp_path))
        command.kill()
        wait_until_nothing_runs(tmp_path)
