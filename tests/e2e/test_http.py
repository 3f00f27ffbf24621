"""What billing says over HTTP: how far it is, and what is wrong with a question."""

import asyncio
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from local import Backends
from services.billing.store.bijdrage import DETERMINE_LOCK
from shared import db
from shared.contracts.contract import GEBRUIK
from shared.contracts.gebruik import Oordeel
from shared.messaging.producer import Message
from tests.answered import Described
from tests.conftest import own_databases, own_wijkzorg
from tests.e2e import samples
from tests.harness import Wijkzorg, eventually

STAND = {"bij", "posities", "outbox", "vuileHuishoudens", "teSluitenMaanden", "geparkeerd", "doodgelopen"}
DUTCH = {"Dit", "Deze"}
NOBODY = "99999999-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def wijkzorg(backends: Backends) -> Iterator[Wijkzorg]:
    """Billing that has judged a declaration, a record that waits and one that is no event: one for all tests here."""
    with asyncio.Runner() as runner:
        databases = own_databases(backends)
        manager = own_wijkzorg(backends, runner.run(databases.__aenter__()))
        own = runner.run(manager.__aenter__())
        try:
            runner.run(_judged(own))
            yield own
        finally:
            runner.run(manager.__aexit__(None, None, None))
            runner.run(databases.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def api(wijkzorg: Wijkzorg) -> Iterator[httpx.Client]:
    """Its address, to ask something; whatever it answers is held against what it says of itself."""
    with httpx.Client(base_url=wijkzorg.running[0].url) as client:
        described = Described(client.get("/v1/openapi.json").json())

        def is_as_described(answer: httpx.Response) -> None:
            answer.read()
            assert not described.faults(answer)

        client.event_hooks = {"response": [is_as_described]}
        yield client


async def _judged(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    await wijkzorg.billing()
    unknown = samples.use("RN900", 999)
    await wijkzorg.publish([*samples.facts(), *samples.declaration(), unknown])
    await wijkzorg.send([Message(wijkzorg.topic(GEBRUIK, samples.AGB), "k", b"{")])
    await wijkzorg.handled()


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"]
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"].endswith(".")
    return body


def test_stand_says_how_far_every_partition_is_and_what_waits(api: httpx.Client) -> None:
    answer = api.get("/v1/stand")
    assert answer.status_code == 200
    stand = answer.json()
    assert stand.keys() == STAND
    assert stand["bij"] is True
    counts = {name: stand[name] for name in STAND - {"bij", "posities"}}
    assert counts == {
        "outbox": 0,
        "vuileHuishoudens": 0,
        "teSluitenMaanden": 0,
        "geparkeerd": 1,
        "doodgelopen": 1,
    }
    assert all(p.keys() == {"topic", "partitie", "volgende", "einde"} for p in stand["posities"])
    assert all(p["volgende"] == p["einde"] for p in stand["posities"])
    (provider,) = (p for p in stand["posities"] if p["topic"].endswith(samples.AGB))
    assert (provider["partitie"], provider["einde"]) == (0, 6)
    assert len(stand["posities"]) == 13


@pytest.mark.parametrize(
    "path",
    [
        "/v1/ontvangsten",
        "/v1/ontvangsten?aanbieder=",
        "/v1/ontvangsten?aanbieder=123",
        "/v1/ontvangsten?aanbieder=65656055%0a",
        "/v1/ontvangsten?aanbieder=65656055&vanaf=-1",
        "/v1/ontvangsten?aanbieder=65656055&vanaf=99999999999999999999",
        "/v1/ontvangsten?aanbieder=65656055&limiet=0",
        "/v1/bijdragen",
        "/v1/bijdragen?maand=2023-13",
        "/v1/bijdragen?maand=0000-01",
        "/v1/bijdragen?maand=2023-04&na=no-uuid",
        "/v1/huishoudens/no-uuid/bijdragen",
        "/v1/huishoudens/%00/bijdragen",
    ],
)
def test_a_question_that_is_wrong_is_a_problem_400(api: httpx.Client, path: str) -> None:
    body = problem(api.get(path), 400)
    assert body["errors"]
    assert all(error.keys() == {"in", "veld", "uitleg"} for error in body["errors"])
    assert not [error for error in body["errors"] if error["uitleg"].split()[0] not in DUTCH]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/stand/", "/v2/stand", "/docs", "/v1/nergens"])
def test_an_address_that_is_none_is_a_problem_404(api: httpx.Client, path: str) -> None:
    problem(api.get(path), 404)


def test_a_household_is_answered_its_months_with_the_lines_that_made_them(api: httpx.Client) -> None:
    answer = api.get(f"/v1/huishoudens/{samples.HOUSEHOLDS[0]}/bijdragen").json()
    assert answer["huishoudenId"] == samples.HOUSEHOLDS[0]
    (month,) = answer["bijdragen"]
    assert (month["maand"], month["bedragCent"]) == ("2023-04", 1900)
    assert [(line["soort"], line["totaalCent"]) for line in month["regels"]] == [("bijdrage", 1900)]
    assert api.get("/v1/tellingen").json()["bijdragenCent"] == 1900


def test_a_household_nobody_knows_is_a_problem_404(api: httpx.Client) -> None:
    problem(api.get(f"/v1/huishoudens/{NOBODY}/bijdragen"), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/stand", "/v1/bijdragen", "/livez", "/v1/openapi.json"])
def test_a_method_that_is_none_is_a_problem_405(api: httpx.Client, method: str, path: str) -> None:
    answer = api.request(method, path)
    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "name", "pages"),
    [
        (f"/v1/ontvangsten?aanbieder={samples.AGB}&limiet=7", "ontvangsten", [6]),
        (f"/v1/ontvangsten?aanbieder={samples.AGB}&limiet=6", "ontvangsten", [6]),
        (f"/v1/ontvangsten?aanbieder={samples.AGB}&limiet=3", "ontvangsten", [3, 3]),
        (f"/v1/ontvangsten?aanbieder={samples.AGB}&limiet=4&vanaf=1", "ontvangsten", [4, 1]),
        (f"/v1/ontvangsten?aanbieder={NOBODY[:8]}", "ontvangsten", [0]),
        ("/v1/bijdragen?maand=2023-04&limiet=1", "bijdragen", [1]),
        ("/v1/bijdragen?maand=2019-04", "bijdragen", [0]),
    ],
)
def test_a_page_is_followed_by_another_only_where_there_is_more(
    api: httpx.Client, path: str, name: str, pages: list[int]
) -> None:
    following: str | None = path
    found: list[Any] = []
    for count in pages:
        assert following is not None
        answer = api.get(following).json()
        assert len(answer[name]) == count
        found += answer[name]
        following = answer["volgende"]
    assert following is None
    assert len({str(row) for row in found}) == sum(pages)


def test_it_lives_and_is_ready(api: httpx.Client) -> None:
    for path in ("/livez", "/readyz"):
        assert (api.get(path).status_code, api.get(path).text) == (200, "ok")


def test_metrics_are_those_of_prometheus(api: httpx.Client) -> None:
    answer = api.get("/metrics")
    assert answer.status_code == 200
    found = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert {
        "wijkzorg_dependency_up",
        "wijkzorg_lag_records",
        "wijkzorg_oldest_unhandled_age_seconds",
        "wijkzorg_outbox_messages",
        "wijkzorg_outbox_oldest_age_seconds",
        "wijkzorg_untold_providers",
        "wijkzorg_dirty_households",
        "wijkzorg_parked_records",
        "wijkzorg_dead_letters",
        "wijkzorg_verdicts",
        "wijkzorg_loop_silence_seconds",
        "wijkzorg_loop_waiting",
        "wijkzorg_loop_stuck",
        "process_resident_memory_bytes",
    } <= found.keys()
    assert all(family.documentation for family in found.values())
    counted = {sample.labels["oordeel"] for sample in found["wijkzorg_verdicts"].samples}
    assert counted == set(get_args(Oordeel)), "what has not come yet has no zero to grow from"
    assert len(found["wijkzorg_lag_records"].samples) == 13
    assert found["wijkzorg_dead_letters"].samples[0].value == 1
    loops = {sample.labels["loop"] for sample in found["wijkzorg_loop_silence_seconds"].samples}
    assert loops == {"eigenaar", "aanbieder", "bepalen", "sluiten", "relay", "watch"}
    verdicts = {sample.labels["oordeel"]: sample.value for sample in found["wijkzorg_verdicts"].samples}
    assert verdicts["afgewezen"] == 1
    assert sum(verdicts.values()) >= 6


def test_the_api_describes_itself_with_the_problems_it_answers(api: httpx.Client) -> None:
    schema = api.get("/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"/v1/stand", "/v1/bijdragen", "/v1/ontvangsten"} <= schema["paths"].keys()
    for operations in schema["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            assert "422" not in answers
            assert {"200", "201"} & answers.keys()
            assert "application/problem+json" in answers["503"]["content"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


async def test_it_is_not_bij_while_anything_waits(wijkzorg: Wijkzorg) -> None:
    """Work is held up by locks of the test's own: first records cannot be handled, then households not determined."""

    async def stands() -> dict[str, Any]:
        answer: dict[str, Any] = (await wijkzorg.running[0].get("/v1/stand")).json()
        return answer

    async def records_wait() -> bool:
        stand = await stands()
        waits = any(p["volgende"] < p["einde"] for p in stand["posities"])
        assert not (waits and stand["bij"])
        return waits

    async def only_households_wait() -> bool:
        stand = await stands()
        assert not stand["bij"]
        return bool(stand["vuileHuishoudens"]) and not await records_wait()

    connection = await db.connect(wijkzorg.dsn)
    await connection.execute("select pg_advisory_lock($1)", DETERMINE_LOCK)
    async with connection.transaction():
        await connection.execute("lock table position in exclusive mode")
        await wijkzorg.publish(samples.facts(huishoudens=2))
        await eventually(records_wait, "records to wait")
    await eventually(only_households_wait, "households to wait")
    await connection.close()
    await wijkzorg.handled()
