"""What households contribute, what providers are told, and whether all of it is sound."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from services.billing.announce import verdict_line
from services.billing.answers.bijdrage import (
    BijdragenAntwoord,
    HuishoudenAntwoord,
    MaandAntwoord,
    OntvangstenAntwoord,
    RegelAntwoord,
    TellingenAntwoord,
)
from services.billing.api import keten
from services.billing.domain import controle
from services.billing.domain.overzicht import KWIJTSCHELDING
from services.billing.store import bijdrage as ledger
from services.billing.store import controle as store
from services.billing.store import instellingen, lezen, oordeel
from services.billing.store.oordeel import Untold
from shared.contracts.event import format_moment
from shared.controle import Controle, figures
from shared.db import Connection
from shared.kalender import format_month, parse_month
from shared.messaging.delivery import Partition
from shared.messaging.logs import Logs
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page
from shared.web.problem import Problem

GAPS_MAX = 100
"""Of a provider, the places without a verdict that are looked up in Kafka: a log has few that hold no record."""


def add(api: APIRouter, health: Health) -> None:
    """The addresses of bijdragen and verdicts."""

    @api.get(
        "/huishoudens/{huishoudenId}/bijdragen",
        summary="Wat een huishouden per maand bijdraagt, regel voor regel",
        tags=["bijdragen"],
    )
    async def of_household(huishouden_id: Annotated[UUID, Path(alias="huishoudenId")]) -> HuishoudenAntwoord:
        async with health.connection() as tx:
            lines = await lezen.ledger_of(tx, huishouden_id)
            if not lines and not await lezen.household_is_known(tx, huishouden_id):
                raise Problem(404, "Dit huishouden is hier niet bekend.")
        months: dict[int, MaandAntwoord] = {}
        for line in lines:
            month = months.setdefault(
                line["maand"],
                {
                    "maand": format_month(line["maand"]),
                    "bedragCent": 0,
                    "kwijtgescholdenCent": 0,
                    "bijdrageId": str(line["bijdrage_id"]),
                    "regels": [],
                },
            )
            month["bedragCent"] = line["totaal_cent"]
            if line["soort"] == KWIJTSCHELDING:
                month["kwijtgescholdenCent"] -= line["bedrag_cent"]
            month["regels"].append(ledger_line(line))
        return {"huishoudenId": str(huishouden_id), "bijdragen": list(months.values())}

    @api.get("/bijdragen", summary="Alle huishoudens die voor een maand bijdragen", tags=["bijdragen"])
    async def of_month(
        request: Request,
        maand: Annotated[str, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", description="JJJJ-MM")],
        na: Annotated[UUID | None, Query(description="het laatste huishouden van de vorige pagina")] = None,
        limiet: Limiet = LIMIT_MAX,
    ) -> BijdragenAntwoord:
        async with health.connection() as tx:
            month = parse_month(maand)
            found = await lezen.charged_in(tx, month, na, limiet + 1)
            waived = await ledger.waived(tx, [row["huishouden_id"] for row in found])
        rows, following = page(request, found, limiet, lambda last: {"na": last["huishouden_id"]})
        return {
            "bijdragen": [
                {
                    "huishoudenId": str(row["huishouden_id"]),
                    "maand": maand,
                    "bedragCent": row["totaal_cent"],
                    "kwijtgescholdenCent": kwijt.cent
                    if (kwijt := waived.get((row["huishouden_id"], month)))
                    else 0,
                    "bijdrageId": str(row["bijdrage_id"]),
                    "versie": row["versie"],
                    "regel": row["regel"],
                    "wet": row["wet"],
                }
                for row in rows
            ],
            "volgende": following,
        }

    @api.get(
        "/ontvangsten",
        summary="De oordelen over wat een aanbieder stuurde",
        tags=["ontvangsten"],
        response_model=OntvangstenAntwoord,
    )
    async def of_provider(
        request: Request,
        aanbieder: Annotated[str, Query(pattern=r"^[0-9]{8}$", description="AGB-code")],
        vanaf: Annotated[int, Query(ge=0, le=2**62, description="de eerste plaats (offset)")] = 0,
        limiet: Limiet = LIMIT_MAX,
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            found = await oordeel.judged(tx, [Untold(aanbieder, vanaf)], limiet + 1)
        rows, following = page(request, found, limiet, lambda last: {"vanaf": last["plaats"] + 1})
        return {"ontvangsten": [verdict_line(row) for row in rows], "volgende": following}

    @api.get(
        "/tellingen",
        summary="Hoeveel oordelen van elk soort, en wat het grootboek samen is",
        tags=["tellingen"],
        response_model=TellingenAntwoord,
    )
    async def tellingen() -> dict[str, int]:
        async with health.connection() as tx:
            return await lezen.counts(tx)


def ledger_line(row: Any) -> RegelAntwoord:
    """A line of the ledger, as it is answered."""
    return {
        "soort": row["soort"],
        "bedragCent": row["bedrag_cent"],
        "totaalCent": row["totaal_cent"],
        "versie": row["versie"],
        "regel": row["regel"],
        "wet": row["wet"],
        "aanleiding": row["aanleiding"],
        "geschrevenOp": format_moment(row["geschreven_op"]),
    }


async def check(connection: Connection, logs: Logs) -> list[Controle]:
    """Whether every record has its verdict, the ledger is a chain, and the sums are those of the uses."""
    judged = await store.judged(connection)
    unjudged = {
        one.aanbieder: place
        for one in judged
        if (place := await _unjudged(connection, logs, one)) is not None
    }
    return [
        controle.of_verdicts([(one.aanbieder, one.verdicts, one.beyond) for one in judged], unjudged),
        controle.of_ledger(await store.ledger(connection), await instellingen.tarief(connection)),
        await keten.check(connection),
        figures(await store.figures(connection)),
    ]


async def _unjudged(connection: Connection, logs: Logs, judged: store.Judged) -> int | None:
    """The first place that holds a record and has no verdict."""
    if judged.verdicts == judged.next:
        return None
    for van, tot in await store.gaps(connection, judged.aanbieder, judged.next, GAPS_MAX):
        first = await logs.first_from(Partition(judged.topic, 0), van)
        if first is not None and first <= tot:
            return first
    return None
