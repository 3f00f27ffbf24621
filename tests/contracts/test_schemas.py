"""The JSON Schemas are current, and a change that breaks someone is caught."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts import schemas
from shared.contracts.contract import CONTRACTS, fields_of

HOW = "The schemas are not current: run python -m shared.contracts.schemas, and commit what it writes."


def thing(required: tuple[str, ...] = ("a",), **properties: Any) -> dict[str, Any]:
    """A schema of an object with a required text `a`, and more."""
    return {
        "type": "object",
        "properties": {"a": {"type": "string"}, **properties},
        "required": list(required),
    }


def test_the_schemas_are_current() -> None:
    assert schemas.generated() == schemas.committed(), HOW


def test_nothing_that_was_promised_is_broken() -> None:
    assert list(schemas.breaches()) == []


def test_generating_twice_gives_the_same() -> None:
    assert schemas.generated() == schemas.generated()


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.type)
def test_a_schema_is_valid_and_says_why_each_field_exists(contract: Any) -> None:
    schema = schemas.schema_of(contract)
    Draft202012Validator.check_schema(schema)
    assert schema["description"].startswith(contract.data.__doc__.strip().splitlines()[0])
    assert schema["properties"]["type"]["const"] == contract.type
    fields = [field for shape in schema["$defs"].values() for field in shape["properties"].values()]
    assert len(fields) == len(
        {_last_two(contract.data.__name__, path) for path, _ in fields_of(contract.data)}
    )
    for field in fields:
        assert field["description"]
        assert field["x-grond"]
        assert field["x-bewaartermijn"]


def _last_two(root: str, path: str) -> str:
    return ".".join([root, *path.split(".")][-2:])


KIND = {"enum": ["x", "y"], "type": "string"}
BREAKING = {
    "event.b is gone": (thing(b={"type": "integer"}), thing()),
    "event.b becomes required": (thing(), thing(("a", "b"), b={"type": "integer"})),
    "event.a is no longer required": (thing(), thing(())),
    "event.b changes type": (thing(b={"type": "integer"}), thing(b={"type": "string"})),
    "event.c changes type": (
        thing(c={"type": "string", "format": "date"}),
        thing(c={"type": "string", "format": "date-time"}),
    ),
    "event.k no longer takes y": (thing(k=KIND), thing(k=KIND | {"enum": ["x", "z"]})),
    "event.l.[].b is gone": (
        thing(l={"type": "array", "items": thing(b={"type": "integer"})}),
        thing(l={"type": "array", "items": thing()}),
    ),
    "event.m.{} changes type": (
        thing(m={"type": "object", "additionalProperties": {"type": "integer"}}),
        thing(m={"type": "object", "additionalProperties": {"type": "number"}}),
    ),
    "event.m.{key} no longer takes y": (
        thing(m={"type": "object", "propertyNames": KIND}),
        thing(m={"type": "object", "propertyNames": {"enum": ["x"], "type": "string"}}),
    ),
    "event.o.b is gone": (
        thing(o={"$ref": "#/$defs/O"}) | {"$defs": {"O": thing(b={"type": "integer"})}},
        thing(o={"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}) | {"$defs": {"P": thing()}},
    ),
}


@pytest.mark.parametrize("sentence", BREAKING)
def test_a_breaking_change_is_named(sentence: str) -> None:
    old, new = BREAKING[sentence]
    assert schemas.broken(old, new) == [sentence]


COMPATIBLE = {
    "nothing": (thing(), thing()),
    "an optional field more": (thing(), thing(b={"type": "integer"})),
    "a null that is read as absent": (
        thing(b={"type": "integer"}),
        thing(b={"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    ),
    "another explanation": (thing(b={"type": "integer", "description": "x"}), thing(b={"type": "integer"})),
    "a word more": (thing(k=KIND), thing(k=KIND | {"enum": ["x", "y", "z"]})),
    "another name of a part": (
        thing(o={"$ref": "#/$defs/O"}) | {"$defs": {"O": thing()}},
        thing(o={"$ref": "#/$defs/P"}) | {"$defs": {"P": thing()}},
    ),
}


@pytest.mark.parametrize("change", COMPATIBLE)
def test_what_breaks_nobody_passes(change: str) -> None:
    assert schemas.broken(*COMPATIBLE[change]) == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Schemas of one's own, as they are now."""
    monkeypatch.setattr(schemas, "FOLDER", tmp_path / "schemas")
    assert schemas.main([]) == 0
    return tmp_path / "schemas"


def test_what_was_written_is_current(folder: Path) -> None:
    assert len(list(folder.iterdir())) == len(CONTRACTS)
    assert schemas.main(["--check"]) == 0


def test_check_finds_a_schema_that_is_not_current(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "nl.wijkzorg.maand-gesloten.v1.schema.json").unlink()
    assert schemas.main(["--check"]) == 1
    assert "python -m shared.contracts.schemas" in capsys.readouterr().err


def test_a_breaking_schema_is_not_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "nl.wijkzorg.maand-gesloten.v1.schema.json"
    promised = file.read_text().replace('"huishoudens"', '"gezinnen"')
    file.write_text(promised)
    (folder / "nl.wijkzorg.verdwenen.v1.schema.json").write_text("{}")
    assert schemas.main([]) == 1
    assert file.read_text() == promised
    said = capsys.readouterr().err
    assert "event.data.gezinnen is gone" in said
    assert "nl.wijkzorg.verdwenen.v1.schema.json: the type is gone" in said
