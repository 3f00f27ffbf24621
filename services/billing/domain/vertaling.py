"""From the events of other owners to billing's facts: plain renaming, no decisions."""

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

from services.billing.domain.feiten import Lidmaatschap, Vrijstelling
from services.billing.domain.toewijzing import Melding, Versie
from shared.contracts.event import canonical, traceparent_of, wire_data
from shared.kalender import parse_month

REDEN_VERWIJDERD = "13"


def versies(event: Mapping[str, Any]) -> Iterator[Versie]:
    """The sayings of toewijzingen in an `indicatie-afgegeven` or `toewijzing-gewijzigd`.

    Should one event give one toewijzing twice at one moment, the higher canonical content is its saying.
    """
    data, wire = event["data"], wire_data(event)
    inhoud = canonical(wire)
    several = "toewijzingen" in data
    per_moment: dict[Any, Any] = {}
    for said in zip(
        map(canonical, wire["toewijzingen"] if several else [wire["toewijzing"]]),
        data["toewijzingen"] if several else [data["toewijzing"]],
        strict=True,
    ):
        key = said[1]["toewijzing_nummer"], said[1]["toegewezen_op"]
        per_moment[key] = max(said, per_moment.get(key, said), key=itemgetter(0))
    for _, toewijzing in per_moment.values():
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
            traceparent=traceparent_of(event),
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
