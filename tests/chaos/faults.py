"""What is done to a system under load. Every fault ends by itself, and says what it did and what that met."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.chaos.servers import Server
from tests.chaos.system import SERVICES, System
from tests.e2e import dumped
from tests.harness import Copy
from tests.process import eventually
from tests.proxy import Proxy

COPIES_MAX = 3
LOST_COMMITS = 5
READY_SECONDS_MAX = 30.0
TAKEN_OVER_SECONDS_MAX = 30.0
"""Longer than the session of a consumer, after which another one has its partitions."""
READS_NOTHING = "intake"
"""It has no partitions that another could get: it relays, by a session of PostgreSQL that outlives a short freeze."""
SESSIONS_END = 0.5
"""The part of the zombies whose sessions have ended when they wake; the others wake in the transaction they were in."""
RESTORED = ("billing", "reporting")
"""Whose database may be an older one without the others noticing; what owners of facts know comes first in it."""


class Done(NamedTuple):
    """What a fault did, in words, and how many processes, connections, answers or records it met; 0: it met nothing."""

    what: str
    met: int


Fault = Callable[[System, random.Random], Awaitable[Done]]


async def _copy_of(system: System, name: str) -> Copy:
    copies = system.running(name)
    return copies[-1] if copies else await system.start(name)


async def kill_a_service(system: System, chance: random.Random) -> Done:
    """kill -9, and another start."""
    copy = await _copy_of(system, chance.choice(SERVICES))
    met = system.connections_of(copy)
    await system.end(copy, signal.SIGKILL)
    await asyncio.sleep(pause := chance.uniform(0, 3))
    await system.start(copy.service, ready=False)
    return Done(f"{copy.service}, away {pause:.1f} s", met)


async def restart_a_service(system: System, chance: random.Random) -> Done:
    """Told to stop, and started."""
    copy = await _copy_of(system, chance.choice(SERVICES))
    met = system.connections_of(copy)
    await system.end(copy, signal.SIGTERM)
    await system.start(copy.service, ready=False)
    return Done(copy.service, met)


async def freeze_a_service(system: System, chance: random.Random) -> Done:
    """A zombie: frozen until another copy does its work, and then awake again; for some their sessions have ended."""
    name = chance.choice(SERVICES)
    zombie = await _copy_of(system, name)
    sessions_end = name == READS_NOTHING or chance.random() < SESSIONS_END
    zombie.signal(signal.SIGSTOP)
    frozen = time.monotonic()
    try:
        if sessions_end:
            await system.end_sessions(name)
        await system.start(name, ready=False)
        before = await system.handled_by(name)
        await _comes(lambda: system.has_handled_more(name, before), TAKEN_OVER_SECONDS_MAX)
        await asyncio.sleep(chance.uniform(0, 3))
        meanwhile = await system.handled_by(name) - before
    finally:
        zombie.wake()
    seconds = time.monotonic() - frozen
    await zombie.until(lambda: _is_about(zombie), "be about, awake again")
    await system.end(zombie, signal.SIGTERM)
    ended = ", its sessions ended" if sessions_end else ""
    return Done(
        f"{name}, {seconds:.1f} s{ended}; another copy handled {meanwhile} records meanwhile", meanwhile
    )


async def _is_about(copy: Copy) -> bool:
    """Whether it is ready to do harm, or has ended."""
    return copy.has_ended or await copy.is_ready()


async def _comes(question: Callable[[], Awaitable[bool]], seconds_max: float) -> bool:
    """Whether it comes true in time; a run goes on where it does not."""
    try:
        await eventually(question, "what may come", seconds_max)
    except AssertionError:
        return False
    return True


async def scale_a_service(system: System, chance: random.Random) -> Done:
    """Three copies for a while, and one again."""
    name = chance.choice(SERVICES)
    while len(system.running(name)) < COPIES_MAX:
        await system.start(name, ready=False)
    copies = list(system.running(name))
    ready = sum([await _comes(copy.is_ready, READY_SECONDS_MAX) for copy in copies])
    await asyncio.sleep(chance.uniform(1, 5))
    for copy in copies[1:]:
        await system.end(copy, signal.SIGTERM)
    return Done(f"{name}, {ready} copies ready", max(ready - 1, 0))


async def kill_kafka(system: System, chance: random.Random) -> Done:
    """kill -9, and started on the same log."""
    met = system.connections_to_kafka
    await system.servers.kafka.kill()
    await asyncio.sleep(seconds := chance.uniform(0, 4))
    await system.servers.kafka.start()
    return Done(f"away {seconds:.1f} s", met)


async def kill_postgresql(system: System, chance: random.Random) -> Done:
    """kill -9 of every one of its processes; it recovers by its own log."""
    met = system.connections_to_postgresql
    await system.servers.postgres.kill()
    await asyncio.sleep(seconds := chance.uniform(0, 4))
    await system.servers.postgres.start()
    return Done(f"away {seconds:.1f} s", met)


async def freeze_postgresql(system: System, chance: random.Random) -> Done:
    """Every connection stays, and nobody answers."""
    met = system.connections_to_postgresql
    return Done(await _frozen(system.servers.postgres, chance), met)


async def freeze_kafka(system: System, chance: random.Random) -> Done:
    """Every connection stays, and nobody answers."""
    met = system.connections_to_kafka
    return Done(await _frozen(system.servers.kafka, chance), met)


async def _frozen(server: Server, chance: random.Random) -> str:
    await server.freeze()
    try:
        await asyncio.sleep(seconds := chance.uniform(1, 8))
    finally:
        server.thaw()
    return f"{seconds:.1f} s"


async def run_out_of_connections(system: System, chance: random.Random) -> Done:
    """A service may have no connection more, and those that it has are ended."""
    name = chance.choice(SERVICES)
    async with system.admin() as admin:
        await admin.execute(f"alter role {name} connection limit 0")
        ended = await system.end_sessions(name)
        await asyncio.sleep(seconds := chance.uniform(1, 5))
        await admin.execute(f"alter role {name} connection limit -1")
    return Done(f"{name}, {seconds:.1f} s", ended)


async def lose_answers_to_commits(system: System, chance: random.Random) -> Done:
    """The commit is done, its answer never comes."""
    name = chance.choice(SERVICES)
    way = system.postgres[name]
    way.commits_to_lose = LOST_COMMITS
    await asyncio.sleep(chance.uniform(2, 5))
    lost, way.commits_to_lose = LOST_COMMITS - way.commits_to_lose, 0
    return Done(f"{name}, {lost} lost", lost)


async def restore_from_a_dump(system: System, chance: random.Random) -> Done:
    """The database of a service becomes what it was some seconds ago, under the service as it runs."""
    name = chance.choice(RESTORED)
    dsn = system.superuser_dsn(name)
    file = await dumped.dump(dsn, system.folder / f"{name}.dump")
    before = await system.handled_by(name)
    await asyncio.sleep(seconds := chance.uniform(2, 6))
    forgotten = await system.handled_by(name) - before
    await dumped.restore(dsn, file, owner=name)
    return Done(f"{name}, {seconds:.1f} s old, {forgotten} records handled since", forgotten)


async def cut_the_network(system: System, chance: random.Random) -> Done:
    """A service loses its way to Kafka or to its database, or both."""
    name, ways = _ways(system, chance)
    met = sum(way.connections for way in ways)
    for way in ways:
        await way.cut()
    await asyncio.sleep(seconds := chance.uniform(1, 6))
    for way in ways:
        await way.mend()
    return Done(f"{name}, {len(ways)} ways, {seconds:.1f} s", met)


async def slow_the_network(system: System, chance: random.Random) -> Done:
    """Whatever passes between a service and its Kafka or database takes long."""
    name, ways = _ways(system, chance)
    before = sum(way.held_up for way in ways)
    for way in ways:
        way.delay_seconds = chance.uniform(0.02, 0.3)
    await asyncio.sleep(seconds := chance.uniform(3, 8))
    for way in ways:
        way.delay_seconds = 0.0
    return Done(f"{name}, {len(ways)} ways, {seconds:.1f} s", sum(way.held_up for way in ways) - before)


async def silence_the_network(system: System, chance: random.Random) -> Done:
    """Nothing passes between a service and its Kafka or database, and nobody is told; then all of it does."""
    name, ways = _ways(system, chance)
    before = sum(way.held_up for way in ways)
    for way in ways:
        way.freeze()
    await asyncio.sleep(seconds := chance.uniform(2, 8))
    for way in ways:
        way.thaw()
    return Done(f"{name}, {len(ways)} ways, {seconds:.1f} s", sum(way.held_up for way in ways) - before)


def _ways(system: System, chance: random.Random) -> tuple[str, list[Proxy]]:
    name = chance.choice(SERVICES)
    ways = [system.kafka[name], system.postgres[name]]
    return name, chance.choice((ways, ways[:1], ways[1:]))


FAULTS: tuple[Fault, ...] = (
    kill_a_service,
    restart_a_service,
    freeze_a_service,
    scale_a_service,
    kill_kafka,
    freeze_kafka,
    kill_postgresql,
    freeze_postgresql,
    run_out_of_connections,
    lose_answers_to_commits,
    restore_from_a_dump,
    cut_the_network,
    slow_the_network,
    silence_the_network,
)
