"""Dead letters over HTTP: a service's own workbench, and who works at it."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from services.billing.app import service
from shared.settings import ServiceSettings
from tests.component.billing import PREFIX, Billing, topic_of
from tests.component.http import Api, api_of
from tests.component.said import ANNA, HOME, given_to, home, use
from tests.component.test_billing_verdicts import other
from tests.unit.wire import AGB

APRIL = use(1, "2026-04-01", "2026-04-30")
WRONG = other(APRIL, tariefCent=1000, bedragCent=1)
PLACE = f"{topic_of(AGB)}/0"
CHARGED = {(HOME, "2026-04"): 2180}
BY = {"door": "B. Beheerder", "reden": "de aanbieder schreef het bedrag verkeerd"}


@asynccontextmanager
async def billing_api(dsn: str) -> AsyncIterator[Api]:
    """Billing's own API on this database."""
    settings = {
        "database_dsn": dsn,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "clock": "2026-06-15T10:00:00Z",
        "topic_prefix": PREFIX,
    }
    async with api_of(service(ServiceSettings.model_validate(settings))) as own:
        yield own


async def known(billing: Billing) -> None:
    """Let a household and its toewijzing be known."""
    await billing.owner(home(ANNA), given_to(ANNA, 1))


async def ledger(billing: Billing) -> dict[tuple[str, str], int]:
    """What is owed, once it is determined."""
    await billing.determine()
    return await billing.ledger()


async def do(
    api: Api, place: str, act: str, status: int = 200, value: Any = None, **more: Any
) -> dict[str, Any]:
    """What an act on one record is answered; `value` is what mends it, as wire form or bytes."""
    body: dict[str, Any] = BY | more
    if value is not None:
        raw = value if isinstance(value, bytes) else as_bytes(value)
        body["bytes"] = base64.b64encode(raw).decode()
    answer = await api.post(f"/v1/dood/{place}/{act}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def as_bytes(value: Any) -> bytes:
    """A wire form, or the line that it stands on, as its bytes."""
    return (value if isinstance(value, str) else json.dumps(value)).encode()


async def letters(api: Api, **wanted: str) -> list[tuple[str, str]]:
    """The letters that are listed: place and code."""
    answer = (await api.get("/v1/dood", params=wanted)).json()
    return [(f"{one['topic']}/{one['partitie']}/{one['plaats']}", one["code"]) for one in answer["brieven"]]


async def acts(api: Api, place: str) -> Sequence[str]:
    """What was done to one record."""
    answer = (await api.get(f"/v1/dood/{place}")).json()
    return [one["handeling"] for one in answer["ingrepen"]]
