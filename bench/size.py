"""What the system takes: memory and processor of each process, disk of each database and topic, under two loads.

Run as `python -m bench.size [--events N] [--clients N] [--months N]`; it prints one JSON object. The loads are uses of
invented clients, as `bench.events` makes them, and a city that is played through the doors of the services.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import asyncpg

import local.state
from bench import events
from shared import gemeente
from shared.contracts.contract import GEBRUIK, INDICATIE, INTAKE
from shared.messaging import topics
from shared.messaging.producer import Message, Producer
from simulation import city as cities
from simulation import play
from simulation.values import City
from wijkzorg import figures, state
from wijkzorg.common import backends, prefix
from wijkzorg.processes import Processes, service_ports
from wijkzorg.up import everything

HOST = "127.0.0.1"
CHUNK = 5000
POLL_SECONDS = 0.5
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
BLOCK_BYTES = 512


class Sample(NamedTuple):
    """Of one process with its children: bytes that it alone takes, and seconds of processor until now."""

    memory: int
    processor: float


class Place:
    """The services and what they stand on, while they run; what they take is kept at its highest."""

    def __init__(self, folder: Path, processes: Processes, kafka: str) -> None:
        self.folder, self.urls, self.kafka = folder, processes.urls, kafka
        backend = local.state.read(folder)
        self.pids = {copy.name: copy.process.pid for copy in processes.copies if copy.process}
        self.pids |= {"kafka": backend["kafka_pid"], "postgres": backend["postgres_pid"]}
        self.peak: Counter[str] = Counter()

    def sample(self) -> dict[str, Sample]:
        """What each takes now."""
        samples = {name: _sample(pid) for name, pid in self.pids.items()}
        self.peak |= Counter({name: sample.memory for name, sample in samples.items()})
        return samples

    async def while_it_works(self, work: Awaitable[None]) -> float:
        """Do the work, and look on; the seconds until all of it is handled."""
        began = time.perf_counter()
        task = asyncio.ensure_future(work)
        while not task.done():
            self.sample()
            await asyncio.wait([task], timeout=POLL_SECONDS)
        task.result()
        await figures.all_is_handled(self.urls)
        self.sample()
        return time.perf_counter() - began


def _sample(pid: int) -> Sample:
    """What this process and its children take; pages that they share count once."""
    found = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    memory, ticks = 0, 0
    for one in found:
        try:
            memory += _kilobytes(Path(f"/proc/{one}/smaps_rollup").read_text(), "Pss:") * 1024
            times = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended; its parent knows what it took
            continue
        ticks += sum(map(int, times[11:15] if one == pid else times[11:13]))
    return Sample(memory, ticks / TICKS_A_SECOND)


def _kilobytes(text: str, name: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))


async def _databases(dsn: str) -> dict[str, int]:
    """The bytes of each service's database, once PostgreSQL has written what it holds."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("checkpoint")
        names = "select datname, pg_database_size(datname) from pg_database where datname like $1"
        rows = await connection.fetch(names, prefix().replace("-", "\\_") + "\\_%")
        return {row[0]: row[1] for row in rows}
    finally:
        await connection.close()


def _topics(folder: Path) -> dict[str, int]:
    """The bytes on disk of each family of topics."""
    sizes: Counter[str] = Counter()
    for partition in (folder / "kafka").glob(f"{prefix()}.*-*"):
        written = sum(file.stat().st_blocks * BLOCK_BYTES for file in partition.glob("*.log"))
        sizes[_family(partition.name.rpartition("-")[0])] += written
    return dict(sizes)


async def _records(kafka: str) -> dict[str, int]:
    """How many records each family of topics has had."""
    counts: Counter[str] = Counter()
    ends = topics.Ends(kafka)
    try:
        for partition, end in (await ends.read(rf"^{prefix()}\.")).items():
            counts[_family(partition.topic)] += end
    finally:
        await ends.close()
    return dict(counts)


def _family(topic: str) -> str:
    """The name of a topic, without the provider that it is of."""
    return topic if not topic.rpartition(".")[2].isdigit() else topic.rpartition(".")[0]


async def _measure(place: Place, dsn: str, work: Callable[[Place], Awaitable[None]]) -> dict[str, object]:
    before, disk, logs = place.sample(), await _databases(dsn), _topics(place.folder)
    at_rest = {name: sample.memory for name, sample in before.items()}
    seconds = await place.while_it_works(work(place))
    after = place.sample()
    return {
        "seconds": round(seconds, 1),
        "records": await _records(place.kafka),
        "megabytesAtRest": _megabytes(at_rest),
        "megabytesMost": _megabytes(place.peak),
        "processorSeconds": {n: round(s.processor - before[n].processor, 1) for n, s in after.items()},
        "databaseMegabytes": _megabytes(await _databases(dsn), disk),
        "topicMegabytes": _megabytes(_topics(place.folder), logs),
    }


def _megabytes(now: Mapping[str, int], before: Mapping[str, int] | None = None) -> dict[str, float]:
    return {name: round((size - (before or {}).get(name, 0)) / 1e6, 1) for name, size in now.items()}


async def _facts(place: Place, count: int) -> None:
    intake, indicatie = topics.topic_name(prefix(), INTAKE), topics.topic_name(prefix(), INDICATIE)
    await _send(place.kafka, events.facts(count, intake, indicatie))
    for agb in events.PROVIDERS:
        await topics.declare_aanbieder(place.kafka, prefix(), agb)
    await figures.all_is_handled(place.urls)


async def _uses(place: Place, count: int) -> None:
    made = (
        Message(topics.topic_name(prefix(), GEBRUIK, agb), agb, value) for agb, value in events.uses(count)
    )
    await _send(place.kafka, made)


async def _send(kafka: str, messages: Iterator[Message]) -> None:
    async with Producer(kafka) as producer:
        while batch := list(islice(messages, CHUNK)):
            await producer.send(batch)


async def _city(place: Place, city: City) -> None:
    doors = play.Doors(place.urls["intake"], place.urls["indicatie"], place.kafka, prefix())
    await play.play(city, doors, lambda _done, _total: None)


def _run(
    folder: Path, load: Callable[[Place, str], Coroutine[None, None, dict[str, object]]]
) -> dict[str, object]:
    ports = dict.fromkeys(service_ports(), 0)
    with backends(folder) as found, everything(folder, HOST, ports, 1) as (processes, kafka):
        return asyncio.run(load(Place(folder, processes, kafka), found.postgres_dsn))


def main(arguments: list[str]) -> dict[str, object]:
    """Both loads, each in a new folder on a new Kafka and PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--months", type=int, default=12)
    asked = parser.parse_args(arguments)
    city = cities.plan(gemeente.load(None), clients=asked.clients, months=asked.months, seed=2)

    async def uses(place: Place, dsn: str) -> dict[str, object]:
        await _facts(place, asked.events)
        return await _measure(place, dsn, lambda place: _uses(place, asked.events))

    async def lives(place: Place, dsn: str) -> dict[str, object]:
        return await _measure(place, dsn, lambda place: _city(place, city))

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        city_folder = Path(folder) / "city"
        city_folder.mkdir()
        state.write_demo(city_folder, state.Demo(asked.clients, asked.months, 2, city.clock))
        return {
            "asked": vars(asked),
            "uses": _run(Path(folder) / "uses", uses),
            "city": _run(city_folder, lives),
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:]), indent=1) + "\n")
