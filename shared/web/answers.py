"""What every service answers, field by field, by the names that stand in the JSON; and what answers are made of."""

from typing import Annotated, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Datum = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""What is written already, as it stands in an event: a page of it is not read and written once more."""
Volgende = Annotated[str | None, Field(description="het adres van de volgende pagina; null op de laatste")]


class PositieAntwoord(TypedDict):
    """How far a service is in one partition."""

    topic: Annotated[str, Field(description="het topic op Kafka")]
    partitie: Annotated[int, Field(description="het nummer van de partitie")]
    volgende: Annotated[int, Field(description="de plaats (offset) van het bericht dat nu aan de beurt is")]
    einde: Annotated[int, Field(description="de plaats (offset) na het laatste bericht")]


class StandAntwoord(TypedDict):
    """How far a service is, and what waits."""

    bij: Annotated[bool, Field(description="er wacht niets: alles wat er was, is verwerkt")]
    posities: Annotated[list[PositieAntwoord], Field(description="hoe ver de dienst is, per partitie")]
    outbox: Annotated[int, Field(description="aantal berichten dat nog verstuurd moet worden")]
    vuileHuishoudens: Annotated[
        int, Field(description="aantal huishoudens waarvan de bijdrage nog bepaald moet worden")
    ]
    teSluitenMaanden: Annotated[int, Field(description="aantal maanden dat nog gesloten moet worden")]
    geparkeerd: Annotated[int, Field(description="aantal berichten dat op een ander feit wacht")]
    doodgelopen: Annotated[
        int, Field(description="aantal berichten dat apart ligt, omdat het niet te lezen of te verwerken was")
    ]


class ControleregelAntwoord(TypedDict):
    """What came of one check."""

    naam: Annotated[str, Field(description="wat er is gecontroleerd")]
    goed: Annotated[bool, Field(description="of alles klopt")]
    uitleg: Annotated[str, Field(description="wat er is geteld; of wat er mis is en wat u kunt doen")]
    cijfers: NotRequired[
        Annotated[
            dict[str, int],
            Field(description="aantallen en eurocenten, om met een andere dienst te vergelijken"),
        ]
    ]


class ControleAntwoord(TypedDict):
    """Whether the database of a service is sound."""

    goed: Annotated[bool, Field(description="of alle controles goed zijn")]
    controles: Annotated[list[ControleregelAntwoord], Field(description="elke controle apart")]
    seconden: Annotated[float, Field(description="hoe lang de controle duurde, in seconden")]


class FeitAntwoord(TypedDict):
    """A fact on the owner's topic that its database lacked."""

    type: Annotated[str, Field(description="het soort gebeurtenis")]
    sleutel: Annotated[str, Field(description="de sleutel van het feit op Kafka")]
    versie: Annotated[int | None, Field(description="de versie van het feit; null als het er geen heeft")]
    time: Annotated[Moment, Field(description="wanneer het feit is vastgelegd")]
    topic: Annotated[str, Field(description="het topic op Kafka")]
    partitie: Annotated[int, Field(description="het nummer van de partitie")]
    plaats: Annotated[int, Field(description="de plaats (offset) in de partitie")]
    hersteld: Annotated[bool, Field(description="of de database het feit nu weer heeft")]


class OntbrekendAntwoord(TypedDict):
    """A page of the facts that a restored database lacked."""

    ontbrekend: Annotated[list[FeitAntwoord], Field(description="de feiten op deze pagina")]
    volgende: Volgende
