"""The settings in force, and what others would change: asked before anything is changed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request

from services.billing.answers.instellingen import (
    InstellingenAntwoord,
    ProefAntwoord,
    VerschilAntwoord,
    WijkAntwoord,
)
from services.billing.domain import proef
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.lagen import differing
from services.billing.domain.proef import Uitkomst, Verschil, Wijken
from services.billing.instellingen import force
from services.billing.instellingen.lezen import InstellingenError, parse
from services.billing.instellingen.lined import BYTES_MAX
from services.billing.store import bijdrage, circle
from services.billing.store import instellingen as store
from shared.contracts.event import format_moment
from shared.db import Connection
from shared.gemeente import WijkId
from shared.kalender import Month, format_month
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page
from shared.web.problem import Problem

Bestand = Annotated[bytes, Body(media_type="application/yaml", description=f"hoogstens {BYTES_MAX} bytes")]


def add(api: APIRouter, health: Health) -> None:
    """The addresses of settings."""

    @api.get(
        "/instellingen",
        summary="De instellingen die gelden",
        tags=["instellingen"],
        response_model=InstellingenAntwoord,
    )
    async def in_force() -> dict[str, Any]:
        async with health.connection() as tx:
            held = await store.held(tx)
        if held is None:
            raise Problem(503, "Er gelden nog geen instellingen: de dienst heeft nog niets bepaald.")
        return {"sinds": format_moment(held.sinds), **held.content}

    @api.post(
        "/instellingen/proef",
        summary="Wat deze instellingen zouden veranderen, huishouden voor huishouden opgeteld; er verandert niets",
        tags=["instellingen"],
    )
    async def trial(
        request: Request,
        bestand: Bestand,
        na: Annotated[UUID | None, Query(description="het laatste huishouden van de vorige pagina")] = None,
        limiet: Limiet = LIMIT_MAX,
    ) -> ProefAntwoord:
        new = _parsed(bestand)
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found = await store.households(tx, na, limiet + 1)
            shown, following = page(request, found, limiet, lambda last: {"na": last})
            horizon = await bijdrage.horizon(tx)
            outcome = await _outcome(tx, new, set(shown), horizon or Month(0))
            return {
                "versie": new.versie,
                "tot": None if horizon is None else format_month(horizon),
                "waarschuwingen": await _warnings(tx, new),
                "huishoudensTotaal": await store.count_households(tx),
                "huishoudens": len(shown),
                "geraakt": outcome.huishoudens,
                "wijken": [
                    {"wijk": _wijk(wijk), "geraakt": number} for wijk, number in outcome.geraakt.items()
                ],
                "verschillen": [_shown(change) for change in outcome.verschillen],
                "volgende": following,
            }


def _parsed(bestand: bytes) -> Instellingen:
    try:
        return parse(bestand, "")
    except InstellingenError as error:
        lines = [
            {"in": "body", "veld": fout.veld, "uitleg": f"Regel {fout.regel}: {fout.uitleg}"}
            for fout in error.fouten
        ]
        raise Problem(400, "Er is niets gedaan. Verbeter het bestand.", lines) from None


async def _outcome(tx: Connection, new: Instellingen, huishoudens: set[UUID], horizon: Month) -> Uitkomst:
    """What the determination would write for these households, were these settings in force."""
    lagen = await force.lagen_of(tx, new)
    around, clients = await circle.around(tx, huishoudens)
    feiten = await circle.feiten(tx, around, clients, {})
    standen = await bijdrage.standen(tx, huishoudens)
    standen_cent = {key: stand[0] for key, stand in standen.items()}
    own = [b for b in lagen.bepaal(feiten, horizon) if b.huishouden_id in huishoudens]
    wijken = Wijken(feiten, await store.woonperioden(tx, clients))
    frozen = await bijdrage.frozen(tx, huishoudens)
    return proef.uitkomst(differing(own, standen_cent, frozen), standen_cent, wijken)


async def _warnings(tx: Connection, new: Instellingen) -> list[str]:
    found = [
        f"Van {format_month(van)} tot en met {format_month(tot)} is er geen tarief: die maanden blijven onbepaald."
        for van, tot in new.gaps()
    ]
    held = await store.held(tx, new.versie)
    if held is not None and Instellingen.of_content(held.content) != new:
        found.append(
            f"De versie {new.versie} is er al met andere inhoud. Geef het bestand een nieuwe versie."
        )
    if new.is_for_trial:
        found.append("Deze regeling rekent met bedachte inkomens. De dienst start er niet mee.")
    return found


def _wijk(wijk: WijkId | None) -> WijkAntwoord | None:
    return None if wijk is None else {"jaar": wijk.jaar, "code": wijk.code}


def _shown(change: Verschil) -> VerschilAntwoord:
    return {
        "wijk": _wijk(change.wijk),
        "maand": format_month(change.maand),
        "meer": change.meer,
        "minder": change.minder,
        "nieuw": change.nieuw,
        "nietMeer": change.niet_meer,
        "voorCent": change.voor_cent,
        "naCent": change.na_cent,
    }
