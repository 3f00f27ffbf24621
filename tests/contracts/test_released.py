"""What was released is never broken: a change that would break somebody fails, and says whom."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import schemas
from shared.contracts.compatibility import Harm, broken
from shared.contracts.contract import CONTRACTS
from wijkzorg import docs

LOCK = schemas.RELEASED / schemas.LOCK
GEBRUIK, INDICATIE = "gebruik-geregistreerd", "indicatie-afgegeven"


def test_nothing_that_was_released_is_broken() -> None:
    assert list(schemas.breaches(docs.readers())) == [], schemas.HOW


def test_what_was_released_is_changed_by_a_release_alone() -> None:
    version, *locked = LOCK.read_text(encoding="utf-8").splitlines()
    assert schemas.lock_lines() == locked, (
        "A released schema is a promise, which is not changed by hand. Take it back from where it was released; "
        "make release adds to it what breaks nobody."
    )
    assert version == docs.version(), (
        "This version has contracts that are no promise yet: make release, and commit what it writes."
    )


def test_every_type_has_been_released_or_is_new() -> None:
    assert {name.removesuffix(schemas.ENDING) for name in schemas.committed(schemas.RELEASED)} <= set(
        CONTRACTS
    )


Schema = dict[str, Any]


def thing(required: tuple[str, ...] = ("a",), **properties: Any) -> Schema:
    """A schema of an object with a required text `a`, and more."""
    return {
        "type": "object",
        "properties": {"a": {"type": "string"}, **properties},
        "required": list(required),
    }


KIND = {"enum": ["x", "y"], "type": "string"}
NUMBER = {"type": "integer"}
OR_NULL = {"anyOf": [NUMBER, {"type": "null"}]}
LIST = {"type": "array", "items": thing(b=NUMBER), "maxItems": 5}
DATE, MOMENT = {"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}
BREAKING: dict[str, tuple[Schema, Schema, Harm]] = {
    "b is gone": (thing(b=NUMBER), thing(), Harm.EVERYONE),
    "b becomes required": (thing(b=NUMBER), thing(("a", "b"), b=NUMBER), Harm.SENDERS),
    "b is new and required": (thing(), thing(("a", "b"), b=NUMBER), Harm.SENDERS),
    "a is no longer required": (thing(), thing(()), Harm.READERS),
    "b has another type: string; it was integer": (
        thing(b=NUMBER),
        thing(b={"type": "string"}),
        Harm.EVERYONE,
    ),
    "b has another format: date-time; it was date": (thing(b=DATE), thing(b=MOMENT), Harm.EVERYONE),
    "b has another pattern: ^[a-z]$; it was ^[a-y]$": (
        thing(b={"type": "string", "pattern": "^[a-y]$"}),
        thing(b={"type": "string", "pattern": "^[a-z]$"}),
        Harm.EVERYONE,
    ),
    "b no longer takes y": (thing(b=KIND), thing(b=KIND | {"enum": ["x"]}), Harm.SENDERS),
    "b also takes z": (thing(b=KIND), thing(b=KIND | {"enum": ["x", "y", "z"]}), Harm.READERS),
    "b gets or loses its list of values": (thing(b=KIND), thing(b={"type": "string"}), Harm.EVERYONE),
    "b also takes 2": (thing(b={"const": "1"}), thing(b={"enum": ["1", "2"]}), Harm.READERS),
    "b has maximum 4; it was 5": (
        thing(b=NUMBER | {"maximum": 5}),
        thing(b=NUMBER | {"maximum": 4}),
        Harm.SENDERS,
    ),
    "b has maximum None; it was 5": (thing(b=NUMBER | {"maximum": 5}), thing(b=NUMBER), Harm.READERS),
    "b has minimum 1; it was None": (thing(b=NUMBER), thing(b=NUMBER | {"minimum": 1}), Harm.SENDERS),
    "b has minimum 0; it was 1": (
        thing(b=NUMBER | {"minimum": 1}),
        thing(b=NUMBER | {"minimum": 0}),
        Harm.READERS,
    ),
    "b has maxItems 6; it was 5": (thing(b=LIST), thing(b=LIST | {"maxItems": 6}), Harm.READERS),
    "b.[].b is gone": (thing(b=LIST), thing(b=LIST | {"items": thing()}), Harm.EVERYONE),
    "b.{} has another type: number; it was integer": (
        thing(b={"type": "object", "additionalProperties": NUMBER}),
        thing(b={"type": "object", "additionalProperties": {"type": "number"}}),
        Harm.EVERYONE,
    ),
    "b.{key} no longer takes y": (
        thing(b={"type": "object", "propertyNames": KIND}),
        thing(b={"type": "object", "propertyNames": KIND | {"enum": ["x"]}}),
        Harm.SENDERS,
    ),
    "o.b is gone": (
        thing(o={"$ref": "#/$defs/O"}) | {"$defs": {"O": thing(b=NUMBER)}},
        thing(o={"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}) | {"$defs": {"P": thing()}},
        Harm.EVERYONE,
    ),
    "b takes null, or no longer does": (
        thing(("a", "b"), b=NUMBER),
        thing(("a", "b"), b=OR_NULL),
        Harm.EVERYONE,
    ),
    "b says something else: “the last day”; it was “the first day”": (
        thing(b=DATE | {"description": "the first day"}),
        thing(b=DATE | {"description": "the last day"}),
        Harm.MEANING,
    ),
}


@pytest.mark.parametrize("sentence", BREAKING)
def test_a_breaking_change_is_named_with_whom_it_breaks(sentence: str) -> None:
    old, new, harm = BREAKING[sentence]
    path, what = sentence.split(" ", 1)
    assert broken(old, new) == [(f"event.{path}", what, harm)]


COMPATIBLE = {
    "nothing": (thing(), thing()),
    "an optional field more": (thing(), thing(b=NUMBER)),
    "an optional field more, deep inside": (
        thing(b=LIST),
        thing(b=LIST | {"items": thing(b=NUMBER, c=OR_NULL)}),
    ),
    "a null that is read as absent": (thing(b=NUMBER), thing(b=OR_NULL)),
    "another ground": (thing(b=NUMBER | {"x-grond": "x"}), thing(b=NUMBER | {"x-grond": "y"})),
    "another order": (thing(k=KIND), thing(k=KIND | {"enum": ["y", "x"]})),
    "another name of a part": (
        thing(o={"$ref": "#/$defs/O"}) | {"$defs": {"O": thing()}},
        thing(o={"$ref": "#/$defs/P"}) | {"$defs": {"P": thing()}},
    ),
}


@pytest.mark.parametrize("change", COMPATIBLE)
def test_what_breaks_nobody_passes(change: str) -> None:
    assert broken(*COMPATIBLE[change]) == []


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[Schema], Any]], None]:
    """Changes what was promised of one type, as if the code had been changed since; what is written is this test's own."""
    for name in ("CURRENT", "RELEASED"):
        monkeypatch.setattr(schemas, name, tmp_path / name.lower())
    monkeypatch.setattr(docs, "EVENTS", tmp_path / "events.md")
    schemas.release("0")

    def change(name: str, how: Callable[[Schema], Any]) -> None:
        file = tmp_path / "released" / f"nl.wijkzorg.{name}.v1{schemas.ENDING}"
        schema = json.loads(file.read_bytes())
        how(schema)
        file.write_text(json.dumps(schema), encoding="utf-8")

    return change


