"""What billing tells: verdicts to providers, lines of the ledger to reporting. Ids follow from what is told."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from services.billing.domain.cakbestand import referentie
from services.billing.domain.oordeel import USE, WITHDRAWAL
from services.billing.store import oordeel
from services.billing.store.bijdrage import Line
from services.billing.store.inning import Gemeld
from services.billing.store.maand import Sluitend
from shared.contracts.contract import ONTVANGST
from shared.contracts.event import contract_of, parse, wire_data, write
from shared.db import Connection
from shared.kalender import Month, format_month
from shared.messaging import outbox
from shared.messaging.outbox import Errand, Send
from shared.messaging.own import OwnEvents
from shared.messaging.producer import Message
from shared.tracing import continued

BEOORDEELD = "nl.wijkzorg.gebruik-beoordeeld.v1"
VASTGESTELD, GECORRIGEERD = "bijdrage-vastgesteld", "bijdrage-gecorrigeerd"
TOLD = {"bijdrage": VASTGESTELD, "correctie": GECORRIGEERD}
"""What is told of a line, by its soort."""
VERDICTS_MAX = 300
VERDICT_BYTES_MAX = 60_000
PROVIDERS_MAX = 200
VERDICTS_A_TURN = 6000
"""Shared by the providers that are told at once."""
_CAPACITY = ("wijkteamId", "productcategorie", "maand", "beschikbaar", "bezet", "wachtend", "vacatures")


def verdict_line(row: asyncpg.Record) -> dict[str, Any]:
    """One verdict as it is told, by wire names, without what is absent."""
    if row["meteen"]:
        return _accepted_at_once(row)
    event = parse(row["event"]) if row["event"] else None
    data = wire_data(event) if event else {}
    kind = event["type"] if event else (row["type"] or (USE if row["event_id"] else None))
    line = {
        "plaats": row["plaats"],
        "versie": row["versie"],
        "type": kind,
        "oordeel": row["oordeel"],
        "eventId": event["id"] if event else row["event_id"],
        "referentieNummer": data.get("referentieNummer") or row["referentienummer"],
        "code": row["code"],
        "veld": row["veld"] or None,
        "uitleg": row["uitleg"],
    }
    if row["oordeel"] == "geaccepteerd":
        line |= _accepted(kind, row, data)
    return {name: value for name, value in line.items() if value is not None}


def _accepted_at_once(row: asyncpg.Record) -> dict[str, Any]:
    """The same of a use on which there has been no other verdict: nearly all are."""
    line = {
        "plaats": row["plaats"],
        "versie": row["versie"],
        "type": USE,
        "oordeel": "geaccepteerd",
        "eventId": row["event_id"],
        "referentieNummer": row["referentienummer"],
        "toewijzingNummer": row["toewijzingnummer"],
        "productcategorie": row["categorie"],
        "maand": format_month(row["maand"]),
        "volume": row["volume"],
        "eenheid": row["eenheid"],
    }
    if row["bedrag_cent"] is not None:
        line["bedragCent"] = row["bedrag_cent"]
    return line


def _accepted(kind: str | None, row: asyncpg.Record, data: Mapping[str, Any]) -> dict[str, Any]:
    if kind == USE:
        return {
            "toewijzingNummer": row["toewijzingnummer"],
            "productcategorie": row["categorie"],
            "maand": format_month(row["maand"]),
            "volume": row["volume"],
            "eenheid": row["eenheid"],
            "bedragCent": row["bedrag_cent"],
        }
    if kind == WITHDRAWAL:
        return {"vorigReferentieNummer": data["vorigReferentieNummer"]}
    if "wijkteamId" in data:
        return {name: data.get(name) for name in _CAPACITY} | {"capaciteitVersie": data["versie"]}
    return {}


def _chunks(lines: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """At most 300 verdicts and 60 KB a message."""
    chunk: list[dict[str, Any]] = []
    size = 0
    for line in lines:
        line_bytes = len(to_json(line))
        if chunk and (len(chunk) == VERDICTS_MAX or size + line_bytes > VERDICT_BYTES_MAX):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += line_bytes
    if chunk:
        yield chunk


def _at(moment: datetime) -> datetime:
    return moment


class Announcer:
    """Makes of verdicts and lines what billing tells."""

    def __init__(self, own: OwnEvents) -> None:
        self._own = own

    def _verdicts(self, aanbieder: str, tot: int, lines: Sequence[dict[str, Any]]) -> Message:
        """The message of some verdicts. The same verdicts make the same event, whenever they are told."""
        told = ",".join(f"{line['plaats']}:{line['versie']}" for line in lines)
        data = {"aanbieder": aanbieder, "tot": tot, "oordelen": lines}
        event = self._own.event(BEOORDEELD, data, f"{BEOORDEELD}/{aanbieder}/{tot}/{told}")
        key = contract_of(event).natural_key(event)
        return Message(self._own.topic(ONTVANGST, aanbieder), key, write(event, data))

    async def revised(self, tx: Connection, places: Mapping[str, Sequence[int]]) -> None:
        """Have providers told of verdicts that have changed."""
        if not places:
            return
        judged_up_to = await oordeel.judged_up_to(tx, places)
        messages: list[Message] = []
        for aanbieder, rows in groupby(await oordeel.judged_at(tx, places), key=lambda row: row["aanbieder"]):
            lines = [verdict_line(row) for row in rows]
            tot = max(judged_up_to.get(aanbieder, 0), lines[-1]["plaats"] + 1)
            messages += [self._verdicts(aanbieder, tot, chunk) for chunk in _chunks(lines)]
        await outbox.put(tx, messages, self._own.clock())

    def receipts(self, declare: Callable[[str], Awaitable[object]]) -> Errand:
        """The errand that tells providers the first verdicts on their records, in order and by the hundreds.

        `declare` makes a provider's receipt topic if it is not there: one that lacks it must not hold up others.
        """
        declared: set[str] = set()

        async def tell(connection: Connection, send: Send) -> bool:
            untold = await oordeel.untold(connection, PROVIDERS_MAX)
            if not untold:
                return False
            for aanbieder in {one.aanbieder for one in untold} - declared:
                await declare(aanbieder)
                declared.add(aanbieder)
            most = VERDICTS_A_TURN // len(untold)
            messages: list[Message] = []
            more = len(untold) == PROVIDERS_MAX
            tot = {one.aanbieder: one.judged for one in untold}
            rows = await oordeel.judged(connection, untold, most)
            for aanbieder, own in groupby(rows, key=itemgetter("aanbieder")):
                lines = [verdict_line(row) for row in own]
                if len(lines) == most:
                    more = True
                    tot[aanbieder] = lines[-1]["plaats"] + 1
                messages += [
                    self._verdicts(aanbieder, chunk[-1]["plaats"] + 1, chunk) for chunk in _chunks(lines)
                ]
            await send(messages, lambda: oordeel.told(connection, tot))
            return more

        return tell

    def definitive(
        self, maand: Month, charged: Iterable[tuple[UUID, int]], begonnen_op: datetime
    ) -> Iterator[Message]:
        """The messages that these households owe so many cents for a month, as its closing drew the line.

        Their time is that moment: who hears them again knows by it which lines took part.
        """
        own = replace(self._own, clock=lambda: begonnen_op)
        wire = format_month(maand)
        for huishouden_id, totaal_cent in charged:
            data = {
                "huishouden_id": huishouden_id,
                "maand": wire,
                "totaal_cent": totaal_cent,
                "op_maand": wire,
            }
            yield own.message("bijdrage-definitief", data)

    def closed(self, gesloten: Sluitend) -> Message:
        """The message that a month is closed; its time is the moment at which that began."""
        own = replace(self._own, clock=lambda: gesloten.begonnen_op)
        data = {
            "maand": format_month(gesloten.maand),
            "huishoudens": gesloten.huishoudens,
            "totaal_cent": gesloten.totaal_cent,
            "instellingen": gesloten.instellingen,
        }
        return own.message("maand-gesloten", data)

    def inning(self, gemeld: Iterable[Gemeld]) -> Iterator[Message]:
        """The messages that the CAK was told these, each at the time of its file."""
        for one in gemeld:
            own = replace(self._own, clock=partial(_at, one.gemeld_op))
            data = one.bericht._asdict() | {"referentie": referentie(one.bestand, one.regel)}
            yield own.message(
                "inning-gemeld", {name: value for name, value in data.items() if value is not None}
            )

    def lines(
        self,
        lines: Iterable[Line],
        definitief: Month | None,
        traceparents: Mapping[tuple[UUID, Month], Sequence[str]],
    ) -> Iterator[Message]:
        """The messages of new lines of the ledger, whose months up to `definitief` are closed; a waiver is not told.

        Each is told in the trace of the melding that its care goes back to: the first of `traceparents`.
        """
        for line in lines:
            data = {
                "huishouden_id": line.huishouden_id,
                "maand": format_month(line.maand),
                "versie": line.versie,
                "bijdrage_id": line.bijdrage_id,
                "totaal_cent": line.totaal_cent,
                "regel": line.regel,
                "wet": line.wet,
                "aanleiding": line.aanleiding,
            }
            name = TOLD.get(line.soort)
            if name == VASTGESTELD:
                data["bedrag_cent"] = line.bedrag_cent
            elif name == GECORRIGEERD:
                data["verschil_cent"] = line.bedrag_cent
                if definitief is not None and line.maand <= definitief:
                    data["op_maand"] = format_month(Month(definitief + 1))
            if name is not None:
                with continued(name, *traceparents.get((line.huishouden_id, line.maand), ())):
                    message = self._own.message(name, data)
                yield message
