"""House rules of docker-compose.yml and what it uses; that it works is shown in tests/compose."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.files import ROOT, text

COMPOSE, EXAMPLE = text(Path("docker-compose.yml")), text(Path(".env.example"))
DOCKERFILE = text(Path("Dockerfile"))
UNWATCHED, WATCHING = text(Path("deploy/unwatched.yml")), ("prometheus", "tempo", "grafana")
CADDY = text(Path("deploy/proxy/Caddyfile"))
BLOCKS = dict(re.findall(r"(?m)^  ([a-z]+):\n((?:    .*\n|\n)+)", COMPOSE.partition("\nservices:\n")[2]))
PASSED_ON = set(re.findall(r"([A-Z_]+): null", COMPOSE))
PROJECT = tomllib.loads(text(Path("pyproject.toml")))["project"]
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_block_a_password_and_a_path(service: str) -> None:
    block = BLOCKS[service]
    assert f"SERVICE: {service}" in block
    assert f"WIJKZORG_ROOT_PATH: /{service}" in block
    assert f"{service}-secrets" in block
    assert f"scale: ${{{service.upper()}_COPIES:-1}}" in block
    assert f"/secrets/{service}" in BLOCKS["secrets"]
    assert len(re.findall(rf"[(|]{service}[|)]", CADDY)) == 2


def test_every_image_has_a_version_that_stands_in_one_place_and_in_the_example() -> None:
    ours = re.findall(r"image: wijkzorg/\S+?:(\S+)", COMPOSE)
    assert set(ours) == {f"${{WIJKZORG_VERSION:-{PROJECT['version']}}}"}
    theirs = re.findall(r"image: \$\{(\w+_IMAGE):-(\S+)\}", COMPOSE)
    theirs += re.findall(r"(?m)^ARG (\w+_IMAGE)=(\S+)$", DOCKERFILE)
    assert len(ours) + len(re.findall(r"image: \$\{", COMPOSE)) == COMPOSE.count(" image: ")
    for name, image in theirs:
        assert re.search(r":v?[0-9]", image), image
        assert f"#{name}={image}\n" in EXAMPLE
    given = dict(theirs).keys() - set(re.findall(r"\$\{(\w+_IMAGE)", COMPOSE))
    assert given == PASSED_ON, "passed on to the Dockerfile without a value of its own"
    stages = set(re.findall(r"(?m)^FROM \S+ AS (\w+)$", DOCKERFILE))
    assert set(re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)) <= stages | {f"${{{name}}}" for name in given}


def test_no_password_stands_in_the_file_and_nothing_is_privileged() -> None:
    assert not re.search(r"(?i)password:\s*\S", COMPOSE)
    assert not re.search(r"://[^@/\s}]+:[^@/\s}]+@", COMPOSE)
    for word in ("privileged", "cap_add", "docker.sock", "network_mode", 'user: "0', "user: root"):
        assert word not in COMPOSE, word


def test_the_log_of_postgresql_quotes_no_row() -> None:
    assert "log_error_verbosity=terse" in COMPOSE


def test_every_variable_is_in_the_example_and_none_is_set_there() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE)) | PASSED_ON
    offered = set(re.findall(r"(?m)^#([A-Z_]+)=", EXAMPLE))
    assert asked | {"COMPOSE_FILE"} == offered
    assert not re.search(r"(?m)^[A-Z_]+=", EXAMPLE)


def test_what_watches_the_system_can_be_left_out_and_needs_nothing_else_to_go() -> None:
    for name in WATCHING:
        assert f"  {name}: !reset null\n" in UNWATCHED
        assert not [block for block in BLOCKS.values() if f"{name}: {{condition" in block]
    assert re.findall(r"(?m)^  (\w+): \*service$", UNWATCHED) == [
        "intake",
        "indicatie",
        "billing",
        "reporting",
    ]


@pytest.mark.parametrize(
    "files", [(), ("deploy/unwatched.yml",), ("deploy/own-backends.yml", "deploy/unwatched.yml")]
)
def test_compose_takes_the_files_that_the_manual_names_together(files: tuple[str, ...]) -> None:
    if (client := shutil.which("docker")) is None:
        pytest.skip("NOT CHECKED: there is no client of Docker")
    if subprocess.run(
        [client, "compose", "version"], capture_output=True, check=False, timeout=60
    ).returncode:
        pytest.skip("NOT CHECKED: the client of Docker has no Compose")
    names = [word for name in ("docker-compose.yml", *files) for word in ("--file", name)]
    told = [client, "compose", *names, "config", "--format", "json"]
    said = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 0, said.stderr
    services = json.loads(said.stdout)["services"]
    watched = "deploy/unwatched.yml" not in files
    assert (set(WATCHING) <= services.keys()) is watched
    assert bool(services["billing"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]) is watched
    open_ports = {p["host_ip"] for service in services.values() for p in service.get("ports", [])}
    assert open_ports == {"127.0.0.1"}
    assert not [
        name for name, service in services.items() if not (service["read_only"] and service["mem_limit"])
    ]
