"""What a person decides on the work list: noted, and of a waived month written into the ledger."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.billing.domain import werk as rules
from services.billing.domain.bijdrage import PRICED
from services.billing.domain.overzicht import KWIJTSCHELDING
from services.billing.domain.werk import VASTGEHOUDEN, Besloten
from services.billing.store import bijdrage as ledger
from services.billing.store import maand, werk
from services.billing.store.bijdrage import Line
from shared.db import Connection
from shared.kalender import Month
from shared.messaging.echo import next_versie
from shared.refused import refuse


async def decide(
    tx: Connection, werk_id: UUID, besloten: Besloten, moment: datetime
) -> Sequence[UUID] | None:
    """Note a decision; the items that it is about, None where there is no such item.

    Asked again it changes nothing. Raises RefusedError where it cannot be decided so.
    """
    await ledger.lock(
        tx
    )  # nobody writes lines, and no closing begins, between what is seen here and what is done
    item = await werk.hold(tx, werk_id)
    if item is None:
        return None
    if item["besluit"] is not None:
        if (item["besluit"], item["door"], item["artikel"]) == besloten[:3]:
            return [werk_id]
        raise refuse("besluit", "Hierover is al besloten. Een besluit verandert niet.")
    if fault := rules.fault_of(item["soort"], besloten):
        raise fault
    if item["soort"] not in VASTGEHOUDEN:
        await werk.decide(tx, [werk_id], besloten, [None], moment)
        return [werk_id]
    first = Month((await maand.definitive_up_to(tx) or item["maand"]) + 1)
    ids = [werk_id]
    if besloten.termijnen is not None:
        ids = await werk.open_of(tx, item["soort"], item["huishouden_id"])
    elif besloten.besluit == "kwijtschelden":
        await _waive(tx, item, besloten.artikel or "", moment)
    months = rules.spread(len(ids), besloten.termijnen or 1, first)
    await werk.decide(tx, ids, besloten, months, moment)
    return ids


async def _waive(tx: Connection, item: asyncpg.Record, artikel: str, moment: datetime) -> None:
    huishouden_id, month = item["huishouden_id"], Month(item["maand"])
    kwijt = await werk.waivable(tx, item["werk_id"], huishouden_id, month)
    bedrag_cent = min(kwijt.held_cent, kwijt.totaal_cent - kwijt.kwijt_cent)
    if bedrag_cent <= 0:
        raise refuse("besluit", "Voor deze maand is niets meer verschuldigd. Kies vrijgeven.")
    line = Line(
        huishouden_id=huishouden_id,
        maand=month,
        versie=max(kwijt.versie + 1, await next_versie(tx, moment)),
        soort=KWIJTSCHELDING,
        bedrag_cent=-bedrag_cent,
        totaal_cent=kwijt.totaal_cent,
        bijdrage_id=kwijt.bijdrage_id,
        regel=PRICED,
        wet=artikel,
        aanleiding=[f"werk/{item['werk_id']}"],
    )
    await ledger.add_lines(tx, [line], moment)
