"""The composed system, as an operator has it: up from a clean checkout, confined, and with more copies of a service."""

import json
import subprocess
from typing import Any

import pytest

from tests.compose.composed import SERVICES, Composed, until
from tests.harness import ROOT

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]
DEMO = ("--once", "--json", "--clients", "60", "--months", "3")


def test_everything_is_up_and_well_and_the_jobs_are_done(composed: Composed) -> None:
    for service in (*SERVICES, "kafka", "postgres", "proxy"):
        assert composed.is_well(service), service
    for job in ("secrets", "setup"):
        (container,) = composed.containers(job)
        assert container["State"]["Status"] == "exited"
        assert container["State"]["ExitCode"] == 0


def test_every_container_is_confined(composed: Composed) -> None:
    for service in (*SERVICES, "kafka", "postgres", "proxy", "secrets", "setup"):
        (container,) = composed.containers(service)
        config, host = container["Config"], container["HostConfig"]
        user = config["User"] or _user_of_image(config["Image"])
        assert user.partition(":")[0] not in ("", "0", "root"), service
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert host["Memory"] > 0, service
        assert host["NanoCpus"] > 0, service
        assert host["PidsLimit"] > 0, service
        assert not [name for name in config["Env"] if "PASSWORD=" in name], service


def _user_of_image(image: str) -> str:
    asked = ["docker", "image", "inspect", image, "--format", "{{.Config.User}}"]
    return subprocess.run(asked, capture_output=True, check=True, text=True, timeout=60).stdout.strip()


def test_only_the_proxy_can_be_reached_from_outside_and_only_from_this_machine(composed: Composed) -> None:
    for service in (*SERVICES, "kafka", "postgres", "proxy"):
        (container,) = composed.containers(service)
        published = [one for of in container["HostConfig"]["PortBindings"].values() for one in of]
        assert [one["HostIp"] for one in published] == (["127.0.0.1"] if service == "proxy" else []), service


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_own_service_and_shared_alone(composed: Composed, service: str) -> None:
    listing = "import os; print(*sorted(os.listdir('services')), *sorted(os.listdir('.')))"
    found = composed.compose("exec", "-T", service, "python3", "-c", listing).split()
    left_out = {"__init__.py", "__pycache__", "LICENSE", "NOTICE"}
    assert set(found) - left_out == {service, "services", "shared"}
    extras = (
        "import importlib.util as u; print([n for n in ('lxml', 'typer', 'pytest', 'jgo') if u.find_spec(n)])"
    )
    assert composed.compose("exec", "-T", service, "python3", "-c", extras).strip() == "[]"


def test_each_service_is_shown_its_own_password_alone(composed: Composed) -> None:
    seen = {
        service: composed.compose("exec", "-T", service, "sh", "-c", "cd /run/secrets; ls; cat *")
        for service in SERVICES
    }
    assert {text.split()[0] for text in seen.values()} == {"wijkzorg_database_password"}
    assert len({text.split()[1] for text in seen.values()}) == len(SERVICES)


def test_the_jobs_may_run_again(composed: Composed) -> None:
    composed.compose("run", "--rm", "secrets")
    assert json.loads(composed.compose("run", "--rm", "-T", "setup", *SETUP))["topics"] == []
    composed.up()
    assert all(composed.is_well(service) for service in SERVICES)


SETUP = ("setup", "backends", "--secrets-dir", "/secrets", "--json")


def test_a_service_may_enter_its_own_database_alone(composed: Composed) -> None:
    ask = (
        "import asyncio, asyncpg\n"
        "from shared.settings import settings_of_environment\n"
        "async def main():\n"
        "    own = settings_of_environment().dsn\n"
        "    await (await asyncpg.connect(own)).close()\n"
        "    try:\n"
        "        await asyncpg.connect(own.rpartition('/')[0] + '/wijkzorg_intake')\n"
        "    except asyncpg.InsufficientPrivilegeError: print('refused')\n"
        "asyncio.run(main())\n"
    )
    assert composed.compose("exec", "-T", "billing", "python3", "-c", ask).strip() == "refused"


def test_one_address_leads_to_every_service_and_to_an_index(composed: Composed) -> None:
    for service in SERVICES:
        assert composed.json(f"/{service}/v1/openapi.json")["openapi"].startswith("3.1")
        assert composed.json(f"/{service}/v1/asyncapi.json")["asyncapi"].startswith("3.")
        assert composed.get(f"/{service}/readyz") == (200, "ok")
    status, page = composed.get("/reporting/")
    assert status == 200
    assert 'href="/reporting/static/' in page
    status, index = composed.get("/")
    assert status == 200
    assert all(f"{service}/" in index for service in SERVICES)
    assert composed.get("/static/theme.css")[0] == 200
    status, problem = composed.get("/elsewhere")
    assert status == 404
    assert json.loads(problem)["status"] == 404


def test_billing_in_three_copies_shares_the_partitions_and_gives_the_same_figures(composed: Composed) -> None:
    composed.up("--scale", "billing=3")
    assert len(composed.containers("billing")) == 3
    played = _demo(composed)
    assert played["verschilMetSimulatie"] == 0
    assert played["dubbeleBijdragen"] == 0
    assert played["bijdragen"] > 0
    assert len(composed.containers("billing")) == 3
    shared = until(lambda: _shared(composed, 3), "the providers' partitions to be shared by three copies")
    assert max(shared) - min(shared) <= 1
    composed.up("--scale", "billing=1")
    assert _demo(composed) == played


def _demo(composed: Composed) -> dict[str, Any]:
    found = json.loads(composed.compose("run", "--rm", "-T", "demo", *DEMO))
    return {name: value for name, value in found.items() if name != "seconden"}


def _shared(composed: Composed, copies: int) -> list[int] | None:
    """How many partitions of providers' topics each copy of billing reads, once so many copies read any."""
    groups = "/opt/kafka/bin/kafka-consumer-groups.sh"
    ask = ("--bootstrap-server", "kafka:9092", "--describe", "--group", "wijkzorg.billing.aanbieder")
    rows = composed.compose("exec", "-T", "kafka", groups, *ask, "--members", code=None).splitlines()
    counts = [int(row.split()[-1]) for row in rows if row.startswith("wijkzorg.billing.aanbieder ")]
    return counts if len(counts) == copies and all(counts) else None


def test_a_declaration_becomes_one_contribution_with_billing_at_three(composed: Composed) -> None:
    composed.up(BILLING_COPIES="3")
    assert len(composed.containers("billing")) == 3
    samples = {name: ROOT / "samples" / name for name in ("facts.jsonl", "declaration.xml")}
    counted = []
    for _ in range(2):
        composed.command("feiten", "publiceer", "/files/facts.jsonl", files=samples)
        composed.command("gebruik", "importeer", "/files/declaration.xml", "--registreer", files=samples)
        composed.handled()
        counted.append(composed.json("/billing/v1/tellingen"))
    once, twice = counted
    assert twice["dubbel"] > once["dubbel"]
    assert twice | {"dubbel": 0} == once | {"dubbel": 0}
    found = composed.json("/billing/v1/bijdragen?maand=2023-04")["bijdragen"]
    assert [line["bedragCent"] for line in found] == [1900]
    del composed.environment["BILLING_COPIES"]
