"""Intake in this process on a real database, and invented residents to report to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from services.intake.app import service
from shared.settings import ServiceSettings
from tests.component.http import Api, api_of

NOW = "2026-06-15T10:00:00Z"
WIJK = {"jaar": 2024, "code": "WK063705"}
OTHER_WIJK = {"jaar": 2024, "code": "WK063706"}


def settings(dsn: str, clock: str = NOW) -> ServiceSettings:
    """The settings of an intake at a fixed moment."""
    return ServiceSettings.model_validate(
        {"database_dsn": dsn, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "clock": clock}
    )


@asynccontextmanager
async def intake_on(dsn: str, clock: str = NOW) -> AsyncIterator[Api]:
    """Intake's API on this database."""
    async with api_of(service(settings(dsn, clock))) as api:
        yield api


def adres(huisnummer: int = 12, postcode: str = "2716AB") -> dict[str, Any]:
    """An invented address."""
    return {"postcode": postcode, "huisnummer": huisnummer}


def person(voornamen: str = "Anna", born: str = "1941-04-02", **more: Any) -> dict[str, Any]:
    """An invented resident."""
    return {
        "voornamen": voornamen,
        "achternaam": "van Testelen",
        "geboortedatum": born,
        "adres": adres(),
        "wijk": WIJK,
        "woontVanaf": max("2010-03-01", born),
    } | more


def melding(client: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A melding by someone."""
    return {
        "datum": "2026-03-02",
        "kanaal": "telefoon",
        "client": person() if client is None else client,
    } | more


async def made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What intake has made of a request that it grants."""
    answer = await api.post(f"/v1/{path}", json=body)
    assert answer.status_code == 201, answer.text
    assert (await api.get(answer.headers["location"])).status_code == 200, answer.headers
    resource: dict[str, Any] = answer.json()
    return resource


async def refused(api: Api, path: str, body: Any) -> dict[str, str]:
    """What is wrong with a request that intake refuses, by field."""
    return fouten(await api.post(f"/v1/{path}", json=body))


def fouten(answer: httpx.Response) -> dict[str, str]:
    """What an answer says is wrong, by field."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {error["veld"]: error["uitleg"] for error in answer.json()["errors"]}


async def client_of(api: Api, client_id: str) -> dict[str, Any]:
    """What may be known of a client."""
    answer = await api.get(f"/v1/clienten/{client_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def newest(api: Api, name: str, key: str) -> dict[str, dict[str, Any]]:
    """The data of the events of one name with the highest versie, by an id."""
    found: dict[str, dict[str, Any]] = {}
    for event in await api.told(name):
        data = event["data"]
        if data["versie"] > found.get(data[key], {"versie": -1})["versie"]:
            found[data[key]] = data
    return found


async def rows(api: Api) -> dict[str, int]:
    """How many rows each table has."""
    await api.pool.execute("analyze")
    found = await api.pool.fetch(
        "select relname, reltuples::int from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    return {row["relname"]: row["reltuples"] for row in found}
