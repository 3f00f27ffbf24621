"""The golden examples: what was once a readable event stays one, with the same meaning."""

import hashlib
import json

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.contract import CONTRACTS
from shared.contracts.event import canonical_data, parse, to_wire, wire_data
from shared.contracts.schemas import schema_of
from tests.contracts.samples import EXAMPLES, FOLDER, NAMES, sample


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_the_same_event_after_it_has_travelled(name: str) -> None:
    read = parse(EXAMPLES[name])
    again = parse(to_wire(read))
    assert again == read
    assert to_wire(again) == to_wire(read)
    assert canonical_data(again) == canonical_data(read)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_an_example_is_lost_when_it_is_read(name: str) -> None:
    example = sample(name)
    moments = {"toegewezenOp"}
    written = wire_data(parse(EXAMPLES[name]))
    assert _without(written, moments) == _without(example["data"], moments)


def _without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {key: _without(inner, names) for key, inner in value.items() if key not in names}
    return [_without(inner, names) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_named_after_its_type_and_fits_its_schema(name: str) -> None:
    example = sample(name)
    assert name.rpartition(".")[0].rpartition(".")[0] == example["type"].removeprefix("nl.wijkzorg.")
    validator = Draft202012Validator(
        schema_of(CONTRACTS[example["type"]]), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in validator.iter_errors(example)] == []
    as_written = json.loads(to_wire(parse(EXAMPLES[name])))
    assert [error.message for error in validator.iter_errors(as_written)] == []


def test_every_type_has_an_example() -> None:
    assert {sample(name)["type"] for name in NAMES} == set(CONTRACTS)


def test_every_optional_field_stands_in_an_example() -> None:
    shown = {(e["type"], field) for e in map(sample, NAMES) for field in e["data"]}
    meant = {
        (contract.type, field)
        for contract in CONTRACTS.values()
        for field in schema_of(contract)["$defs"][contract.data.__name__]["properties"]
    }
    assert shown == meant


def test_examples_are_only_ever_added() -> None:
    lock = (FOLDER / "LOCK").read_text(encoding="utf-8").splitlines()
    locked = {name: digest for digest, name in (line.split("  ") for line in lock)}
    actual = {name: hashlib.sha256(raw).hexdigest() for name, raw in EXAMPLES.items()}
    changed = [name for name, digest in locked.items() if actual.get(name) != digest]
    assert not changed, (
        f"{changed} changed or went away. An example is an event that may lie in a log for ever: "
        "leave it as it was, and add another beside it."
    )
    new = [f"{actual[name]}  {name}" for name in actual if name not in locked]
    assert not new, "Add these lines to examples/LOCK:\n" + "\n".join(new)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_names_nobody(name: str) -> None:
    text = EXAMPLES[name].decode()
    numbers = [
        int(digits) for digits in "".join(c if c.isalnum() else " " for c in text).split() if digits.isdigit()
    ]
    assert not [number for number in numbers if _passes_for_bsn(number)]


def _passes_for_bsn(number: int) -> bool:
    digits = f"{number:09d}"
    weighed = sum(
        weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=False)
    )
    return 10_000_000 <= number <= 999_999_999 and weighed % 11 == 0
