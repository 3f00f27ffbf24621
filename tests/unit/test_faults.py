"""The faults that lie in a provider's event itself: final, whatever else becomes known."""

from typing import Any

import pytest

from services.billing.domain.faults import fault_of, source_agb
from services.billing.domain.verzameling import own_fault
from shared.contracts.event import parse
from tests.unit.builders import AGB, OTHER_AGB
from tests.unit.wire import HOME, event, exempt, home, stop, use


def fault_code(line: str, agb: str = AGB) -> str | None:
    fault = fault_of(parse(line), agb)
    return fault.code if fault else None


def used(**changes: Any) -> str:
    return use(1, "2026-03-01", "2026-03-31", **changes)


def test_a_use_a_stop_and_a_start_of_this_provider_have_no_fault() -> None:
    assert fault_code(used()) is None
    assert fault_code(stop(1, "2026-03-31")) is None


@pytest.mark.parametrize(
    ("source", "agb"),
    [
        ("urn:nld:agb:65656055:systeem:ecd", "65656055"),
        ("urn:nld:agb:65656055:", "65656055"),
        ("urn:nld:agb:65656055", None),
        ("urn:nld:agb:6565605:x", None),
        ("urn:nld:agb:656560555:x", None),
        ("urn:nld:agb:６5656055:x", None),  # noqa: RUF001  a digit, but no ASCII digit
        ("urn:nld:oin:65656055:x", None),
        ("x urn:nld:agb:65656055:x", None),
    ],
)
def test_the_agb_in_a_source(source: str, agb: str | None) -> None:
    assert source_agb(source) == agb


def test_the_source_and_the_aanbieder_must_be_the_provider_of_the_topic() -> None:
    assert fault_code(used(), OTHER_AGB) == "verkeerde-bron"
    assert fault_code(used(aanbieder=OTHER_AGB)) == "andere-aanbieder"
    assert fault_code(home()) == "verkeerde-bron"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("volume-niet-positief", {"volume": 0}),
        ("volume-niet-positief", {"volume": -1}),
        ("einde-voor-begin", {"einddatum": "2026-02-28"}),
        ("meer-dan-een-maand", {"einddatum": "2026-04-01"}),
        ("meer-dan-een-maand", {"einddatum": "2027-03-31"}),
        ("bedrag-klopt-niet", {"tariefCent": 1250, "bedragCent": 5001}),
        ("bedrag-klopt-niet", {"volume": 90, "eenheid": "04", "tariefCent": 2501, "bedragCent": 3752}),
        ("bedrag-klopt-niet", {"volume": 90, "eenheid": "01", "tariefCent": 2501, "bedragCent": 3751}),
    ],
)
def test_a_use_with_a_fault(code: str, changes: dict[str, Any]) -> None:
    assert fault_code(used(**changes)) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"tariefCent": 1250, "bedragCent": 5000},
        {"tariefCent": 1250},
        {"bedragCent": 1},
        {"volume": 7, "eenheid": "83", "tariefCent": 20, "bedragCent": 1},
        {"volume": 90, "eenheid": "01", "tariefCent": 20, "bedragCent": 1800},
        {"volume": 90, "eenheid": "01", "tariefCent": 2501, "bedragCent": 3752},
        {"volume": 1, "eenheid": "01", "tariefCent": 30, "bedragCent": 1},
        {"volume": 1, "eenheid": "01", "tariefCent": 29, "bedragCent": 0},
        {"begindatum": "2026-03-31"},
    ],
)
def test_a_use_without_a_fault(changes: dict[str, Any]) -> None:
    assert fault_code(used(**changes)) is None


def own_code(line: str) -> str | None:
    fault = own_fault(parse(line))
    return fault.code if fault else None


def test_without_topics_the_source_says_whose_event_it_is() -> None:
    assert own_code(used()) is None
    assert own_code(exempt(HOME, "2026-01", "2026-02")) is None
    assert own_code(used().replace("urn:nld:agb:65656055", "urn:nld:oin:0637")) == "verkeerde-bron"
    states = {"huishoudenId": HOME, "versie": 1, "perioden": []}
    of_a_provider = event("huishouden-vastgesteld", "h", states, source="urn:nld:agb:65656055:systeem:ecd")
    assert own_code(of_a_provider) == "onbekend-type"
