"""Nothing that identifies a person stands outside intake: on no topic, nor in what billing and reporting answer."""

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.contracts.event import UnreadableError, canonical, parse, wire_data
from tests.chaos.checker.findings import Findings
from tests.chaos.evidence import Evidence
from tests.chaos.truth import Truth

E_MAIL, PHONE, NINE_DIGITS = r"[\w.+-]+@[\w-]+\.\w+", r"\b(?:0|\+31)[1-9]\d{8}\b", re.compile(r"\b\d{9}\b")


def judge(found: Findings, evidence: Evidence, known: Truth) -> None:
    """How many records and answers hold something private, never which."""
    texts = list(_texts(evidence))
    everything = "\n".join(texts)
    there = [rf"\b{re.escape(text)}\b" for text in sorted(known.private) if text in everything]
    pattern = re.compile("|".join((*there, E_MAIL, PHONE)))
    holding = sum(
        bool(pattern.search(text)) or any(map(_is_bsn, {*NINE_DIGITS.findall(text)} - known.circles.keys()))
        for text in texts
    )
    if holding:
        found.wrong.append(f"{holding} records or answers hold who or where somebody is")
    events = [value for _, value in evidence.told if value] + [
        _text(line).encode() for line in evidence.lines
    ]
    if more := sum(map(_says_more, events)):
        found.wrong.append(f"{more} events say what their contract has no word for")


def _says_more(value: bytes) -> bool:
    """Whether an event has data that its contract does not name, or that nobody can read."""
    try:
        event = parse(value)
    except UnreadableError:
        return True
    return canonical(wire_data(event)) != canonical(json.loads(value)["data"])


def _is_bsn(digits: str) -> bool:
    """Whether nine digits, the number of no toewijzing, are a burgerservicenummer by the test of eleven."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def _texts(evidence: Evidence) -> Iterator[str]:
    yield from evidence.around
    for key, value in evidence.told:
        yield f"{key} {_written(value)}"
    yield from map(_text, evidence.lines)
    for of in (evidence.verdicts, evidence.judged, evidence.households, evidence.dead, evidence.controls):
        yield from (_text(one) for found in of.values() for one in found)
    yield from (_text(one) for one in (*evidence.wijken["wijken"], evidence.wijken["totaal"]))


def _written(value: bytes | None) -> str:
    """The text of a record without the escapes in which JSON may hide a letter."""
    try:
        return _text(json.loads(value or b""))
    except ValueError:
        return (value or b"").decode(errors="replace")


def _text(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False)
