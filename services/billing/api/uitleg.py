"""Why a household does or does not owe something for a month, rule by rule."""

from datetime import date
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Path

from services.billing import uitleggen
from services.billing.answers.uitleg import (
    GegevensAntwoord,
    RegelUitlegAntwoord,
    UitlegAntwoord,
    ZorgUitlegAntwoord,
)
from services.billing.api.bijdrage import ledger_line
from services.billing.api.maand import Maand
from services.billing.domain import teksten
from services.billing.domain.cak import TOELICHTING_CAK
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.uitleg import Reden, RegelUitleg, ZorgUitleg
from services.billing.uitleggen import Verklaring, sentence
from shared.kalender import Month, format_month, parse_month
from shared.web.health import Health
from shared.web.problem import Problem


def add(api: APIRouter, health: Health, started_with: Instellingen) -> None:
    """The addresses of explanations."""

    @api.get(
        "/bijdragen/{bijdrageId}/uitleg",
        summary="Waarom een bijdrage zo is, regel voor regel",
        tags=["uitleg"],
    )
    async def of_bijdrage(bijdrage_id: Annotated[UUID, Path(alias="bijdrageId")]) -> UitlegAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found = await uitleggen.month_of(tx, bijdrage_id)
            explained = found and await uitleggen.explain(tx, *found, started_with)
        if not explained:
            raise Problem(404, "Deze bijdrage is hier niet bekend.")
        return _answer(explained)

    @api.get(
        "/huishoudens/{huishoudenId}/maanden/{maand}/uitleg",
        summary="Waarom een huishouden over een maand wel of geen bijdrage betaalt, regel voor regel",
        tags=["uitleg"],
    )
    async def of_month(
        huishouden_id: Annotated[UUID, Path(alias="huishoudenId")], of: Annotated[Maand, Path(alias="maand")]
    ) -> UitlegAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            explained = await uitleggen.explain(tx, huishouden_id, parse_month(of), started_with)
        if explained is None:
            raise Problem(404, "Dit huishouden is hier niet bekend.")
        return _answer(explained)


def _answer(explained: Verklaring) -> UitlegAntwoord:
    uitleg = explained.uitleg
    bijdrage_id = explained.bijdrage_id
    return {
        "huishoudenId": str(uitleg.huishouden_id),
        "maand": format_month(uitleg.maand),
        "bijdrageId": None if bijdrage_id is None else str(bijdrage_id),
        "uitkomst": uitleg.uitkomst,
        "bedragCent": uitleg.bedrag_cent,
        "tekst": sentence(uitleg.reden),
        "regel": uitleg.regel,
        "regels": [_rule(one) for one in uitleg.regels],
        "aanleiding": list(explained.aanleiding),
        "stand": explained.stand,
        "standTekst": sentence(explained.standing),
        "grootboekCent": explained.grootboek_cent,
        "kwijtgescholdenCent": explained.kwijt_cent,
        "grootboek": [ledger_line(row) for row in explained.regels],
        "toelichting": TOELICHTING_CAK,
    }


def _rule(one: RegelUitleg) -> RegelUitlegAntwoord:
    return {
        "regel": one.regel,
        "vraag": teksten.VRAGEN[one.regel],
        "voldaan": one.voldaan,
        "tekst": sentence(one.reden),
        "wet": one.wet,
        "gegevens": _values(one.reden),
        "zorg": [_care(each) for each in one.zorg],
    }


def _care(each: ZorgUitleg) -> ZorgUitlegAntwoord:
    return {
        "toewijzingNummer": each.toewijzing,
        "productcategorie": each.categorie,
        "grondslag": each.grondslag,
        "voldaan": each.voldaan,
        "tekst": sentence(each.reden),
        "gegevens": _values(each.reden),
    }


def _values(reden: Reden) -> GegevensAntwoord:
    found: dict[str, Any] = {}
    for name, value in reden.waarden.items():
        first, *rest = name.split("_")
        key = first + "".join(map(str.capitalize, rest))
        if isinstance(value, date):
            found[key] = value.isoformat()
        else:
            found[key] = format_month(Month(value)) if name.endswith("maand") else value
    return cast("GegevensAntwoord", found)
