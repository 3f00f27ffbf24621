"""Replays by the command while a city lives: equal; killed they go on; what is altered by hand is found and swapped out."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from local import Backends
from shared import gemeente
from shared.contracts.event import format_moment
from simulation.city import plan
from simulation.play import Doors, play
from simulation.truth import owed
from tests.e2e.command import ROOT, WIJKZORG, Place, place_on
from tests.e2e.load import Residents
from tests.harness import Wijkzorg, eventually
from wijkzorg import databases
from wijkzorg.figures import IN_THE_ORDER_OF_EVENTS

pytestmark = pytest.mark.city
CITY = plan(gemeente.load(None), clients=60, months=5, seed=7)
REBUILT = ("reporting", "billing", "indicatie")
SPREAD_SECONDS = 45.0


class Lived:
    """A city that is played on databases such as `wijkzorg setup` makes, and the command beside it."""

    def __init__(self, wijkzorg: Wijkzorg, command: Place) -> None:
        self.wijkzorg, self.command = wijkzorg, command

    async def replay(self, *words: str) -> tuple[int, dict[str, Any]]:
        """The code and the answer of a replay."""
        said = await asyncio.to_thread(self.command.run, "replay", *words, "--json")
        assert said.out, said.err
        return said.code, said.json

    async def there(self, name: str) -> bool:
        """Whether there is such a database."""
        rows = await self.wijkzorg.fetch("select from pg_database where datname = $1", name)
        return bool(rows)


@pytest.fixture
async def lived(backends: Backends, tmp_path: Path) -> AsyncIterator[Lived]:
    """The services at the clock of the city, and the command as one who may make databases and is no superuser."""
    place = place_on(backends, tmp_path, WIJKZORG_CLOCK=format_moment(CITY.clock))
    prefix = place.environment["WIJKZORG_TOPIC_PREFIX"]
    admin = await maker_of_databases(backends.postgres_dsn, f"{prefix}_admin")
    place.environment["WIJKZORG_POSTGRES_DSN"] = admin
    made: dict[str, str] = {}

    async def database(service: str) -> str:
        if service not in made:
            made.update(await databases.prepare(admin, prefix, {service: "invented"}))
        return made[service]

    async with Wijkzorg(
        backends.kafka_bootstrap_servers, database, prefix, format_moment(CITY.clock)
    ) as wijkzorg:
        yield Lived(wijkzorg, place)
    names = [databases.name_of(prefix, service) for service in made]
    left = [name + more for name in names for more in ("", "_shadow", "_before")]
    await databases.drop(backends.postgres_dsn, left)


async def maker_of_databases(dsn: str, name: str) -> str:
    """A new role that may make roles and databases; the DSN with which it does."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"create role {name} login createdb createrole password 'invented'")
    await connection.close()
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:invented@{host}"))


async def test_replays_while_a_city_lives_find_it_equal_and_what_was_altered_different(lived: Lived) -> None:
    wijkzorg = lived.wijkzorg
    started = {name: await wijkzorg.start(name) for name in IN_THE_ORDER_OF_EVENTS}
    doors = Doors(started["intake"].url, started["indicatie"].url, wijkzorg.kafka, wijkzorg.prefix)
    residents, enough = Residents(wijkzorg), asyncio.Event()
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            play(CITY, doors, lambda _done, _total: None, lambda: (time.monotonic() - began) / SPREAD_SECONDS)
        )
        tasks.create_task(residents.report(enough))
        await eventually(lambda: owes_something(wijkzorg), "the city to owe something")
        for service in REBUILT:
            before = len(residents.reported)
            code, answer = await lived.replay(service)
            assert (code, answer["gelijk"]) == (0, True), answer
            assert len(residents.reported) > before, "residents went on meanwhile"
        await what_was_altered_is_found_and_swapped_out(lived)
        enough.set()
    for service in IN_THE_ORDER_OF_EVENTS:
        await wijkzorg.handled(service=service)
    assert await wijkzorg.ledger() == owed(CITY)
    await killed_it_goes_on(lived)
    assert (await lived.replay("reporting", "--drop", "--execute"))[1]["verwijderd"]
    assert not await lived.there(f"{wijkzorg.prefix}_reporting_before")


async def owes_something(wijkzorg: Wijkzorg) -> bool:
    """Whether anything came through all services."""
    return bool(await wijkzorg.fetch("select from bijdrage", service="reporting"))


async def what_was_altered_is_found_and_swapped_out(lived: Lived) -> None:
    """A row of reporting and one of billing, altered by hand while residents and providers go on."""
    altered, *_ = await lived.wijkzorg.fetch(
        "update melding set datum = datum - 1 where melding_id = (select min(melding_id) from melding)"
        " returning melding_id",
        service="reporting",
    )
    code, answer = await lived.replay("reporting", "--execute")
    assert (code, shown(answer)) == (1, {"melding": [{"sleutel": altered[0], "waar": "anders"}]})
    code, answer = await lived.replay("reporting")
    assert (code, shown(answer)) == (0, {}), "what took its place is what follows from the log"
    first = (await lived.wijkzorg.fetch("select aanbieder, plaats from gebruik order by 1, 2 limit 1"))[0]
    altering = "update gebruik set volume = volume + $3 where aanbieder = $1 and plaats = $2"
    await lived.wijkzorg.fetch(altering, *first, 1)
    code, answer = await lived.replay("billing")
    key = f"{first['aanbieder']}/{first['plaats']}"
    assert (code, shown(answer)) == (1, {"gebruik": [{"sleutel": key, "waar": "anders"}]})
    await lived.wijkzorg.fetch(altering, *first, -1)


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    """What is shown of what differs, by table."""
    return {one["naam"]: one["voorbeelden"] for one in answer["vergeleken"] if one["verschillen"]}


async def killed_it_goes_on(lived: Lived) -> None:
    """A replay of billing killed without warning, once it has a shadow; the next goes on with that, and is right."""
    shadow = f"{lived.wijkzorg.prefix}_billing_shadow"
    process = subprocess.Popen(  # noqa: ASYNC220 - it is killed while this loop looks on
        [str(WIJKZORG), "replay", "billing"],
        cwd=ROOT,
        env=lived.command.environment,
        stderr=subprocess.DEVNULL,
    )

    async def has_a_shadow() -> bool:
        return await lived.there(shadow)

    await eventually(has_a_shadow, "a shadow of billing")
    process.kill()
    process.wait()
    assert await lived.there(shadow)
    code, answer = await lived.replay("billing")
    assert (code, shown(answer)) == (0, {})
    assert not await lived.there(shadow)
