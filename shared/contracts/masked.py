"""An event as it may be shown when something is wrong with it: its shape, and only such values as say nothing of anyone.

The names of the contracts are shown, and of their values numbers, dates, codes and words of a list. Every other text
and name, and every number as long as a BSN, gives way to what it is like: `[tekst, 12 tekens]`.
"""

import json
import re
from math import isfinite
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic_core import from_json

from shared.contracts.contract import CONTRACTS, fields_of
from shared.contracts.event import WIRE_NAMES, envelope_of

DEPTH_MAX = 12
ENTRIES_MAX = 100
CHARACTERS_MAX = 20_000
KNOWN = WIRE_NAMES | {"subject", "datacontenttype", "dataschema"}
AGB_NAMES = {"aanbieder", "agb", "penvoerder"}
MORE, DEEPER = "[en meer]", "[dieper]"
_SAFE = re.compile(
    r"\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?"  # month, date, moment
    r"|[A-Z]?\d{1,3}([A-Z]\d{2})?"  # a code of a list
    r"|nl\.wijkzorg\.[a-z-]{1,60}\.v\d{1,3}|application/json"
    r"|urn:nld:(agb:\d{8}|oin:\d{20}):systeem:[a-z]{1,20}"
)
_LIKE_A_BSN = range(10**7, 10**10)


def _words(shape: Any) -> set[str]:
    """Every word of a list of values, anywhere in a shape."""
    if get_origin(shape) is Literal:
        return {word for word in get_args(shape) if isinstance(word, str)}
    return {word for part in get_args(shape) for word in _words(part)}


WORDS = frozenset(
    word
    for contract in CONTRACTS.values()
    for _, shape in fields_of(envelope_of(contract))
    for word in _words(shape)
)


def masked(value: bytes | None) -> str:
    """These bytes as JSON with what may be shown; of what is no JSON, how long it is."""
    if value is None:
        return "[leeg]"
    try:
        found = from_json(value)
    except ValueError:
        return f"[geen JSON, {len(value)} bytes]"
    text = json.dumps(_value("", found, 0), indent=2, ensure_ascii=False)
    return text if len(text) <= CHARACTERS_MAX else text[:CHARACTERS_MAX] + "\n" + MORE


def masked_key(key: bytes | None) -> str:
    """The key of a record, by its kind of fact; the id in it is of someone."""
    if key is None:
        return "[leeg]"
    kind = key.split(b"/")[0].decode(errors="replace")
    known = kind in {contract.kind for contract in CONTRACTS.values()}
    return f"{kind}/…" if known else f"[{len(key)} bytes]"


def _value(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, dict | list) and depth >= DEPTH_MAX:
        return DEEPER
    match value:
        case dict():
            return _object(value, depth)
        case list():
            shown = [_value(name, one, depth + 1) for one in value[:ENTRIES_MAX]]
            return [*shown, MORE] if len(value) > ENTRIES_MAX else shown
        case bool() | None:
            return value
        case int() | float():
            return value if name in KNOWN and _tells_nothing(value) else "[getal]"
        case _:
            return _text(name, value)


def _tells_nothing(number: float) -> bool:
    is_one = isinstance(number, int) or isfinite(number)
    return is_one and int(abs(number)) not in _LIKE_A_BSN


def _object(value: dict[str, Any], depth: int) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for number, (name, one) in enumerate(value.items(), 1):
        if number > ENTRIES_MAX:
            return shown | {MORE: None}
        shown[name if name in KNOWN else f"[onbekend veld {number}]"] = _value(name, one, depth + 1)
    return shown


def _text(name: str, text: str) -> str:
    if name in AGB_NAMES and re.fullmatch(r"\d{8}", text):
        return text
    if name in KNOWN and (text in WORDS or _SAFE.fullmatch(text)):
        return text
    return "[uuid]" if _is_uuid(text) else f"[tekst, {len(text)} tekens]"


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
