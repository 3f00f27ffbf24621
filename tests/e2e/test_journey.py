"""A couple's whole journey, by the installed command and real services: two meldingen, a real declaration, one bijdrage."""

import json
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local import Backends
from tests.e2e.command import Place, Up, place_on, up
from tests.unit.iwmo_samples import standard_file

pytestmark = pytest.mark.city
AGB = "65656055"
WIJK = {"jaar": 2024, "code": "WK063706"}
CLOCK = "2023-06-15T10:00:00Z"
PRODUCTS = {20072: "01A03", 200730: "01A04", 20074: "01A03", 20073: "01A04"}


@pytest.fixture
def elsewhere(backends: Backends, tmp_path: Path) -> Place:
    """An environment of its own, in June 2023."""
    return place_on(backends, tmp_path / "data", WIJKZORG_CLOCK=CLOCK)


def post(running: Up, service: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    """Ask a service for something; status and answer."""
    request = urllib.request.Request(  # noqa: S310 - our own service
        running.said["services"][service] + path,
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def made(running: Up, service: str, path: str, body: dict[str, Any]) -> Any:
    """What a service has made of a request that it grants."""
    status, answer = post(running, service, path, body)
    assert status == 201, answer
    return answer


def handled(elsewhere: Place) -> None:
    """Wait until every service has handled all there is; what waits for a fact may go on waiting."""
    assert elsewhere.run("status", "--wait", "60").out.startswith("All is handled")


def person(voornamen: str, geboortedatum: str) -> dict[str, Any]:
    """An invented resident of Oosterheem."""
    return {
        "voornamen": voornamen,
        "achternaam": "Voorbeeld",
        "geboortedatum": geboortedatum,
        "adres": {"postcode": "2729AB", "huisnummer": 12},
        "wijk": WIJK,
        "woontVanaf": "2015-05-01",
    }


def journey(elsewhere: Place, running: Up) -> None:
    """From the couple's question to their four toewijzingen, given from 1 March 2023."""
    made(running, "intake", "/v1/klanthouders", {"naam": "Ilse Invented"})
    couple = {"client": person("Anna", "1941-04-02"), "partner": person("Bert", "1939-11-20")}
    first = made(running, "intake", "/v1/meldingen", {"datum": "2023-01-16", "kanaal": "telefoon", **couple})
    partner = {"client": {"clientId": first["partnerId"]}}
    second = made(running, "intake", "/v1/meldingen", {"datum": "2023-01-17", "kanaal": "balie", **partner})
    assert second["huishoudenId"] == first["huishoudenId"]
    assert second["klanthouderId"]
    aanvragen = [examined(running, melding["meldingId"]) for melding in (first, second)]
    handled(elsewhere)
    nummers = list(PRODUCTS)
    granted(running, aanvragen[0], nummers[:2])
    granted(running, aanvragen[1], nummers[2:])


def examined(running: Up, melding_id: str) -> str:
    """The onderzoek ends: one need takes maatwerk, one the network meets; the aanvraag that follows."""
    need = {"omschrijving": "schoonmaken", "oplossing": "maatwerk", "productcategorie": "01"}
    closing = {"meldingId": melding_id, "datum": "2023-02-06", "behoeften": [need, {"oplossing": "netwerk"}]}
    return str(made(running, "intake", "/v1/onderzoeken", closing)["aanvraagId"])


def granted(running: Up, aanvraag_id: str, nummers: list[int]) -> None:
    """The decision, with toewijzingen of these numbers, and a plan that the client agrees to."""
    toewijzingen = [
        {
            "toewijzingNummer": nummer,
            "aanbieder": AGB,
            "productcategorie": "01",
            "productcode": PRODUCTS[nummer],
            "ingangsdatum": "2023-03-01",
            "leveringsvorm": "zin",
        }
        for nummer in nummers
    ]
    decision = {"aanvraagId": aanvraag_id, "besluit": "toegekend", "besluitdatum": "2023-02-13"}
    made(running, "indicatie", "/v1/indicaties", decision | {"toewijzingen": toewijzingen})
    goal = {"omschrijving": "een schoon huis", "acties": [{"soort": "maatwerk"}, {"soort": "netwerk"}]}
    plan = {"aanvraagId": aanvraag_id, "datum": "2023-02-20", "doelen": [goal], "akkoordClient": True}
    made(running, "indicatie", "/v1/plannen", plan)


@pytest.mark.parametrize("declaration_first", [False, True])
def test_a_declaration_of_the_standard_costs_a_couple_one_contribution(
    elsewhere: Place, *, declaration_first: bool
) -> None:
    declaration = standard_file("berichten/WMO323.xml")
    usage = ("gebruik", "importeer", declaration, "--registreer", "--gemeentecode", "0384")
    with up(elsewhere) as running:
        if declaration_first:
            said = elsewhere.run(*usage)
            assert said.code == 0, said.err
            handled(elsewhere)
            assert running.oordelen() == ["in_afwachting"] * 4
        journey(elsewhere, running)
        if not declaration_first:
            said = elsewhere.run(*usage)
            assert said.code == 0, said.err
        handled(elsewhere)
        assert running.bijdragen() == [1900]
        assert running.bijdragen("2023-03") == running.bijdragen("2023-05") == []
        assert running.oordelen() == ["geaccepteerd"] * 4
        wijken = running.get("/v1/wijken", "reporting")["wijken"]
        rows = [row for row in wijken if row["bijdragen"] or row["meldingen"] or row["gebruik"]]
        assert [(row["jaar"], row["code"]) for row in rows] == [(2024, "WK063706")]
        row = rows[0]
        figures = [row[name] for name in ("meldingen", "clienten", "gebruik", "bijdragen", "bijdragenCent")]
        assert figures == [2, 2, 4, 1, 1900]
        assert {rung: n for rung, n in row["oplossingen"].items() if n} == {"maatwerk": 2, "netwerk": 2}
        assert running.end(signal.SIGTERM) == 0
