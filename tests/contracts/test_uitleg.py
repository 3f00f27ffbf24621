"""Whatever may be wrong with an event or a question has a sentence in Dutch, which never quotes what was sent."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import SecretStr, TypeAdapter, ValidationError, create_model

import services
from shared.contracts import event
from shared.contracts.event import EXPLANATION_MAX, UnreadableError, parse
from shared.contracts.uitleg import ALGEMEEN, ZINNEN, uitleg
from shared.messaging.topics import Ends
from shared.service import Service
from shared.settings import ServiceSettings
from shared.web.health import Health
from tests.contracts.samples import NAMES, replaced, sample, with_data
from tests.contracts.test_refusals import places

SENT = "123456782"
WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 7, 1.5, 2**31, 2**70, -(2**70), float("nan")),
    *("", "x", SENT, "x" * 201, "\x00", "9" * 5000, "1e400", "2023-13"),
    *("2023-02-30", "1800-01-01", "2300-01-01", "2023-02-30T00:00:00Z", "2300-01-01T00:00:00Z"),
    *("2023-01-01T00:00:00", "2023-01-01T00:00:00.5Z", f"{SENT[:8]}-0000-0000-0000-00000000000g"),
    *([], {}, ["x"] * 2000, [{}], {SENT: 1}, {"x": None}, dict.fromkeys(map(str, range(20)), 1)),
)


def errors_of(adapter: TypeAdapter[Any], raw: bytes | str) -> list[Any]:
    try:
        adapter.validate_json(raw)
    except ValidationError as error:
        return error.errors(include_input=False, include_url=False)
    return []


def said_of(errors: list[Any]) -> set[str]:
    """The types of these errors; each has a sentence of its own that says all it has to say."""
    for error in errors:
        sentence = uitleg(error)
        assert error["type"] in ZINNEN, f"{error['type']} has no sentence in the catalogue ({error['msg']})"
        assert sentence[-1] == "."
        assert not {"{", SENT} & {sentence[:1], *sentence.split()}
    return {error["type"] for error in errors}


def bent(name: str) -> Iterator[str]:
    """An example with something wrong at each place in turn."""
    example = sample(name)
    for path, _ in places(example):
        for wrong in WRONG:
            yield json.dumps(replaced(example, path, wrong) if path else wrong)


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_may_be_wrong_with_an_event_has_a_sentence(name: str) -> None:
    adapter = event._ADAPTER
    found = set[str]()
    for raw in bent(name):
        found |= said_of(errors_of(adapter, raw))
    assert {"missing", "string_type", "union_tag_invalid", "written"} <= found


@pytest.mark.parametrize("raw", [b"", b"\xff", b"{", b"{}", b'{"type":"x"}', '{"type":"\udcff"}'])
def test_what_is_no_event_has_a_sentence_too(raw: bytes | str) -> None:
    assert said_of(errors_of(event._ADAPTER, raw))


async def _nothing_waits(_: object) -> dict[str, int]:
    return {}


def _routers() -> Iterator[tuple[str, APIRouter]]:
    health = Health("test", "^$", Ends(""), _nothing_waits)
    settings = ServiceSettings(
        database_dsn=SecretStr("postgresql://nowhere"), KAFKA_BOOTSTRAP_SERVERS="nowhere:1"
    )
    yield "health", health.router()
    for module in pkgutil.iter_modules(services.__path__):
        service: Service = import_module(f"services.{module.name}.app").service(settings)
        yield service.name, service.api(health)


ROUTES = [
    pytest.param(route, id=f"{name} {route.path}")
    for name, router in _routers()
    for route in router.routes
    if isinstance(route, APIRoute)
]


@pytest.mark.parametrize("route", ROUTES)
def test_everything_that_may_be_wrong_with_a_question_has_a_sentence(route: APIRoute) -> None:
    dependant = route.dependant
    for field in (*dependant.path_params, *dependant.query_params, *dependant.header_params):
        for wrong in WRONG:
            _, errors = field.validate("" if wrong is None else str(wrong), {}, loc=("query", field.name))
            said_of(list(errors or ()))
    for field in dependant.body_params:
        parameters: Any = (field.field_info.annotation, field.field_info)
        body = TypeAdapter(create_model("Body", body=parameters))
        for wrong in WRONG:
            said_of(errors_of(body, json.dumps({"body": wrong})))
        for name in getattr(field.field_info.annotation, "model_fields", ()):  # a file has none
            for wrong in WRONG:
                said_of(errors_of(body, json.dumps({"body": {name: wrong}})))


def test_a_verdict_says_in_dutch_what_is_wrong_and_where() -> None:
    for name, changes, sentence in (
        ("zorg-gestart.v1.1", {"begindatum": "1-2-2023"}, "Schrijf dit als tekst, zoals 2026-01-31."),
        (
            "zorg-gestart.v1.1",
            {"begindatum": "1800-01-01"},
            "Dit mag niet minder of eerder zijn dan 1900-01-01.",
        ),
        ("zorg-gestart.v1.1", {"toewijzingNummer": "7"}, "Dit moet een geheel getal zijn."),
        ("zorg-gestart.v1.1", {"begindatum": None}, "Schrijf dit als tekst, zoals 2026-01-31."),
    ):
        with pytest.raises(UnreadableError) as caught:
            parse(with_data(name, **changes))
        (field,) = changes
        assert caught.value.uitleg == f"Het veld data.{field} klopt niet. {sentence}"
        assert len(caught.value.uitleg) <= EXPLANATION_MAX


def test_a_choice_and_a_moment_are_said_in_dutch() -> None:
    choice = {"type": "literal_error", "ctx": {"expected": "'zin' or 'pgb'"}}
    assert uitleg(choice) == "Kies een van deze waarden: 'zin' of 'pgb'."
    late = errors_of(
        event._ADAPTER, json.dumps(sample("maand-gesloten.v1.1") | {"time": "2300-01-01T00:00:00Z"})
    )
    assert uitleg(late[0]) == "Dit mag niet meer of later zijn dan 2199-12-31T00:00:00Z."


def test_a_type_that_nobody_foresaw_has_the_general_sentence() -> None:
    assert uitleg({"type": "of_a_later_pydantic", "msg": "Input should be else"}) == ALGEMEEN
