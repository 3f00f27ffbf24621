"""Dumps made by pg_dump while the services run, and older ones restored: nothing is given twice, nothing told is denied."""

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.contract import INDICATIE, INTAKE
from shared.messaging import topics
from tests.answered import Described
from tests.component.indicatie import DOEL, ZIN, aanvraag, client, indicatie, plan
from tests.component.intake import melding, person
from tests.e2e.command import Place, Said
from tests.e2e.dumped import dump, restore
from tests.harness import Copy, Wijkzorg, eventually
from wijkzorg import state

pytestmark = pytest.mark.city

Wire = dict[str, Any]


def aanvraag_id(number: int) -> str:
    """One of several aanvragen of one client."""
    return f"aaaa{number:04d}-0000-4000-8000-000000000000"


async def made(copy: Copy, path: str, body: Wire) -> Wire:
    """What a service has made of a request that it grants."""
    answer = await copy.post(f"/v1/{path}", body)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    found: Wire = answer.json()
    return found


async def lacking(copy: Copy) -> list[Wire]:
    """What its own topic holds and its database lacked."""
    answer = await copy.get("/v1/ontbrekend")
    assert answer.status_code == httpx.codes.OK, answer.text
    assert not Described((await copy.get("/v1/openapi.json")).json()).faults(answer)
    found: list[Wire] = answer.json()["ontbrekend"]
    return found


async def stopped(copy: Copy) -> None:
    """End it in good order."""
    copy.signal(signal.SIGTERM)
    assert await copy.ended() == 0


async def told(wijkzorg: Wijkzorg, service: str) -> None:
    """Wait until what a service decided is on its topic."""

    async def empty() -> bool:
        return not await wijkzorg.fetch("select from outbox", service=service)

    await eventually(empty, f"the outbox of {service} to be sent")


def ids(found: list[Wire], *, back: bool) -> set[str]:
    """What stands behind the type in the keys of what was lacking, and is back or is not."""
    return {row["sleutel"].split("/")[1] for row in found if row["hersteld"] == back}


async def test_restored_indicatie_takes_its_decisions_back_and_gives_no_number_twice(
    wijkzorg: Wijkzorg, tmp_path: Path
) -> None:
    await wijkzorg.publish([client(), *(aanvraag(aanvraag_id(number)) for number in range(5))])
    first = await wijkzorg.start("indicatie")
    await wijkzorg.handled(service="indicatie")
    old = await made(first, "indicaties", indicatie(ZIN, aanvraag_id=aanvraag_id(0)))
    nummer = old["toewijzingen"][0]["toewijzingNummer"]
    kept = await made(first, "plannen", plan(DOEL, aanvraag_id=aanvraag_id(0)))
    await told(wijkzorg, "indicatie")
    dumped = await dump(wijkzorg.dsns["indicatie"], tmp_path / "indicatie")
    new = [await made(first, "indicaties", indicatie(ZIN, ZIN, aanvraag_id=aanvraag_id(n))) for n in (1, 2)]
    ends = {"toewijzingNummer": nummer, "datum": "2026-06-10", "reden": "04", "einddatum": "2026-12-31"}
    changed = await made(first, "wijzigingen", ends)
    lost = await made(first, "plannen", plan(DOEL, DOEL, aanvraag_id=aanvraag_id(1)))
    reached = {"planId": kept["planId"], "datum": "2026-06-14", "behaald": {"ja": 1}}
    evaluatie = await made(first, "evaluaties", reached)
    await told(wijkzorg, "indicatie")
    await stopped(first)
    await restore(wijkzorg.dsns["indicatie"], dumped)
    again = await wijkzorg.start("indicatie")
    decisions = {decision["beschikkingNummer"]: decision for decision in new}
    for number, decision in decisions.items():
        assert (await again.get(f"/v1/indicaties/{number}")).json() == decision
    assert (await again.get(f"/v1/toewijzingen/{nummer}")).json() == changed
    assert (await again.get(f"/v1/evaluaties/{evaluatie['evaluatieId']}")).json() == evaluatie
    found = await lacking(again)
    assert ids(found, back=True) == {*decisions, str(nummer), evaluatie["evaluatieId"]}
    assert ids(found, back=False) == {lost["planId"]}
    await _nothing_is_given_twice(again, [old, *new])
    rewritten = await made(again, "plannen", plan(DOEL, aanvraag_id=aanvraag_id(1), planId=lost["planId"]))
    assert rewritten["versie"] > lost["versie"]
    assert not ids(await lacking(again), back=False)
    await told(wijkzorg, "indicatie")
    records = [record.value for record in await wijkzorg.records(wijkzorg.topic(INDICATIE))]
    assert len(records) == len(set(records)), "something was told twice"


