"""What happens to clients: a move, an end, a merger; and the klanthouders who stay with them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from services.intake.announce import Announcer
from services.intake.domain import faults
from services.intake.domain.verzoek import (
    Klanthouder,
    Samenvoeging,
    Uitschrijving,
    Verhuizing,
    sleutel_of,
)
from services.intake.store import client, huishouden
from shared.db import Connection
from shared.gemeente import Gemeente
from shared.refused import Fout, RefusedError, refuse

Resource = Mapping[str, Any]
"""What is there now, in wire form."""


def refuse_if(fouten: Iterable[Fout]) -> None:
    """Raise RefusedError with all that is wrong, if anything is."""
    if found := list(fouten):
        raise RefusedError(found)


async def unless_there(tx: Connection, veld: str, id_: UUID | None) -> None:
    """Raise RefusedError where the id that a caller chose is there: before anything else, for a repeat to be known."""
    if id_ and await client.is_there(tx, veld, id_):
        raise refuse(veld, f"Dit {faults.ALREADY}")


async def add_klanthouder(tx: Connection, _says: Announcer, klanthouder: Klanthouder) -> Resource:
    """A professional can stay with clients from now on."""
    klanthouder_id = klanthouder.klanthouder_id or uuid4()
    await client.add_klanthouder(tx, klanthouder_id, klanthouder)
    return {"klanthouderId": str(klanthouder_id)}


async def move(tx: Connection, says: Announcer, verhuizing: Verhuizing, gemeente: Gemeente) -> Resource:
    """Another address, in another wijk perhaps, from a day on; also before a move that is known already."""
    await unless_there(tx, "verhuizingId", verhuizing.verhuizing_id)
    client_id = verhuizing.client_id
    found = (await client.lock(tx, [client_id])).get(client_id)
    refuse_if(faults.of_verhuizing(gemeente, verhuizing, found, says.today))
    verhuizing = verhuizing.model_copy(update={"verhuizing_id": verhuizing.verhuizing_id or uuid4()})
    if await client.move(tx, verhuizing):
        sleutel = sleutel_of(*await client.particulars(tx, client_id), verhuizing.adres)
        await client.set_sleutel(tx, client_id, sleutel)
    await says.tell(tx, clienten=[client_id])
    return {"verhuizingId": str(verhuizing.verhuizing_id), "clientId": str(client_id)}


async def end(tx: Connection, says: Announcer, uitschrijving: Uitschrijving) -> Resource:
    """No longer registered; a partner goes on alone in the same huishouden."""
    client_id, per = uitschrijving.client_id, uitschrijving.per
    found = (await client.lock(tx, [client_id])).get(client_id)
    refuse_if(faults.of_uitschrijving(uitschrijving, found, says.today))
    if not await client.end(tx, uitschrijving):
        raise refuse("per", "Op deze dag of later begint een ander adres of huishouden van deze client.")
    left = await huishouden.leave(tx, [client_id], per)
    await says.tell(tx, clienten=[client_id], huishoudens=left)
    return {"clientId": str(client_id), "per": per.isoformat()}


async def merge(tx: Connection, says: Announcer, samenvoeging: Samenvoeging) -> Resource:
    """Two clients are one person. The one that stays has not itself become another: so there is never a circle."""
    merged, stays = samenvoeging.client_id, samenvoeging.opgegaan_in
    found = await client.lock(tx, [merged, stays])
    refuse_if(faults.of_samenvoeging(samenvoeging, found.get(merged), found.get(stays)))
    await client.merge(tx, merged, stays)
    await says.tell(tx, clienten=[merged])
    return {"clientId": str(merged), "opgegaanIn": str(stays)}
