"""Kafka's jars: fetched once from Maven Central, checked against `kafka.lock`, remembered."""

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalError
from local.wheels import wheel

# Resolved apart: together with a logger's own list of versions jgo takes an older kafka-clients.
COORDINATES = ("org.apache.kafka:kafka_2.13:4.1.1", "org.slf4j:slf4j-simple:1.7.36")
LOCK = Path(__file__).with_name("kafka.lock")

Seen = list[tuple[str, int, int]]  # path, size and time of change of each jar that was checked


def cache_dir() -> Path:
    """Where this user keeps what can be made again."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "wijkzorg"


def lock_id() -> str:
    """Names exactly this set of jars."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]


def _record() -> Path:
    return cache_dir() / f"kafka-{lock_id()}.json"


def _look(jar: Path) -> tuple[str, int, int]:
    stat = jar.stat()
    return str(jar), stat.st_size, stat.st_mtime_ns


def known() -> list[Path] | None:
    """The checked jars when they still lie there unchanged: no network, no hashing."""
    try:
        seen: Seen = [(path, size, changed) for path, size, changed in json.loads(_record().read_text())]
        if all(_look(Path(path)) == (path, size, changed) for path, size, changed in seen):
            return [Path(path) for path, _, _ in seen]
    except (OSError, ValueError, TypeError):
        return None
    return None


def remember(jars: list[Path]) -> None:
    """Note that these jars were checked."""
    _record().parent.mkdir(parents=True, exist_ok=True)
    _record().write_text(json.dumps([_look(jar) for jar in jars]))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the user's cache, so that two commands do not fetch or prepare the same thing."""
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        with (cache_dir() / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        message = f"The folder {cache_dir()} cannot be written to; set XDG_CACHE_HOME to one of your own."
        raise LocalError(message) from error


def say(text: str) -> None:
    """Tell the person who waits what is being waited for."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _resolve() -> list[Path]:
    jgo = wheel("jgo")
    say("Fetching Kafka 4.1.1 from Maven Central (40 MB, once) ...")
    try:
        artifacts = [artifact for coordinate in COORDINATES for artifact in jgo.resolve(coordinate)]
        return sorted({Path(artifact.resolve()) for artifact in artifacts})
    except (OSError, RuntimeError, ValueError, LookupError, AssertionError) as error:
        message = (
            f"Kafka's jars could not be fetched from Maven Central ({type(error).__name__}: {str(error)[:80]}); "
            "check the network and start again, or set KAFKA_BOOTSTRAP_SERVERS to a Kafka of your own."
        )
        raise LocalError(message) from error


def _expected() -> dict[str, str]:
    lines = (line.split() for line in LOCK.read_text().splitlines())
    return {name: digest for digest, name in lines}


def check(jars: list[Path]) -> None:
    """Refuse any set of jars but the one in `kafka.lock`."""
    expected = _expected()
    if odd := expected.keys() ^ {jar.name for jar in jars}:
        raise LocalError(
            f"Kafka's jars are not those of {LOCK.name} ({', '.join(sorted(odd))}); renew that file."
        )
    for jar in jars:
        if hashlib.sha256(jar.read_bytes()).hexdigest() != expected[jar.name]:
            raise LocalError(
                f"The file {jar} is damaged or not the one {LOCK.name} names; delete it and start again."
            )


def obtain() -> list[Path]:
    """The jars of exactly the locked versions; fetched when they are not there yet."""
    if jars := known():
        return jars
    with one_at_a_time():
        if jars := known():
            return jars
        jars = _resolve()
        check(jars)
        remember(jars)
        return jars
