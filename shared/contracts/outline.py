"""A JSON Schema as a list of its fields, one line each: what a table on a page or in a document shows of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
KINDS = {
    "string": "text",
    "date": "date",
    "date-time": "moment",
    "uuid": "id",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
    "null": "nothing",
}
"""How a line calls what JSON Schema calls by type or format."""
SELF_EVIDENT = r"^[^\x00-\x1f\x7f]+$"
"""The pattern of printable text, which nobody has to be told."""
DEPTH_MAX = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its path (`perioden[].wijk`), and what may stand there.

    `limits` are of the number, the length of the text or the length of the list; `choices` all values there are.
    """

    path: str
    kind: str
    optional: bool
    limits: str
    choices: tuple[str, ...]
    pattern: str
    description: str
    grond: str
    bewaartermijn: str


def lines(schema: Schema, document: Schema, path: str = "", depth: int = 0) -> Iterator[Line]:
    """The fields of an object, and of the objects and lists in it; references are looked up in `document`."""
    shape = resolved(schema, document)
    needed = set(shape.get("required", ()))
    for name, part in shape.get("properties", {}).items():
        yield from field(part, document, path + name, depth, optional=name not in needed)


def field(
    part: Any, document: Schema, path: str, depth: int = 0, *, optional: bool = False
) -> Iterator[Line]:
    """One field, and what is in it."""
    place = resolved(part, document)
    each = resolved(place.get("items", {}), document)
    words = resolved(place.get("propertyNames", {}), document)
    known = place.get("format") in KINDS
    yield Line(
        path=path,
        kind=KINDS[place["format"]] if known else KINDS.get(place.get("type", ""), ""),
        optional=optional,
        limits=_limits(place),
        choices=_choices(place) or _choices(each) or _choices(words),
        pattern="" if known else _pattern(place) or _pattern(each),
        description=place.get("description", ""),
        grond=place.get("x-grond", ""),
        bewaartermijn=place.get("x-bewaartermijn", ""),
    )
    if depth < DEPTH_MAX:
        yield from lines(place, document, f"{path}.", depth + 1)
        yield from lines(each, document, f"{path}[].", depth + 1)


def resolved(schema: Any, document: Schema) -> Schema:
    """A schema with its own reference looked up, and without the null that is read as absent.

    What stands beside a reference or a choice goes before what it leads to.
    """
    if not isinstance(schema, dict):
        return {}
    beside = {name: part for name, part in schema.items() if name not in ("$ref", "anyOf")}
    if "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found, document) | beside
    some = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    return resolved(some[0], document) | beside if len(some) == 1 else schema


def _limits(place: Schema) -> str:
    for least, most in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        low, high = place.get(least), place.get(most)
        if low is not None and high is not None:
            return f"{low} … {high}"
        if low is not None or high is not None:
            return f"≤ {high}" if low is None else f"≥ {low}"
    return ""


def _choices(place: Schema) -> tuple[str, ...]:
    return tuple(map(str, place.get("enum", [place["const"]] if "const" in place else [])))


def _pattern(place: Schema) -> str:
    pattern = place.get("pattern", "")
    return "" if pattern == SELF_EVIDENT or place.get("format") in KINDS else pattern
