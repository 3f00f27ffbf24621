"""Billing and reporting look through their databases: a sound one passes, and what somebody damaged is found and named."""

import asyncio
import signal
from typing import Any

import pytest
from pydantic import SecretStr

from services.billing.app import service as billing
from services.reporting.app import service as reporting
from shared.service import Service
from shared.settings import ServiceSettings
from tests.component.http import Api, api_of
from tests.e2e import samples
from tests.harness import Wijkzorg
from wijkzorg import diep

pytestmark = pytest.mark.city

DAMAGE = {
    "a position moved back": (
        "posities",
        "update position set next = 1000 where topic like '%gebruik%'",
        "update position set next = 4 where topic like '%gebruik%'",
        "de positie is 1000",
    ),
    "a position moved on over records": (
        "oordelen",
        "update position set next = 3 where topic like '%gebruik%'",
        "update position set next = 4 where topic like '%gebruik%'",
        "1 oordelen voorbij de positie",
    ),
    "a position lost": (
        "posities",
        "update position set topic = topic || 'x' where topic like '%intake'",
        "update position set topic = rtrim(topic, 'x') where topic like '%intakex'",
        "heeft berichten en geen positie",
    ),
    "a verdict deleted": (
        "oordelen",
        "update gebruik set plaats = plaats + 1000 where plaats = 2",
        "update gebruik set plaats = plaats - 1000 where plaats = 1002",
        "heeft het bericht op plaats 2 geen oordeel",
    ),
    "a month miscounted": (
        "cijfers",
        "update gebruik_maand set aantal = aantal + 1",
        "update gebruik_maand set aantal = aantal - 1",
        "tellen 4 leveringen mee, maar de maanden noemen er 8",
    ),
    "a total altered by hand": (
        "grootboek",
        "alter table bijdrage_regel disable trigger all; update bijdrage_regel set totaal_cent = 100",
        "update bijdrage_regel set totaal_cent = 1900; alter table bijdrage_regel enable trigger all",
        "volgen 1 totalen niet uit de regels ervoor",
    ),
    "an amount above the tariff": (
        "grootboek",
        "set session_replication_role = replica; update bijdrage_regel set totaal_cent = 1901, bedrag_cent = 1901",
        "set session_replication_role = replica; update bijdrage_regel set totaal_cent = 1900, bedrag_cent = 1900",
        "staat een totaal onder nul of boven het tarief",
    ),
}
"""Of each damage: the check that finds it, how it is done, how it is undone, and what is said of it."""


def settings(wijkzorg: Wijkzorg, service: str) -> ServiceSettings:
    """The settings of a service on this test's Kafka and its database."""
    return ServiceSettings(
        database_dsn=SecretStr(wijkzorg.dsns[service]),
        KAFKA_BOOTSTRAP_SERVERS=wijkzorg.kafka,
        topic_prefix=wijkzorg.prefix,
    )


async def wrong(api: Api) -> dict[str, str]:
    """What a service says is wrong, by the name of the check."""
    answer = await api.get("/v1/controle")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    faults = {one["naam"]: one["uitleg"] for one in found["controles"] if not one["goed"]}
    assert found["goed"] == (not faults)
    return faults


async def damaged(service: Service, damage: tuple[str, str, str, str]) -> None:
    """This damage is found, and nothing else; undone, all is right again."""
    name, do, undo, said = damage
    async with api_of(service) as api:
        assert await wrong(api) == {}
        await api.pool.execute(do)
        faults = await wrong(api)
        assert faults.keys() == {name}, faults
        assert said in faults[name], faults
        await api.pool.execute(undo)
        assert await wrong(api) == {}


async def test_what_is_damaged_in_billing_and_reporting_is_found_and_a_sound_system_passes(
    wijkzorg: Wijkzorg,
) -> None:
    await wijkzorg.register(samples.AGB)
    copies = [await wijkzorg.start("billing"), await wijkzorg.start("reporting")]
    for events in (samples.facts(), samples.declaration()):
        await wijkzorg.publish(events)
        for copy in copies:
            await wijkzorg.handled(service=copy.service)
    urls = {copy.service: copy.url for copy in copies}
    checked = await asyncio.to_thread(diep.check, urls)
    assert checked["goed"], checked
    assert checked["controles"]["reporting"][-1]["naam"] == "vergelijking"
    await wijkzorg.fetch("update bijdrage set totaal_cent = 2000", service="reporting")
    checked = await asyncio.to_thread(diep.check, urls)
    assert not checked["goed"]
    assert (
        "bijdragenCent: billing zegt 1900, reporting 2000." in checked["controles"]["reporting"][-1]["uitleg"]
    )
    for copy in copies:
        copy.signal(signal.SIGTERM)
        assert await copy.ended() == 0
    for damage in DAMAGE.values():
        await damaged(billing(settings(wijkzorg, "billing")), damage)
    await damaged(reporting(settings(wijkzorg, "reporting")), DAMAGE["a month miscounted"])
