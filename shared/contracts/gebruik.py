"""What a provider (aanbieder) publishes on its own topic: care started, stopped, delivered, taken back.

A provider never names a client: the toewijzingnummer says enough.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from shared.contracts.contract import GEBRUIK, contract
from shared.contracts.types import (
    BELEID,
    BIJDRAGE,
    LEVERING,
    WIRE,
    Agb,
    Cent,
    Count,
    Datum,
    Eenheid,
    Id,
    Maand,
    Productcategorie,
    Productcode,
    RedenBeeindiging,
    ReferentieNummer,
    ToewijzingNummer,
    Veld,
    Versie,
    Whole,
)


@contract("zorg-gestart", GEBRUIK)
@with_config(WIRE)
class ZorgGestart(TypedDict):
    """Care under a toewijzing began (iWmo 305). With `vervallen`: that start was reported by mistake."""

    aanbieder: Annotated[Agb, Veld("who says so; must be the topic's own", LEVERING)]
    toewijzing_nummer: Annotated[ToewijzingNummer, Veld("which toewijzing began", LEVERING)]
    begindatum: Annotated[Datum, Veld("the first day of care", BIJDRAGE)]
    vervallen: NotRequired[
        Annotated[bool | None, Veld("takes the start back (StatusAanlevering 3)", BIJDRAGE)]
    ]


@contract("zorg-gestopt", GEBRUIK)
@with_config(WIRE)
class ZorgGestopt(TypedDict):
    """Care under a toewijzing ended (iWmo 307). With `vervallen`: that stop was reported by mistake."""

    aanbieder: Annotated[Agb, Veld("who says so; must be the topic's own", LEVERING)]
    toewijzing_nummer: Annotated[ToewijzingNummer, Veld("which toewijzing ended", LEVERING)]
    einddatum: Annotated[Datum, Veld("the last day of care", BIJDRAGE)]
    reden: Annotated[RedenBeeindiging, Veld("`20` is a pause, which ends no bijdrage", BIJDRAGE)]
    vervallen: NotRequired[
        Annotated[bool | None, Veld("takes the stop back (StatusAanlevering 3)", BIJDRAGE)]
    ]


@contract("gebruik-geregistreerd", GEBRUIK, key=("aanbieder", "referentie_nummer"))
@with_config(WIRE)
class GebruikGeregistreerd(TypedDict):
    """Care delivered under a toewijzing in a period within one month (a row of iWmo 323)."""

    aanbieder: Annotated[Agb, Veld("who delivered; must be the topic's own", LEVERING)]
    referentie_nummer: Annotated[ReferentieNummer, Veld("makes a second delivery the same fact", LEVERING)]
    toewijzing_nummer: Annotated[ToewijzingNummer, Veld("under which toewijzing", BIJDRAGE)]
    productcategorie: Annotated[Productcategorie, Veld("must be the toewijzing's", BIJDRAGE)]
    productcode: NotRequired[
        Annotated[Productcode | None, Veld("the exact product, for the figures", LEVERING)]
    ]
    begindatum: Annotated[Datum, Veld("the first day of the period", BIJDRAGE)]
    einddatum: Annotated[Datum, Veld("the last day of the period (inclusive)", BIJDRAGE)]
    volume: Annotated[Whole, Veld("how much, in `eenheid`", LEVERING)]
    eenheid: Annotated[Eenheid, Veld("the unit of `volume`", LEVERING)]
    tarief_cent: NotRequired[Annotated[Cent | None, Veld("checks the amount", LEVERING)]]
    bedrag_cent: NotRequired[Annotated[Cent | None, Veld("what it cost, for the wijk's figures", LEVERING)]]


@contract("gebruik-ingetrokken", GEBRUIK, key=("aanbieder", "referentie_nummer"))
@with_config(WIRE)
class GebruikIngetrokken(TypedDict):
    """A delivery taken back, for good (a credit row of iWmo 323)."""

    aanbieder: Annotated[Agb, Veld("who takes back; must be the topic's own", LEVERING)]
    toewijzing_nummer: Annotated[ToewijzingNummer, Veld("under which toewijzing it was", LEVERING)]
    referentie_nummer: Annotated[ReferentieNummer, Veld("its own, new number", LEVERING)]
    vorig_referentie_nummer: Annotated[ReferentieNummer, Veld("the use that is taken back", BIJDRAGE)]


@contract("capaciteit-gemeld", GEBRUIK, key=("aanbieder", "wijkteam_id", "productcategorie", "maand"))
@with_config(WIRE)
class CapaciteitGemeld(TypedDict):
    """What a provider can take on in a wijkteam and month. Counts of places, no person behind them."""

    aanbieder: Annotated[Agb, Veld("whose capacity; must be the topic's own", BELEID)]
    wijkteam_id: Annotated[Id, Veld("for which wijkteam", BELEID)]
    productcategorie: Annotated[Productcategorie, Veld("of which kind of care", BELEID)]
    maand: Annotated[Maand, Veld("in which month", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    beschikbaar: Annotated[Count, Veld("places there are", BELEID)]
    bezet: Annotated[Count, Veld("places taken", BELEID)]
    wachtend: Annotated[Count, Veld("people waiting, as a number", BELEID)]
    vacatures: NotRequired[Annotated[Count | None, Veld("posts to be filled", BELEID)]]


Oordeel = Literal["geaccepteerd", "dubbel", "afgewezen", "in_afwachting"]
"""A verdict on one record of a provider's topic."""
