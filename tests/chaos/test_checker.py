"""The checker finds what is planted in a real system that was right: something lost, something double, something wrong."""

import json
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local import Backends
from shared import gemeente
from shared.contracts.contract import BIJDRAGE, ONTVANGST
from shared.kalender import local_month
from shared.messaging.producer import Message
from simulation import city as cities
from simulation import play
from simulation.values import City
from tests.chaos import checker
from tests.chaos.checker import Findings
from tests.chaos.evidence import Evidence, gather
from tests.chaos.system import SERVICES
from tests.chaos.truth import Truth
from tests.conftest import own_databases, own_wijkzorg
from tests.harness import Wijkzorg
from wijkzorg import figures

pytestmark = pytest.mark.city
CLIENTS, MONTHS, SEED = 25, 4, 13


class Played:
    """A small city that was played, in a system that runs."""

    def __init__(self, wijkzorg: Wijkzorg, city: City, services: dict[str, str]) -> None:
        self.wijkzorg, self.city, self.services = wijkzorg, city, services
        self.now = local_month(datetime.now(UTC))
        self.known = Truth.of(city, self.now)

    async def evidence(self) -> Evidence:
        """What it shows now."""
        return await gather(self.wijkzorg, self.services, self.city, self.now)

    async def found(self) -> Findings:
        """What the checker says of it now."""
        return checker.judge(await self.evidence(), self.known)

    async def last(self, topic: str) -> Any:
        """The last event on a topic that somebody charged or judged."""
        return json.loads((await self.wijkzorg.records(topic))[-1].value)


@pytest.fixture
async def played(backends: Backends) -> AsyncIterator[Played]:
    city = cities.plan(gemeente.load(None), clients=CLIENTS, months=MONTHS, seed=SEED)
    async with own_databases(backends) as databases, own_wijkzorg(backends, databases) as wijkzorg:
        copies = [await wijkzorg.start(name, WIJKZORG_CLOCK=None) for name in SERVICES]
        services = {copy.service: copy.url for copy in copies}
        doors = play.Doors(services["intake"], services["indicatie"], wijkzorg.kafka, wijkzorg.prefix)
        await play.play(city, doors, lambda *_: None)
        await figures.all_is_handled(services)
        yield Played(wijkzorg, city, services)


def _first_line(of: Evidence) -> dict[str, Any]:
    """The first line that any household has."""
    line: dict[str, Any] = next(iter(of.households.values()))[0]["regels"][0]
    return line


def _first_verdicts(of: Evidence) -> list[dict[str, Any]]:
    return next(lines for lines in of.verdicts.values() if lines)


def _a_line_is_not_told(of: Evidence) -> None:
    of.lines.remove(next(event for event in of.lines if event["type"] == checker.CHARGE))


def _a_line_says_otherwise(of: Evidence) -> None:
    _first_line(of)["wet"] = "Wmo 2015, art. 1"


def _a_line_is_caused_by_nothing(of: Evidence) -> None:
    _first_line(of)["aanleiding"].append("nothing")


def _a_line_is_lost(of: Evidence) -> None:
    next(iter(of.households.values()))[0]["regels"].clear()


def _a_record_is_lost(of: Evidence) -> None:
    next(found for found in of.sent.values() if found).pop()


def _a_verdict_is_told_otherwise(of: Evidence) -> None:
    _first_verdicts(of).append(_first_verdicts(of)[0] | {"uitleg": "anders"})


def _a_verdict_is_answered_otherwise(of: Evidence) -> None:
    next(found for found in of.judged.values() if found)[0]["versie"] += 1


def _a_verdict_is_answered_twice(of: Evidence) -> None:
    found = next(found for found in of.judged.values() if found)
    found.append(found[0])


def _a_versie_is_given_twice(of: Evidence) -> None:
    key, value = next((key, value) for key, value in of.told if value and b'"versie"' in value)
    of.told.append((key, json.dumps(json.loads(value or b"") | {"id": "planted"}).encode()))


def _a_name_is_told(of: Evidence) -> None:
    of.told.append(("planted", b'{"id": "planted", "data": {"naam": "Verzonnen"}}'))


def _a_use_is_counted_twice(of: Evidence) -> None:
    month = next(month for row in of.wijken["wijken"] for month in row["maanden"] if month["gebruik"])
    month["gebruik"] += 1


def _a_dead_letter_is_gone(of: Evidence) -> None:
    of.dead_letters -= 1


PLANTED: dict[str, tuple[Callable[[Evidence], None], str]] = {
    "lost": (_a_record_is_lost, "records are not on its topic"),
    "a line untold": (_a_line_is_not_told, "was never told"),
    "a line lost": (_a_line_is_lost, "is not in the ledger"),
    "a line changed": (_a_line_says_otherwise, "is told otherwise than it is"),
    "a line without cause": (_a_line_is_caused_by_nothing, "does not explain itself"),
    "two verdicts": (_a_verdict_is_told_otherwise, "has two verdicts of versie"),
    "another verdict answered": (_a_verdict_is_answered_otherwise, "is answered otherwise"),
    "a verdict answered twice": (_a_verdict_is_answered_twice, "answers 1 verdicts twice"),
    "a versie twice": (_a_versie_is_given_twice, "was told 2 times as versie"),
    "a name": (_a_name_is_told, "1 records hold a name"),
    "a figure": (_a_use_is_counted_twice, "reporting has"),
    "a dead letter": (_a_dead_letter_is_gone, "dead letters"),
}


async def test_what_is_planted_is_found(played: Played) -> None:
    right = await played.evidence()
    assert checker.judge(right, played.known) == Findings()
    assert played.known.unreadable, "a city without a record that nobody can read tries nothing"
    for name, (plant, said) in PLANTED.items():
        planted = deepcopy(right)
        plant(planted)
        found = checker.judge(planted, played.known)
        assert any(said in one for one in (*found.lost, *found.double, *found.wrong)), name

    wijkzorg, agb = played.wijkzorg, played.city.aanbieders[0]
    line = await played.last(wijkzorg.topic(BIJDRAGE))
    twice = line | {"id": "planted", "data": line["data"] | {"bijdrageId": line["id"]}}
    await wijkzorg.send([Message(wijkzorg.topic(BIJDRAGE), "planted", json.dumps(twice).encode())])
    found = await played.found()
    assert len(found.double) >= 1
    assert line["data"]["huishoudenId"] in found.double[0]

    receipt = await played.last(wijkzorg.topic(ONTVANGST, agb))
    judged = receipt["data"]["oordelen"][-1]
    other = "afgewezen" if judged["oordeel"] != "afgewezen" else "geaccepteerd"
    wrong = judged | {"oordeel": other, "versie": judged["versie"] + 1}
    planted_receipt = receipt | {"id": "planted", "data": receipt["data"] | {"oordelen": [wrong]}}
    await wijkzorg.send(
        [Message(wijkzorg.topic(ONTVANGST, agb), "planted", json.dumps(planted_receipt).encode())]
    )
    found = await played.found()
    assert f"record {judged['plaats']} of {agb} is {other}, and should be {judged['oordeel']}" in found.wrong

    sent = dict(played.known.sent) | {agb: [*played.known.sent[agb], (b"one more", "afgewezen")]}
    more = replace(played.known, sent=sent, granted=played.known.granted | {"granted/1"})
    assert checker.judge(right, more).lost == [
        f"of what {agb} sent 1 records are not on its topic",
        f"record {len(played.known.sent[agb])} of {agb} has no verdict",
        "granted/1 was granted, and never told",
    ]
