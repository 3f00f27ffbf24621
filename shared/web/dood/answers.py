"""What is answered of dead letters: what lies there and why, what people did, and what judging again comes to."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from shared.contracts.gebruik import Oordeel
from shared.messaging.intervention import Act
from shared.web.answers import Moment, Volgende

Besluit = Literal["hersteld", "herleverd", "verworpen", "gewist"]


class BriefAntwoord(TypedDict):
    """A record that is refused for a fault of its own, without what is in it."""

    topic: Annotated[str, Field(description="het topic op Kafka")]
    partitie: Annotated[int, Field(description="het nummer van de partitie")]
    plaats: Annotated[int, Field(description="de plaats (offset) van het bericht")]
    aanbieder: NotRequired[Annotated[str, Field(description="de AGB-code van wie het topic is")]]
    type: NotRequired[Annotated[str, Field(description="het soort gebeurtenis, als dat te zien is")]]
    code: Annotated[str, Field(description="waarom het is afgewezen, in een code")]
    veld: NotRequired[Annotated[str, Field(description="het veld waar het aan ligt")]]
    uitleg: Annotated[str, Field(description="waarom het is afgewezen, in gewone taal")]
    vastgelegdOp: NotRequired[Annotated[Moment, Field(description="wanneer het op Kafka kwam")]]
    apartOp: NotRequired[
        Annotated[
            Moment,
            Field(description="wanneer het apart is gelegd; ontbreekt als het alleen een oordeel heeft"),
        ]
    ]
    besluit: NotRequired[
        Annotated[Besluit, Field(description="wat ermee is gebeurd; ontbreekt zolang het open staat")]
    ]


class DoodAntwoord(TypedDict):
    """A page of the dead letters."""

    brieven: Annotated[list[BriefAntwoord], Field(description="de berichten op deze pagina")]
    volgende: Volgende


class GroepAntwoord(TypedDict):
    """How many dead letters have much in common."""

    topic: Annotated[str, Field(description="het topic op Kafka")]
    aanbieder: NotRequired[Annotated[str, Field(description="de AGB-code van wie het topic is")]]
    type: NotRequired[Annotated[str, Field(description="het soort gebeurtenis, als dat te zien is")]]
    code: Annotated[str, Field(description="waarom zij zijn afgewezen, in een code")]
    aantal: Annotated[int, Field(description="hoeveel berichten dit zijn")]
    oudste: Annotated[Moment, Field(description="wanneer het eerste ervan apart is gelegd")]


class GroepenAntwoord(TypedDict):
    """The dead letters, counted: the hundred largest groups."""

    groepen: Annotated[list[GroepAntwoord], Field(description="de grootste groepen, de grootste eerst")]
    aantal: Annotated[int, Field(description="hoeveel berichten er in alle groepen samen zijn")]
    aantalGroepen: Annotated[int, Field(description="hoeveel groepen er zijn, ook die hier niet staan")]


class IngreepAntwoord(TypedDict):
    """What a person did to a record."""

    handeling: Annotated[Act, Field(description="wat er is gedaan")]
    door: Annotated[str, Field(description="wie het deed")]
    reden: Annotated[str, Field(description="waarom")]
    moment: Annotated[Moment, Field(description="wanneer")]


class UitgevoerdAntwoord(IngreepAntwoord):
    """What a person did by which a record stands as it does, whole."""

    plek: Annotated[str, Field(description="topic, partitie en plaats van het bericht, met / ertussen")]
    bytes: NotRequired[Annotated[str, Field(description="de herstelde bytes, in base64")]]


class UitvoerAntwoord(TypedDict):
    """A page of what people did."""

    ingrepen: Annotated[list[UitgevoerdAntwoord], Field(description="wat er is gedaan, oudste eerst")]
    volgende: Volgende


class OordeelNuAntwoord(TypedDict):
    """The verdict that a record has now."""

    oordeel: Annotated[Oordeel, Field(description="hoe het bericht is beoordeeld")]
    code: NotRequired[Annotated[str, Field(description="waarom niet, in een code")]]
    veld: NotRequired[Annotated[str, Field(description="het veld waar het aan ligt")]]
    uitleg: NotRequired[Annotated[str, Field(description="waarom niet, in gewone taal")]]


class BriefMetInhoudAntwoord(BriefAntwoord):
    """One record, with what may be shown of it and what was done to it."""

    sleutel: Annotated[str, Field(description="de sleutel op Kafka, zonder wat over iemand iets zegt")]
    inhoud: Annotated[str, Field(description="de vorm van het bericht, zonder wat over iemand iets zegt")]
    hersteld: NotRequired[
        Annotated[str, Field(description="de vorm van wat nu in plaats hiervan wordt gelezen, ook zo")]
    ]
    oordeelNu: NotRequired[Annotated[OordeelNuAntwoord, Field(description="het oordeel dat nu geldt")]]
    grootte: Annotated[int, Field(description="hoe groot het bericht is, in bytes")]
    ingrepen: Annotated[list[IngreepAntwoord], Field(description="wat mensen ermee deden, oudste eerst")]


class BytesAntwoord(TypedDict):
    """The bytes of one record, as they are."""

    bytes: Annotated[str, Field(description="de bytes van het bericht zoals het kwam, in base64")]
    hersteld: NotRequired[
        Annotated[str, Field(description="de bytes die nu in plaats daarvan worden gelezen, in base64")]
    ]


class UitkomstAntwoord(TypedDict):
    """What an act comes to."""

    uitgevoerd: Annotated[bool, Field(description="of het is gedaan; anders is het wat er zou gebeuren")]
    oordeel: Annotated[
        Literal[
            "geaccepteerd", "dubbel", "in_afwachting", "afgewezen", "verwerkt", "ongewijzigd", "onthouden"
        ],
        Field(
            description="hoe het bericht dan is beoordeeld; `ongewijzigd`: dit was al gedaan; `onthouden`: het bericht is nog niet gelezen"
        ),
    ]
    code: NotRequired[Annotated[str, Field(description="waarom niet, in een code")]]
    veld: NotRequired[Annotated[str, Field(description="het veld waar het aan ligt")]]
    uitleg: NotRequired[Annotated[str, Field(description="waarom niet, in gewone taal")]]
    geweigerd: NotRequired[
        Annotated[Literal[True], Field(description="dit kan niet: ook met uitvoeren verandert er niets")]
    ]
