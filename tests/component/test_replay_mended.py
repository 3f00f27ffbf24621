"""A replay where people mended or rejected records: their acts stand in no log, and a shadow does them too."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local import Backends
from shared.contracts.contract import GEBRUIK, INTAKE
from shared.messaging.producer import Message
from tests.component.replayed import Replayed
from tests.e2e import samples
from tests.harness import Wijkzorg
from tests.process import Copy
from wijkzorg import databases

BY = {"door": "B. Beheerder", "reden": "overleg met de aanbieder"}
MENDED = samples.use("RN001", 20072)


@pytest.fixture
async def replayed(wijkzorg: Wijkzorg, backends: Backends) -> AsyncIterator[Replayed]:
    own = Replayed(wijkzorg, backends)
    yield own
    for service in wijkzorg.dsns:
        place = own.place(service)
        await databases.drop(place.admin_dsn, [place.shadow, place.before])


async def act(copy: Copy, topic: str, place: int, what: str, **body: Any) -> None:
    answer = await copy.post(f"/v1/dood/{topic}/0/{place}/{what}", BY | body)
    assert answer.json()["uitgevoerd"], answer.text


def in_base64(event: object) -> str:
    return base64.b64encode(json.dumps(event).encode()).decode()


async def test_a_shadow_reads_what_mended_a_record_before_and_after_it_has_read_the_record(
    replayed: Replayed,
) -> None:
    wijkzorg = replayed.wijkzorg
    await wijkzorg.register(samples.AGB)
    topic = wijkzorg.topic(GEBRUIK, samples.AGB)
    await wijkzorg.publish(samples.facts())
    await wijkzorg.send([Message(topic, "k", b"{"), Message(topic, "k", b"}"), Message(topic, "k", b"]")])
    billing = await wijkzorg.billing()
    await wijkzorg.handled()
    await act(billing, topic, 0, "herstel", bytes=in_base64(MENDED))
    await act(billing, topic, 1, "verwerp")
    await wijkzorg.handled()
    owed = await wijkzorg.ledger()
    assert list(owed.values()) == [1900]
    assert (await replayed.run("billing"))["gelijk"], "mended before the shadow began"
    await wijkzorg.fetch("update gebruik set volume = volume + 1")
    assert not (await replayed.run("billing"))["gelijk"]
    assert await replayed.databases("billing") == {"live", "shadow"}
    await wijkzorg.fetch("update gebruik set volume = volume - 1")
    await act(billing, topic, 2, "herstel", bytes=in_base64(samples.use("RN002", 20074)))
    await wijkzorg.handled()
    assert (await replayed.run("billing"))["gelijk"], "mended after the shadow had read the record"


async def test_what_people_did_to_records_goes_with_a_database_that_is_swapped(replayed: Replayed) -> None:
    wijkzorg = replayed.wijkzorg
    topic = wijkzorg.topic(INTAKE)
    await wijkzorg.publish(samples.facts())
    await wijkzorg.send([Message(topic, "k", b"{")])
    reporting = await wijkzorg.start("reporting")
    await wijkzorg.handled(service="reporting")
    query = 'select topic, partition, "offset", act, door, reden, moment from intervention order by id'
    placed = await wijkzorg.fetch('select partition, "offset" from dead_letter', service="reporting")
    (partition, offset), *_ = [tuple(row) for row in placed]
    answer = await reporting.post(f"/v1/dood/{topic}/{partition}/{offset}/verwerp", BY)
    assert answer.json()["uitgevoerd"], answer.text
    done = [tuple(row) for row in await wijkzorg.fetch(query, service="reporting")]
    assert [row[3] for row in done] == ["verworpen"]
    assert (await replayed.run("reporting", execute=True))["omgewisseld"]
    await replayed.handled("reporting")
    assert [tuple(row) for row in await wijkzorg.fetch(query, service="reporting")] == done
    kept = await wijkzorg.fetch("select besluit from dead_letter", service="reporting")
    assert [row[0] for row in kept] == ["verworpen"]
