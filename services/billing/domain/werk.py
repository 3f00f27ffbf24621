"""The work list: what a person has to look at, and what may be decided on it."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

from shared.kalender import Month
from shared.refused import RefusedError, refuse

Soort = Literal[
    "nabetaling",
    "late-bijdrage",
    "oude-teruggave",
    "twee-huishoudens",
    "zonder-huishouden",
    "zonder-tarief",
    "stop-voor-start",
    "kring",
    "dubbel-nummer",
    "dubbele-versie",
    "maand-anders",
    "cak-anders",
    "cak-afgewezen",
]
Gegeven = Literal[
    "bedragCent",
    "overzicht",
    "huishoudens",
    "vanaf",
    "maand",
    "toewijzingNummer",
    "aanbieder",
    "plaats",
    "type",
    "versie",
    "verteldHuishoudens",
    "verteldTotaalCent",
    "geslotenHuishoudens",
    "geslotenTotaalCent",
    "per",
    "referentie",
    "code",
    "maandenMax",
    "bericht",
]
"""What may be said of an item beside whom and which month it is about."""
Besluit = Literal["vrijgeven", "spreiden", "kwijtschelden", "afgehandeld"]

UITLEG: Mapping[Soort, str] = {
    "nabetaling": "De gemeente vraagt hoogstens {termijn} van eerder tegelijk. Het zijn er meer."
    " Deze maand staat daarom niet op het overzicht.",
    "late-bijdrage": "Het overzicht met de eerste bijdrage voor deze maand zou meer dan {termijn} na de maand komen.",
    "oude-teruggave": "Deze teruggave gaat over een maand van meer dan {termijn} terug.",
    "twee-huishoudens": "Deze cliënt staat op één dag in twee huishoudens. Het huishouden met de laatste begindatum telt.",
    "zonder-huishouden": "Deze cliënt krijgt hulp en staat in geen huishouden. Niemand betaalt een bijdrage.",
    "zonder-tarief": "In deze maand is er hulp, maar geen tarief. De maand sluit niet voordat zij er een heeft.",
    "stop-voor-start": "De hulp stopt voordat zij begint. Het gebruik bepaalt welke maanden tellen.",
    "kring": "Deze cliënten zijn in een kring samengevoegd. De cliënt met het laagste nummer telt.",
    "dubbel-nummer": "Een referentienummer heeft twee verschillende inhouden. De eerst vastgelegde telt.",
    "dubbele-versie": "Een versie heeft twee verschillende inhouden. De laatst vastgelegde telt.",
    "maand-anders": "Deze maand is na een herstel anders gesloten dan zij eerder was verteld.",
    "cak-anders": "Het CAK weet van deze dag iets anders. Een bericht kan dat niet meer herstellen. Bel het CAK.",
    "cak-afgewezen": "Het CAK heeft dit bericht afgewezen. Zoek uit waarom, en herstel het bij het CAK.",
}
"""What each soort means and which rule decides meanwhile, for who reads the list; `uitleg` fills in the termijn."""
VASTGEHOUDEN: tuple[Soort, ...] = ("nabetaling", "late-bijdrage", "oude-teruggave")
"""Months that are held off a statement."""
VERVALLEN = "vervallen"
"""What is noted of an item whose cause went away by itself."""


class Signaal(NamedTuple):
    """Something for a person to look at: `sleutel` is what makes it the same one; `gegevens` are wire-form."""

    soort: Soort
    sleutel: str
    huishouden_id: UUID | None = None
    client_id: UUID | None = None
    maand: Month | None = None
    gegevens: Mapping[Gegeven, Any] = {}


class Besloten(NamedTuple):
    """What a person decides: who, by which article, and for `spreiden` over how many statements."""

    besluit: Besluit
    door: str
    artikel: str | None = None
    termijnen: int | None = None


def uitleg(soort: str, maanden_max: int | None = None) -> str:
    """What a soort means, with the limit that was passed, in months; empty for a soort that this version does not know."""
    termijn = (
        "de gestelde termijn" if maanden_max is None else f"{maanden_max} maand{'en' * (maanden_max != 1)}"
    )
    return UITLEG.get(cast("Soort", soort), "").format(termijn=termijn)


def fault_of(soort: str, besluit: Besloten) -> RefusedError | None:
    """Why this may not be decided on an item of this soort, if it may not."""
    if (besluit.besluit == "afgehandeld") == (soort in VASTGEHOUDEN):
        may = "vrijgeven, spreiden of kwijtschelden" if soort in VASTGEHOUDEN else "afgehandeld"
        return refuse("besluit", f"Dit besluit past hier niet. Kies {may}.")
    if (besluit.besluit == "kwijtschelden") != (besluit.artikel is not None):
        return refuse(
            "artikel", "Noem het artikel waarop u kwijtscheldt; bij een ander besluit hoort geen artikel."
        )
    if (besluit.besluit == "spreiden") != (besluit.termijnen is not None):
        return refuse("termijnen", "Noem bij spreiden, en alleen dan, over hoeveel overzichten.")
    if besluit.besluit == "kwijtschelden" and soort == "oude-teruggave":
        return refuse("besluit", "Een teruggave kan niet worden kwijtgescholden. Kies vrijgeven.")
    return None


def spread(count: int, termijnen: int, first: Month) -> list[Month]:
    """Of so many months, oldest first, on which statement each stands: evenly, over at most `termijnen` from `first` on."""
    return [Month(first + place * min(termijnen, count) // count) for place in range(count)]
