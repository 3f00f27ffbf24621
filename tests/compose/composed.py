"""The system as docker-compose.yml makes it, under a name and an address of a test's own."""

import json
import os
import re
import secrets
import shutil
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from local.ports import LOOPBACK, PortWish, choose
from tests.harness import ROOT

COMMAND_SECONDS_MAX = 900
SERVICES = ("intake", "indicatie", "billing", "reporting")
POLL_SECONDS = 0.2
UNWATCHED = "docker-compose.yml:deploy/unwatched.yml"
"""Unless who runs the tests has the images of what watches the system, and says COMPOSE_FILE=docker-compose.yml."""


def engine_answers() -> bool:
    """Whether there is a Docker engine with Compose."""
    if shutil.which("docker") is None:
        return False
    questions = (["docker", "info"], ["docker", "compose", "version"])
    return all(
        subprocess.run(question, capture_output=True, check=False, timeout=60).returncode == 0
        for question in questions
    )


def clean_checkout(folder: Path) -> Path:
    """The last commit, and nothing else: no `.env`, no environment, no cache; for its owner alone, as by umask 077."""
    packed = subprocess.run(
        ["git", "archive", "--format=tar", "HEAD"], cwd=ROOT, capture_output=True, check=True, timeout=60
    ).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    return folder


def until(question: Callable[[], Any], what: str, seconds_max: float = 120) -> Any:
    """Ask until the answer is true, and give it; fail after a while, naming what was waited for."""
    deadline = time.monotonic() + seconds_max
    while not (answer := question()):
        assert time.monotonic() < deadline, f"waited {seconds_max:.0f} s in vain for: {what}"
        time.sleep(POLL_SECONDS)
    return answer


class Composed:
    """A composed system in a folder with a checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, f"wijkzorg-test-{secrets.token_hex(3)}"
        (port,) = choose([PortWish("the proxy")])
        address = f"{LOOPBACK}:{port}"
        self.url = f"http://{address}"
        self.environment: dict[str, str] = {
            **{n: value for n, value in os.environ.items() if not n.startswith(("WIJKZORG_", "KAFKA_"))},
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROGRESS": "quiet",
            "WIJKZORG_ADDRESS": address,
            "WIJKZORG_VERSION": "test",
            "COMPOSE_FILE": os.environ.get("COMPOSE_FILE", UNWATCHED),
        }

    def compose(self, *arguments: str, code: int | None = 0) -> str:
        """Run `docker compose` with these arguments; what it prints. Its exit code must be `code`."""
        return self.compose_bytes(*arguments, code=code).decode()

    def compose_bytes(self, *arguments: str, code: int | None = 0, stdin: bytes | None = None) -> bytes:
        """The same of bytes, given to standard input and printed."""
        done = self._run("docker", "compose", *arguments, stdin=stdin)
        said = f"{arguments}: {done.returncode}\n{done.stdout[-2000:]!r}\n{done.stderr.decode()[-6000:]}"
        assert code is None or done.returncode == code, said
        return done.stdout

    def _run(self, *words: str, stdin: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
        """Run a program where the system's files are, in its environment."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )

    def follow(self, page: str, heading: str) -> None:
        """Do what this part of a manual tells, word for word."""
        told = (self.folder / page).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
        for block in re.findall(r"(?ms)^```sh\n(.*?)^```$", told.partition("\n## ")[0]):
            done = self._run("bash", "-euo", "pipefail", "-c", block)
            assert done.returncode == 0, block + done.stderr.decode()[-6000:]

    def up(self, *arguments: str, **environment: str) -> None:
        """Start what is not there yet, and wait until it is well."""
        self.environment |= environment
        self.compose("up", "--detach", "--wait", *arguments)

    def command(self, *arguments: str, files: Mapping[str, Path] | None = None, code: int = 0) -> Any:
        """What `wijkzorg … --json` beside the system answers; `files` are shown to it under these names."""
        shown = [f"--volume={path}:/files/{name}:ro" for name, path in (files or {}).items()]
        out = self.compose("run", "--rm", "-T", *shown, "wijkzorg", *arguments, "--json", code=code)
        return json.loads(out)

    def script(self, path: Path, *arguments: str) -> "subprocess.Popen[str]":
        """A program of the tests, inside the system's network, beside the code of the command; it reads its input."""
        mounts = [f"--volume={ROOT / 'bench'}:/app/bench:ro", f"--volume={path}:/app/script.py:ro"]
        where = ["run", "--rm", "-T", *mounts, "--entrypoint", "python3", "wijkzorg", "/app/script.py"]
        return subprocess.Popen(
            ["docker", "compose", *where, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def get(self, path: str) -> tuple[int, str]:
        """Ask the one address; status and body, and 0 where nothing answers."""
        return self._ask(urllib.request.Request(self.url + path))  # noqa: S310 - our own

    def post(self, path: str, body: Any) -> tuple[int, str]:
        """Give something to the one address; status and body."""
        headers = {"content-type": "application/json"}
        return self._ask(urllib.request.Request(self.url + path, json.dumps(body).encode(), headers))  # noqa: S310

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def json(self, path: str) -> Any:
        """What the one address answers as JSON."""
        status, body = self.get(path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def handled(self, seconds: int = 120) -> None:
        """Wait until all services have handled all there is."""
        answer = self.command("status", "--wait", str(seconds))
        assert answer["bij"], answer

    def containers(self, service: str) -> list[dict[str, Any]]:
        """What the engine says of each container of a service, also of one that has ended."""
        ids = self.compose("ps", "--all", "--quiet", service).split()
        if not ids:
            return []
        done = subprocess.run(["docker", "inspect", *ids], capture_output=True, check=True, timeout=60)
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def logs(self, service: str) -> list[str]:
        """All that a service has written."""
        return self.compose("logs", "--no-color", "--no-log-prefix", service).splitlines()

    def is_well(self, service: str) -> bool:
        """Whether every container of a service is well."""
        found = self.containers(service)
        return bool(found) and all(one["State"].get("Health", {}).get("Status") == "healthy" for one in found)

    def figures(self) -> dict[str, Any]:
        """What billing and reporting have counted, once all is handled."""
        self.handled()
        return {
            "billing": self.json("/billing/v1/tellingen"),
            "reporting": self.json("/reporting/v1/wijken"),
        }

    def down(self) -> None:
        """Take it all away, with its data."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5", code=None)