async def _nothing_is_given_twice(copy: Copy, decisions: list[Wire]) -> None:
    """No number comes again, by itself or by hand, and no aanvraag is decided on again."""
    given = {
        toewijzing["toewijzingNummer"] for decision in decisions for toewijzing in decision["toewijzingen"]
    }
    later = await made(copy, "indicaties", indicatie(ZIN, ZIN, aanvraag_id=aanvraag_id(3)))
    assert later["beschikkingNummer"] not in {decision["beschikkingNummer"] for decision in decisions}
    assert not given & {toewijzing["toewijzingNummer"] for toewijzing in later["toewijzingen"]}
    by_hand = {**ZIN, "toewijzingNummer": max(given)}
    for again in (indicatie(ZIN, aanvraag_id=aanvraag_id(1)), indicatie(by_hand, aanvraag_id=aanvraag_id(4))):
        answer = await copy.post("/v1/indicaties", again)
        assert answer.status_code == httpx.codes.BAD_REQUEST, answer.text


def command(copy: Copy, wijkzorg: Wijkzorg, folder: Path, *words: str) -> Said:
    """The installed command, of which this copy is all that runs."""
    with state.alone(folder):
        state.write(folder, {copy.service: copy.url}, wijkzorg.kafka)
        return Place(folder).run(*words)


async def test_restored_intake_lists_what_it_lacks_and_gives_no_versie_twice(
    wijkzorg: Wijkzorg, tmp_path: Path
) -> None:
    first = await wijkzorg.start("intake")
    await made(first, "klanthouders", {"naam": "Ilse Invented"})
    anna = await made(first, "meldingen", melding())
    await told(wijkzorg, "intake")
    dumped = await dump(wijkzorg.dsns["intake"], tmp_path / "dumped")
    bert = await made(first, "meldingen", melding(person("Bert", "1939-11-20")))
    per = {"clientId": anna["clientId"], "per": "2026-06-01", "reden": "vertrek"}
    await made(first, "uitschrijvingen", per)
    await told(wijkzorg, "intake")
    await stopped(first)
    await restore(wijkzorg.dsns["intake"], dumped)
    again = await wijkzorg.start("intake")
    listed = command(again, wijkzorg, tmp_path, "herstel", "controleer", "intake", "--json")
    assert listed.code == 1
    assert listed.json["hersteld"] == []
    lost = {bert[name] for name in ("clientId", "huishoudenId", "meldingId")}
    assert ids(listed.json["ontbrekend"], back=False) == {*lost, anna["clientId"], anna["huishoudenId"]}
    deep = command(again, wijkzorg, tmp_path, "status", "--diep", "--json")
    assert (deep.code, [one["naam"] for one in deep.json["controles"]["intake"] if not one["goed"]]) == (
        1,
        ["ontbrekend"],
    )
    await made(again, "uitschrijvingen", per)
    same = {name: bert[name] for name in ("clientId", "huishoudenId")}
    await made(again, "meldingen", melding(person("Bert", "1939-11-20", **same), meldingId=bert["meldingId"]))
    listed = command(again, wijkzorg, tmp_path, "herstel", "controleer", "intake")
    assert (listed.code, listed.out) == (
        0,
        "6 facts of its topic that its database lacked are there again.\n",
    )
    assert command(again, wijkzorg, tmp_path, "status", "--diep").code == 0
    await told(wijkzorg, "intake")
    versies: dict[tuple[str, int], Wire] = {}
    for data in await wijkzorg.told(INTAKE):
        if "versie" in data:
            key = data.get("huishoudenId") or f"{data['clientId']} {data.get('klanthouderId', '')}"
            assert versies.setdefault((key, data["versie"]), data) == data


async def test_kafka_that_lost_what_was_told_stops_the_service_with_a_sentence(wijkzorg: Wijkzorg) -> None:
    first = await wijkzorg.start("intake")
    await made(first, "meldingen", melding())
    await told(wijkzorg, "intake")
    await stopped(first)
    admin = AIOKafkaAdminClient(bootstrap_servers=wijkzorg.kafka)
    await admin.start()
    await admin.delete_topics([wijkzorg.topic(INTAKE)])
    await admin.close()

    async def is_gone() -> bool:
        return wijkzorg.topic(INTAKE) not in await topics.existing(wijkzorg.kafka)

    await eventually(is_gone, "the topic to be gone")
    again = await wijkzorg.start("intake", ready=False)
    assert await again.ended() == 1
    assert (
        "Kafka has lost records. Nothing more was told. Restore Kafka's data, or follow"
        in again.log.read_text()
    )
