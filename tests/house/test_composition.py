"""House rules of docker-compose.yml and what it uses; that it works is shown in tests/compose."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.files import ROOT, text

COMPOSE, EXAMPLE = text(Path("docker-compose.yml")), text(Path(".env.example"))
DOCKERFILE = text(Path("Dockerfile"))
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
        assert re.search(r":[0-9]", image), image
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
    assert asked == offered
    assert not re.search(r"(?m)^[A-Z_]+=", EXAMPLE)
