"""What is done to a system under load. Every fault ends by itself, and says what it did and what that met."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.chaos.servers import Server
from tests.chaos.system import SERVICES, SESSION_SECONDS, System
from tests.e2e import dumped
from tests.harness import Copy
from tests.process import eventually
from tests.proxy import Proxy

COPIES_MAX = 3
LOST_COMMITS = 5
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
    name = chance.choice(SERVICES)
    await system.end(await _copy_of(system, name), signal.SIGKILL)
    await asyncio.sleep(pause := chance.uniform(0, 3))
    await system.start(name, ready=False)
    return Done(f"{name}, away {pause:.1f} s", 1)


async def restart_a_service(system: System, chance: random.Random) -> Done:
    """Told to stop, and started."""
    name = chance.choice(SERVICES)
    await system.end(await _copy_of(system, name), signal.SIGTERM)
    await system.start(name, ready=False)
    return Done(name, 1)


async def freeze_a_service(system: System, chance: random.Random) -> Done:
    """A zombie: frozen past its session while another does its work, and then awake again."""
    name = chance.choice(SERVICES)
    zombie = await _copy_of(system, name)
    zombie.signal(signal.SIGSTOP)
    try:
        await system.start(name, ready=False)
        await asyncio.sleep(seconds := SESSION_SECONDS + chance.uniform(1, 4))
    finally:
        zombie.wake()
    await eventually(lambda: _is_about(zombie), f"the zombie of {name} to be about")
    await system.end(zombie, signal.SIGTERM)
    return Done(f"{name}, {seconds:.1f} s", 1)


async def _is_about(copy: Copy) -> bool:
    """Whether it is ready to do harm, or has ended."""
    return copy.has_ended or await copy.is_ready()


async def scale_a_service(system: System, chance: random.Random) -> Done:
    """Three copies for a while, and one again."""
    name = chance.choice(SERVICES)
    await _copy_of(system, name)
    before = len(system.running(name))
    while len(system.running(name)) < COPIES_MAX:
        await system.start(name, ready=False)
    await asyncio.sleep(chance.uniform(1, 5))
    for copy in list(system.running(name))[1:]:
        await system.end(copy, signal.SIGTERM)
    return Done(name, COPIES_MAX - before)


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
        ended = await admin.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", name
        )
        await asyncio.sleep(seconds := chance.uniform(1, 5))
        await admin.execute(f"alter role {name} connection limit -1")
    return Done(f"{name}, {seconds:.1f} s", len(ended))


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
    handled = await system.handled_by(name)
    await asyncio.sleep(seconds := chance.uniform(2, 6))
    forgotten = await system.handled_by(name) - handled
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
    before = sum(way.slowed for way in ways)
    for way in ways:
        way.delay_seconds = chance.uniform(0.02, 0.3)
    await asyncio.sleep(seconds := chance.uniform(3, 8))
    for way in ways:
        way.delay_seconds = 0.0
    return Done(f"{name}, {len(ways)} ways, {seconds:.1f} s", sum(way.slowed for way in ways) - before)


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
)
