"""What is wrong is refused and the field is named; what is unknown is ignored; what is null is absent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.event import EXPLANATION_MAX, UnreadableError, contract_of, parse, to_wire, wire_data
from tests.contracts.samples import EXAMPLES, NAMES, replaced, sample, with_data, without

Path = tuple[str | int, ...]
IGNORED = {"subject", "datacontenttype", "traceparent"}
MAPS = {"oplossingen", "acties", "behaald"}
PERIOD = "client-vastgesteld.v1.1"
EXEMPTION = "vrijstelling-vastgesteld.v1.1"


def refused(raw: bytes | str) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        parse(raw)
    return caught.value


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in JSON, with where it stands."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places(below, (*path, key))


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_the_wrong_type_is_refused_by_its_place(name: str) -> None:
    example = sample(name)
    for path, value in places(example):
        if not path or path[0] in IGNORED:
            continue
        wrong: Any = 7 if isinstance(value, dict | list) else {"not": "this"}
        shown = path[:-1] if len(path) > 1 and path[-2] in MAPS else path
        error = refused(json.dumps(replaced(example, path, wrong)))
        assert error.veld == ".".join(map(str, shown)), path


@pytest.mark.parametrize("name", NAMES)
def test_a_number_in_quotes_is_no_number_and_a_number_no_text(name: str) -> None:
    example = sample(name)
    for path, value in places(example["data"]):
        if isinstance(value, int) and path[-1] not in MAPS:
            refused(json.dumps(replaced(example, ("data", *path), str(value))))
        elif isinstance(value, str):
            refused(json.dumps(replaced(example, ("data", *path), 20250101)))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_needed_may_not_be_missing_and_what_may_be_missing_may_be_null(name: str) -> None:
    needed = contract_of(parse(EXAMPLES[name])).data.__required_keys__  # type: ignore[attr-defined]
    camel = {"".join(w.capitalize() if i else w for i, w in enumerate(key.split("_"))) for key in needed}
    for field in sample(name)["data"]:
        if field in camel:
            assert refused(without(name, field)).veld == f"data.{field}"
            assert refused(with_data(name, **{field: None})).veld == f"data.{field}"
        elif not (name.startswith("vrijstelling") and field in {"huishoudenId", "clientId"}):
            absent = wire_data(parse(without(name, field)))
            assert wire_data(parse(with_data(name, **{field: None}))) == absent


@pytest.mark.parametrize("name", NAMES)
def test_unknown_fields_are_ignored_and_do_not_travel_on(name: str) -> None:
    known = parse(EXAMPLES[name])
    more = sample(name)
    for path, value in list(places(more)):
        if isinstance(value, dict) and path and path[-1] not in MAPS:
            value["xVreemd"] = {"bsn": "000000000"}
    more["xVreemder"] = [1, 2]
    read = parse(json.dumps(more))
    assert read == known
    assert b"xVreemd" not in to_wire(read)


@pytest.mark.parametrize(
    ("raw", "veld"),
    [
        (with_data("samenspraak-vastgesteld.v1.1", tot="2025-03-31"), "tot"),
        (with_data("wijkteam-vastgesteld.v1.1", tot="2024-12-31"), "tot"),
        (with_data("pluspakket-vastgesteld.v1.1", tot="2024-12-31"), "tot"),
        (with_data("contract-vastgesteld.v1.2", producten=[sample("contract-vastgesteld.v1.2")["data"]["producten"][0] | {"tot": "2025-01-31"}]), "producten.0.tot"),
        (without(EXEMPTION, "huishoudenId"), "huishoudenId"),
        (with_data(EXEMPTION, clientId=sample(PERIOD)["data"]["clientId"]), "clientId"),
    ],
)  # fmt: skip
def test_a_rule_between_fields_names_the_field(raw: bytes, veld: str) -> None:
    error = refused(raw)
    assert (error.code, error.veld) == ("onleesbaar", f"data.{veld}")


def test_a_period_of_one_day_or_month_is_one() -> None:
    assert parse(with_data("samenspraak-vastgesteld.v1.1", tot="2025-04-01"))
    assert parse(with_data(EXEMPTION, totMaand="2025-03"))


def test_a_state_the_rule_reads_may_hold_an_empty_period() -> None:
    """The rule has an answer to it (nobody, never); refusing it would leave an older versie in force."""
    assert parse(with_data(PERIOD, perioden=[sample(PERIOD)["data"]["perioden"][1] | {"tot": "2024-12-31"}]))
    empty = [{"van": "2025-01-02", "tot": "2025-01-01", "leden": []}]
    assert parse(with_data("huishouden-vastgesteld.v1.1", perioden=empty))
    assert parse(with_data(EXEMPTION, totMaand="2025-02"))


def test_a_removed_toewijzing_may_end_before_it_begins() -> None:
    removed = parse(EXAMPLES["toewijzing-gewijzigd.v1.2.json"])["data"]["toewijzing"]
    assert removed["einddatum"] < removed["ingangsdatum"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("datum", "1736121600"),
        ("datum", "2025-1-6"),
        ("datum", "2025-02-29"),
        ("datum", "2025-01-06T00:00:00"),
        ("datum", "1899-12-31"),
        ("datum", "\u0662025-01-06"),
        ("clientId", "b2354d1363bb43fb9cec1ab9dbd3591a"),
        ("clientId", "urn:uuid:b2354d13-63bb-43fb-9cec-1ab9dbd3591a"),
        ("kanaal", "mevrouw belde zelf"),
        ("domein", "Wmo"),
        ("spoed", 0),
    ],
)
def test_a_value_is_written_in_one_way(field: str, value: object) -> None:
    assert refused(with_data("melding-ontvangen.v1.1", **{field: value})).veld == f"data.{field}"


@pytest.mark.parametrize(
    "moment",
    [
        "1736121600",
        "2025-01-06",
        "2025-01-06T08:00:00",
        "2025-01-06 08:00:00Z",
        "2025-01-06T08:00Z",
        1736121600,
    ],
)
def test_a_moment_has_seconds_and_an_offset(moment: object) -> None:
    assert refused(json.dumps(sample("maand-gesloten.v1.1") | {"time": moment})).veld == "time"


@pytest.mark.parametrize(
    ("name", "field", "item", "limit"),
    [
        ("gebruik-beoordeeld.v1.1", "oordelen", {"plaats": 1, "versie": 1, "oordeel": "dubbel"}, 300),
        ("bijdrage-vastgesteld.v1.1", "aanleiding", "x", 1000),
    ],
)
def test_a_list_has_a_limit(name: str, field: str, item: object, limit: int) -> None:
    assert parse(with_data(name, **{field: [item] * limit}))
    assert refused(with_data(name, **{field: [item] * (limit + 1)})).veld == f"data.{field}"


@pytest.mark.parametrize("regel", [0, 8, 1.0, True])
def test_a_rule_is_one_of_seven(regel: object) -> None:
    assert refused(with_data("bijdrage-vastgesteld.v1.1", regel=regel)).veld == "data.regel"


def test_a_count_below_five_is_not_published() -> None:
    assert refused(with_data("zelfredzaamheid-geteld.v1.1", aantal=4)).veld == "data.aantal"


def test_an_error_never_quotes_what_was_sent() -> None:
    for changes in ({"acties": {"123456782": 1}}, {"datum": "123456782"}, {"planId": "123456782"}):
        error = refused(with_data("plan-vastgesteld.v1.1", **changes))
        assert "123456782" not in f"{error.veld} {error.uitleg}"
        assert len(error.uitleg) <= EXPLANATION_MAX


@pytest.mark.parametrize(
    ("raw", "code", "veld"),
    [
        (b"", "onleesbaar", None),
        (b"\xff", "onleesbaar", None),
        (b"[" * 100_000, "onleesbaar", None),
        (b"[]", "onleesbaar", None),
        (b"{}", "onleesbaar", "type"),
        (b'{"type":"nl.wijkzorg.onbekend.v1"}', "onbekend-type", "type"),
        (b'{"type":"nl.wijkzorg.maand-gesloten.v2"}', "onbekend-type", "type"),
        ('{"type":"\udcff"}', "onleesbaar", None),
    ],
)
def test_what_is_no_event_is_unreadable(raw: bytes | str, code: str, veld: str | None) -> None:
    error = refused(raw)
    assert (error.code, error.veld) == (code, veld)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(NAMES), st.data())
def test_an_event_with_anything_anywhere_is_read_or_unreadable(name: str, data: st.DataObject) -> None:
    example = sample(name)
    path = data.draw(st.sampled_from([path for path, _ in places(example) if path]))
    raw = json.dumps(replaced(example, path, data.draw(JSON)))
    try:
        read = parse(raw)
    except UnreadableError:
        return
    assert to_wire(parse(to_wire(read))) == to_wire(read)
