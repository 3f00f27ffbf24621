"""What providers sent is there, and each record has one current verdict: the right one, on that very record."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simulation.messages import Record
from tests.chaos.checker.findings import Findings
from tests.chaos.evidence import Evidence, Wire
from tests.chaos.truth import Truth

CODES: Mapping[str, set[str | None]] = {
    "geaccepteerd": {None},
    "dubbel": {None},
    "in_afwachting": {"toewijzing-onbekend", "gebruik-onbekend"},
    "afgewezen": {
        "onleesbaar",
        "onbekend-type",
        "verkeerde-bron",
        "andere-aanbieder",
        "volume-niet-positief",
        "einde-voor-begin",
        "meer-dan-een-maand",
        "bedrag-klopt-niet",
        "andere-productcategorie",
        "buiten-toewijzing",
        "referentienummer-in-gebruik",
        "id-in-gebruik",
    },
}
"""With each oordeel the codes that it may have."""


def judge(found: Findings, evidence: Evidence, known: Truth) -> None:
    """Of every provider."""
    for agb, sent in known.sent.items():
        _judge_sent(found, agb, evidence.sent.get(agb, []), [record.value for record in sent])
        told = evidence.verdicts.get(agb, [])
        newest = _newest(found, agb, told)
        _judge_answered(found, agb, newest, evidence.judged.get(agb, []))
        _judge_verdicts(found, agb, newest, sent)
        for line in told:
            if line["plaats"] < len(sent):
                _judge_line(found, agb, line, sent[line["plaats"]])


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


def _judge_verdicts(
    found: Findings, agb: str, newest: Mapping[int, Wire], expected: Sequence[Record]
) -> None:
    for place, record in enumerate(expected):
        line = newest.get(place)
        if line is None:
            found.lost.append(f"record {place} of {agb} has no verdict")
        elif line["oordeel"] != record.oordeel:
            found.wrong.append(
                f"record {place} of {agb} is {line['oordeel']}, and should be {record.oordeel}"
            )
        elif record.code and line.get("code") != record.code:
            found.wrong.append(
                f"record {place} of {agb} has code {line.get('code')}, and should have {record.code}"
            )
    found.double += [
        f"there is a verdict on record {place} of {agb}, which it never sent"
        for place in newest
        if place >= len(expected)
    ]


def _judge_line(found: Findings, agb: str, line: Wire, record: Record) -> None:
    """Any verdict, also one that did not last, has a code of its oordeel and says nothing that its record does not say."""
    if line.get("code") not in CODES.get(line["oordeel"], ()):
        found.wrong.append(
            f"a verdict on record {line['plaats']} of {agb} is no {line['oordeel']} by its code"
        )
    said = _said(record)
    names = line.keys() & said.keys() | ({"eventId"} if said else set())
    if any(line.get(name) != said[name] for name in names) or (not said and "eventId" in line):
        found.wrong.append(f"a verdict on record {line['plaats']} of {agb} is about another record")


def _said(record: Record) -> dict[str, Any]:
    """What a record says that its verdict may repeat; nothing where nobody can read it."""
    if not record.key:
        return {}
    event = json.loads(record.value or b"")
    return {"eventId": event["id"], "type": event["type"], **event["data"]}
