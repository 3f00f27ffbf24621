"""Whether every promise holds, by what is on the topics and what the APIs answer, beside what the generator knows.

`gather` reads, `judge` compares: so that evidence of a fault can be planted, and must be found.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from shared.contracts.contract import BIJDRAGE, GEBRUIK, INDICATIE, INTAKE, ONTVANGST, TYPE_PREFIX
from shared.kalender import Month
from simulation import errands, truth
from simulation.messages import records
from simulation.values import City
from tests.harness import Wijkzorg
from wijkzorg import diep, figures

Wire = dict[str, Any]
SHOWN = 10
"""Of each kind of finding so many are named; all are counted."""
WIRE_VERDICT = {"inAfwachting": "in_afwachting"}
KEPT_UNDER = {
    "/v1/meldingen": f"{TYPE_PREFIX}melding-ontvangen/{{meldingId}}",
    "/v1/indicaties": f"{TYPE_PREFIX}indicatie-afgegeven/{{beschikkingNummer}}",
}
"""What is granted, and the key under which its service must have told it."""


@dataclass(frozen=True)
class Truth:
    """What the generator knows: what each provider sent, with its verdict; who owes what; what was granted."""

    sent: Mapping[str, Sequence[tuple[bytes | None, str]]]
    owed: Mapping[tuple[str, str], int]
    granted: frozenset[str]

    @classmethod
    def of(cls, city: City, now: Month) -> "Truth":
        """Of a city that is played to its end, in the month in which it is looked at."""
        asked = [errand for circle in city.circles for errand in errands.of_circle(city, circle)]
        return cls(
            {
                agb: [(r.value, WIRE_VERDICT.get(r.oordeel, r.oordeel)) for r in told]
                for agb, told in records(city).items()
            },
            truth.owed(city, now),
            frozenset(
                KEPT_UNDER[errand.path].format_map(
                    {name: quote(str(part), safe="") for name, part in errand.body.items()}
                )
                for errand in asked
                if errand.path in KEPT_UNDER and not errand.wrong
            ),
        )


@dataclass
class Evidence:
    """What the system shows: records of topics as they lie, and answers of APIs."""

    sent: dict[str, list[bytes | None]]
    verdicts: dict[str, list[Wire]]
    lines: list[Wire]
    told: list[tuple[str, bytes | None]]
    ledger: list[tuple[tuple[str, str], int]]
    controls: dict[str, list[Wire]]


@dataclass
class Findings:
    """What does not hold, in words: what is lost, what is there twice, and what is wrong."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        """Whether every promise holds."""
        return not (self.lost or self.double or self.wrong)

    def summary(self) -> dict[str, Any]:
        """How many of each, and the first of them."""
        kinds = {"lost": self.lost, "double": self.double, "wrong": self.wrong}
        counts = {kind: len(found) for kind, found in kinds.items()}
        return counts | {"found": {kind: found[:SHOWN] for kind, found in kinds.items() if found}}


async def gather(wijkzorg: Wijkzorg, services: Mapping[str, str], city: City, now: Month) -> Evidence:
    """Read every topic whole, and ask every service."""
    told: list[tuple[str, bytes | None]] = []
    for owned in (INTAKE, INDICATIE):
        told += [(r.key.decode(), r.value) for r in await wijkzorg.records(wijkzorg.topic(owned))]
    return Evidence(
        sent={
            agb: [r.value for r in await wijkzorg.records(wijkzorg.topic(GEBRUIK, agb))]
            for agb in city.aanbieders
        },
        verdicts={
            agb: [line for data in await wijkzorg.told(ONTVANGST, agb) for line in data["oordelen"]]
            for agb in city.aanbieders
        },
        lines=[json.loads(r.value) for r in await wijkzorg.records(wijkzorg.topic(BIJDRAGE))],
        told=told,
        ledger=await figures.ledger_rows(services["billing"], range(figures.SINCE, now + 1)),
        controls=(await asyncio.to_thread(diep.check, services))["controles"],
    )


def judge(evidence: Evidence, known: Truth) -> Findings:
    """Everything that differs from what is known, or that two sources say differently."""
    found = Findings()
    for agb, sent in known.sent.items():
        _judge_sent(found, agb, evidence.sent.get(agb, []), [value for value, _ in sent])
        _judge_verdicts(found, agb, evidence.verdicts.get(agb, []), [oordeel for _, oordeel in sent])
    _judge_told(found, evidence.told, known.granted)
    _judge_amounts(found, "ledger", _once(found, evidence.ledger), known.owed)
    _judge_amounts(found, "topic", dict(_of_topic(found, evidence.lines)), known.owed)
    for service, checks in evidence.controls.items():
        found.wrong += [
            f"{service} says of its {one['naam']}: {one['uitleg']}" for one in checks if not one["goed"]
        ]
    return found


def _judge_sent(
    found: Findings, agb: str, there: Sequence[bytes | None], sent: Sequence[bytes | None]
) -> None:
    if len(there) < len(sent):
        found.lost.append(f"of what {agb} sent {len(sent) - len(there)} records are not on its topic")
    if len(there) > len(sent):
        found.double.append(f"{agb} has {len(there) - len(sent)} records more on its topic than it sent")
    differing = sum(one != other for one, other in zip(there, sent, strict=False))
    if differing:
        found.wrong.append(f"{differing} records of {agb} are not what it sent there")


def _judge_verdicts(found: Findings, agb: str, lines: Iterable[Wire], expected: Sequence[str]) -> None:
    newest: dict[int, Wire] = {}
    for line in lines:
        held = newest.get(line["plaats"])
        if held and held["versie"] == line["versie"] and held != line:
            found.double.append(
                f"record {line['plaats']} of {agb} has two verdicts of versie {line['versie']}"
            )
        if held is None or line["versie"] > held["versie"]:
            newest[line["plaats"]] = line
    for place, oordeel in enumerate(expected):
        line = newest.pop(place, {})
        if not line:
            found.lost.append(f"record {place} of {agb} has no verdict")
        elif line["oordeel"] != oordeel:
            found.wrong.append(f"record {place} of {agb} is {line['oordeel']}, and should be {oordeel}")
    found.double += [
        f"there is a verdict on record {place} of {agb}, which it never sent" for place in newest
    ]


def _judge_told(found: Findings, told: Sequence[tuple[str, bytes | None]], granted: frozenset[str]) -> None:
    """What was granted was told; a fact may be told again, but never as another event under the same id."""
    found.lost += [f"{key} was granted, and never told" for key in sorted(granted - {key for key, _ in told})]
    contents: dict[str, set[bytes]] = defaultdict(set)
    for _, value in told:
        if value is not None:
            contents[json.loads(value)["id"]].add(value)
    found.double += [
        f"event {id_} was told with {len(all_)} contents" for id_, all_ in contents.items() if len(all_) > 1
    ]
    kinds = tuple(kept.partition("/")[0] + "/" for kept in KEPT_UNDER.values())
    strange = {key for key, _ in told if key.startswith(kinds)} - granted
    found.wrong += [f"{key} was told, and never asked" for key in sorted(strange)]


def _once(found: Findings, rows: Iterable[tuple[tuple[str, str], int]]) -> dict[tuple[str, str], int]:
    amounts: dict[tuple[str, str], int] = {}
    for key, cent in rows:
        if key in amounts:
            found.double.append(f"the ledger has {_name(key)} twice")
        amounts[key] = cent
    return amounts


def _of_topic(found: Findings, lines: Iterable[Wire]) -> Iterator[tuple[tuple[str, str], int]]:
    """By household and month what was told last of it."""
    of_pair: dict[tuple[str, str], dict[int, Wire]] = defaultdict(dict)
    for event in lines:
        kind, data = event["type"].split(".")[-2], event["data"]
        if kind not in ("bijdrage-vastgesteld", "bijdrage-gecorrigeerd"):
            continue
        versions = of_pair[data["huishoudenId"], data["maand"]]
        held = versions.setdefault(data["versie"], event)
        if held["data"] != data:
            found.double.append(
                f"{_name((data['huishoudenId'], data['maand']))} was told twice as versie {data['versie']}"
            )
    for key, versions in of_pair.items():
        if len({event["data"]["bijdrageId"] for event in versions.values()}) > 1:
            found.double.append(f"{_name(key)} was told as two bijdragen")
        yield key, versions[max(versions)]["data"]["totaalCent"]


def _judge_amounts(
    found: Findings,
    where: str,
    there: Mapping[tuple[str, str], int],
    owed: Mapping[tuple[str, str], int],
) -> None:
    for key in sorted({*there, *owed}):
        cent, known = there.get(key, 0), owed.get(key, 0)
        if cent == known:
            continue
        said = f"{_name(key)} is {cent} cents by the {where}, and should be {known}"
        (found.wrong if cent else found.lost).append(said)


def _name(key: tuple[str, str]) -> str:
    return f"household {key[0]} in {key[1]}"
