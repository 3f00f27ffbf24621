"""`make chaos ARGS="--minutes 10 --seed 7"`: attack the system under load, then see whether the promises hold.

The seed and the month decide the city, and which faults come in which order, at whom, for how long, and after which
part of the play. What falls between is the machine's: which request or batch a fault meets is never twice the same.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local import jars, wheels
from shared import gemeente
from shared.kalender import Month, first_day, format_month, local_month, midnight, parse_month
from simulation import city as cities
from simulation import play
from simulation.values import City
from tests.chaos import attack, checker
from tests.chaos.evidence import gather
from tests.chaos.faults import FAULTS
from tests.chaos.system import RECOVERY_SECONDS_MAX, System
from tests.chaos.truth import Truth
from wijkzorg import figures

CLIENTS_A_MINUTE, CLIENTS_MIN = 120, 30
MONTHS = 8
AWAY_SECONDS_MAX = 900.0
"""For so long the play asks again what is away: a machine that is slow is no fault of the system."""
PLAY_OUT_SECONDS_MAX = 2 * AWAY_SECONDS_MAX
NAMED = {fault.__name__: fault for fault in FAULTS}


def main() -> int:
    """0 where every promise held."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the city is played under faults")
    parser.add_argument("--seed", type=int, default=None, help="the same seed, the same city and faults")
    parser.add_argument(
        "--until",
        type=parse_month,
        default=Month(local_month(datetime.now(UTC)) - 1),
        metavar="YYYY-MM",
        help="the last month that is played; the one before this unless told otherwise",
    )
    parser.add_argument("--only", nargs="+", choices=sorted(NAMED), help="these faults alone")
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    asked = parser.parse_args()
    # That Kafka is away now and then is no news here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    again = f"--minutes {asked.minutes:g} --seed {seed} --until {format_month(asked.until)}"
    again += f" --only {' '.join(asked.only)}" if asked.only else ""
    _say(again)
    planned = attack.order(seed, asked.minutes, [NAMED[name] for name in asked.only or NAMED])
    with tempfile.TemporaryDirectory(prefix="chaos", ignore_cleanup_errors=True) as folder:
        city = city_of(asked.minutes, seed, asked.until)
        try:
            report = {"again": again} | asyncio.run(_run(Path(folder), city, asked.minutes * 60, planned))
        except BaseException as error:
            error.add_note(f'The run was broken off. Again: make chaos ARGS="{again}"')
            raise
    sys.stdout.write(f"{json.dumps(report) if asked.json else _in_words(report)}\n")
    return 0 if report["holds"] else 1


def _say(sentence: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {sentence}\n")


def city_of(minutes: float, seed: int, until: Month) -> City:
    """A city of months that are over: services have the system's clock, as a database restored must meet it."""
    clients = max(CLIENTS_MIN, round(CLIENTS_A_MINUTE * minutes))
    clock = midnight(first_day(Month(until + 1)))
    return cities.plan(gemeente.load(None), clients=clients, months=MONTHS, seed=seed, clock=clock)


async def _run(folder: Path, city: City, seconds: float, planned: Sequence[attack.Planned]) -> dict[str, Any]:
    wheels.require_all()
    jars.obtain()
    folder.chmod(0o711)
    async with System(folder) as system:
        asked, kafka = system.services, system.servers.kafka_address
        doors = play.Doors(asked["intake"], asked["indicatie"], kafka, "chaos", AWAY_SECONDS_MAX)
        course = attack.Course(seconds, len(planned))
        course.playing = asyncio.create_task(play.play(city, doors, course.note, course.pace))
        injected = await attack.attack(system, planned, course, _say)
        calm = time.monotonic()
        await system.heal()
        await _played_out(course.playing)
        played = time.monotonic()
        for _ in range(2):  # what one has still to tell when it is asked, the others handle after it
            await figures.all_is_handled(system.services)
        recovered = time.monotonic()
        now = local_month(datetime.now(UTC))
        evidence = await gather(system.wijkzorg, system.services, city, now)
        found = checker.judge(evidence, Truth.of(city, now))
        fallen = system.fallen
    return {
        "holds": found.none and not fallen,
        "faults": attack.summary(injected),
        "events": evidence.events,
        **found.summary(),
        "fellByThemselves": fallen,
        "recoverySecondsMax": RECOVERY_SECONDS_MAX,
        "secondsToPlayOut": round(played - calm, 1),
        "secondsToRecover": round(recovered - played, 1),
    }


async def _played_out(playing: "asyncio.Task[None]") -> None:
    """Wait for the rest of the play. Raises TimeoutError where that takes longer than anything in it may."""
    done, _ = await asyncio.wait({playing}, timeout=PLAY_OUT_SECONDS_MAX)
    if not done:
        raise TimeoutError(f"The play did not end within {PLAY_OUT_SECONDS_MAX:.0f} s after the last fault.")
    playing.result()


def _in_words(report: dict[str, Any]) -> str:
    lines = [report["again"], f"{report['events']} events; faults:"]
    lines += [attack.in_words(name, one) for name, one in report["faults"].items()]
    lines += [
        f"lost {report['lost']}, double {report['double']}, wrong {report['wrong']}",
        f"all handled {report['secondsToRecover']} s after the load ended, which went on {report['secondsToPlayOut']} s",
    ]
    lines += [f"{kind}: {one}" for kind, found in report["found"].items() for one in found]
    lines += [f"ended by itself: {one}" for one in report["fellByThemselves"]]
    lines.append("All held that the check looks at." if report["holds"] else "NOT EVERY PROMISE HELD. Again:")
    lines += [] if report["holds"] else [f'  make chaos ARGS="{report["again"]}"']
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
