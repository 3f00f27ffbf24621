"""Whether every promise holds, by what the topics hold and the APIs answer, beside what the generator knows.

Of the promises of ARCHITECTURE it checks:

1. Once: billing answers one line a household and month, told under one id.
2. Order does not matter: verdicts, amounts and the figures of every wijk are those that the generator worked out.
3. Nothing is lost: what was sent is on its topic; each record has one current verdict, the right one, by topic and by
   API alike; what was granted was told; every wijk's figures in reporting are right.
4. Nothing is rewritten: no versie of a verdict, a line or a fact was ever told with two contents.
5. Every cent explains itself: a line has its rule, its article and events that are on a topic; lines add up.
6. Effect and outgoing event commit together: the lines of the ledger are those that were told, and no others.
7. A bad message blocks nothing and never disappears: all that cannot be read, and no more, is a dead letter.
9. Nothing that identifies a person leaves intake: no topic holds a name, a birth date or an address.

A replay (8) is not seen from here, but for restored databases, which come to all of the above; what a service finds
wrong in its own database counts too. `evidence.gather` reads, `judge` compares: so that faults of evidence can be planted.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from tests.chaos import wijken
from tests.chaos.evidence import Evidence, Wire
from tests.chaos.truth import KEPT_UNDER, Pair, Truth

SHOWN = 10
"""Of each kind of finding so many are named; all are counted."""
CHARGE, CORRECTION = (f"{TYPE_PREFIX}{name}.v1" for name in ("bijdrage-vastgesteld", "bijdrage-gecorrigeerd"))


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


def judge(evidence: Evidence, known: Truth) -> Findings:
    """Everything that differs from what is known, or that two sources say differently."""
    found = Findings()
    for agb, sent in known.sent.items():
        _judge_sent(found, agb, evidence.sent.get(agb, []), [value for value, _ in sent])
        newest = _newest(found, agb, evidence.verdicts.get(agb, []))
        _judge_answered(found, agb, newest, evidence.judged.get(agb, []))
        _judge_verdicts(found, agb, newest, [oordeel for _, oordeel in sent])
    _judge_told(found, evidence.told, known.granted)
    _judge_amounts(found, "ledger", _once(found, evidence.ledger), known.owed)
    told = _lines_told(found, evidence.lines)
    totals = {pair: versions[max(versions)]["totaalCent"] for pair, versions in told.items()}
    _judge_amounts(found, "topic", totals, known.owed)
    _judge_lines(found, told, evidence)
    _judge_figures(found, wijken.answered(evidence.wijken), known.figures)
    _judge_private(found, evidence, known.private)
    if evidence.dead_letters != known.unreadable:
        found.wrong.append(
            f"billing has {evidence.dead_letters} dead letters, of {known.unreadable} unreadable records"
        )
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


def _newest(found: Findings, agb: str, lines: Iterable[Wire]) -> dict[int, Wire]:
    """By place the verdict of the highest versie that a provider was told."""
    by_versie: dict[tuple[int, int], Wire] = {}
    newest: dict[int, Wire] = {}
    for line in lines:
        place = line["plaats"]
        if by_versie.setdefault((place, line["versie"]), line) != line:
            found.double.append(f"record {place} of {agb} has two verdicts of versie {line['versie']}")
        if place not in newest or line["versie"] > newest[place]["versie"]:
            newest[place] = line
    return newest


def _judge_answered(found: Findings, agb: str, newest: Mapping[int, Wire], answered: Sequence[Wire]) -> None:
    """Billing's API answers of each record one verdict: the newest that its provider was told."""
    rows = {line["plaats"]: line for line in answered}
    if len(rows) < len(answered):
        found.double.append(f"billing answers {len(answered) - len(rows)} verdicts twice to {agb}")
    for place in sorted(rows.keys() | newest.keys()):
        if rows.get(place) != newest.get(place):
            found.wrong.append(f"record {place} of {agb} is answered otherwise than it was told last")


def _judge_verdicts(found: Findings, agb: str, newest: Mapping[int, Wire], expected: Sequence[str]) -> None:
    for place, oordeel in enumerate(expected):
        line = newest.get(place)
        if line is None:
            found.lost.append(f"record {place} of {agb} has no verdict")
        elif line["oordeel"] != oordeel:
            found.wrong.append(f"record {place} of {agb} is {line['oordeel']}, and should be {oordeel}")
    found.double += [
        f"there is a verdict on record {place} of {agb}, which it never sent"
        for place in newest
        if place >= len(expected)
    ]


def _judge_told(found: Findings, told: Sequence[tuple[str, bytes | None]], granted: frozenset[str]) -> None:
    """What was granted was told; a fact may be told again, but never with another content under one id or versie."""
    found.lost += [f"{key} was granted, and never told" for key in sorted(granted - {key for key, _ in told})]
    contents: dict[str, set[bytes]] = defaultdict(set)
    versions: dict[tuple[str, int], set[str]] = defaultdict(set)
    for key, value in told:
        if value is not None:
            event = json.loads(value)
            contents[event["id"]].add(value)
            versions[key, event["data"].get("versie", 0)].add(event["id"])
    found.double += [
        f"event {id_} was told with {len(all_)} contents" for id_, all_ in contents.items() if len(all_) > 1
    ]
    found.double += [
        f"{key} was told {len(ids)} times as versie {versie}"
        for (key, versie), ids in versions.items()
        if versie and len(ids) > 1
    ]
    kinds = tuple(kept.partition("/")[0] + "/" for kept in KEPT_UNDER.values())
    strange = {key for key, _ in told if key.startswith(kinds)} - granted
    found.wrong += [f"{key} was told, and never asked" for key in sorted(strange)]


