"""`python -m tests.chaos --minutes 10 --seed 7`: attack the system under load, then see whether every promise holds.

The seed decides the city (of the months before this one) and which faults come in which order, for how long and at whom; when exactly each of them meets
the system is for the machine to say.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local import jars, wheels
from shared import gemeente
from shared.kalender import local_month
from simulation import city as cities
from simulation import play
from simulation.values import City
from tests.chaos import checker
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.system import System
from wijkzorg import figures

CLIENTS_A_MINUTE = 120
MONTHS = 8
CALM_SECONDS_MAX = 3.0
NAMED = {fault.__name__: fault for fault in FAULTS}


def main() -> int:
    """0 where every promise held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long faults are injected")
    parser.add_argument("--seed", type=int, default=None, help="the same seed, the same city and faults")
    parser.add_argument("--only", nargs="+", choices=sorted(NAMED), help="these faults alone")
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # that Kafka is away now and then is no news here
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    _say(f"seed {seed}, {asked.minutes:g} minutes")
    with tempfile.TemporaryDirectory(prefix="chaos", ignore_cleanup_errors=True) as folder:
        report = asyncio.run(
            _run(Path(folder), asked.minutes, seed, [NAMED[name] for name in asked.only or NAMED])
        )
    print(json.dumps(report) if asked.json else _in_words(report))  # noqa: T201 - what was asked for
    return 0 if report["holds"] else 1


def chance_of(seed: float) -> random.Random:
    """The same seed, the same chances."""
    return random.Random(seed)  # noqa: S311 - a seed is the point


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - progress


def _city(minutes: float, seed: int) -> City:
    """A city of the months before this one: services have the system's clock, as a database restored must meet it."""
    clients = max(30, round(CLIENTS_A_MINUTE * minutes))
    return cities.plan(
        gemeente.load(None), clients=clients, months=MONTHS, seed=seed, clock=datetime.now(UTC)
    )


async def _run(folder: Path, minutes: float, seed: int, faults: Sequence[Fault]) -> dict[str, Any]:
    wheels.require_all()
    jars.obtain()
    folder.chmod(0o711)
    city = _city(minutes, seed)
    async with System(folder) as system:
        doors = play.Doors(
            system.services["intake"], system.services["indicatie"], system.servers.kafka_address, "chaos"
        )
        playing = asyncio.create_task(play.play(city, doors, lambda *_: None, spread_seconds=minutes * 60))
        injected = await _attack(system, chance_of(seed), minutes * 60, faults)
        calm = time.monotonic()
        await system.heal()
        await playing
        played = time.monotonic()
        await figures.all_is_handled(system.services)
        await figures.all_is_handled(system.services)
        recovered = time.monotonic()
        evidence = await checker.gather(
            system.wijkzorg, system.services, city, local_month(datetime.now(UTC))
        )
        found = checker.judge(evidence, checker.Truth.of(city, local_month(datetime.now(UTC))))
        fallen = system.fallen
    return {
        "seed": seed,
        "minutes": minutes,
        "holds": found.none and not fallen,
        "faults": dict(Counter(name for name, _ in injected)),
        "events": sum(map(len, evidence.sent.values())) + len(evidence.told),
        **found.summary(),
        "fellByThemselves": fallen,
        "secondsToPlayOut": round(played - calm, 1),
        "secondsToRecover": round(recovered - played, 1),
    }


async def _attack(
    system: System, chance: random.Random, seconds: float, faults: Sequence[Fault]
) -> list[tuple[str, str]]:
    """One fault after the other, with a little calm between them; what was done."""
    injected, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        fault, own = chance.choice(faults), chance_of(chance.random())
        what = await fault(system, own)
        injected.append((fault.__name__, what))
        _say(f"{fault.__name__}: {what}")
        await system.pick_up()
        await asyncio.sleep(own.uniform(0, CALM_SECONDS_MAX))
    return injected


def _in_words(report: dict[str, Any]) -> str:
    faults = ", ".join(f"{name} {count}" for name, count in sorted(report["faults"].items()))
    lines = [
        f"seed {report['seed']}, {report['minutes']:g} minutes, {report['events']} events",
        f"faults: {faults}",
        f"lost {report['lost']}, double {report['double']}, wrong {report['wrong']}",
        f"all handled {report['secondsToRecover']} s after the load ended, which went on {report['secondsToPlayOut']} s",
    ]
    lines += [f"{kind}: {one}" for kind, found in report["found"].items() for one in found]
    lines += [f"ended by itself: {one}" for one in report["fellByThemselves"]]
    verdict = "Every promise held." if report["holds"] else f"NOT EVERY PROMISE HELD: --seed {report['seed']}"
    return "\n".join([*lines, verdict])


if __name__ == "__main__":
    sys.exit(main())
