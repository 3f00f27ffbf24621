"""What makes a class a contract: its type name, its topic, its natural key, and the registry of all.

A contract is the `data` of one event type, a `TypedDict` (parsing builds plain dicts: measured at a third
of the cost of models). `@contract` registers it; nothing else has to be told that it exists.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, get_args, get_type_hints
from urllib.parse import quote

from pydantic.alias_generators import to_camel
from typing_extensions import is_typeddict

from shared.contracts.types import format_moment

TYPE_PREFIX = "nl.wijkzorg."
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, or with `per_aanbieder` the family of one topic a provider (`<name>.<AGB>`)."""

    name: str
    owner: str
    partitions: int
    compacted: bool
    per_aanbieder: bool = False
    by_aanbieder: bool = False

    @property
    def writer(self) -> str:
        """Who writes on it: its owner, or a provider, whose clock is then not relied on."""
        return AANBIEDER if self.by_aanbieder else self.owner


AANBIEDER = "aanbieder"
"""A provider, as one who writes or reads: no service of ours."""
INTAKE = Topic("intake", "intake", partitions=6, compacted=True)
INDICATIE = Topic("indicatie", "indicatie", partitions=6, compacted=True)
GEBRUIK = Topic("gebruik", "billing", partitions=1, compacted=False, per_aanbieder=True, by_aanbieder=True)
ONTVANGST = Topic("ontvangst", "billing", partitions=1, compacted=False, per_aanbieder=True)
BIJDRAGE = Topic("bijdrage", "billing", partitions=6, compacted=False)
TOPICS = (INTAKE, INDICATIE, GEBRUIK, ONTVANGST, BIJDRAGE)


@dataclass(frozen=True, slots=True)
class Contract:
    """One event type: `name` without prefix and version, the topic it travels on, its natural key.

    `key` names the fields (Python names, dots into nested ones, in contract order) that make two events the
    same fact; it is empty where the event itself is the fact (source, id). `check` is a rule between fields.
    `planned`: agreed, but nobody publishes it yet.
    """

    name: str
    version: int
    topic: Topic
    key: tuple[str, ...]
    data: type
    check: Callable[[Any], Any] | None = None
    planned: bool = False

    @property
    def type(self) -> str:
        """The CloudEvents type, e.g. `nl.wijkzorg.gebruik-geregistreerd.v1`."""
        return f"{self.kind}.v{self.version}"

    @property
    def kind(self) -> str:
        """The type without its version, e.g. `nl.wijkzorg.gebruik-geregistreerd`."""
        return TYPE_PREFIX + self.name

    @property
    def title(self) -> str:
        """The name, and the version where that is not the first: `gebruik-geregistreerd`."""
        return self.name if self.version == 1 else f"{self.name} (version {self.version})"

    @property
    def wire_key(self) -> tuple[str, ...]:
        """The fields of the natural key by wire name; `source` and `id` are of the envelope."""
        wire = (".".join(map(to_camel, field.split("."))) for field in self.key)
        return tuple(wire) or ("source", "id")

    def natural_key(self, event: Mapping[str, Any]) -> str:
        """`<type without version>/<natural key>`: what makes it this fact, and its Kafka key.

        Parts stand in contract order, each percent-encoded; a wijk is `jaar-code`, an absent part empty.
        """
        parts = [_resolve(event["data"], field) for field in self.key] or [event["source"], event["id"]]
        return "/".join([self.kind, *map(_part, parts)])


_Data = TypeVar("_Data", bound=type)
CONTRACTS: dict[str, Contract] = {}
"""Every contract by its CloudEvents type; filled as the owner modules are imported."""


def contract(
    name: str,
    topic: Topic,
    key: tuple[str, ...] = (),
    version: int = 1,
    check: Callable[[Any], Any] | None = None,
    planned: bool = False,
) -> Callable[[_Data], _Data]:
    """Register the decorated TypedDict as the data of event type `nl.wijkzorg.<name>.v<version>`.

    `check` returns the data it is given, or raises `wrong_field`.
    """

    def register(data: _Data) -> _Data:
        made = Contract(name, version, topic, key, data, check, planned)
        CONTRACTS[made.type] = made
        return data

    return register


def fields_of(shape: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of a TypedDict and of those nested in it: its wire path, and its annotated type."""
    for name, hint in get_type_hints(shape, include_extras=True).items():
        yield path + to_camel(name), hint
        for nested in _shapes_in(hint):
            yield from fields_of(nested, f"{path}{to_camel(name)}.")


def _shapes_in(hint: Any) -> Iterator[Any]:
    if is_typeddict(hint):
        yield hint
    for part in get_args(hint):
        yield from _shapes_in(part)


def _part(value: Any) -> str:
    text = value if isinstance(value, str) else _text(value)
    return text if _UNRESERVED(text) else quote(text, safe="")


def _resolve(data: Mapping[str, Any], path: str) -> Any:
    if path in data:
        return data[path]
    value: Any = data
    for field in path.split("."):
        value = value.get(field)
    return value


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case dict():
            return f"{value['jaar']}-{value['code']}"
        case datetime():
            return format_moment(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)