def _of(schema: Schema, name: str, field: str) -> Schema:
    found: Schema = schema["$defs"][name]["properties"][field]
    return found


def _drop(schema: Schema, name: str, field: str) -> None:
    del schema["$defs"][name]["properties"][field]
    schema["$defs"][name]["required"].remove(field)


PLANTED: dict[str, tuple[str, Callable[[Schema], Any]]] = {
    "event.data.gezin is gone. That breaks who sends it as it was, who reads it so, and whoever reads the events that lie"
    " in a log (billing → reporting, aanbieder).": (
        "gebruik-beoordeeld",
        lambda s: s["$defs"]["GebruikBeoordeeld"]["properties"].update(gezin={"type": "string"}),
    ),
    "event.data.besluit becomes required. That breaks who sends it as it was, and whoever reads the events that lie in a"
    " log (indicatie → billing, reporting).": (
        INDICATIE,
        lambda s: s["$defs"]["IndicatieAfgegeven"]["required"].remove("besluit"),
    ),
    "event.data.besluit also takes deels. That breaks who reads it as it was (indicatie → billing, reporting).": (
        INDICATIE,
        lambda s: _of(s, "IndicatieAfgegeven", "besluit").update(enum=["toegekend", "afgewezen"]),
    ),
    "event has another x-sleutel: ['aanbieder', 'referentieNummer']; it was ['referentieNummer']. That breaks who sends it"
    " as it was, who reads it so, and whoever reads the events that lie in a log (aanbieder → billing).": (
        GEBRUIK,
        lambda s: s.update({"x-sleutel": ["referentieNummer"]}),
    ),
    "event.data.toewijzingen has maxItems 100; it was 200. That breaks who sends it as it was, and whoever reads the events"
    " that lie in a log (indicatie → billing, reporting).": (
        INDICATIE,
        lambda s: _of(s, "IndicatieAfgegeven", "toewijzingen").update(maxItems=200),
    ),
    "event.data.einddatum says something else: “the last day of the period (inclusive)”; it was “the day after”. That breaks"
    " who understands it as it was (aanbieder → billing).": (
        GEBRUIK,
        lambda s: _of(s, "GebruikGeregistreerd", "einddatum").update(description="the day after"),
    ),
    "event has another x-regel: A vrijstelling is given for a huishouden or for a client.; it was None. That breaks who sends"
    " it as it was, who reads it so, and whoever reads the events that lie in a log (intake → billing, indicatie,"
    " reporting).": ("vrijstelling-vastgesteld", lambda s: s.pop("x-regel")),
    "event.data.eenheid is new and required. That breaks who sends it as it was, and whoever reads the events that lie in a"
    " log (aanbieder → billing).": (GEBRUIK, lambda s: _drop(s, "GebruikGeregistreerd", "eenheid")),
}


