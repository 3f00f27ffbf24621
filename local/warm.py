"""What Java learns from one start of Kafka, kept so that every later start takes half the time."""

import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from local import child, jars, ports
from local.kafka import STARTED, Kafka, archive

REHEARSAL_SECONDS_MAX = 60.0


def rehearse() -> None:
    """Start and stop an empty Kafka once for this user; without the archive that leaves, Kafka only starts slower."""
    if archive().exists():
        return
    with jars.one_at_a_time():
        if archive().exists():
            return
        jars.say("Preparing Kafka for quick starts (some 8 seconds, once) ...")
        _clear(archive().parent)
        with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=archive().parent) as folder:
            draft = Path(folder) / "kafka.aot"
            _run_once(Path(folder), draft)
            # An empty file says that it was tried, so that not every start tries it again.
            draft.touch()
            draft.replace(archive())


def _clear(folder: Path) -> None:
    """Remove what earlier versions left, and what a rehearsal that was killed left."""
    for outdated in folder.glob("kafka-*.aot"):
        outdated.unlink()
    for broken_off in folder.glob("rehearsal-*"):
        shutil.rmtree(broken_off)


def _run_once(folder: Path, draft: Path) -> None:
    port, controller_port = ports.choose([ports.PortWish("Kafka"), ports.PortWish("Kafka's controller")])
    kafka = Kafka(folder, port, controller_port)
    log = folder / "kafka.log"
    with log.open("wb") as out:
        formatting = child.command(signal.SIGKILL, kafka.format_command(kafka.log_dir))
        subprocess.run(formatting, cwd=folder, stdout=out, stderr=out, check=False)
        running = child.command(signal.SIGKILL, kafka.run_command(f"-XX:AOTCacheOutput={draft}"))
        deadline = time.monotonic() + REHEARSAL_SECONDS_MAX
        with subprocess.Popen(running, cwd=folder, stdout=out, stderr=out) as server:
            try:
                while (
                    STARTED not in log.read_bytes() and server.poll() is None and time.monotonic() < deadline
                ):
                    time.sleep(0.05)
                server.terminate()
                with suppress(subprocess.TimeoutExpired):
                    server.wait(REHEARSAL_SECONDS_MAX)
            finally:
                server.kill()
