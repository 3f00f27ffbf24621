"""What each service says of itself, by the official schemas of OpenAPI 3.1 and AsyncAPI 3: whole, right, and only said."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from jsonschema import Draft7Validator, Draft202012Validator

from local import Backends
from shared.contracts.contract import CONTRACTS, TOPICS, Contract
from shared.contracts.event import CONTENT_TYPE
from shared.settings import ServiceSettings
from shared.web import openapi
from shared.web.page import POLICY
from tests.answered import Described
from tests.component.http import Api, api_of
from tests.conftest import own_databases
from wijkzorg import docs
from wijkzorg.common import service_names

VENDOR = Path(__file__).parents[1] / "contracts" / "vendor"
NAMES = service_names()
PREFIX = "deze-gemeente"
Json = dict[str, Any]


@cache
def official(name: str) -> Json:
    """A schema as its makers published it."""
    schema: Json = json.loads((VENDOR / name).read_bytes())
    return schema


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=NAMES)
async def api(request: pytest.FixtureRequest, backends: Backends) -> AsyncIterator[Api]:
    """Each service in turn, under a prefix of its own; nobody here changes anything of it."""
    name = request.param
    async with AsyncExitStack() as stack:
        databases = await stack.enter_async_context(own_databases(backends))
        settings = ServiceSettings(
            database_dsn=await databases(name), KAFKA_BOOTSTRAP_SERVERS="nowhere:1", topic_prefix=PREFIX
        )
        own = await stack.enter_async_context(api_of(docs.service(name, settings)))
        own.headers["x-service"] = name
        yield own


def name_of(api: Api) -> str:
    """Which service this is."""
    return str(api.headers["x-service"])


async def document(api: Api, name: str) -> Json:
    """A document, which any page anywhere may read."""
    answer = await api.get(f"/v1/{name}.json")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    found: Json = answer.json()
    return found


async def test_the_api_is_described_by_the_rules_of_openapi(api: Api) -> None:
    found = await document(api, "openapi")
    assert found["openapi"].startswith("3.1.")
    assert not [
        e.message for e in Draft202012Validator(official("openapi-schemas/schema.json")).iter_errors(found)
    ]
    assert found["servers"] == [{"url": "/"}]
    shapes = found["components"]["schemas"]
    assert "HTTPValidationError" not in shapes
    assert [name for name, shape in shapes.items() if "description" in shape] == ["Problem"]


async def test_every_operation_says_what_it_does_and_what_it_answers(api: Api) -> None:
    found = await document(api, "openapi")
    operations = [(path, *each) for path, all_ in found["paths"].items() for each in all_.items()]
    assert len(operations) > 2
    for path, method, operation in operations:
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        answers = operation["responses"]
        assert len([status for status in answers if status.startswith("2")]) == 1, where
        assert "422" not in answers, where
        assert ("404" in answers) == ("{" in path), where
        assert ("400" in answers) == bool(operation.get("parameters") or "requestBody" in operation), where
        assert all(answer["description"] != "Successful Response" for answer in answers.values()), where
        for status in ("400", "404", "503"):
            assert "application/problem+json" in answers.get(status, answers["503"])["content"], where
        assert "Location" in answers.get("201", {"headers": ["Location"]})["headers"], where


FREE = {"controles[].cijfers"}
"""Objects whose names are for each service to choose: all others name their fields, or the words they are keyed by."""

FILES = {"GET /v1/cak/bestanden/{nummer}"}
"""Answers that are a file, whose fields stand in a document of their own."""


async def test_every_answer_names_its_fields_and_says_what_each_is(api: Api) -> None:
    for group in openapi.shown(await document(api, "openapi")):
        for operation in group.operations:
            where = f"{operation.method} {operation.path}"
            assert bool(operation.answered) is (where not in FILES), where
            for line in operation.answered:
                inside = [
                    other
                    for other in operation.answered
                    if re.match(rf"{re.escape(line.path)}(\[\])?\.", other.path)
                ]
                assert line.kind, f"{where}, {line.path}"
                assert line.description, f"{where}, {line.path}"
                named = line.kind != "object" or inside or line.choices
                assert bool(named) is (line.path not in FREE), f"{where}, {line.path}"


async def test_a_field_too_many_or_too_few_is_noticed_in_every_test_that_asks(api: Api) -> None:
    described = Described(await document(api, "openapi"))
    request = httpx.Request("GET", "http://service/v1/stand")
    stand = dict.fromkeys(("outbox", "vuileHuishoudens", "teSluitenMaanden", "geparkeerd", "doodgelopen"), 0)
    place = {"topic": "t", "partitie": 0, "volgende": 0, "einde": 0}
    right = stand | {"bij": True, "posities": [place]}

    def faults(status: int, answer: Json) -> list[str]:
        return described.faults(httpx.Response(status, json=answer, request=request))

    assert not faults(200, right)
    assert faults(201, right) == ["GET /v1/stand: 201 with application/json"]
    assert len(faults(200, stand | {"bij": "ja"})) == 2
    assert len(faults(200, right | {"meer": 0, "posities": [place | {"meer": 0}]})) == 2


async def test_behind_a_proxy_the_api_stands_under_the_path_of_the_service(api: Api) -> None:
    inside: Any = api._transport
    transport = httpx.ASGITransport(inside.app, root_path="/zorg/billing")
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as proxied:
        found = (await proxied.get("/zorg/billing/v1/openapi.json")).json()
        assert found["servers"] == [{"url": "/zorg/billing"}]
        page = (await proxied.get("/zorg/billing/v1/openapi")).text
        assert 'href="/zorg/billing/static/contract.css?v=' in page
        assert 'href="openapi.json"' in page


async def test_the_events_are_described_by_the_rules_of_asyncapi(api: Api) -> None:
    asyncapi = await document(api, "asyncapi")
    assert asyncapi["asyncapi"] == "3.0.0"
    assert not [
        e.message for e in Draft7Validator(official("asyncapi-specs/3.0.0.json")).iter_errors(asyncapi)
    ]
    for reference in references(asyncapi):
        found: Any = asyncapi
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def references(part: Any) -> set[str]:
    """Every reference in a document."""
    if isinstance(part, list):
        return set().union(*map(references, part))
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return own.union(*(references(value) for value in part.values()))


async def test_what_it_reads_and_tells_is_there_as_it_is_on_kafka(api: Api) -> None:
    asyncapi, name = await document(api, "asyncapi"), name_of(api)
    reads = docs.readers()
    said = {(each["action"], each["channel"]["$ref"]) for each in asyncapi["operations"].values()}
    assert said == {
        *(("receive", f"#/channels/{topic.name}") for topic in TOPICS if name in reads[topic.name]),
        *(("send", f"#/channels/{topic.name}") for topic in TOPICS if topic.writer == name),
    }
    for topic in TOPICS:
        channel = asyncapi["channels"].get(topic.name)
        if channel is not None:
            assert channel["address"] == f"{PREFIX}.{topic.name}" + ".{agb}" * topic.per_aanbieder
            assert ("agb" in channel.get("parameters", {})) == topic.per_aanbieder
            kafka = channel["bindings"]["kafka"]
            assert kafka["partitions"] == topic.partitions
            assert kafka["topicConfiguration"]["cleanup.policy"] == [
                "compact" if topic.compacted else "delete"
            ]
            assert channel["messages"].keys() == {c.type for c in CONTRACTS.values() if c.topic is topic}


async def test_each_message_has_its_schema_its_key_and_examples_that_fit(api: Api) -> None:
    asyncapi = await document(api, "asyncapi")
    assert asyncapi["defaultContentType"] == CONTENT_TYPE
    for kind, message in asyncapi["components"]["messages"].items():
        assert message["contentType"] == CONTENT_TYPE
        assert message["bindings"]["kafka"]["key"]["description"].startswith(CONTRACTS[kind].kind + "/<")
        schema = {"components": asyncapi["components"], **message["payload"]}
        for example in message["examples"]:
            assert not list(Draft202012Validator(schema).iter_errors(example["payload"])), kind
        assert message["examples"]


async def test_what_nobody_publishes_yet_is_not_said_to_be_sent(api: Api) -> None:
    asyncapi = await document(api, "asyncapi")
    listed = {m["$ref"].rpartition("/")[2] for o in asyncapi["operations"].values() for m in o["messages"]}
    assert listed == {kind for kind in asyncapi["components"]["messages"] if not CONTRACTS[kind].planned}


OURS = [contract for contract in CONTRACTS.values() if contract.topic.writer in NAMES]


@pytest.mark.parametrize("contract", OURS, ids=lambda contract: contract.name)
def test_what_is_planned_is_named_by_no_service_and_the_rest_by_its_own(contract: Contract) -> None:
    rooms = docs.ROOT / "services" / contract.topic.writer
    code = "".join(path.read_text(encoding="utf-8") for path in rooms.rglob("*.py"))
    assert (contract.name in code) is not contract.planned


@pytest.mark.parametrize("page", ["openapi", "asyncapi"])
@pytest.mark.parametrize("taal", ["nl", "en"])
async def test_a_page_shows_all_of_a_document_and_lets_nothing_be_tried(
    api: Api, page: str, taal: str
) -> None:
    found, answer = await document(api, page), await api.get(f"/v1/{page}?taal={taal}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["content-language"] == taal
    for shown in [*found.get("paths", ()), *(c["address"] for c in found.get("channels", {}).values())]:
        assert shown in answer.text
    for message in found["components"].get("messages", ()):
        assert message in answer.text
        waits = CONTRACTS[message].planned
        assert bool(found["components"]["messages"][message]["tags"]) is waits
    assert not any(word in answer.text for word in ("<script", "<form", " style=", "//cdn", "<iframe"))
    for path in (page, f"{page}.json", f"{page}/try"):
        assert (await api.post(f"/v1/{path}", json={})).status_code in (404, 405)
