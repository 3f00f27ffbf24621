"""Whether a service's database is sound and matches Kafka: `/v1/controle`; and what it lacks: `/v1/ontbrekend`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query, Request

from shared.contracts.contract import TYPE_PREFIX
from shared.controle import Controle, controle
from shared.db import Connection
from shared.messaging import echo, outbox, position
from shared.messaging.delivery import Partition
from shared.messaging.echo import Hearing
from shared.messaging.lacking import OwnFacts
from shared.messaging.logs import Logs, Span, logs_of
from shared.web.answers import ControleAntwoord, ControleregelAntwoord, OntbrekendAntwoord
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page

OUTBOX_SECONDS_MAX = 60.0
"""How long a message may wait: a relay that works takes tenths of a second."""
KAFKA_LOST = "Kafka is gegevens kwijt. Zet Kafka terug, of volg 'Kafka lost' in docs/BACKUP.md."
Check = Callable[[Connection, Logs], Awaitable[Sequence[Controle]]]
"""What a service checks of its own tables, in one view of its database."""


async def nothing_more(_connection: Connection, _logs: Logs) -> Sequence[Controle]:
    """Of a service that has nothing of its own to check."""
    return ()


@dataclass(frozen=True)
class Checked:
    """What is checked of a service: what it reads and tells, its own tables, and the facts it owns, if it hears those."""

    kafka_bootstrap_servers: str
    reads: str
    tells: str
    own: Check = nothing_more
    hears: Hearing | None = None

    @property
    def facts(self) -> OwnFacts | None:
        """The facts of an owner, of whom there is no other copy."""
        return self.hears if isinstance(self.hears, OwnFacts) else None


def router(health: Health, checked: Checked) -> APIRouter:
    """The two addresses."""
    api = APIRouter(prefix="/v1", tags=["beheer"])
    one_at_a_time = asyncio.Lock()

    @api.get(
        "/controle", summary="Of de database in zichzelf klopt, en met Kafka: leest alles, dus zelden vragen"
    )
    async def controleer() -> ControleAntwoord:
        began = perf_counter()
        async with (
            one_at_a_time,
            logs_of(checked.kafka_bootstrap_servers) as logs,
            health.ungated() as tx,
            tx.transaction(isolation="repeatable_read", readonly=True),
        ):
            done = await _all(tx, logs, checked)
        return {
            "goed": all(one.goed for one in done),
            "controles": [_shown(one) for one in done],
            "seconden": round(perf_counter() - began, 3),
        }

    if checked.facts is not None:
        _lacking(api, health, checked.facts)
    return api


def _lacking(api: APIRouter, health: Health, facts: OwnFacts) -> None:
    @api.get("/ontbrekend", summary="Wat op het eigen topic staat en de database na een herstel miste")
    async def ontbrekend(
        request: Request,
        na: Annotated[int, Query(ge=0, le=2**62, description="de laatste van de vorige pagina")] = 0,
        limiet: Limiet = LIMIT_MAX,
    ) -> OntbrekendAntwoord:
        async with health.connection() as tx:
            found = await facts.listed(tx, na, limiet + 1)
        rows, following = page(request, found, limiet, lambda last: {"na": last["id"]})
        return {
            "ontbrekend": [
                {
                    "type": TYPE_PREFIX + row["name"],
                    "sleutel": row["key"],
                    "versie": row["versie"],
                    "time": row["time"],
                    "topic": row["topic"],
                    "partitie": row["partition"],
                    "plaats": row["offset"],
                    "hersteld": row["back"],
                }
                for row in rows
            ],
            "volgende": following,
        }


def _shown(one: Controle) -> ControleregelAntwoord:
    shown: ControleregelAntwoord = {"naam": one.naam, "goed": one.goed, "uitleg": one.uitleg}
    return {**shown, "cijfers": dict(one.cijfers)} if one.cijfers else shown


async def _all(tx: Connection, logs: Logs, checked: Checked) -> list[Controle]:
    # Before the ends of the logs are asked: none that moves on meanwhile is beyond its end.
    positions, told, depth = await position.read_all(tx), await echo.read_told(tx), await outbox.depth(tx)
    done = [
        _positions(positions, await logs.spans(checked.reads)),
        _told(told, await logs.spans(checked.tells)),
        _outbox(depth),
        *await checked.own(tx, logs),
    ]
    if checked.facts is not None:
        done.append(_facts(await checked.facts.count_lacking(tx)))
    return done


def _positions(positions: Mapping[Partition, int], spans: Mapping[Partition, Span]) -> Controle:
    faults = [
        f"Partitie {p.number} van {p.topic} houdt plaats {span.begin} tot {span.end}; de positie is {at}."
        for p, span in sorted((_lost(positions) | dict(spans)).items())
        if (at := positions.get(p)) is not None and not span.begin <= at <= span.end
    ]
    faults += [
        f"Partitie {p.number} van {p.topic} heeft berichten en geen positie."
        for p, span in sorted(spans.items())
        if p not in positions and span.end > span.begin
    ]
    remedy = "Zet Kafka terug, of de database naar een back-up die daarbij past."
    return controle("posities", faults, f"{len(spans)} partities, elk met een positie erin.", remedy)


def _told(told: Mapping[Partition, int], spans: Mapping[Partition, Span]) -> Controle:
    faults = [
        f"Partitie {p.number} van {p.topic} eindigt op plaats {span.end}; verteld is tot {told[p]}."
        for p, span in sorted((_lost(told) | dict(spans)).items())
        if told.get(p, 0) > span.end
    ]
    return controle("verteld", faults, "Wat verteld is, staat op de eigen topics.", KAFKA_LOST)


def _lost(known: Iterable[Partition]) -> dict[Partition, Span]:
    """What a partition holds of which Kafka knows nothing any more."""
    return dict.fromkeys(known, Span(0, 0))


def _outbox(depth: outbox.Depth) -> Controle:
    waits = depth.messages and depth.oldest_seconds > OUTBOX_SECONDS_MAX
    faults = (
        [f"{depth.messages} berichten wachten, het oudste {depth.oldest_seconds:.0f} seconden."]
        if waits
        else []
    )
    remedy = "Er gaat niets verloren. Kijk in het logboek van de dienst waarop hij wacht."
    return controle("outbox", faults, f"{depth.messages} berichten wachten op verzending.", remedy)


def _facts(lacking: int) -> Controle:
    faults = [f"{lacking} feiten staan op het eigen topic en niet in de database."] if lacking else []
    remedy = "Vraag ze op met `wijkzorg herstel controleer`, en voer ze opnieuw in."
    return controle("ontbrekend", faults, "De database heeft alles wat de dienst heeft verteld.", remedy)
