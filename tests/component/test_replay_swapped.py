"""A swap in the midst of things: what people do and owners erase until the rebuilt database is live, none of it is lost."""

import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from local import Backends
from tests.component.replayed import Replayed, silent
from tests.component.stream import waiting_in
from tests.conftest import database_dsn
from tests.e2e import samples
from tests.harness import Wijkzorg, eventually
from tests.process import Copy
from wijkzorg import databases, replay
from wijkzorg import shadow as shadows
from wijkzorg.common import CommandError
from wijkzorg.shadow import Shadow

REPLAY = """
import asyncio, sys
from wijkzorg.replay import Place, run
asyncio.run(run(eval(sys.argv[1]), lambda _done, _total: None, execute=True))
"""
BY = {"door": "B. Beheerder", "reden": "overleg met de afdeling"}


class Swapped:
    """Reporting with one household in a dead letter, and the shadow that is to take its place."""

    def __init__(self, replayed: Replayed) -> None:
        self.wijkzorg, self.place = replayed.wijkzorg, replayed.place("reporting")
        household, *_ = samples.facts()
        self.household = self.wijkzorg.message(household)

    async def rebuilt(self) -> Shadow:
        """A shadow that has been compared, and found the same."""
        owner = await databases.owner_of(self.place.admin_dsn, self.place.live)
        assert owner
        await databases.make_shadow(self.place.admin_dsn, self.place.shadow, owner)
        shadow = replay.shadow_of(self.place, owner, silent)
        assert not any(one.differing for one in (await shadow.rebuild()).values())
        return shadow

    async def put_in_place(self, shadow: Shadow) -> None:
        """Swap, and have reporting find it."""
        await replay.put_in_place(self.place, shadow)
        await self.handled()

    async def act(self, what: str, **body: Any) -> httpx.Response:
        """Do something about the dead letter."""
        _, partition, offset = self.letter
        place = f"{self.household.topic}/{partition}/{offset}"
        return await self.reporting.post(f"/v1/dood/{place}/{what}", BY | body)

    async def mend(self) -> httpx.Response:
        """Mend the dead letter by the household as it should have been."""
        return await self.act("herstel", bytes=base64.b64encode(self.household.value or b"").decode())

    @property
    def reporting(self) -> Copy:
        """The one copy of reporting."""
        return self.wijkzorg.running_of("reporting")[0]

    async def handled(self) -> None:
        """Wait until reporting has handled all there is."""
        await self.wijkzorg.handled(service="reporting")

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the live database."""
        return [tuple(row) for row in await self.wijkzorg.fetch(query, service="reporting")]

    async def begin(self) -> None:
        """Have reporting refuse the household, and nothing else."""
        await self.wijkzorg.start("reporting")
        await self.wijkzorg.publish(samples.facts()[1:])
        await self.wijkzorg.send([self.household._replace(value=b"{")])
        await self.handled()
        [self.letter] = await self.fetch('select topic, partition, "offset" from dead_letter')

    async def acts(self) -> list[tuple[Any, ...]]:
        """What was done, and whether the bytes for it are kept."""
        return await self.fetch("select act, value is not null from intervention order by id")

    async def households(self) -> int:
        """How many households reporting knows."""
        return len(await self.fetch("select from feit where sleutel like '%huishouden%'"))


@pytest.fixture
async def swapped(wijkzorg: Wijkzorg, backends: Backends) -> AsyncIterator[Swapped]:
    await wijkzorg.database("reporting")
    own = Swapped(Replayed(wijkzorg, backends))
    await own.begin()
    yield own
    await databases.drop(own.place.admin_dsn, [own.place.shadow, own.place.before])


async def test_what_is_mended_after_the_comparison_is_a_fact_after_the_swap(swapped: Swapped) -> None:
    shadow = await swapped.rebuilt()
    assert (await swapped.mend()).json()["uitgevoerd"]
    assert await swapped.households() == 1
    await swapped.put_in_place(shadow)
    assert await swapped.households() == 1
    assert await swapped.acts() == [("hersteld", True)]
    assert await swapped.fetch("select besluit from dead_letter") == [("hersteld",)]


@pytest.mark.parametrize("when", ["before the comparison", "after it"])
async def test_bytes_that_are_erased_before_the_swap_are_nowhere_after_it(
    swapped: Swapped, when: str
) -> None:
    if when == "before the comparison":
        assert (await swapped.mend()).json()["uitgevoerd"]
    shadow = await swapped.rebuilt()
    if when == "after it":
        assert (await swapped.mend()).json()["uitgevoerd"]
    await swapped.wijkzorg.send([swapped.household._replace(value=None)])
    await swapped.handled()
    assert await swapped.acts() == [("hersteld", False)]
    await swapped.put_in_place(shadow)
    assert await swapped.acts() == [("hersteld", False)]
    assert await swapped.fetch("select besluit, value from dead_letter") == [("gewist", None)]
    assert await swapped.households() == 0


async def test_a_letter_that_only_the_rebuilt_database_has_stays_and_one_that_it_lacks_is_erased_with_its_bytes(
    swapped: Swapped,
) -> None:
    assert (await swapped.mend()).json()["uitgevoerd"]
    shadow = await swapped.rebuilt()
    connection = await asyncpg.connect(database_dsn(swapped.place.admin_dsn, swapped.place.shadow))
    await connection.execute("delete from dead_letter")  # as where compaction took the record
    await connection.execute(
        "insert into dead_letter values ('own.intake', 0, 7, now(), null, null, 'onleesbaar', null, '', now())"
    )
    await connection.close()
    await swapped.wijkzorg.send([swapped.household._replace(value=None)])
    await swapped.handled()
    await swapped.put_in_place(shadow)
    assert await swapped.acts() == [("hersteld", False)]
    assert await swapped.fetch("select topic, besluit from dead_letter order by besluit") == [
        (swapped.household.topic, "gewist"),
        ("own.intake", None),
    ]


async def test_an_act_while_databases_are_swapped_is_not_done_and_can_be_asked_again(
    swapped: Swapped,
) -> None:
    shadow, place = await swapped.rebuilt(), swapped.place
    async with shadow.taken_over() as live:
        acting = asyncio.create_task(swapped.mend())
        looking = asyncio.create_task(swapped.act("bytes"))

        async def both_wait() -> bool:
            return await waiting_in(live) >= len((acting, looking))

        await eventually(both_wait, "the acts to wait for the swap")
        await databases.swap(place.admin_dsn, place.live, place.shadow, place.before, live)
    assert [(await one).status_code for one in (acting, looking)] == [503, 503]
    await swapped.handled()
    assert await swapped.acts() == []
    assert (await swapped.mend()).json()["uitgevoerd"]
    assert (await swapped.act("bytes")).status_code == httpx.codes.OK
    assert await swapped.acts() == [("hersteld", True), ("bekeken", False)]
    assert await swapped.households() == 1


async def test_where_the_session_that_holds_off_the_others_is_lost_nothing_is_swapped(
    swapped: Swapped,
) -> None:
    shadow, place = await swapped.rebuilt(), swapped.place
    async with shadow.taken_over() as live:
        await swapped.fetch(f"select pg_terminate_backend({live.get_server_pid()})")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await databases.swap(place.admin_dsn, place.live, place.shadow, place.before, live)
    assert await databases.owner_of(place.admin_dsn, place.before) is None
    assert (await swapped.mend()).json()["uitgevoerd"]
    await swapped.put_in_place(shadow)
    assert await swapped.households() == 1


async def test_who_acts_while_a_swap_takes_too_long_waits_no_longer_than_its_limit_and_nothing_is_swapped(
    swapped: Swapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow, place = await swapped.rebuilt(), swapped.place
    monkeypatch.setattr(shadows, "HELD_SECONDS_MAX", 1)
    async with shadow.taken_over() as live:
        assert (await swapped.mend()).json()["uitgevoerd"]
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await databases.swap(place.admin_dsn, place.live, place.shadow, place.before, live)
    assert await databases.owner_of(place.admin_dsn, place.before) is None
    assert await swapped.households() == 1


async def test_where_what_came_meanwhile_cannot_be_taken_over_in_time_nothing_is_swapped(
    swapped: Swapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow, place = await swapped.rebuilt(), swapped.place
    connection = await asyncpg.connect(database_dsn(place.admin_dsn, place.shadow))
    monkeypatch.setattr(shadows, "TAKE_OVER_SECONDS_MAX", 1.0)
    async with connection.transaction():
        await connection.execute("lock table dead_letter")
        with pytest.raises(CommandError, match="could not be taken over within 1 s"):
            await replay.put_in_place(place, shadow)
    await connection.close()
    assert (await swapped.mend()).json()["uitgevoerd"]
    await swapped.put_in_place(shadow)
    assert await swapped.acts() == [("hersteld", True)]


async def test_a_live_database_that_a_newer_version_made_over_after_the_comparison_is_not_swapped(
    swapped: Swapped,
) -> None:
    shadow = await swapped.rebuilt()
    await swapped.wijkzorg.fetch(
        "insert into schema_migration values ('reporting/9999_newer.sql', 'its-sha')", service="reporting"
    )
    with pytest.raises(CommandError, match="made by another version"):
        await replay.put_in_place(swapped.place, shadow)
    assert (await swapped.mend()).json()["uitgevoerd"]


async def test_a_replay_that_is_killed_while_it_holds_the_live_database_lets_it_go(swapped: Swapped) -> None:
    shadow, place = await swapped.rebuilt(), swapped.place
    connection = await asyncpg.connect(database_dsn(place.admin_dsn, place.shadow))

    async def held() -> bool:
        return bool(
            await swapped.fetch(
                "select from pg_locks where mode = 'ExclusiveLock' and granted and relation = 'position'::regclass"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        )

    async def let_go() -> bool:
        return not await held()

    async with connection.transaction():
        # Handling goes on beside this lock; taking over, which sets a trigger aside, does not.
        await connection.execute("lock table intervention in row exclusive mode")
        process = subprocess.Popen([sys.executable, "-c", REPLAY, repr(place)])  # noqa: ASYNC220 - it is killed
        await eventually(held, "the live database to be held")
        process.kill()
        process.wait()
        await eventually(let_go, "the live database to be let go")
    await connection.close()
    assert await databases.owner_of(place.admin_dsn, place.before) is None
    assert (await swapped.mend()).json()["uitgevoerd"]
    await swapped.put_in_place(shadow)
    assert await swapped.acts() == [("hersteld", True)]


async def test_of_two_replays_of_a_service_at_once_the_second_does_nothing(swapped: Swapped) -> None:
    await swapped.rebuilt()
    place = swapped.place
    connection = await asyncpg.connect(database_dsn(place.admin_dsn, place.shadow))

    async def waits() -> bool:
        return await waiting_in(connection) == 1

    async with connection.transaction():
        await connection.execute("lock table position")
        first = asyncio.create_task(replay.run(place, silent))
        await eventually(waits, "the first replay to be in the midst of it")
        with pytest.raises(CommandError, match="Another replay of reporting is going on"):
            await replay.run(place, silent, anew=True, execute=True)
        with pytest.raises(CommandError, match="Another replay of reporting is going on"):
            await replay.drop(place, execute=True)
    await connection.close()
    assert (await first)["gelijk"]
    assert (await replay.run(place, silent))["gelijk"], "once it is over, another can begin"
