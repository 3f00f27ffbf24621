"""What billing answers over HTTP, under /v1."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.billing.announce import verdict_line
from services.billing.store import lezen, oordeel
from shared.contracts.event import format_moment
from shared.kalender import format_month, parse_month
from shared.web.health import Health
from shared.web.problem import Problem

LIMIT_MAX = 1000
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="hoeveel op een pagina")]


def router(health: Health) -> APIRouter:
    """The addresses of billing."""
    api = APIRouter(prefix="/v1", tags=["bijdragen"])

    @api.get(
        "/huishoudens/{huishoudenId}/bijdragen",
        summary="Wat een huishouden per maand bijdraagt, regel voor regel",
    )
    async def of_household(huishouden_id: Annotated[UUID, Path(alias="huishoudenId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            lines = await lezen.ledger_of(tx, huishouden_id)
            if not lines and not await lezen.household_is_known(tx, huishouden_id):
                raise Problem(404, "Dit huishouden is hier niet bekend.")
        months: dict[int, dict[str, Any]] = {}
        for line in lines:
            month = months.setdefault(
                line["maand"],
                {
                    "maand": format_month(line["maand"]),
                    "bedragCent": 0,
                    "bijdrageId": str(line["bijdrage_id"]),
                    "regels": [],
                },
            )
            month["bedragCent"] = line["totaal_cent"]
            month["regels"].append(_line(line))
        return {"huishoudenId": str(huishouden_id), "bijdragen": list(months.values())}

    @api.get("/bijdragen", summary="Alle huishoudens die voor een maand bijdragen")
    async def of_month(
        maand: Annotated[str, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", description="JJJJ-MM")],
        na: Annotated[UUID | None, Query(description="het laatste huishouden van de vorige pagina")] = None,
        limiet: Limit = LIMIT_MAX,
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            rows = await lezen.charged_in(tx, parse_month(maand), na, limiet)
        more = len(rows) == limiet
        return {
            "bijdragen": [
                {
                    "huishoudenId": str(row["huishouden_id"]),
                    "maand": maand,
                    "bedragCent": row["totaal_cent"],
                    "bijdrageId": str(row["bijdrage_id"]),
                    "versie": row["versie"],
                    "regel": row["regel"],
                    "wet": row["wet"],
                }
                for row in rows
            ],
            "volgende": f"/v1/bijdragen?maand={maand}&na={rows[-1]['huishouden_id']}&limiet={limiet}"
            if more
            else None,
        }

    @api.get("/ontvangsten", summary="De oordelen over wat een aanbieder stuurde", tags=["ontvangsten"])
    async def of_provider(
        aanbieder: Annotated[str, Query(pattern=r"^[0-9]{8}$", description="AGB-code")],
        vanaf: Annotated[int, Query(ge=0, le=2**62, description="de eerste plaats (offset)")] = 0,
        limiet: Limit = LIMIT_MAX,
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            rows = await oordeel.judged(tx, aanbieder, vanaf, limiet)
        more = len(rows) == limiet
        following = (
            f"/v1/ontvangsten?aanbieder={aanbieder}&vanaf={rows[-1]['plaats'] + 1}&limiet={limiet}"
            if more
            else None
        )
        return {"ontvangsten": [verdict_line(row) for row in rows], "volgende": following}

    return api


def _line(row: Any) -> dict[str, Any]:
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
