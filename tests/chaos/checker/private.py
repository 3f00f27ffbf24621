"""Nothing that identifies a person stands outside intake: on no topic, nor in what billing and reporting answer."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from shared.contracts.event import UnreadableError, canonical, parse, wire_data
from tests.chaos.checker.findings import Findings
from tests.chaos.evidence import Evidence
from tests.chaos.truth import Truth, may_be_told

CLIENT = f"{TYPE_PREFIX}client-vastgesteld/"
E_MAIL, PHONE = re.compile(r"[\w.+-]+@[\w-]+\.\w+"), re.compile(r"\b(?:0|\+31)[1-9]\d{8}\b")
NINE_DIGITS = re.compile(r"\b\d{9}\b")


def judge(found: Findings, evidence: Evidence, known: Truth) -> None:
    """How many records and answers hold something private and of which kind, never what."""
    texts = list(_texts(evidence))
    everything = "\n".join(texts)
    there = [rf"\b{re.escape(text)}\b" for text in sorted(known.private) if text in everything]
    numbers = known.circles.keys() | known.named
    kinds: Mapping[str, Callable[[str], Any]] = {
        "a name, postcode or day of birth": re.compile("|".join(there) or "(?!)").search,
        "an e-mail address": E_MAIL.search,
        "a telephone number": PHONE.search,
        "a burgerservicenummer": lambda text: any(map(_is_bsn, {*NINE_DIGITS.findall(text)} - numbers)),
    }
    for kind, holds in kinds.items():
        if holding := sum(map(bool, map(holds, texts))):
            found.wrong.append(f"{holding} records or answers hold {kind}")
    if births := sum(
        _tells_a_birthday(value, known) for key, value in evidence.told if value and key.startswith(CLIENT)
    ):
        found.wrong.append(f"{births} events of clients have a day by which a birth date can be known")
    events = [value for _, value in evidence.told if value] + [
        _text(line).encode() for line in evidence.lines
    ]
    if more := sum(map(_says_more, events)):
        found.wrong.append(f"{more} events say what their contract has no word for")


def _tells_a_birthday(value: bytes, known: Truth) -> bool:
    """Whether a client's periods begin on a day on which nobody came to live anywhere, and which is no new year."""
    return not all(may_be_told(one["van"], known.days) for one in json.loads(value)["data"]["perioden"])


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