def _once(found: Findings, rows: Iterable[tuple[Pair, int]]) -> dict[Pair, int]:
    amounts: dict[Pair, int] = {}
    for key, cent in rows:
        if key in amounts:
            found.double.append(f"the ledger has {_name(key)} twice")
        amounts[key] = cent
    return amounts


def _lines_told(found: Findings, events: Iterable[Wire]) -> dict[Pair, dict[int, Wire]]:
    """By household and month the lines that were told, by versie."""
    of_pair: dict[Pair, dict[int, Wire]] = defaultdict(dict)
    for event in events:
        if event["type"] in (CHARGE, CORRECTION):
            data = event["data"]
            pair = data["huishoudenId"], data["maand"]
            if of_pair[pair].setdefault(data["versie"], data) != data:
                found.double.append(f"{_name(pair)} was told twice as versie {data['versie']}")
    for pair, versions in of_pair.items():
        if len({data["bijdrageId"] for data in versions.values()}) > 1:
            found.double.append(f"{_name(pair)} was told as two bijdragen")
    return of_pair


def _judge_lines(found: Findings, told: Mapping[Pair, Mapping[int, Wire]], evidence: Evidence) -> None:
    """The lines of the ledger are those that were told; each says why, and together they come to what is owed."""
    known = set(_event_ids(evidence))
    answered = {
        (huishouden, month["maand"]): month
        for huishouden, found_ in evidence.households.items()
        for month in found_
    }
    for pair in sorted(told.keys() | answered.keys()):
        month = answered.get(pair, {"regels": [], "bedragCent": 0})
        lines = {line["versie"]: _line(line, line["bedragCent"]) for line in month["regels"]}
        were_told = {
            versie: _line(data, data["bedragCent" if "bedragCent" in data else "verschilCent"])
            for versie, data in told.get(pair, {}).items()
        }
        found.lost += [
            f"a line of {_name(pair)} was never told" for versie in lines.keys() - were_told.keys()
        ]
        found.lost += [
            f"a line told of {_name(pair)} is not in the ledger" for _ in were_told.keys() - lines.keys()
        ]
        found.wrong += [
            f"versie {versie} of {_name(pair)} is told otherwise than it is"
            for versie in lines.keys() & were_told.keys()
            if lines[versie] != were_told[versie]
        ]
        if sum(line["bedragCent"] for line in month["regels"]) != month["bedragCent"]:
            found.wrong.append(f"the lines of {_name(pair)} do not add up")
        for line in month["regels"]:
            if not line["regel"] or not line["wet"] or not set(line["aanleiding"]) <= known:
                found.wrong.append(f"versie {line['versie']} of {_name(pair)} does not explain itself")


def _line(said: Wire, bedrag_cent: int) -> tuple[Any, ...]:
    return bedrag_cent, said["totaalCent"], said["regel"], said["wet"], tuple(said["aanleiding"])


def _event_ids(evidence: Evidence) -> Iterator[str]:
    for values in (*evidence.sent.values(), [value for _, value in evidence.told]):
        for value in values:
            try:
                yield json.loads(value or b"{}")["id"]
            except (ValueError, KeyError, TypeError):  # what providers send may be anything
                continue


def _judge_amounts(found: Findings, where: str, there: Mapping[Pair, int], owed: Mapping[Pair, int]) -> None:
    for key in sorted({*there, *owed}):
        cent, known = there.get(key, 0), owed.get(key, 0)
        if cent == known:
            continue
        said = f"{_name(key)} is {cent} cents by the {where}, and should be {known}"
        (found.wrong if cent else found.lost).append(said)


def _judge_figures(found: Findings, answered: wijken.Figures, known: wijken.Figures) -> None:
    for cell in sorted(answered.keys() | known.keys(), key=str):
        if answered[cell] != known[cell]:
            wijk = cell.wijk.code if cell.wijk else "no wijk"
            found.wrong.append(
                f"reporting has {answered[cell]} {cell.wat} of {wijk} in {cell.maand}, and should have {known[cell]}"
            )


def _judge_private(found: Findings, evidence: Evidence, private: Iterable[str]) -> None:
    """No name or postcode stands on any topic: how many records hold one, never which."""
    needles = [text.encode() for text in private]
    receipts = [json.dumps(line, ensure_ascii=False).encode() for line in evidence.lines]
    receipts += [
        json.dumps(line, ensure_ascii=False).encode() for of in evidence.verdicts.values() for line in of
    ]
    values = [value or b"" for _, value in evidence.told] + receipts
    holding = sum(any(needle in value for needle in needles) for value in values)
    if holding:
        found.wrong.append(f"{holding} records hold a name or an address of somebody")


def _name(key: Pair) -> str:
    return f"household {key[0]} in {key[1]}"
