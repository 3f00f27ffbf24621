"""What a change of a schema breaks, and for whom.

Readers refuse what their schema does not allow, and ignore what it does not name. So within a version one thing may
change: an optional field is added. What takes less breaks those who send, and the events that lie in a log; what takes
more breaks those who still read by the schema as it was.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from shared.contracts.outline import Schema, resolved


class Harm(StrEnum):
    """Who can no longer do what they did."""

    READERS = "who reads it as it was"
    SENDERS = "who sends it as it was, and whoever reads the events that lie in a log"
    EVERYONE = "who sends it as it was, who reads it so, and whoever reads the events that lie in a log"
    MEANING = "who understands it as it was"


class Breach(NamedTuple):
    """One thing that breaks somebody: where, what, and whom."""

    path: str
    what: str
    harm: Harm


LIMITS = {"maximum": 1, "maxLength": 1, "maxItems": 1, "maxProperties": 1}
LIMITS |= {"minimum": -1, "minLength": -1, "minItems": -1, "minProperties": -1}
"""Of each limit: whether a higher one (1) or a lower one (-1) takes more."""
PARTS = {"[]": "items", "{}": "additionalProperties", "{key}": "propertyNames"}
"""What a path calls the items of a list, and the values and keys of a map."""
NULL = "x-null"
UNHEARD = {
    "$defs",
    "$schema",
    "properties",
    "required",
    "title",
    "x-bewaartermijn",
    "x-grond",
    NULL,
    *PARTS.values(),
}
"""Compared otherwise, or said to people alone: a ground in law and a retention may change."""


def broken(old: Schema, new: Schema) -> list[Breach]:
    """What in `new` breaks those who rely on `old`; empty if nothing does."""
    return list(_broken(_plain(old, old), _plain(new, new), "event"))


def _broken(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    for keyword in sorted((old.keys() | new.keys()) - UNHEARD):
        if old.get(keyword) != new.get(keyword):
            yield from _changed(path, keyword, old.get(keyword), new.get(keyword))
    was, now = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(now - was):
        known = name in old.get("properties", {})
        yield Breach(f"{path}.{name}", "becomes required" if known else "is new and required", Harm.SENDERS)
    yield from (Breach(f"{path}.{name}", "is no longer required", Harm.READERS) for name in sorted(was - now))
    places = _inner(new)
    for name, place in _inner(old).items():
        if name in places:
            if name in was & now and (NULL in place) != (NULL in places[name]):
                yield Breach(f"{path}.{name}", "takes null, or no longer does", Harm.EVERYONE)
            yield from _broken(place, places[name], f"{path}.{name}")
        else:
            yield Breach(f"{path}.{name}", "is gone", Harm.EVERYONE)


def _changed(path: str, keyword: str, was: Any, now: Any) -> Iterator[Breach]:
    match keyword:
        case "description":
            yield Breach(path, f"says something else: “{now}”; it was “{was}”", Harm.MEANING)
        case "enum":
            lost, gained = set(was or now) - set(now or was), set(now or was) - set(was or now)
            yield from (Breach(path, f"no longer takes {word}", Harm.SENDERS) for word in sorted(lost))
            yield from (Breach(path, f"also takes {word}", Harm.READERS) for word in sorted(gained))
            if was is None or now is None:
                yield Breach(path, "gets or loses its list of values", Harm.EVERYONE)
        case _ if keyword in LIMITS:
            less = was is None or (now is not None and LIMITS[keyword] * (now - was) < 0)
            harm = Harm.SENDERS if less else Harm.READERS
            yield Breach(path, f"has {keyword} {now}; it was {was}", harm)
        case _:
            yield Breach(path, f"has another {keyword}: {now}; it was {was}", Harm.EVERYONE)


def _inner(schema: Schema) -> Mapping[str, Schema]:
    inner: dict[str, Schema] = dict(schema.get("properties", {}))
    return inner | {name: schema[part] for name, part in PARTS.items() if isinstance(schema.get(part), dict)}


def _plain(schema: Any, document: Schema) -> Any:
    """The schema with its references filled in; a constant is a list of one; a null is absence, and noted."""
    if isinstance(schema, list):
        return [_plain(part, document) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = resolved(schema, document)
    if "const" in found:
        found = found | {"enum": [found["const"]]}
    if {"type": "null"} in schema.get("anyOf", []):
        found = found | {NULL: True}
    return {name: _plain(part, document) for name, part in found.items() if name not in ("$defs", "const")}