@pytest.mark.parametrize("sentence", PLANTED)
def test_a_break_is_found_in_a_contract_and_nothing_is_written(
    sentence: str, plant: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    name, how = PLANTED[sentence]
    plant(name, how)
    assert list(schemas.breaches(docs.readers())) == [f"nl.wijkzorg.{name}.v1: {sentence}"]
    assert docs.main(["--release"]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert "version 2" in said
    assert not docs.EVENTS.exists()
    assert not schemas.CURRENT.exists()


def test_a_type_that_is_gone_breaks_who_reads_its_old_events(plant: Any) -> None:
    plant("maand-gesloten", lambda _: None)
    file = schemas.RELEASED / f"nl.wijkzorg.maand-gesloten.v1{schemas.ENDING}"
    file.rename(file.with_name(f"nl.wijkzorg.jaar-gesloten.v1{schemas.ENDING}"))
    (said,) = schemas.breaches(docs.readers())
    assert said.startswith("nl.wijkzorg.jaar-gesloten.v1 is gone.")


def test_a_provider_may_send_more_than_was_released(plant: Any) -> None:
    plant(GEBRUIK, lambda s: _of(s, "GebruikGeregistreerd", "eenheid").update(enum=["01", "04"]))
    plant(GEBRUIK, lambda s: s["$defs"]["GebruikGeregistreerd"]["required"].append("tariefCent"))
    assert list(schemas.breaches(docs.readers())) == []


def test_an_optional_field_more_passes_and_becomes_a_promise_by_a_release(plant: Any) -> None:
    plant(GEBRUIK, lambda s: s["$defs"]["GebruikGeregistreerd"]["properties"].pop("tariefCent"))
    assert docs.main([]) == 0
    assert schemas.committed(schemas.RELEASED) != schemas.committed(schemas.CURRENT)
    assert docs.main(["--release"]) == 0
    assert schemas.committed(schemas.RELEASED) == schemas.generated()
    assert (schemas.RELEASED / schemas.LOCK).read_text().splitlines() == [
        docs.version(),
        *schemas.lock_lines(),
    ]


def test_better_words_of_the_same_meaning_are_released_by_saying_so(plant: Any) -> None:
    plant(GEBRUIK, lambda s: s.update(description="Care that was delivered."))
    assert docs.main(["--release"]) == 1
    assert docs.main(["--release", "--same-meaning"]) == 0
    assert list(schemas.breaches(docs.readers())) == []
