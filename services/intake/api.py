"""What intake is asked over HTTP, under /v1; whatever is posted is done in one transaction, or not at all."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.intake import answers
from services.intake.announce import Announcer
from services.intake.domain import perioden
from services.intake.domain.faults import CONSTRAINTS
from services.intake.domain.verzoek import (
    Aanvraag,
    Huishouden,
    Intrekking,
    Klanthouder,
    Melding,
    Onderzoek,
    Samenvoeging,
    Uitschrijving,
    Verhuizing,
    Vrijstelling,
)
from services.intake.handlers import client, huishouden, melding
from services.intake.handlers.client import Resource
from services.intake.store import huishouden as store
from services.intake.store import lezen
from shared.db import Connection, refusing
from shared.gemeente import Gemeente
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page
from shared.web.problem import Problem
from shared.web.resource import created

Verzoek = TypeVar("Verzoek")
Handler = Callable[[Connection, Announcer, Verzoek], Awaitable[Resource]]


def router(health: Health, says: Announcer, gemeente: Gemeente) -> APIRouter:
    """The addresses of intake."""
    api = APIRouter(prefix="/v1", tags=["intake"])

    async def do(handle: Handler[Verzoek], verzoek: Verzoek, location: str) -> Response:
        with refusing(CONSTRAINTS):
            async with health.connection() as tx, tx.transaction():
                made = await handle(tx, says, verzoek)
        return created(f"/v1/{location.format_map(made)}", made)

    _meldingen(api, do, gemeente)
    _inwoners(api, do, gemeente)
    _lezen(api, health, says)
    _een(api, health)
    return api


Do = Callable[[Any, Any, str], Awaitable[Response]]


def _meldingen(api: APIRouter, do: Do, gemeente: Gemeente) -> None:
    @api.post(
        "/klanthouders",
        status_code=201,
        summary="Iemand kan klanthouder worden",
        response_model=answers.KlanthouderGemaakt,
    )
    async def klanthouders(verzoek: Klanthouder) -> Response:
        return await do(client.add_klanthouder, verzoek, "klanthouders/{klanthouderId}")

    @api.post(
        "/meldingen",
        status_code=201,
        summary="Een inwoner meldt een behoefte aan ondersteuning",
        response_model=answers.MeldingGemaakt,
    )
    async def meldingen(verzoek: Melding) -> Response:
        return await do(partial(melding.report, gemeente=gemeente), verzoek, "meldingen/{meldingId}")

    @api.post(
        "/onderzoeken",
        status_code=201,
        summary="Het onderzoek na een melding is afgerond",
        response_model=answers.OnderzoekGemaakt,
    )
    async def onderzoeken(verzoek: Onderzoek) -> Response:
        return await do(melding.close, verzoek, "meldingen/{meldingId}")

    @api.post(
        "/aanvragen",
        status_code=201,
        summary="De client vraagt maatwerk aan",
        response_model=answers.AanvraagGemaakt,
    )
    async def aanvragen(verzoek: Aanvraag) -> Response:
        return await do(melding.apply, verzoek, "meldingen/{meldingId}")


def _inwoners(api: APIRouter, do: Do, gemeente: Gemeente) -> None:
    @api.post(
        "/verhuizingen",
        status_code=201,
        summary="Een client heeft een ander adres",
        response_model=answers.VerhuizingGemaakt,
    )
    async def verhuizingen(verzoek: Verhuizing) -> Response:
        return await do(partial(client.move, gemeente=gemeente), verzoek, "clienten/{clientId}")

    @api.post(
        "/uitschrijvingen",
        status_code=201,
        summary="Een client is overleden of vertrokken",
        response_model=answers.UitschrijvingGemaakt,
    )
    async def uitschrijvingen(verzoek: Uitschrijving) -> Response:
        return await do(client.end, verzoek, "clienten/{clientId}")

    @api.post(
        "/samenvoegingen",
        status_code=201,
        summary="Twee clienten blijken dezelfde inwoner",
        response_model=answers.SamenvoegingGemaakt,
    )
    async def samenvoegingen(verzoek: Samenvoeging) -> Response:
        return await do(client.merge, verzoek, "clienten/{clientId}")

    @api.post(
        "/huishoudens",
        status_code=201,
        summary="Een of twee clienten vormen een nieuw huishouden",
        response_model=answers.HuishoudenGemaakt,
    )
    async def huishoudens(verzoek: Huishouden) -> Response:
        return await do(huishouden.form, verzoek, "huishoudens/{huishoudenId}")

    @api.post(
        "/vrijstellingen",
        status_code=201,
        summary="Een huishouden of client draagt een tijd niet bij",
        response_model=answers.VrijstellingGemaakt,
    )
    async def vrijstellingen(verzoek: Vrijstelling) -> Response:
        return await do(huishouden.exempt, verzoek, "vrijstellingen/{vrijstellingId}")

    @api.post(
        "/intrekkingen",
        status_code=201,
        summary="Een vrijstelling wordt ingetrokken",
        response_model=answers.VrijstellingGemaakt,
    )
    async def intrekkingen(verzoek: Intrekking) -> Response:
        return await do(huishouden.withdraw, verzoek, "vrijstellingen/{vrijstellingId}")


def _lezen(api: APIRouter, health: Health, says: Announcer) -> None:
    @api.get("/klanthouders", summary="De klanthouders, en hoeveel clienten elk heeft")
    async def klanthouders(
        request: Request,
        na: Annotated[UUID | None, Query(description="de laatste klanthouder van de vorige pagina")] = None,
        limiet: Limiet = LIMIT_MAX,
    ) -> answers.KlanthoudersAntwoord:
        async with health.connection() as tx:
            found = await lezen.klanthouders(tx, na, limiet + 1)
        rows, following = page(request, found, limiet, lambda last: {"na": last["klanthouder_id"]})
        return {
            "klanthouders": [
                {"klanthouderId": row["klanthouder_id"], "clienten": row["clienten"]} for row in rows
            ],
            "volgende": following,
        }

    @api.get(
        "/clienten/{clientId}",
        summary="Wat andere diensten van een client mogen weten",
        response_model=answers.ClientAntwoord,
    )
    async def of_client(client_id: Annotated[UUID, Path(alias="clientId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            found = await lezen.client(tx, client_id, says.today)
            if found is None:
                raise Problem(404, "Deze client is hier niet bekend.")
            stays = await lezen.verblijven(tx, client_id)
        return {
            "clientId": client_id,
            "perioden": perioden.of_client(found["geboortedatum"], stays),
            "huishoudenId": found["huishouden_id"],
            "klanthouderId": found["klanthouder_id"],
            "uitgeschrevenPer": found["uitgeschreven_per"],
            "opgegaanIn": found["opgegaan_in"],
        }

    @api.get("/tellingen", summary="Hoeveel er van alles is", response_model=answers.TellingenAntwoord)
    async def tellingen() -> dict[str, int]:
        async with health.connection() as tx:
            return await lezen.counts(tx)


def _een(api: APIRouter, health: Health) -> None:
    """What was posted, by its id, as far as it says nothing of who somebody is."""

    async def row(found: Awaitable[Any]) -> dict[str, Any]:
        if (known := await found) is None:
            raise Problem(404, "Dit is hier niet bekend.")
        return dict(known)

    @api.get(
        "/klanthouders/{klanthouderId}",
        summary="Hoeveel clienten een klanthouder heeft",
        response_model=answers.KlanthouderAntwoord,
    )
    async def klanthouder(klanthouder_id: Annotated[UUID, Path(alias="klanthouderId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            return await row(lezen.klanthouder(tx, klanthouder_id))

    @api.get(
        "/meldingen/{meldingId}", summary="Hoe ver een melding is", response_model=answers.MeldingAntwoord
    )
    async def een_melding(melding_id: Annotated[UUID, Path(alias="meldingId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            return await row(lezen.melding(tx, melding_id))

    @api.get(
        "/vrijstellingen/{vrijstellingId}",
        summary="Wie in welke maanden niet bijdraagt",
        response_model=answers.VrijstellingAntwoord,
    )
    async def vrijstelling(
        vrijstelling_id: Annotated[UUID, Path(alias="vrijstellingId")],
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            return await row(lezen.vrijstelling(tx, vrijstelling_id))

    @api.get(
        "/huishoudens/{huishoudenId}",
        summary="Wie wanneer een huishouden vormden",
        response_model=answers.HuishoudenAntwoord,
    )
    async def een_huishouden(
        huishouden_id: Annotated[UUID, Path(alias="huishoudenId")],
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            leden = await store.leden(tx, [huishouden_id])
        if not leden:
            raise Problem(404, "Dit huishouden is hier niet bekend.")
        samen = perioden.of_huishouden(lid for _, lid in leden)
        return {"huishoudenId": huishouden_id, "perioden": [period.told for period in samen]}
