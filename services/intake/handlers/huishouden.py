"""What happens to huishoudens: who form one, and which months cost them nothing."""

from uuid import uuid4

from services.intake.announce import Announcer, vrijgesteld
from services.intake.domain import faults
from services.intake.domain.verzoek import Huishouden, Intrekking, Vrijstelling
from services.intake.domain.vrijstelling import Vrijgesteld
from services.intake.handlers.client import Resource, refuse_if, unless_there
from services.intake.store import client, huishouden
from shared.db import Connection
from shared.kalender import parse_month


async def form(tx: Connection, says: Announcer, asked: Huishouden) -> Resource:
    """A new huishouden of one or two; who is left behind in another goes on in it alone."""
    await unless_there(tx, "huishoudenId", asked.huishouden_id)
    found = await client.lock(tx, asked.leden)
    refuse_if(faults.of_huishouden(asked, found, says.today))
    huishouden_id = asked.huishouden_id or uuid4()
    left = await huishouden.leave(tx, asked.leden, asked.vanaf)
    first, *others = asked.leden
    plek = await huishouden.found(tx, huishouden_id, first, asked.vanaf)
    for other in others:
        await huishouden.join(tx, other, plek.other, asked.vanaf)
    await says.tell(tx, huishoudens={huishouden_id, *left})
    return {"huishoudenId": str(huishouden_id)}


async def exempt(tx: Connection, says: Announcer, asked: Vrijstelling) -> Resource:
    """Months in which no bijdrage is due, because the gemeente says so."""
    given = Vrijgesteld(
        asked.vrijstelling_id or uuid4(),
        asked.huishouden_id,
        asked.client_id,
        asked.geldt_voor,
        parse_month(asked.van_maand),
        parse_month(asked.tot_maand) if asked.tot_maand else None,
    )
    versie = await says.versie(tx)
    await huishouden.grant(tx, given, asked, versie)
    await says.tell(tx, vrijgesteld(given, versie, counts=asked.telt_voor_kostprijs))
    return {"vrijstellingId": str(given.vrijstelling_id)}


async def withdraw(tx: Connection, says: Announcer, intrekking: Intrekking) -> Resource:
    """A vrijstelling that the gemeente gave is taken back; a derived one follows its facts."""
    given = await huishouden.lock_vrijstelling(tx, intrekking.vrijstelling_id)
    refuse_if(faults.of_intrekking(given))
    assert given  # noqa: S101 - or it was refused, said for the type checker
    one = given.vrijgesteld._replace(vervallen=True)
    versie = await huishouden.withdraw(tx, one.vrijstelling_id, await says.versie(tx))
    await says.tell(tx, vrijgesteld(one, versie, counts=given.telt_voor_kostprijs))
    return {"vrijstellingId": str(one.vrijstelling_id)}
