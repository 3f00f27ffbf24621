"""Every database restored to about one moment, with Kafka as it is: each service comes to where it was."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.component.indicatie import ZIN, indicatie
from tests.component.intake import melding
from tests.e2e.dumped import dump, restore
from tests.e2e.test_backup import made, stopped
from tests.harness import Copy, Wijkzorg
from tests.unit.wire import AGB, use
from wijkzorg import diep
from wijkzorg.figures import IN_THE_ORDER_OF_EVENTS

pytestmark = pytest.mark.city

MAATWERK = {"oplossing": "maatwerk", "productcategorie": "01"}
ASKED = {
    "intake": "/v1/tellingen",
    "indicatie": "/v1/tellingen",
    "billing": "/v1/bijdragen?maand=2026-04",
    "reporting": "/v1/wijken",
}


async def all_handled(wijkzorg: Wijkzorg) -> None:
    """Wait until nothing waits anywhere, in the order in which events flow."""
    for service in IN_THE_ORDER_OF_EVENTS:
        await wijkzorg.handled(service=service)


async def figures(wijkzorg: Wijkzorg, copies: dict[str, Copy]) -> dict[str, Any]:
    """What each service counts once all is handled."""
    await all_handled(wijkzorg)
    return {name: (await copy.get(ASKED[name])).json() for name, copy in copies.items()}


async def running(wijkzorg: Wijkzorg) -> dict[str, Copy]:
    """A copy of each service."""
    started = await asyncio.gather(*map(wijkzorg.start, IN_THE_ORDER_OF_EVENTS))
    return {copy.service: copy for copy in started}


async def granted(wijkzorg: Wijkzorg, copies: dict[str, Copy], melding_id: str) -> int:
    """From an onderzoek to a toewijzing of household help since March 2026; its number."""
    closing = {"meldingId": melding_id, "datum": "2026-03-09", "behoeften": [MAATWERK]}
    aanvraag = (await made(copies["intake"], "onderzoeken", closing))["aanvraagId"]
    await all_handled(wijkzorg)
    decision = indicatie({**ZIN, "ingangsdatum": "2026-03-01"}, aanvraag_id=aanvraag)
    found = await made(copies["indicatie"], "indicaties", decision)
    return int(found["toewijzingen"][0]["toewijzingNummer"])


async def test_all_databases_restored_with_kafka_kept_come_to_the_same_figures(
    wijkzorg: Wijkzorg, tmp_path: Path
) -> None:
    await wijkzorg.register(AGB)
    copies = await running(wijkzorg)
    await made(copies["intake"], "klanthouders", {"naam": "Ilse Invented"})
    first = await made(copies["intake"], "meldingen", melding())
    second = await made(
        copies["intake"], "meldingen", melding(domein="jeugd", client={"clientId": first["clientId"]})
    )
    nummer = await granted(wijkzorg, copies, first["meldingId"])
    closing = {"meldingId": second["meldingId"], "datum": "2026-03-09", "behoeften": [MAATWERK]}
    aanvraag = (await made(copies["intake"], "onderzoeken", closing))["aanvraagId"]
    await all_handled(wijkzorg)
    names = list(copies)
    dumped = await asyncio.gather(*(dump(wijkzorg.dsns[name], tmp_path / name) for name in names))
    given = await made(copies["indicatie"], "indicaties", indicatie(ZIN, aanvraag_id=aanvraag))
    await wijkzorg.publish(
        [json.loads(use(nummer, f"{month}-01", f"{month}-28")) for month in ("2026-03", "2026-04")]
    )
    before = await figures(wijkzorg, copies)
    assert [row["bedragCent"] for row in before["billing"]["bijdragen"]] == [2180]
    await asyncio.gather(*map(stopped, copies.values()))
    await asyncio.gather(
        *(restore(wijkzorg.dsns[name], file) for name, file in zip(names, dumped, strict=True))
    )
    copies = await running(wijkzorg)
    assert await figures(wijkzorg, copies) == before
    found = await copies["indicatie"].get(f"/v1/indicaties/{given['beschikkingNummer']}")
    assert found.json() == given
    checked = await asyncio.to_thread(diep.check, {name: copy.url for name, copy in copies.items()})
    assert checked["goed"], checked
