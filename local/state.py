"""What the keeper of a data folder leaves behind in it: ports, process ids, and where it listens."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TypedDict

LEFTOVER_SECONDS_MAX = 10.0
SOCKET_FOLDER_PREFIX = "wijkzorg-"


class State(TypedDict, total=False):
    """The contents of `state.json`; everything may be missing."""

    socket: str
    keeper_pid: int
    kafka_bootstrap_servers: str
    kafka_port: int
    controller_port: int
    kafka_pid: int
    postgres_port: int
    postgres_pid: int


def read(data_dir: Path) -> State:
    """The state as last written, or an empty one."""
    try:
        state: State = json.loads((data_dir / "state.json").read_text())
    except (OSError, ValueError):
        return State()
    return state


def write(data_dir: Path, state: State) -> None:
    """Replace the state in one move, so that nobody reads half of it."""
    draft = data_dir / "state.json.new"
    draft.write_text(json.dumps(state, indent=1))
    draft.replace(data_dir / "state.json")


def _command_line(pid: int) -> str:
    proc = Path("/proc")
    try:
        if proc.joinpath("self").exists():
            return (
                proc.joinpath(str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        listing = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        )
        return listing.stdout.decode(errors="replace")
    except OSError:
        return ""


def _alive(pid: int, data_dir: Path) -> bool:
    """Whether the process is still the one we started: its command line names our data folder."""
    return str(data_dir) in _command_line(pid)


def _send(pid: int, which: signal.Signals) -> None:
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        return


def _wait_gone(pids: list[int], data_dir: Path) -> list[int]:
    deadline = time.monotonic() + LEFTOVER_SECONDS_MAX
    while (left := [pid for pid in pids if _alive(pid, data_dir)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def end_leftovers(data_dir: Path) -> None:
    """End what a keeper that was killed has left running; only ever a process that names this data folder."""
    state = read(data_dir)
    left = {"postgres_pid": signal.SIGINT, "kafka_pid": signal.SIGTERM}
    pids = []
    for name, polite in left.items():
        pid = state.get(name)
        if isinstance(pid, int) and _alive(pid, data_dir):
            _send(pid, polite)
            pids.append(pid)
    for pid in _wait_gone(pids, data_dir):
        _send(pid, signal.SIGKILL)
    _wait_gone(pids, data_dir)
    folder = Path(state.get("socket", "")).parent
    if folder.name.startswith(SOCKET_FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
