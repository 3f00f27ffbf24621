"""Two versions of a service side by side on the schema of the newer one: nothing lost or double, and a way back."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.contract import INTAKE
from shared.messaging.producer import Message
from tests.component.intake import melding, person
from tests.e2e import crowd, versions
from tests.harness import Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

SETTINGS: dict[str, Any] = {"WIJKZORG_SESSION_TIMEOUT_SECONDS": "6"}
PAUSE_SECONDS = 0.1
LANES = 3


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
    await wijkzorg.start(renewal.service, **({"tree": tree} if stays == "new" else {}), **SETTINGS)
    await crowd.stops_in_time(other)
    await write(wijkzorg, renewal, stays)


async def steadily(wijkzorg: Wijkzorg, messages: Sequence[Message], enough: asyncio.Event) -> None:
    """Send these, a few at a time; all that is left once it is enough."""
    for start in range(0, len(messages), 10):
        if enough.is_set():
            await wijkzorg.send(messages[start:])
            return
        await wijkzorg.send(messages[start : start + 10])
        await asyncio.sleep(PAUSE_SECONDS)


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


async def residents_report(wijkzorg: Wijkzorg, reported: set[str], lane: int, enough: asyncio.Event) -> None:
    """One resident after the other reports a need, to whichever copy there is, and again until it is granted."""
    for number in itertools.count(lane, LANES):
        if enough.is_set():
            return
        body = melding(
            person(f"Invented {number}", clientId=str(UUID(int=number))), meldingId=str(UUID(int=number))
        )
        answer = httpx.Response(503)
        while answer.status_code == 503:
            await asyncio.sleep(PAUSE_SECONDS)
            copies = [copy for copy in wijkzorg.running_of("intake") if copy.url]
            answer = await copies[number // LANES % len(copies)].post("/v1/meldingen", body)
        assert answer.status_code == 201, answer.text
        reported.add(body["meldingId"])


@pytest.mark.parametrize("stays", ["new", "old"])
async def test_two_versions_of_intake_at_work_together_tell_every_melding_once(
    wijkzorg: Wijkzorg, tmp_path: Path, stays: str
) -> None:
    reported: set[str] = set()
    enough = asyncio.Event()
    await wijkzorg.start("intake")
    async with asyncio.TaskGroup() as tasks:
        for lane in range(LANES):
            tasks.create_task(residents_report(wijkzorg, reported, lane, enough))
        await renew(wijkzorg, versions.INTAKE, versions.next_version(versions.INTAKE, tmp_path), stays)
        enough.set()
    await wijkzorg.handled(service="intake")
    known = await wijkzorg.fetch("select melding_id::text from melding", service="intake")
    assert sorted(row["melding_id"] for row in known) == sorted(reported)
    told = [data["meldingId"] for data in await wijkzorg.told(INTAKE) if "kanaal" in data]
    assert sorted(told) == sorted(reported)
