"""The installed command `wijkzorg`, as a user runs it: by its name, in processes of its own."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import Backends

ROOT = Path(__file__).resolve().parents[2]
WIJKZORG = Path(sys.executable).with_name("wijkzorg")
SECONDS_MAX = 120.0
POLL_SECONDS = 0.05
NOT_OURS = ("KAFKA_BOOTSTRAP_SERVERS", "WIJKZORG_POSTGRES_DSN", "WIJKZORG_TOPIC_PREFIX")


@dataclass(frozen=True)
class Said:
    """What a command said, and the code with which it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)

    def is_one_sentence(self, *words: str) -> bool:
        """Whether it failed with one line on standard error, which holds these words, and nothing else."""
        lines = self.err.splitlines()
        alone = len(lines) == 1 and not self.out and lines[0].startswith("wijkzorg: ")
        return self.code == 1 and alone and all(word in lines[0] for word in words)


class Place:
    """A data folder, and the environment in which commands use it."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = {k: text for k, text in os.environ.items() if k not in NOT_OURS} | {
            "WIJKZORG_DATA_DIR": str(data_dir),
            "WIJKZORG_METADATA_MAX_AGE_SECONDS": "1",
            "COLUMNS": "200",
            **environment,
        }

    def run(self, *arguments: str | Path, typed: bytes = b"", **environment: str) -> Said:
        """Run a command to its end."""
        done = subprocess.run(
            [str(WIJKZORG), *map(str, arguments)],
            cwd=ROOT,
            env=self.environment | environment,
            input=typed,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def processes(self) -> list[str]:
        """The command lines of all that runs for this folder: whatever inherited its name."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                ours = str(self.data_dir).encode() in (process / "environ").read_bytes()
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if ours and words and int(process.name) != os.getpid():
                found.append(words)
        return found

    def until_nothing_runs(self, seconds_max: float = 60) -> list[str]:
        """Wait until nothing runs for this folder; what is left after a while."""
        deadline = time.monotonic() + seconds_max
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return left


def place_on(backends: Backends, folder: Path, **environment: str) -> Place:
    """A place on the Kafka and PostgreSQL of all tests, as an environment of its own."""
    return Place(
        folder,
        KAFKA_BOOTSTRAP_SERVERS=backends.kafka_bootstrap_servers,
        WIJKZORG_POSTGRES_DSN=backends.postgres_dsn,
        WIJKZORG_TOPIC_PREFIX=f"c{secrets.token_hex(4)}",
        **environment,
    )


class Up:
    """A `wijkzorg up` that runs."""

    def __init__(self, process: subprocess.Popen[bytes], said: Mapping[str, Any]) -> None:
        self.process, self.said = process, said

    def get(self, path: str, service: str = "billing") -> Any:
        """Ask a service something."""
        url = self.said["services"][service] + path
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own service
            return json.load(answer)

    def bijdragen(self, maand: str = "2023-04") -> list[int]:
        """What households owe for a month, in cents."""
        return [row["bedragCent"] for row in self.get(f"/v1/bijdragen?maand={maand}")["bijdragen"]]

    def oordelen(self, agb: str = "65656055") -> list[str]:
        """The verdicts on what a provider sent, in order."""
        return [row["oordeel"] for row in self.get(f"/v1/ontvangsten?aanbieder={agb}")["ontvangsten"]]

    def end(self, number: signal.Signals) -> int:
        """Send it a signal; the code with which it ends."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)


@contextmanager
def up(place: Place, *services: str) -> Iterator[Up]:
    """A `wijkzorg up` of these services, or of all, on free ports, until the block ends."""
    process = subprocess.Popen(
        [str(WIJKZORG), "up", *services, "--free-ports", "--json"],
        cwd=ROOT,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read().decode()
        yield Up(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(SECONDS_MAX)
        process.stdout.close()
        process.stderr.close()
