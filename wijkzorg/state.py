"""What runs from a data folder: one `up` at a time, and where its services are."""

import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STATE = "services.json"
LOCK = "up.lock"
LOCK_SECONDS_MAX = 1.0
POLL_SECONDS = 0.05


class AlreadyRunsError(Exception):
    """Another `up` runs from this data folder."""


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Be the only `up` of a data folder; the system ends that however this process ends."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / LOCK).open("w") as lock:
        _lock(lock.fileno())
        try:
            yield
        finally:
            (data_dir / STATE).unlink(missing_ok=True)


def _lock(file: int) -> None:
    deadline = time.monotonic() + LOCK_SECONDS_MAX  # one that only looks holds it for a moment
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise AlreadyRunsError from None
            time.sleep(POLL_SECONDS)
        else:
            return


def write(data_dir: Path, services: Mapping[str, str], kafka: str) -> None:
    """Tell other commands where the services and Kafka are."""
    draft = data_dir / f"{STATE}.new"
    draft.write_text(json.dumps({"services": services, "kafka": kafka}), encoding="utf-8")
    draft.replace(data_dir / STATE)


def read(data_dir: Path) -> dict[str, Any] | None:
    """The services and the Kafka of the `up` that runs from a data folder; None while none does."""
    try:
        with (data_dir / LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    except OSError:
        return None
    else:
        return None
    try:
        state: dict[str, Any] = json.loads((data_dir / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return state
