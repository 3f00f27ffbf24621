"""What intake tells: the states of clients and huishoudens, the vrijstellingen that follow, and what happened.

Of a person only what the contracts ask for: no name, birth date, address, text or reason.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.domain import perioden, vrijstelling
from services.intake.domain.perioden import Verblijf
from services.intake.domain.vrijstelling import Vrijgesteld
from services.intake.store import client, huishouden
from shared.db import Connection
from shared.kalender import format_month, local_day
from shared.messaging import outbox
from shared.messaging.echo import next_versie
from shared.messaging.own import OwnEvents
from shared.messaging.producer import Message

Fact = tuple[str, Mapping[str, Any]]
"""What happened: the name of its event, and the data by Python names."""


@dataclass(frozen=True)
class Announcer:
    """Lays what intake tells in the outbox, in the transaction of what it tells of."""

    own: OwnEvents

    @property
    def today(self) -> date:
        """The local day at the clock."""
        return local_day(self.own.clock())

    async def versie(self, tx: Connection) -> int:
        """What a new versie is at least."""
        return await next_versie(tx, self.own.clock())

    async def tell(
        self,
        tx: Connection,
        *facts: Fact,
        clienten: Collection[UUID] = (),
        huishoudens: Collection[UUID] = (),
    ) -> None:
        """Tell anew how these clients and huishoudens are, and what follows from that; then what happened."""
        messages: list[Message] = []
        derived: list[Vrijgesteld] = []
        versie = await self.versie(tx)
        if clienten:
            for row in _by_client(await client.told(tx, clienten, versie)):
                derived += vrijstelling.of_client(row[0]["client_id"], row[0]["geboortedatum"], row[0]["van"])
                messages.append(self.own.message("client-vastgesteld", _client(row)))
        if huishoudens:
            versies = await huishouden.raise_versies(tx, huishoudens, versie)
            leden = await huishouden.leden(tx, huishoudens)
            for id_, versie in versies.items():
                samen = perioden.of_huishouden(lid for of, lid in leden if of == id_)
                derived += vrijstelling.of_huishouden(id_, samen)
                data = {"huishouden_id": id_, "versie": versie, "perioden": [p.told for p in samen]}
                messages.append(self.own.message("huishouden-vastgesteld", data))
        if clienten or huishoudens:
            messages += await self._derived(tx, derived, clienten, huishoudens)
        messages += [self.own.message(name, data) for name, data in facts]
        await outbox.put(tx, messages, self.own.clock())

    async def _derived(
        self,
        tx: Connection,
        derived: Iterable[Vrijgesteld],
        clienten: Collection[UUID],
        huishoudens: Collection[UUID],
    ) -> list[Message]:
        known = await huishouden.derived(tx, clienten, huishoudens)
        changes = vrijstelling.changes(known, derived)
        if not changes:
            return []
        versies = await huishouden.put_derived(tx, changes, await self.versie(tx))
        facts = (vrijgesteld(one, versies[one.vrijstelling_id], counts=True) for one in changes)
        return [self.own.message(*fact) for fact in facts]


def vrijgesteld(one: Vrijgesteld, versie: int, *, counts: bool) -> Fact:
    """That there is a vrijstelling, or that it is vervallen; `counts`: the kostprijs is paid off meanwhile."""
    data = one._asdict() | {
        "versie": versie,
        "telt_voor_kostprijs": counts,
        "van_maand": format_month(one.van_maand),
        "tot_maand": None if one.tot_maand is None else format_month(one.tot_maand),
    }
    return "vrijstelling-vastgesteld", data


def _by_client(rows: Iterable[asyncpg.Record]) -> Iterable[list[asyncpg.Record]]:
    return (list(of_one) for _, of_one in groupby(rows, key=lambda row: row["client_id"]))


def _client(rows: list[asyncpg.Record]) -> dict[str, Any]:
    verblijven = [Verblijf(row["van"], row["tot"], row["wijk_jaar"], row["wijk_code"]) for row in rows]
    names = ("client_id", "versie", "uitgeschreven_per", "opgegaan_in")
    stays = perioden.of_client(rows[0]["geboortedatum"], verblijven)
    return {name: rows[0][name] for name in names} | {"perioden": stays}
