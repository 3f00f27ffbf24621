"""The JSON Schemas and docs/events.md are current, and say of each field why it exists."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts import schemas
from shared.contracts.contract import CONTRACTS, fields_of
from wijkzorg import docs

HOW = "This is not what the contracts say now. Run make docs, and commit what it writes."
ALL = CONTRACTS.values()


def test_the_schemas_are_current() -> None:
    assert schemas.generated() == schemas.committed(schemas.CURRENT), HOW


def test_the_page_of_the_events_is_current() -> None:
    assert docs.EVENTS.read_text(encoding="utf-8") == docs.events(), HOW


def test_generating_twice_gives_the_same() -> None:
    assert schemas.generated() == schemas.generated()


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.type)
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


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.type)
def test_the_page_has_every_event_with_every_field_of_it(contract: Any) -> None:
    section = docs.events().partition(f"### {contract.title}\n")[2].partition("\n### ")[0]
    assert f"`{contract.type}`" in section
    assert "```json" in section
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert len(rows) == len(list(fields_of(contract.data)))
    for row in rows:
        cells = [cell.strip() for cell in row.replace(r"\|", "/").strip("|").split("|")]
        assert len(cells) == 4
        assert all(cells), row


def test_the_page_says_who_reads_each_topic() -> None:
    assert docs.readers() == {
        "intake": ["billing", "indicatie", "reporting"],
        "indicatie": ["billing", "reporting"],
        "gebruik": ["billing"],
        "ontvangst": ["reporting", "aanbieder"],
        "bijdrage": ["reporting"],
    }


def test_a_name_of_a_shape_means_one_thing_in_all_schemas() -> None:
    shapes: dict[str, Any] = {}
    for contract in ALL:
        for name, shape in schemas.schema_of(contract)["$defs"].items():
            assert shapes.setdefault(name, shape) == shape, (
                f"{name} in {contract.type}: AsyncAPI keeps one of each name"
            )
