"""The JSON Schemas of the events, generated from the contracts: `python -m shared.contracts.schemas [--check]`.

A committed schema is a promise to those who read old events and to those who send new ones. What would break
either is not written: it needs a new version of the type. Rules between fields stand in the descriptions.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shared.contracts.contract import CONTRACTS, Contract
from shared.contracts.event import envelope_of

FOLDER = Path(__file__).with_name("schemas")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENDING = ".schema.json"

Schema = dict[str, Any]


def schema_of(contract: Contract) -> Schema:
    """The JSON Schema of a whole event: envelope and data, by wire names."""
    made = TypeAdapter(envelope_of(contract)).json_schema(by_alias=True, mode="validation")
    _drop_field_titles(made)
    return {"$schema": DIALECT, "title": contract.type, **{k: v for k, v in made.items() if k != "title"}}


def _drop_field_titles(schema: Schema) -> None:
    """A title made from a name says nothing; those of classes stay."""
    for shape in [schema, *schema.get("$defs", {}).values()]:
        for field in shape.get("properties", {}).values():
            field.pop("title", None)


def generated() -> dict[str, str]:
    """The text of every schema, by file name."""
    return {
        contract.type + ENDING: json.dumps(schema_of(contract), indent=2, ensure_ascii=False) + "\n"
        for contract in CONTRACTS.values()
    }


def committed() -> dict[str, str]:
    """The text of every schema in the folder, by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*" + ENDING))}


def breaches() -> Iterator[str]:
    """What the contracts as they are would break of the schemas in the folder."""
    new = generated()
    for name, text in committed().items():
        if name not in new:
            yield f"{name}: the type is gone; old events of it become unreadable"
        else:
            yield from (f"{name}: {breach}" for breach in broken(json.loads(text), json.loads(new[name])))


def broken(old: Schema, new: Schema) -> list[str]:
    """What in `new` breaks those who rely on `old`: a sentence for each place, empty if nothing does."""
    return list(_broken(_plain(old, old), _plain(new, new), "event"))


def _broken(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if any(old.get(key) != new.get(key) for key in ("type", "format", "const")):
        yield f"{path} changes type"
    lost = set(old.get("enum", [])) - set(new.get("enum", [])) if "enum" in new else set()
    yield from (f"{path} no longer takes {word}" for word in sorted(lost))
    was, now = set(old.get("required", [])), set(new.get("required", []))
    yield from (f"{path}.{name} becomes required" for name in sorted(now - was))
    yield from (f"{path}.{name} is no longer required" for name in sorted(was - now))
    places = _inner(new)
    for name, place in _inner(old).items():
        if name in places:
            yield from _broken(place, places[name], f"{path}.{name}")
        else:
            yield f"{path}.{name} is gone"


def _inner(schema: Schema) -> dict[str, Schema]:
    """The schemas below this one: of properties by name, `[]` of items, `{}` and `{key}` of a map."""
    inner: dict[str, Schema] = dict(schema.get("properties", {}))
    for name, keyword in (("[]", "items"), ("{}", "additionalProperties"), ("{key}", "propertyNames")):
        if isinstance(schema.get(keyword), dict):
            inner[name] = schema[keyword]
    return inner


def _plain(schema: Any, document: Schema) -> Any:
    """The schema with its references filled in, and without the null that is read as absent."""
    if isinstance(schema, list):
        return [_plain(part, document) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(document["$defs"][schema["$ref"].rpartition("/")[2]], document)
    some = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    if len(some) == 1:
        return _plain(some[0], document)
    return {name: _plain(part, document) for name, part in schema.items() if name != "$defs"}


def main(arguments: list[str]) -> int:
    """Write the schemas, or with `--check` say whether they are current."""
    found = list(breaches())
    if found:
        sys.stderr.write("Make a new version of the type; this one would break:\n" + "\n".join(found) + "\n")
        return 1
    if "--check" in arguments:
        if generated() == committed():
            return 0
        sys.stderr.write("The schemas are not current: run python -m shared.contracts.schemas\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    for name, text in generated().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
