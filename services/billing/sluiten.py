"""The loop that closes months: statements, what is held off them, the chain, and what is told, in chunks of households.

Each chunk is one transaction that also says how far the closing is; what was drawn when it began is all it looks at.
So it goes on where it was, and comes to the same.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.billing.announce import Announcer
from services.billing.domain import maand as life
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.maand import Stand
from services.billing.domain.overzicht import (
    Gevraagd,
    Grenzen,
    Overzicht,
    Regel,
    Vastgehouden,
    inhoud,
    verdeel,
)
from services.billing.domain.werk import Gegeven, Signaal
from services.billing.store import bijdrage as ledger
from services.billing.store import instellingen as settings
from services.billing.store import maand as store
from services.billing.store import overzicht, verteld, werk
from services.billing.store.maand import Gemaakt, Sluitend
from shared import db
from shared.kalender import Month, format_month, local_day, local_month
from shared.messaging import outbox
from shared.messaging.loop import Worker
from shared.messaging.producer import Message
from shared.refused import RefusedError, refuse
from shared.settings import Clock

HOUSEHOLDS_MAX = 2000
IDLE_SECONDS = 1.0
LINE = ("versie", "soort", "bedrag_cent", "regel", "wet", "werk_id", "reden", "vanaf")
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
log = logging.getLogger("wijkzorg.sluiten")


async def begin(
    tx: db.Connection, maand: Month, clock: Clock, instellingen: Instellingen, *, voor_respijt: bool = False
) -> bool:
    """Draw the cut of a month; False where it was drawn before. Raises RefusedError where it may not close now."""
    await ledger.lock(tx)
    moment = clock()
    stand = await store.stand(tx, local_month(moment))
    if stand.laatste is not None and stand.eerste is not None and stand.eerste <= maand <= stand.laatste:
        return False
    if fault := fault_of(maand, stand, moment, instellingen, voor_respijt=voor_respijt):
        raise fault
    held = await settings.held(tx, instellingen.versie)
    if held is None or not held.geldt:
        raise refuse(
            "maand",
            "De instellingen van deze kopie van de dienst gelden niet. Vraag het een kopie met de laatste.",
        )
    return await store.begin(tx, maand, moment, instellingen.versie)


def fault_of(
    maand: Month, stand: Stand, moment: datetime, instellingen: Instellingen, *, voor_respijt: bool = False
) -> RefusedError | None:
    """Why a month cannot begin to close now by these settings, if it cannot."""
    grace = life.grace_ends(maand, 0 if voor_respijt else instellingen.respijt_dagen)
    return life.fault_of(maand, stand, moment, grace, has_tarief=maand in instellingen.tarief_cent)


async def to_close(
    connection: db.Connection, clock: Clock, instellingen: Instellingen, *, by_itself: bool
) -> int:
    """How many months wait to be closed: one that was begun, and those that are due where that goes by itself."""
    moment = clock()
    stand = await store.stand(connection, local_month(moment))
    begun = stand.laatste is not None and not stand.is_closed
    due = life.due(stand, moment, instellingen.respijt_dagen, instellingen.tarief_cent) if by_itself else 0
    return begun + due


class Chunk(NamedTuple):
    """What becomes of some households: their statements, and what the month itself comes to."""

    overzichten: Sequence[tuple[UUID, Overzicht]]
    charged: Sequence[tuple[UUID, int]]
    last: UUID

    @property
    def stating(self) -> Sequence[tuple[UUID, Overzicht]]:
        """The statements that are kept: those that say something."""
        return [(id_, one) for id_, one in self.overzichten if one.says_something]


class Sluiten(Worker):
    """Closes what was begun, and begins by itself what is due unless it is told not to; one copy at a time."""

    def __init__(
        self,
        pool: db.Pool,
        instellingen: Instellingen,
        clock: Clock,
        announcer: Announcer,
        may_begin: Callable[[], bool] = lambda: True,
        *,
        by_itself: bool = True,
    ) -> None:
        super().__init__("sluiten", self.close, IDLE_SECONDS, may_begin)
        self._pool, self._instellingen, self._clock, self._announcer = pool, instellingen, clock, announcer
        self._by_itself = by_itself

    async def close(self) -> int:
        """Close a month that is begun or due, as far as it goes before the loop is stopped; how many chunks that took."""
        async with self._pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS) as connection:
            if not await store.try_lock(connection):
                return 0
            if self._by_itself:
                await self._begin_what_is_due(connection)
            what = await store.closing(connection)
            if what is None or await verteld.is_catching_up(connection):
                return 0
            await store.lay_ready(connection, what)
            grenzen = await self._limits(connection, what.instellingen)
            chunks = 0
            while not self.stopping.is_set():
                self.turn()
                chunks += 1
                async with connection.transaction():
                    if not await self._take_chunk(connection, what, grenzen):
                        await self._finish(connection, what.maand)
                        break
                what = await store.closing(connection) or what
            return chunks

    async def _begin_what_is_due(self, connection: db.Connection) -> None:
        moment = self._clock()
        stand = await store.stand(connection, local_month(moment))
        if stand.next is None or (stand.laatste is not None and not stand.is_closed):
            return
        if fault_of(stand.next, stand, moment, self._instellingen):
            return
        with suppress(RefusedError):
            async with connection.transaction():
                await begin(connection, stand.next, self._clock, self._instellingen)

    async def _limits(self, connection: db.Connection, versie: str) -> Grenzen:
        """How far statements go, by the settings that the month began to close with."""
        held = await settings.held(connection, versie)
        own = Instellingen.of_content(held.content) if held else self._instellingen
        return Grenzen(
            own.maanden_op_overzicht_max,
            own.teruggave_maanden_max,
            own.eerste_bijdrage_maanden_max,
            own.respijt_dagen,
        )

    async def _take_chunk(self, tx: db.Connection, what: Sluitend, grenzen: Grenzen) -> bool:
        rows = await store.ready(tx, what.tot_huishouden, HOUSEHOLDS_MAX)
        if not rows:
            return False
        chunk = await _judge(tx, rows, what, grenzen)
        await _keep(tx, chunk, what)
        await _hold(tx, chunk, what)
        told = await db.meanwhile(
            store.add_to_chain(
                tx, what.maand, what.tot_huishouden, chunk.last, [id_ for id_, _ in chunk.stating]
            ),
            lambda: self._told(chunk, what),
        )
        await outbox.put(tx, told, self._clock())
        owed, asked = (
            [cent for _, cent in chunk.charged if cent],
            [one.gevraagd_cent for _, one in chunk.stating],
        )
        await store.come_to(tx, what.maand, chunk.last, owed, asked)
        return True

    def _told(self, chunk: Chunk, what: Sluitend) -> Sequence[Message]:
        """What is told of these households; nothing where all of it was, before this database was restored."""
        is_told = what.verteld_huishoudens is not None
        return (
            () if is_told else list(self._announcer.definitive(what.maand, chunk.charged, what.begonnen_op))
        )

    async def _finish(self, tx: db.Connection, maand: Month) -> None:
        closed = await store.close(tx, maand, self._clock())
        if closed is None:
            return
        log.info("month %s is closed: %d households", format_month(maand), closed.huishoudens)
        if closed.verteld_huishoudens is None:
            await outbox.put(tx, [self._announcer.closed(closed)], self._clock())
        elif (closed.verteld_huishoudens, closed.verteld_totaal_cent) != (
            closed.huishoudens,
            closed.totaal_cent,
        ):
            gegevens: dict[Gegeven, Any] = {
                "verteldHuishoudens": closed.verteld_huishoudens,
                "verteldTotaalCent": closed.verteld_totaal_cent,
                "geslotenHuishoudens": closed.huishoudens,
                "geslotenTotaalCent": closed.totaal_cent,
            }
            signaal = Signaal("maand-anders", format_month(maand), maand=maand, gegevens=gegevens)
            await werk.signal(tx, [signaal], self._clock())


async def _judge(
    tx: db.Connection, rows: Sequence[asyncpg.Record], what: Sluitend, grenzen: Grenzen
) -> Chunk:
    """By household: what stands on its statement and what is held; and the total of the month itself."""
    sent = local_month(what.begonnen_op)
    gevraagd = await _asked_before(tx, rows, what, grenzen)
    limits = await werk.limits(tx, {row["werk_id"] for row in rows if row["werk_id"]})
    overzichten, charged, last = [], [], UUID(int=0)
    for last, group in groupby(rows, key=lambda row: row["huishouden_id"]):
        lines = list(group)
        totals = [row["totaal_cent"] for row in lines if row["maand"] == what.maand]
        if totals:
            charged.append((last, totals[-1]))
        regels = [_regel(row, limits) for row in lines]
        overzichten.append((last, verdeel(regels, what.maand, sent, grenzen, gevraagd(last))))
    return Chunk(overzichten, charged, last)


async def _asked_before(
    tx: db.Connection, rows: Sequence[asyncpg.Record], what: Sluitend, grenzen: Grenzen
) -> Callable[[UUID], Gevraagd]:
    """By household for which months its statements asked before."""
    sent = local_month(what.begonnen_op)
    begun = [row for row in await store.listed(tx) if local_month(row["begonnen_op"]) == sent]
    earlier = [Month(row["maand"]) for row in begun if row["maand"] < what.maand]
    ooit: dict[UUID, set[Month]] = defaultdict(set)
    for id_, maand in await overzicht.ever_asked(
        tx, {(row["huishouden_id"], row["maand"]) for row in rows if row["maand"] < what.maand}
    ):
        ooit[id_].add(maand)
    nu: dict[UUID, set[Month]] = defaultdict(set)
    for id_, maand, op_maand in await overzicht.asked_on(tx, {row["huishouden_id"] for row in rows}, earlier):
        if grenzen.is_past(maand, op_maand, sent):
            nu[id_].add(maand)
    return lambda id_: Gevraagd(frozenset(ooit[id_]), frozenset(nu[id_]))


async def _keep(tx: db.Connection, chunk: Chunk, what: Sluitend) -> None:
    """Keep the statements that say something, and which lines stand on each."""
    day = local_day(what.begonnen_op).isoformat()
    made = [
        Gemaakt(id_, what.maand, one.gevraagd_cent, _bytes(inhoud(id_, one, day, what.instellingen)))
        for id_, one in chunk.stating
    ]
    stands = [(line.id, what.maand) for _, one in chunk.overzichten for line in one.staat]
    await store.add_statements(tx, made, stands)


async def _hold(tx: db.Connection, chunk: Chunk, what: Sluitend) -> None:
    """Put each month that is held for the first time on the work list, and note which lines wait for it."""
    held = [(id_, month) for id_, one in chunk.overzichten for month in one.vastgehouden]
    new = {(id_, month.maand): _signal(id_, month, what) for id_, month in held if month.werk_id is None}
    items = await werk.signal(tx, list(new.values()), what.begonnen_op)
    ids = {key: items[signaal.soort, signaal.sleutel] for key, signaal in new.items()}
    waiting = [
        (line.id, month.werk_id or ids[id_, month.maand])
        for id_, month in held
        for line in month.regels
        if line.werk_id is None
    ]
    await store.hold(tx, waiting)


def _signal(huishouden_id: UUID, held: Vastgehouden, what: Sluitend) -> Signaal:
    overzicht = format_month(what.maand)
    return Signaal(
        held.reden,
        f"{huishouden_id}/{format_month(held.maand)}/{overzicht}",
        huishouden_id=huishouden_id,
        maand=held.maand,
        gegevens={"bedragCent": held.bedrag_cent, "overzicht": overzicht, "maandenMax": held.maanden_max},
    )


def _regel(row: asyncpg.Record, limits: Mapping[UUID, int]) -> Regel:
    known = {name: row[name] for name in LINE}
    waits = limits.get(row["werk_id"])
    return Regel(row["bijdrage_regel_id"], Month(row["maand"]), **known, maanden_max=waits)


def _bytes(content: dict[str, Any]) -> bytes:
    return _COMPACT.encode(content).encode()
