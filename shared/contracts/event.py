"""The envelope: CloudEvents 1.0 in structured mode, by the NL GOV profile, parsed and made.

`parse` is on the path of every record: one call of a compiled validator, chosen by the event's type. What is
unknown beside the contract is ignored; what the contract names must be right.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha1
from itertools import takewhile
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeVar
from uuid import NAMESPACE_URL, UUID

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import to_json
from typing_extensions import TypedDict

from shared.contracts import bijdrage, gebruik, indicatie, intake
from shared.contracts.contract import CONTRACTS, Contract, fields_of
from shared.contracts.types import WIRE, Moment, Text, format_moment
from shared.contracts.uitleg import uitleg

__all__ = [
    "CONTENT_TYPE",
    "MESSAGE_BYTES_MAX",
    "OWNERS",
    "AnyEvent",
    "Event",
    "UnreadableError",
    "canonical_data",
    "contract_of",
    "derived_id",
    "envelope_of",
    "format_moment",
    "parse",
    "to_wire",
    "traceparent_in",
    "traceparent_of",
    "wire_data",
    "write",
]

CONTENT_TYPE = "application/cloudevents+json"
MESSAGE_BYTES_MAX = 128 * 1024
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_WRITTEN = re.compile(f'"traceparent":"({_TRACEPARENT.pattern})"'.encode())
_ENVELOPE_BYTES_MAX = 1000
_CANONICAL = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)
EXPLANATION_MAX = 200
_NAMESPACE = NAMESPACE_URL.bytes

OWNERS = (intake, indicatie, gebruik, bijdrage)
"""The modules that hold the contracts, one per owner; importing them fills the registry."""

Data = TypeVar("Data")


@with_config(WIRE)
class Event(TypedDict, Generic[Data]):
    """One event as it is used: `data` by the contract of its `type`, `time` an instant.

    `time` is when the event was recorded; what happened when stands in `data`.
    """

    specversion: Literal["1.0"]
    id: Annotated[Text, Field(description="unique within `source`")]
    source: Annotated[Text, Field(description="who says so: a URN of an organisation and its system")]
    type: str
    time: Annotated[Moment, Field(description="when it was recorded; what happened when stands in `data`")]
    traceparent: NotRequired[Annotated[Any, Field(description="W3C Trace Context; read if it is one")]]
    data: Data


AnyEvent = Event[Any]


class UnreadableError(Exception):
    """These bytes are no event of a known contract.

    `code` is `onleesbaar` or `onbekend-type`; `veld` says where, by wire name, if one place is to blame; the
    message says what is wrong, without quoting the input.
    """

    def __init__(self, code: str, veld: str | None, uitleg: str) -> None:
        super().__init__(uitleg)
        self.code = code
        self.veld = veld
        self.uitleg = uitleg


def envelope_of(contract: Contract) -> Any:
    """The TypedDict of a whole event of this contract."""
    make: Any = TypedDict
    data: Any = contract.data
    if contract.check:
        data = Annotated[data, AfterValidator(contract.check)]
    fields = {**Event.__annotations__, "type": Literal[contract.type], "data": data}
    envelope = with_config(WIRE)(make(contract.data.__name__ + "Event", fields))
    envelope.__doc__ = contract.data.__doc__
    return envelope


def _adapter() -> TypeAdapter[AnyEvent]:
    envelopes = tuple(envelope_of(contract) for contract in CONTRACTS.values())
    union: Any = envelopes[0]
    for envelope in envelopes[1:]:
        union = union | envelope
    return TypeAdapter(Annotated[union, Field(discriminator="type")])


_ADAPTER = _adapter()
_DATA_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    contract.type: TypeAdapter(contract.data) for contract in CONTRACTS.values()
}

WIRE_NAMES = {
    path.rpartition(".")[2] for contract in CONTRACTS.values() for path, _ in fields_of(envelope_of(contract))
}


def parse(raw: bytes | str) -> AnyEvent:
    """One event from its bytes, or `UnreadableError` saying what is wrong and where."""
    try:
        return _ADAPTER.validate_json(raw)
    except ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: ValidationError) -> UnreadableError:
    first = error.errors(include_input=False, include_url=False)[0]
    why = uitleg(first)
    match first["type"]:
        case "json_invalid":
            return UnreadableError("onleesbaar", None, why)
        case "union_tag_invalid":
            return UnreadableError("onbekend-type", "type", why)
        case "union_tag_not_found":
            return UnreadableError("onleesbaar", "type", why)
    veld = ".".join(str(part) for part in takewhile(_is_ours, first["loc"][1:]))
    whole = f"Het veld {veld or '(geheel)'} klopt niet. {why}"
    return UnreadableError("onleesbaar", veld or None, whole[:EXPLANATION_MAX])


def _is_ours(part: int | str) -> bool:
    """Whether a part of a path is of the contract; the key of a dict is the sender's, and is not quoted."""
    return isinstance(part, int) or part in WIRE_NAMES


def contract_of(event: Mapping[str, Any]) -> Contract:
    """The contract of a parsed event."""
    return CONTRACTS[event["type"]]


def wire_data(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event's data by wire names and JSON values, without what is absent or unknown."""
    adapter = _DATA_ADAPTERS[event["type"]]
    return dict(adapter.dump_python(event["data"], mode="json", by_alias=True, exclude_none=True))


def canonical_data(event: Mapping[str, Any]) -> str:
    """The event's data in one form: what two events must share to have the same content."""
    return canonical(wire_data(event))


def canonical(value: Any) -> str:
    """A JSON value in one form."""
    return _CANONICAL.encode(value)


def to_wire(event: Mapping[str, Any]) -> bytes:
    """The bytes of an event as they travel, over HTTP and Kafka alike; a traceparent that is none stays behind."""
    return write(event, wire_data(event))


def write(event: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
    """The bytes of an event whose `data` are in wire form already."""
    envelope = {name: value for name, value in event.items() if name not in ("data", "traceparent")}
    if trace := traceparent_of(event):
        envelope["traceparent"] = trace
    envelope["time"] = format_moment(event["time"])
    envelope["datacontenttype"] = "application/json"
    envelope["data"] = data
    return to_json(envelope)


def traceparent_of(event: Mapping[str, Any]) -> str | None:
    """The W3C trace that an event says it belongs to; None where it says none, or what is none."""
    trace = event.get("traceparent")
    return trace if isinstance(trace, str) and _TRACEPARENT.fullmatch(trace) else None


def traceparent_in(wire: bytes | None) -> str | None:
    """The trace of an event of ours as `write` made it, without reading the rest of it; None of an erasure."""
    found = _WRITTEN.search(wire or b"", 0, _ENVELOPE_BYTES_MAX)
    return found[1].decode() if found else None


def derived_id(name: str) -> UUID:
    """The id of a derived event: uuid5 of its natural key and versie, so that deriving again is the same."""
    digest = sha1(_NAMESPACE + f"urn:wijkzorg:{name}".encode(), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)
