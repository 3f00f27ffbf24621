"""House rules of docker-compose.yml and what it uses; that it works is shown in tests/compose."""

import re
from pathlib import Path

import pytest

from tests.house.files import ROOT, text

COMPOSE, EXAMPLE = text(Path("docker-compose.yml")), text(Path(".env.example"))
CADDY = text(Path("deploy/proxy/Caddyfile"))
BLOCKS = dict(re.findall(r"(?m)^  ([a-z]+):\n((?:    .*\n|\n)+)", COMPOSE.partition("\nservices:\n")[2]))
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_block_a_password_and_a_path(service: str) -> None:
    block = BLOCKS[service]
    assert f"SERVICE: {service}" in block
    assert f"WIJKZORG_ROOT_PATH: /{service}" in block
    assert f"{service}-secrets" in block
    assert f"/secrets/{service}" in BLOCKS["secrets"]
    assert len(re.findall(rf"[(|]{service}[|)]", CADDY)) == 2


def test_every_image_has_a_version() -> None:
    images = re.findall(r"image: \$?\{?(?:[A-Z_]+:-)?([^}\s]+)", COMPOSE)
    assert images
    for image in images:
        assert re.search(r":(\$\{WIJKZORG_VERSION|[0-9])", image), image
    assert "latest" not in COMPOSE


def test_no_password_stands_in_the_file_and_nothing_is_privileged() -> None:
    assert not re.search(r"(?i)password:\s*\S", COMPOSE)
    assert not re.search(r"://[^@/\s}]+:[^@/\s}]+@", COMPOSE)
    for word in ("privileged", "cap_add", "docker.sock", "network_mode", 'user: "0', "user: root"):
        assert word not in COMPOSE, word


def test_every_variable_is_in_the_example_and_none_is_set_there() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    offered = set(re.findall(r"(?m)^#([A-Z_]+)=", EXAMPLE))
    assert asked == offered
    assert not re.search(r"(?m)^[A-Z_]+=", EXAMPLE)
