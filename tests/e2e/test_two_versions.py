"""Two versions of a service side by side on the schema of the newer one: nothing lost or double, and a way back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.contract import INTAKE
from tests.e2e import crowd, versions
from tests.e2e.load import Residents, steadily
from tests.harness import ROOT, Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

pytestmark = pytest.mark.city

SETTINGS: dict[str, Any] = {"WIJKZORG_SESSION_TIMEOUT_SECONDS": "6"}


async def write(wijkzorg: Wijkzorg, renewal: versions.Renewal, *those: str) -> None:
    """Wait until each of these versions has written something since now."""

    async def counts() -> dict[str, int]:
        return dict((await wijkzorg.fetch(renewal.counts, service=renewal.service))[0])

    before = await counts()

    async def more() -> bool:
        now = await counts()
        return all(now[which] > before[which] for which in those)

    await eventually(more, f"{renewal.service}, {' and '.join(those)}, to write")


async def renew(wijkzorg: Wijkzorg, renewal: versions.Renewal, tree: Path, stays: str) -> None:
    """Start the new version beside the old; then one of them goes, and of what stays a copy starts that is new to it."""
    (old,) = wijkzorg.running_of(renewal.service)
    new = await wijkzorg.start(renewal.service, tree=tree, **SETTINGS)
    await write(wijkzorg, renewal, "old", "new")
    leaves, other = (old, new) if stays == "new" else (new, old)
    await crowd.stops_in_time(leaves)
    await write(wijkzorg, renewal, stays)
    await wijkzorg.start(renewal.service, tree=tree if stays == "new" else ROOT, **SETTINGS)
    await crowd.stops_in_time(other)
    await write(wijkzorg, renewal, stays)


@pytest.mark.parametrize("stays", ["new", "old"])
async def test_two_versions_of_billing_at_work_together_come_to_what_the_rule_says(
    wijkzorg: Wijkzorg, tmp_path: Path, stays: str
) -> None:
    events = random_events(seed=3, clients=250, months=24)
    messages, enough = crowd.messages(wijkzorg, events), asyncio.Event()
    await wijkzorg.register(*AANBIEDERS)
    await wijkzorg.billing(**SETTINGS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(steadily(wijkzorg, messages, enough))
        await renew(wijkzorg, versions.BILLING, versions.next_version(versions.BILLING, tmp_path), stays)
        enough.set()
    await crowd.require_all_right(wijkzorg, events)
    assert await wijkzorg.fetch("select from dead_letter where code = 'InvalidCachedStatementError'") == []


@pytest.mark.parametrize("stays", ["new", "old"])
async def test_two_versions_of_intake_at_work_together_tell_every_melding_once(
    wijkzorg: Wijkzorg, tmp_path: Path, stays: str
) -> None:
    residents, enough = Residents(wijkzorg), asyncio.Event()
    await wijkzorg.start("intake")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(residents.report(enough))
        await renew(wijkzorg, versions.INTAKE, versions.next_version(versions.INTAKE, tmp_path), stays)
        enough.set()
    await residents.require_told(wijkzorg.topic(INTAKE))
