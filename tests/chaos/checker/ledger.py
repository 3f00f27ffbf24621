"""The ledger: what each household owes, by API and topic alike, each line once, after the one before, and with its why."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from shared.kalender import parse_month
from simulation.truth import tarief
from tests.chaos.checker.findings import Findings
from tests.chaos.checker.told import circle_of
from tests.chaos.evidence import Evidence, Wire
from tests.chaos.truth import Pair, Truth

CHARGE, CORRECTION = (f"{TYPE_PREFIX}{name}.v1" for name in ("bijdrage-vastgesteld", "bijdrage-gecorrigeerd"))
PRICED = 7
ARTICLES = {
    1: "2.1.4a lid 2",
    2: "3.8",
    3: "3.5 lid 4",
    4: "3.5 lid 4",
    5: "3.8 lid 3",
    6: "3.10b",
    PRICED: "2.1.4a lid 4",
}
"""By the number of a rule the article that it is of: in the Wmo 2015 (1 and 7), or in the Uitvoeringsbesluit."""
Lines = Mapping[int, Wire]
"""What was told of one household and month, by versie."""


def judge(found: Findings, evidence: Evidence, known: Truth) -> None:
    """Every household and month."""
    told = _told(found, evidence.lines)
    amounts = _once(found, evidence.ledger)
    _judge_amounts(found, "ledger", amounts, known.owed)
    totals = {pair: lines[max(lines)]["totaalCent"] for pair, lines in told.items()}
    _judge_amounts(found, "topic", totals, known.owed)
    found.wrong += [
        f"the ledger has {name(pair)}, of which no line was told" for pair in amounts.keys() - told.keys()
    ]
    _judge_answered(found, told, evidence)
    why = _Why(evidence, known)
    for pair, lines in sorted(told.items()):
        _judge_chain(found, pair, [lines[versie] for versie in sorted(lines)])
        found.wrong += [
            f"versie {versie} of {name(pair)} does not explain itself"
            for versie, line in lines.items()
            if not why.explains(pair, line)
        ]


def name(pair: Pair) -> str:
    """A household and month, in words."""
    return f"household {pair[0]} in {pair[1]}"


def _told(found: Findings, events: Iterable[Wire]) -> dict[Pair, dict[int, Wire]]:
    """By household and month the lines that were told, by versie; each with its `soort` and its cents."""
    of_pair: dict[Pair, dict[int, Wire]] = defaultdict(dict)
    ids: dict[tuple[Pair, int], str] = {}
    for event in events:
        if event["type"] in (CHARGE, CORRECTION):
            data = event["data"] | {"soort": event["type"]}
            pair, versie = (data["huishoudenId"], data["maand"]), data["versie"]
            same = of_pair[pair].setdefault(versie, data) == data
            if not same or ids.setdefault((pair, versie), event["id"]) != event["id"]:
                found.double.append(f"{name(pair)} was told twice as versie {versie}")
        else:
            found.wrong.append(f"{event['type']} was told, and no month was closed")
    for pair, lines in of_pair.items():
        if len({data["bijdrageId"] for data in lines.values()}) > 1:
            found.double.append(f"{name(pair)} was told as two bijdragen")
    return of_pair


def _once(found: Findings, rows: Iterable[tuple[Pair, int]]) -> dict[Pair, int]:
    amounts: dict[Pair, int] = {}
    for pair, cent in rows:
        if pair in amounts:
            found.double.append(f"the ledger has {name(pair)} twice")
        amounts[pair] = cent
    return amounts


def _judge_amounts(found: Findings, where: str, there: Mapping[Pair, int], owed: Mapping[Pair, int]) -> None:
    for pair in sorted({*there, *owed}):
        cent, known = there.get(pair, 0), owed.get(pair, 0)
        if cent != known:
            said = f"{name(pair)} is {cent} cents by the {where}, and should be {known}"
            (found.wrong if cent else found.lost).append(said)


def _judge_answered(found: Findings, told: Mapping[Pair, Lines], evidence: Evidence) -> None:
    """The lines that billing answers of a household are those that were told, and no others."""
    answered: dict[Pair, Wire] = {}
    for huishouden, months in evidence.households.items():
        for month in months:
            if answered.setdefault((huishouden, month["maand"]), month) is not month:
                found.double.append(f"billing answers {name((huishouden, month['maand']))} twice")
    for pair in sorted(told.keys() | answered.keys()):
        month = answered.get(pair, {"regels": [], "bedragCent": 0})
        lines = {line["versie"]: _line(line) for line in month["regels"]}
        were_told = {versie: _line(data) for versie, data in told.get(pair, {}).items()}
        if len(lines) < len(month["regels"]):
            found.double.append(f"billing answers a line of {name(pair)} twice")
        found.lost += [f"a line of {name(pair)} was never told" for _ in lines.keys() - were_told.keys()]
        found.lost += [
            f"a line told of {name(pair)} is not in the ledger" for _ in were_told.keys() - lines.keys()
        ]
        found.wrong += [
            f"versie {versie} of {name(pair)} is told otherwise than it is"
            for versie in lines.keys() & were_told.keys()
            if lines[versie] != were_told[versie]
        ]
        if sum(line["bedragCent"] for line in month["regels"]) != month["bedragCent"]:
            found.wrong.append(f"the lines of {name(pair)} do not add up")


def _cent(line: Wire) -> int:
    return int(line["bedragCent"] if "bedragCent" in line else line["verschilCent"])


def _line(said: Wire) -> tuple[Any, ...]:
    return _cent(said), said["totaalCent"], said["regel"], said["wet"], tuple(said["aanleiding"])


def _judge_chain(found: Findings, pair: Pair, lines: Sequence[Wire]) -> None:
    """One charge, then corrections, each from the total before it to another: the tarief of the month, or nothing."""
    if [line["soort"] for line in lines] != [CHARGE] + [CORRECTION] * (len(lines) - 1):
        found.double.append(f"{name(pair)} is not told as one charge and its corrections")
    totals = [0, *(line["totaalCent"] for line in lines)]
    steps = [after - before for before, after in pairwise(totals)]
    if steps != [_cent(line) for line in lines]:
        found.wrong.append(f"the lines of {name(pair)} do not follow from each other")
    if 0 in steps:
        found.double.append(f"{name(pair)} has a line that changes nothing")
    if not set(totals) <= {0, tarief(parse_month(pair[1]))}:
        found.wrong.append(f"{name(pair)} came to what no month costs")


class _Why:
    """By which events a line about a household may be explained: those about the circle that it is of."""

    def __init__(self, evidence: Evidence, known: Truth) -> None:
        self._circles = dict(known.circles)
        self._about: dict[str, int | None] = {}
        for event in _events(evidence):
            data = event["data"]
            circle = self._about[event["id"]] = circle_of(data, known)
            if circle is not None and "huishoudenId" in data:
                self._circles[data["huishoudenId"]] = circle

    def explains(self, pair: Pair, line: Wire) -> bool:
        """Whether a line has a rule that leads to its total, the article of that, and events of its own people."""
        due = line["totaalCent"] > 0 or not tarief(parse_month(pair[1]))
        rule = line["regel"] in ARTICLES and (line["regel"] == PRICED) == due
        circle = self._circles.get(pair[0])
        causes = [self._about.get(id_) for id_ in line["aanleiding"]]
        own = circle is not None and bool(causes) and set(causes) == {circle}
        return rule and line["wet"].endswith(f"art. {ARTICLES[line['regel']]}") and own


def _events(evidence: Evidence) -> Iterator[Wire]:
    for values in (*evidence.sent.values(), [value for _, value in evidence.told]):
        for value in values:
            try:
                event = json.loads(value or b"")
                yield {"id": event["id"], "data": dict(event["data"])}
            except (ValueError, KeyError, TypeError):  # what providers send may be anything
                continue
