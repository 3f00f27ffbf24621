"""What indicatie tells, by the contracts of its events; the same is what its API answers: counts and ids, no texts."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from shared.contracts.event import wire_data
from shared.db import Connection
from shared.messaging import outbox
from shared.messaging.own import OwnEvents
from shared.tracing import continued

AFGEGEVEN, GEWIJZIGD = "indicatie-afgegeven", "toewijzing-gewijzigd"
VASTGESTELD, GEEVALUEERD = "plan-vastgesteld", "plan-geevalueerd"


def wire(name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event of this name says, in wire form; `data` by Python names."""
    return wire_data({"type": f"{TYPE_PREFIX}{name}.v1", "data": data})


async def tell(
    tx: Connection, own: OwnEvents, name: str, data: Mapping[str, Any], traceparent: str | None
) -> dict[str, Any]:
    """Have this event told in the trace of its case once the transaction has committed; what it says, in wire form."""
    with continued(name, traceparent):
        await outbox.put(tx, [own.message(name, data)], own.clock())
    return wire(name, data)
