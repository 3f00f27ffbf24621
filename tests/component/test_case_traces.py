"""Which trace each step of a case is told in: of the melding it goes back to, whoever goes on with it, and when."""

import json
from typing import Any

import pytest

from local import Backends
from tests.collector import exported
from tests.component import indicatie, intake
from tests.component.billing import Billing, as_wire
from tests.component.http import Api
from tests.component.said import ANNA, home, use, withdraw
from tests.conftest import own_database
from tests.unit.wire import AGB, BERT, given_to

MELDING, OTHER = f"{0xA1:032x}", f"{0xB2:032x}"
APRIL, MAY = use(1, "2026-04-01", "2026-04-30"), use(2, "2026-05-01", "2026-05-31")


def of(trace: str) -> dict[str, str]:
    """What says, in an event or a request, that it is of this trace."""
    return {"traceparent": f"00-{trace}-00000000000000ff-01"}


def in_trace(event: str | dict[str, Any], trace: str) -> dict[str, Any]:
    """The same event, told in a trace."""
    return as_wire(event) | of(trace)


async def traces(api: Api) -> dict[str, str]:
    """By name the trace of each event that will be told; of several the last."""
    return {one["type"].split(".")[2]: one["traceparent"].split("-")[1] for one in await api.told()}


async def test_what_follows_a_melding_is_told_in_its_trace_and_the_rest_in_that_of_its_request(
    backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = {"oplossing": "netwerk"}
    with exported(monkeypatch):
        async with own_database(backends, "intake") as dsn, intake.intake_on(dsn) as api:
            api.headers.update(of(MELDING))
            made = await intake.made(api, "meldingen", intake.melding())
            api.headers.update(of(OTHER))
            ids = {name: made[name] for name in ("meldingId", "clientId")}
            closing = {"meldingId": made["meldingId"], "datum": "2026-03-20", "behoeften": [need]}
            await intake.made(api, "onderzoeken", closing)
            await intake.made(api, "aanvragen", ids | {"datum": "2026-03-21", "gevraagd": ["01"]})
            leaving = {"clientId": made["clientId"], "per": "2026-06-01", "reden": "vertrek"}
            await intake.made(api, "uitschrijvingen", leaving)
            told = await traces(api)
    assert told["melding-ontvangen"] == told["onderzoek-afgerond"] == told["aanvraag-ingediend"] == MELDING
    assert told["client-vastgesteld"] == OTHER


async def test_what_is_decided_on_an_aanvraag_is_told_in_its_trace_until_it_is_erased(
    backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = {"toewijzingNummer": 1, "reden": "05"}
    with exported(monkeypatch):
        async with own_database(backends, "indicatie") as dsn, indicatie.indicatie_on(dsn) as own:
            own.api.headers.update(of(OTHER))
            await own.heard(indicatie.client(), in_trace(indicatie.aanvraag(), MELDING))
            await own.made("indicaties", indicatie.indicatie(indicatie.ZIN))
            plan = await own.made("plannen", indicatie.plan(indicatie.DOEL))
            goals = {"planId": plan["planId"], "datum": "2026-06-14", "behaald": {"ja": 1}}
            await own.made("evaluaties", goals)
            first = await own.post("wijzigingen", ending | {"datum": "2026-06-12", "einddatum": "2026-12-31"})
            assert first.status_code == 201
            assert set((await traces(own.api)).values()) == {MELDING}
            await own.heard(f"nl.wijkzorg.aanvraag-ingediend/{indicatie.AANVRAAG}")
            again = await own.post("wijzigingen", ending | {"datum": "2026-06-13", "einddatum": "2026-11-30"})
            assert again.status_code == 201
            assert (await traces(own.api))["toewijzing-gewijzigd"] == OTHER


async def test_a_line_is_told_in_the_trace_of_what_was_given_first_and_linked_with_the_others(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [in_trace(given_to(ANNA, 1), MELDING), in_trace(given_to(BERT, 2), OTHER)]
    with exported(monkeypatch) as seen:
        await billing.owner(home(ANNA, BERT), *given)
        await billing.provider(AGB, APRIL, use(2, "2026-04-01", "2026-04-30"), MAY)
        await billing.determine()
        assert await lines(billing) == {"2026-04": MELDING, "2026-05": OTHER}
    (april,) = [one for one in seen.named("bijdrage-vastgesteld") if one.trace == MELDING]
    assert OTHER in {trace for trace, _ in april.links}
    assert {one.trace for one in seen.named("gebruik-geregistreerd")} == {MELDING, OTHER}


async def test_a_line_that_no_care_is_behind_any_more_is_told_in_the_trace_of_the_determination(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exported(monkeypatch) as seen:
        await billing.owner(home(ANNA), in_trace(given_to(ANNA, 1), MELDING))
        await billing.provider(AGB, APRIL)
        await billing.determine()
        await billing.provider(AGB, withdraw(1, "1/2026-04-01"))
        await billing.determine()
        assert await billing.ledger() == {}
        told = await lines(billing)
    assert told["2026-04"] in {one.trace for one in seen.named("determine bepalen")}


async def lines(billing: Billing) -> dict[str, str]:
    """By month the trace of the line told last."""
    await billing.tell()
    told = [json.loads(one.value or b"{}") for one in billing.sent]
    told = [one for one in told if "bijdrage-" in one["type"]]
    return {one["data"]["maand"]: one["traceparent"].split("-")[1] for one in told}
