"""What a data folder says of itself: one `up` at a time, where its services are, and whether it holds a demo."""

import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

STATE = "services.json"
DEMO = "demo.json"
LOCK = "up.lock"
LOCK_SECONDS_MAX = 1.0
POLL_SECONDS = 0.05


class NoteError(Exception):
    """The note of which demo a folder holds cannot be read."""


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


@dataclass(frozen=True)
class Demo:
    """Which city is played in a folder, and the moment at which its services' clocks stand."""

    clients: int
    months: int
    seed: int
    clock: datetime


def read_demo(data_dir: Path) -> Demo | None:
    """The demo that a folder holds, if it holds one. Raises NoteError where its note is damaged."""
    try:
        note = json.loads((data_dir / DEMO).read_text(encoding="utf-8"))
        return Demo(**(note | {"clock": datetime.fromisoformat(note["clock"])}))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise NoteError(
            f"{data_dir / DEMO} is damaged. Nothing was started, and nothing changed. Remove it to give the folder's "
            "demo again with the same numbers, or give another --data-dir."
        ) from None


def write_demo(data_dir: Path, demo: Demo) -> None:
    """Note which demo a folder holds, before anything of it is played."""
    note = json.dumps(asdict(demo) | {"clock": demo.clock.isoformat()})
    draft = data_dir / f"{DEMO}.new"
    draft.write_text(note, encoding="utf-8")
    draft.replace(data_dir / DEMO)
