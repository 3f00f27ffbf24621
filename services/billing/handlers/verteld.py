"""Hear what billing itself has told, and its restored database does not know.

The ledger takes its lines back; providers are told again what they know otherwise, once all there was is handled.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from services.billing.announce import Announcer
from services.billing.domain.cakbestand import plaats
from services.billing.domain.inning import Bericht
from services.billing.handlers.inning import restore_files
from services.billing.store import bijdrage, inning, maand, verteld
from services.billing.store.bijdrage import Line
from services.billing.store.inning import Gemeld
from services.billing.store.maand import Verteld
from services.billing.store.verteld import ToldVerdict
from shared.contracts.contract import ONTVANGST, TYPE_PREFIX
from shared.contracts.event import AnyEvent, contract_of
from shared.db import Connection
from shared.kalender import parse_month
from shared.messaging.delivery import Delivery, Partition
from shared.messaging.echo import raise_versie
from shared.messaging.outbox import Errand, Send

CHARGE, CORRECTION = (TYPE_PREFIX + name for name in ("bijdrage-vastgesteld.v1", "bijdrage-gecorrigeerd.v1"))
TOLD_CAK = TYPE_PREFIX + "inning-gemeld.v1"
DEFINITIVE, CLOSED = (TYPE_PREFIX + name for name in ("bijdrage-definitief.v1", "maand-gesloten.v1"))
Ends = Callable[[], Awaitable[Mapping[Partition, int]]]
"""Where the logs that billing reads end."""


class Told:
    """What billing hears of its own topics (an `echo.Hearing`)."""

    def __init__(self, source: str, ends: Ends) -> None:
        self._source, self._ends = source, ends

    async def hear(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Keep the lines and verdicts that the database does not know."""
        events = [d.event for d in deliveries if d.event is not None and d.event["source"] == self._source]
        lines = [event for event in events if event["type"] in (CHARGE, CORRECTION)]
        verdicts = [
            ToldVerdict(data["aanbieder"], line["plaats"], line["versie"], line["oordeel"], line.get("code"))
            for event in events
            if contract_of(event).topic is ONTVANGST
            for data in (event["data"],)
            for line in data["oordelen"]
        ]
        await verteld.keep_lines(tx, [(_line(event), event["time"]) for event in lines])
        await verteld.keep_verdicts(tx, verdicts)
        await maand.keep_told(
            tx, {_closing(event) for event in events if event["type"] in (DEFINITIVE, CLOSED)}
        )
        await inning.tell(
            tx, [told for event in events if event["type"] == TOLD_CAK for told in _told_cak(event)]
        )
        versies = [event["data"]["versie"] for event in lines] + [verdict.versie for verdict in verdicts]
        await raise_versie(tx, max(versies, default=0))

    async def done(self, tx: Connection) -> None:
        """Take lines and closings back, and wait with the rest until all there is now has been handled."""
        await bijdrage.lock(tx)
        if await verteld.catch_up_to(tx, await self._ends()):
            await verteld.take_back_lines(tx)
        await maand.draw_told_cuts(tx)
        await restore_files(tx)


def _line(event: AnyEvent) -> Line:
    data: Mapping[str, Any] = event["data"]
    is_charge = event["type"] == CHARGE
    return Line(
        huishouden_id=data["huishouden_id"],
        maand=parse_month(data["maand"]),
        versie=data["versie"],
        soort="bijdrage" if is_charge else "correctie",
        bedrag_cent=data["bedrag_cent" if is_charge else "verschil_cent"],
        totaal_cent=data["totaal_cent"],
        bijdrage_id=data["bijdrage_id"],
        regel=data["regel"],
        wet=data["wet"],
        aanleiding=data["aanleiding"],
    )


def _told_cak(event: AnyEvent) -> Iterator[Gemeld]:
    """The message that the CAK was told, with its place in a file; none where that is not known."""
    data: Mapping[str, Any] = event["data"]
    if place := plaats(data.get("referentie") or ""):
        bericht = Bericht(
            data["client_id"], data["per"], data["soort"], data["huishouden_id"], data.get("kostprijs_cent")
        )
        yield Gemeld(bericht, *place, event["time"])


def _closing(event: AnyEvent) -> Verteld:
    data: Mapping[str, Any] = event["data"]
    if event["type"] == DEFINITIVE:
        return Verteld(parse_month(data["maand"]), event["time"])
    figures = data["instellingen"], data["huishoudens"], data["totaal_cent"]
    return Verteld(parse_month(data["maand"]), event["time"], *figures)


def settling(says: Announcer) -> Errand:
    """The errand that tells providers again what they know otherwise, once a restored database has caught up."""

    async def settle(connection: Connection, _send: Send) -> int:
        if not await verteld.has_to_settle(connection) or await verteld.is_catching_up(connection):
            return 0
        async with connection.transaction():
            places = await verteld.settle(connection)
            await says.revised(connection, places)
        return sum(map(len, places.values()))

    return settle
