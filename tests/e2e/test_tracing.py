"""From a melding to the contribution it led to: one trace, by real services and a collector that takes what they send."""

import json
import signal
from typing import Any

import httpx
import pytest

from shared.contracts.contract import BIJDRAGE
from tests.collector import Collector, Seen, collector
from tests.component.intake import person
from tests.e2e import samples
from tests.harness import Copy, Wijkzorg, eventually

pytestmark = pytest.mark.city
SERVICES = ("intake", "indicatie", "billing", "reporting")
MELDING, ONDERZOEK, BESLUIT, GEBRUIK = (f"{number:032x}" for number in (0xA1, 0xB2, 0xC3, 0xD4))
NUMMER = 20072


def traceparent(trace: str) -> str:
    """What a caller sends along that has its own spans of this trace."""
    return f"00-{trace}-00000000000000ff-01"


async def asked(copy: Copy, path: str, body: dict[str, Any], trace: str) -> Any:
    """What a service has made of a request in a trace of the caller's."""
    async with httpx.AsyncClient(base_url=copy.url, headers={"traceparent": traceparent(trace)}) as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def case(wijkzorg: Wijkzorg, copies: dict[str, Copy]) -> list[str]:
    """A melding, its onderzoek, the decision and a use, each asked in another trace; the ids that came by."""
    intake, indicatie = copies["intake"], copies["indicatie"]
    met = {"datum": "2023-01-16", "kanaal": "balie", "client": person("Anna")}
    melding = await asked(intake, "/v1/meldingen", met, MELDING)
    need = {"omschrijving": "schoonmaken", "oplossing": "maatwerk", "productcategorie": "01"}
    closing = {"meldingId": melding["meldingId"], "datum": "2023-02-06", "behoeften": [need]}
    aanvraag = await asked(intake, "/v1/onderzoeken", closing, ONDERZOEK)
    await wijkzorg.handled(service="indicatie")
    given = samples.toewijzing(NUMMER)
    del given["toegewezenOp"]
    decision = {"aanvraagId": aanvraag["aanvraagId"], "besluit": "toegekend", "besluitdatum": "2023-02-13"}
    await asked(indicatie, "/v1/indicaties", decision | {"toewijzingen": [given]}, BESLUIT)
    await wijkzorg.register(samples.AGB)
    use = samples.use("RN001", NUMMER) | {"traceparent": traceparent(GEBRUIK)}
    await wijkzorg.publish([use])
    return [str(value) for value in (melding | aanvraag).values() if value] + [use["id"]]


def beyond(spans: list[Seen], span: Seen) -> list[str]:
    """What led to a span, up to where its trace began: who did what."""
    parents = {one.id: one for one in spans}
    way = [f"{span.service}: {span.name}"]
    while parent := parents.get(span.parent):
        span = parent
        way.append(f"{span.service}: {span.name}")
    return way


async def test_a_melding_and_the_contribution_it_led_to_are_in_one_trace(wijkzorg: Wijkzorg) -> None:
    with collector() as seen:
        sending: dict[str, Any] = seen.environment
        copies = {name: await wijkzorg.start(name, **sending) for name in SERVICES}
        ids = await case(wijkzorg, copies)

        async def told() -> list[Any]:
            for service in SERVICES:
                await wijkzorg.handled(service=service)
            return await wijkzorg.records(wijkzorg.topic(BIJDRAGE))

        (line,) = await eventually(told, "a line of the ledger")
        assert json.loads(line.value)["traceparent"].split("-")[1] == MELDING
        reported = await eventually(lambda: _span(seen, "reporting", "process bijdrage"), "reporting's span")
        assert beyond(seen.in_trace(MELDING), reported) == [
            "reporting: process bijdrage",
            "billing: bijdrage-vastgesteld",
            "indicatie: indicatie-afgegeven",
            "intake: onderzoek-afgerond",
            "intake: POST /v1/meldingen",
        ]
        use = await eventually(lambda: _span(seen, "billing", "gebruik-geregistreerd"), "the use")
        assert GEBRUIK in {trace for trace, _ in use.links}
        besluit = await eventually(lambda: _span(seen, "indicatie", "indicatie-afgegeven"), "the decision")
        assert {trace for trace, _ in besluit.links} == {BESLUIT}
        assert {span.service for span in seen.in_trace(MELDING)} == set(SERVICES)
        assert {"process aanbieder"} == {span.name for span in seen.in_trace(GEBRUIK)}
        assert not [span for span in seen.spans if span.failed]
        told_of = json.dumps([[span.name, span.attributes, span.said] for span in seen.spans])
        assert not [one for one in ids if one in told_of]


async def test_a_collector_that_is_away_is_said_and_keeps_nobody_from_anything(wijkzorg: Wijkzorg) -> None:
    away: dict[str, Any] = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    intake = await wijkzorg.start("intake", **away)
    met = {"datum": "2023-01-16", "kanaal": "balie", "client": person("Anna")}
    await asked(intake, "/v1/meldingen", met, MELDING)

    async def said() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in intake.log.read_text().splitlines()]
        return [line for line in lines if line["logger"].startswith("opentelemetry")]

    lines = await eventually(said, "a line in the log")
    assert {line["level"] for line in lines} <= {"warning", "error"}
    assert (await intake.get("/livez")).status_code == (await intake.get("/readyz")).status_code == 200
    intake.signal(signal.SIGTERM)
    assert await intake.ended() == 0


async def _span(seen: Collector, service: str, name: str) -> Seen | None:
    """The span of this work in the trace of the melding, once it has come."""
    named = (one for one in seen.in_trace(MELDING) if (one.service, one.name) == (service, name))
    return next(named, None)
