"""What may be shown of an event that something is wrong with: its shape, and nothing of anyone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.masked import CHARACTERS_MAX, KNOWN, masked, masked_key

BSN = "999990019"


def shown(value: Any) -> Any:
    """What is shown of a value."""
    return json.loads(masked(json.dumps(value).encode()))


def test_the_shape_and_what_says_nothing_of_anyone_is_shown() -> None:
    data = {
        "aanbieder": "65656055",
        "volume": 4,
        "eenheid": "04",
        "begindatum": "2026-04-01",
        "besluit": "deels",
    }
    event = {
        "specversion": "1.0",
        "type": "nl.wijkzorg.iets-nieuws.v1",
        "time": "2026-05-06T08:00:00Z",
        "data": data,
    }
    assert shown(event) == event


@pytest.mark.parametrize(
    "value",
    [
        {"naam": "Jan Jansen"},
        {"Jan Jansen": 1},
        {"referentieNummer": BSN},
        {"aanbieder": BSN},
        {"toewijzingNummer": int(BSN)},
        {"versie": float(BSN)},
        {"volume": -int(BSN)},
        {"id": f"bsn {BSN}"},
        {"data": [[{"leden": [BSN, {"x": BSN}]}]]},
        BSN,
        int(BSN),
    ],
)
def test_no_text_or_number_of_a_person_is_shown(value: Any) -> None:
    said = masked(json.dumps(value).encode())
    assert BSN not in said
    assert "Jansen" not in said


@given(st.text(min_size=6).filter(lambda text: any(map(str.isalpha, text))), st.sampled_from(sorted(KNOWN)))
def test_free_text_is_never_shown_under_any_name(text: str, name: str) -> None:
    told = "the secret of " + text
    for value in (told, {name: told}, {told: 1}, [{"data": {name: [told]}}]):
        assert json.dumps(told)[1:-1] not in masked(json.dumps(value).encode())


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_what_is_no_number_of_any_size_is_shown_as_one(number: bytes) -> None:
    assert json.loads(masked(b'{"volume": ' + number + b"}")) == {"volume": "[getal]"}


def test_a_number_of_any_length_is_shown() -> None:
    assert shown({"volume": 10**400}) == {"volume": 10**400}


@pytest.mark.parametrize("value", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b'{"a": 1} trailing'])
def test_of_what_is_no_json_only_its_length_is_shown(value: bytes) -> None:
    assert masked(value) == f"[geen JSON, {len(value)} bytes]"


@pytest.mark.parametrize(
    "value",
    [
        json.dumps({str(number): number for number in range(20_000)}).encode(),
        json.dumps([[["volume"] * 500] * 500] * 2).encode(),
        b"[" * 150 + b"]" * 150,
        json.dumps("x" * 120_000).encode(),
    ],
)
def test_what_is_shown_has_a_limit(value: bytes) -> None:
    assert len(masked(value)) <= CHARACTERS_MAX + 20


def test_a_key_is_shown_by_its_kind_alone() -> None:
    assert masked_key(b"nl.wijkzorg.client-vastgesteld/11111111-0000-4000-8000-000000000000") == (
        "nl.wijkzorg.client-vastgesteld/…"
    )
    assert masked_key(b"Jan Jansen/1") == "[12 bytes]"
    assert masked_key(None) == masked(None) == "[leeg]"
