"""From the events of other owners to billing's facts: plain renaming, no decisions."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.billing.domain.feiten import Lidmaatschap, Vrijstelling
from services.billing.domain.toewijzing import Melding, Versie
from shared.contracts.event import canonical_data
from shared.kalender import parse_month

REDEN_VERWIJDERD = "13"


def versies(event: Mapping[str, Any]) -> Iterator[Versie]:
    """The sayings of toewijzingen in an `indicatie-afgegeven` or `toewijzing-gewijzigd`."""
    data = event["data"]
    given = data["toewijzingen"] if "toewijzingen" in data else [data["toewijzing"]]
    inhoud = canonical_data(event)
    per_moment = {(t["toewijzing_nummer"], t["toegewezen_op"]): t for t in sorted(given, key=str)}
    for toewijzing in per_moment.values():
        yield Versie(
            nummer=toewijzing["toewijzing_nummer"],
            toegewezen_op=toewijzing["toegewezen_op"],
            time=event["time"],
            source=event["source"],
            event_id=event["id"],
            inhoud=inhoud,
            verwijderd=data.get("reden") == REDEN_VERWIJDERD,
            client_id=data["client_id"],
            aanbieder=toewijzing.get("aanbieder"),
            categorie=toewijzing["productcategorie"],
            productcode=toewijzing.get("productcode"),
            ingangsdatum=toewijzing["ingangsdatum"],
            einddatum=toewijzing.get("einddatum"),
            leveringsvorm=toewijzing["leveringsvorm"],
            kostprijs_cent=toewijzing.get("kostprijs_cent"),
        )


def melding(event: Mapping[str, Any]) -> Melding:
    """The saying in a `zorg-gestart` or `zorg-gestopt`."""
    data = event["data"]
    return Melding(
        aanbieder=data["aanbieder"],
        datum=data["begindatum"] if "begindatum" in data else data["einddatum"],
        time=event["time"],
        source=event["source"],
        event_id=event["id"],
        vervallen=bool(data.get("vervallen")),
        reden=data.get("reden"),
    )


def lidmaatschappen(data: Mapping[str, Any]) -> Iterator[Lidmaatschap]:
    """Who a `huishouden-vastgesteld` names, and when."""
    for periode in data["perioden"]:
        for client_id in periode["leden"]:
            yield Lidmaatschap(client_id, data["huishouden_id"], periode["van"], periode.get("tot"))


def vrijstelling(data: Mapping[str, Any]) -> Vrijstelling:
    """The exemption in a `vrijstelling-vastgesteld` that is in force."""
    tot_maand = data.get("tot_maand")
    return Vrijstelling(
        huishouden_id=data.get("huishouden_id"),
        client_id=data.get("client_id"),
        voor_huishouden=data["geldt_voor"] == "huishouden",
        telt_voor_kostprijs=data["telt_voor_kostprijs"],
        van_maand=parse_month(data["van_maand"]),
        tot_maand=parse_month(tot_maand) if tot_maand else None,
    )


def state_order(event: Mapping[str, Any]) -> tuple[Any, ...]:
    """By which of two events about one state wins: versie, then later time, higher source, id, content."""
    return event["data"]["versie"], event["time"], event["source"], event["id"], canonical_data(event)
