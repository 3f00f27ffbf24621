"""What is answered of the work list: what a person has to look at, and what was decided."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from services.billing.domain import inning
from services.billing.domain.werk import UITLEG, Besluit
from shared.contracts.types import Maand
from shared.web.answers import Datum, Id, Moment, Volgende

Soort = Annotated[str, WithJsonSchema({"type": "string", "enum": list(UITLEG)})]
"""Not held against the list: a newer copy of the service may have put there what this one does not know."""


class WerkgegevensAntwoord(TypedDict):
    """What an item is about, by its soort."""

    bedragCent: NotRequired[
        Annotated[int, Field(description="wat wacht, in eurocenten; onder 0 wat nog niet is teruggegeven")]
    ]
    overzicht: NotRequired[
        Annotated[Maand, Field(description="het overzicht waar de maand niet op staat, JJJJ-MM")]
    ]
    huishoudens: NotRequired[
        Annotated[list[Id], Field(description="de huishoudens waar de cliënt tegelijk in staat")]
    ]
    vanaf: NotRequired[Annotated[Datum, Field(description="de eerste dag dat dat zo is")]]
    maand: NotRequired[Annotated[Maand, Field(description="de eerste maand zonder huishouden, JJJJ-MM")]]
    toewijzingNummer: NotRequired[Annotated[int, Field(description="de toewijzing van de ondersteuning")]]
    aanbieder: NotRequired[Annotated[str, Field(description="wie het bericht stuurde, een AGB-code")]]
    plaats: NotRequired[Annotated[int, Field(description="de plaats (offset) van dat bericht op het topic")]]
    type: NotRequired[Annotated[str, Field(description="het soort gebeurtenis met twee inhouden")]]
    versie: NotRequired[Annotated[int, Field(description="de versie met twee inhouden")]]
    verteldHuishoudens: NotRequired[
        Annotated[int, Field(description="huishoudens met een bijdrage, zoals eerder verteld")]
    ]
    verteldTotaalCent: NotRequired[
        Annotated[int, Field(description="de bijdragen samen, zoals eerder verteld, in eurocenten")]
    ]
    geslotenHuishoudens: NotRequired[
        Annotated[int, Field(description="huishoudens met een bijdrage, zoals de maand nu is gesloten")]
    ]
    geslotenTotaalCent: NotRequired[
        Annotated[int, Field(description="de bijdragen samen, zoals de maand nu is gesloten, in eurocenten")]
    ]
    per: NotRequired[Annotated[Datum, Field(description="de dag waar het bericht aan het CAK over gaat")]]
    referentie: NotRequired[
        Annotated[str, Field(description="het bericht dat het CAK heeft afgewezen: bestand en regel")]
    ]
    code: NotRequired[Annotated[str, Field(description="waarom, een code van het CAK")]]
    maandenMax: NotRequired[
        Annotated[int, Field(description="de grens waarboven een mens eerst kijkt, in maanden")]
    ]
    bericht: NotRequired[Annotated[inning.Soort, Field(description="wat het CAK is verteld")]]


class WerkAntwoord(TypedDict):
    """An item of the work list; what is not there is not known, or not decided yet."""

    werkId: Annotated[Id, Field(description="het punt van de werklijst")]
    soort: Annotated[Soort, Field(description="wat er aan de hand is, in een woord")]
    uitleg: Annotated[str, Field(description="hetzelfde, in gewone taal, en wat er zolang geldt")]
    huishoudenId: NotRequired[Annotated[Id, Field(description="het huishouden waar het over gaat")]]
    clientId: NotRequired[Annotated[Id, Field(description="de cliënt waar het over gaat")]]
    maand: NotRequired[Annotated[Maand, Field(description="de maand waar het over gaat, JJJJ-MM")]]
    gegevens: Annotated[WerkgegevensAntwoord, Field(description="meer daarover; per soort iets anders")]
    ontstaanOp: Annotated[Moment, Field(description="wanneer het op de werklijst kwam")]
    afgehandeldOp: NotRequired[Annotated[Moment, Field(description="wanneer erover is besloten")]]
    besluit: NotRequired[
        Annotated[
            Literal[Besluit, "vervallen"],
            Field(description="wat er is besloten; `vervallen` als het vanzelf is opgelost"),
        ]
    ]
    door: NotRequired[Annotated[str, Field(description="wie besloot")]]
    artikel: NotRequired[
        Annotated[str, Field(description="bij een kwijtschelding: het artikel waarop dat kan")]
    ]
    opOverzicht: NotRequired[
        Annotated[Maand, Field(description="het eerste overzicht waar de maand op mag staan, JJJJ-MM")]
    ]


class WerklijstAntwoord(TypedDict):
    """A page of the work list."""

    werklijst: Annotated[list[WerkAntwoord], Field(description="de punten op deze pagina, oudste eerst")]
    volgende: Volgende


class BeslotenAntwoord(TypedDict):
    """What a decision was about: at a spreading all open months of the household."""

    besloten: Annotated[list[WerkAntwoord], Field(description="de punten waarover is besloten")]
