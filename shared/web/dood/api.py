"""Dead letters over HTTP: what lies there, and mending it, having it judged again, or saying that it stays refused."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime

from shared.messaging.dead_letter import Wanted
from shared.messaging.delivery import Place
from shared.messaging.handler import Outcome
from shared.web.dood.acts import Acts
from shared.web.dood.answers import (
    BriefAntwoord,
    BriefMetInhoudAntwoord,
    BytesAntwoord,
    DoodAntwoord,
    GroepenAntwoord,
    UitkomstAntwoord,
    UitvoerAntwoord,
)
from shared.web.dood.bodies import Herstel, Ingreep, Uitvoerbaar, Verwerping
from shared.web.dood.shown import (
    path_of,
    place_of,
    shown,
    shown_act,
    shown_bytes,
    shown_group,
    shown_outcome,
    shown_whole,
)
from shared.web.paging import LIMIT_MAX, Limiet, page

GROUPS_MAX = 100
EXPORTED_MAX = 50
"""Each may have 128 KiB."""


def wanted(
    code: Annotated[str | None, Query(max_length=40, description="alleen met deze code")] = None,
    soort: Annotated[
        str | None, Query(alias="type", max_length=100, description="alleen van dit soort gebeurtenis")
    ] = None,
    topic: Annotated[str | None, Query(max_length=249, description="alleen van dit topic")] = None,
    aanbieder: Annotated[
        str | None, Query(pattern=r"^(\d{8})?$", description="alleen van deze aanbieder (AGB-code)")
    ] = None,
    besluit: Annotated[
        Literal["open", "hersteld", "herleverd", "verworpen", "gewist", "alle"],
        Query(description="alleen waar dit mee is gebeurd; open: nog niets"),
    ] = "open",
    voor: Annotated[
        AwareDatetime | None, Query(description="alleen wat voor dit moment apart is gelegd")
    ] = None,
) -> Wanted:
    """Which letters are asked for; a form sends what is not filled in as nothing."""
    asked = code or None, soort or None, topic or None, aanbieder or None
    return Wanted(*asked, None if besluit == "alle" else besluit, voor)


def place(
    topic: Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="het topic op Kafka")],
    partitie: Annotated[int, Path(ge=0, lt=2**31, description="het nummer van de partitie")],
    plaats: Annotated[int, Path(ge=0, le=2**62, description="de plaats (offset) van het bericht")],
) -> Place:
    """Where a record stands."""
    return Place.at(topic, partitie, plaats)


Gevraagd = Annotated[Wanted, Depends(wanted)]
Plek = Annotated[Place, Depends(place)]
Afgewezen = Annotated[
    bool,
    Query(
        description="true: berichten die wel zijn gelezen, maar afgewezen om een fout in het bericht zelf; zij liggen niet apart en u kunt ze herstellen"
    ),
]
Na = Annotated[
    str,
    Query(
        pattern=r"^([A-Za-z0-9._-]{1,249}/\d{1,9}/\d{1,18})?$", description="het laatste van de vorige pagina"
    ),
]


def router(acts: Acts) -> APIRouter:
    """The addresses under `/v1/dood`."""
    api = APIRouter(tags=["beheer"])
    _reading(api, acts)
    one = APIRouter(prefix="/v1/dood/{topic}/{partitie}/{plaats}")
    _acting(one, acts)
    api.include_router(one)
    return api


def _reading(api: APIRouter, acts: Acts) -> None:
    @api.get("/v1/dood", summary="Berichten die niet te lezen of te verwerken waren: zij liggen apart")
    async def brieven(
        request: Request,
        gevraagd: Gevraagd,
        afgewezen: Afgewezen = False,
        na: Na = "",
        limiet: Limiet = LIMIT_MAX,
    ) -> DoodAntwoord:
        after = place_of(na) if na else Place.at("", 0, 0)
        found = await acts.listed(gevraagd, after, limiet + 1, refused=afgewezen)
        rows, following = page(
            request,
            found,
            limiet,
            lambda last: {"na": path_of(last.place)},
        )
        return {"brieven": [cast("BriefAntwoord", shown(row)) for row in rows], "volgende": following}

    @api.get("/v1/dood/groepen", summary="Hoeveel er apart liggen, per topic, soort en code")
    async def groepen(
        gevraagd: Gevraagd,
        afgewezen: Afgewezen = False,
    ) -> GroepenAntwoord:
        found = await acts.groups(gevraagd, GROUPS_MAX, refused=afgewezen)
        return {
            "groepen": [shown_group(one) for one in found.largest],
            "aantal": found.records,
            "aantalGroepen": found.groups,
        }

    @api.post(
        "/v1/dood/uitvoer",
        summary="Wat mensen aan berichten deden, met de herstelde bytes: om elders opnieuw te doen",
    )
    async def export(
        request: Request,
        body: Ingreep,
        na: Annotated[int, Query(ge=0, le=2**62, description="de laatste van de vorige pagina")] = 0,
        limiet: Annotated[
            int, Query(ge=1, le=EXPORTED_MAX, description="hoeveel op een pagina")
        ] = EXPORTED_MAX,
    ) -> UitvoerAntwoord:
        found = await acts.exported(body, na, limiet)
        rows, following = page(request, found, limiet, lambda last: {"na": last.id})
        return {"ingrepen": [shown_act(row) for row in rows], "volgende": following}


def _acting(api: APIRouter, acts: Acts) -> None:
    @api.get("", summary="Een bericht dat om een fout in zichzelf is afgewezen")
    async def one(plek: Plek) -> BriefMetInhoudAntwoord:
        return cast("BriefMetInhoudAntwoord", shown_whole(await acts.find(plek)))

    @api.post("/bytes", summary="De bytes van een bericht; wie kijkt, wordt onthouden")
    async def look(plek: Plek, body: Ingreep) -> BytesAntwoord:
        return cast("BytesAntwoord", shown_bytes(*await acts.look(plek, body)))

    @api.post(
        "/herstel",
        summary="Beoordeel het bericht naar deze herstelde bytes, nu en telkens weer",
    )
    async def mend(plek: Plek, body: Herstel) -> UitkomstAntwoord:
        outcome = await acts.mend(plek, body, body.bytes, execute=body.uitvoeren, ahead=body.vooraf)
        return answer(outcome, uitgevoerd=body.uitvoeren)

    @api.post("/herlever", summary="Beoordeel het bericht opnieuw, zoals het is")
    async def redeliver(plek: Plek, body: Uitvoerbaar) -> UitkomstAntwoord:
        outcome = await acts.redeliver(plek, body, execute=body.uitvoeren)
        return answer(outcome, uitgevoerd=body.uitvoeren)

    @api.post("/verwerp", summary="Het bericht blijft afgewezen")
    async def reject(plek: Plek, body: Verwerping) -> UitkomstAntwoord:
        outcome = await acts.reject(plek, body, execute=body.uitvoeren, ahead=body.vooraf)
        return answer(outcome, uitgevoerd=body.uitvoeren)


def answer(outcome: Outcome, *, uitgevoerd: bool) -> UitkomstAntwoord:
    """An outcome by wire names, without what is absent."""
    refused = {"geweigerd": True} if outcome.is_refused else {}
    return cast("UitkomstAntwoord", {"uitgevoerd": uitgevoerd, **shown_outcome(outcome), **refused})
