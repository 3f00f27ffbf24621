"""What is answered of bijdragen, of the verdicts on what providers sent, and what all of it adds up to."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from services.billing.answers import BijdrageId, HuishoudenId, Regel, Regelsoort, Wet
from shared.contracts.gebruik import Oordeel
from shared.contracts.types import Maand
from shared.web.answers import Id, Moment, Volgende

KwijtgescholdenCent = Annotated[
    int, Field(description="wat daarvan niet betaald hoeft te worden, in eurocenten; meestal 0")
]


class RegelAntwoord(TypedDict):
    """A line of the ledger."""

    soort: Annotated[
        Regelsoort,
        Field(description="de eerste keer, een verbetering daarop, of wat niet betaald hoeft te worden"),
    ]
    bedragCent: Annotated[
        int, Field(description="het bedrag van deze regel, in eurocenten; bij een correctie het verschil")
    ]
    totaalCent: Annotated[int, Field(description="het bedrag van de maand na deze regel, in eurocenten")]
    versie: Annotated[int, Field(description="de plaats van de regel in de maand")]
    regel: Regel
    wet: Wet
    aanleiding: Annotated[list[str], Field(description="de ids van de gebeurtenissen achter deze regel")]
    geschrevenOp: Annotated[Moment, Field(description="wanneer de regel is geschreven")]


class MaandAntwoord(TypedDict):
    """What a household owes for a month, and why."""

    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    bedragCent: Annotated[int, Field(description="de bijdrage over deze maand, in eurocenten")]
    kwijtgescholdenCent: KwijtgescholdenCent
    bijdrageId: BijdrageId
    regels: Annotated[list[RegelAntwoord], Field(description="hoe het bedrag zo is geworden, op volgorde")]


class HuishoudenAntwoord(TypedDict):
    """What a household owes, by month."""

    huishoudenId: HuishoudenId
    bijdragen: Annotated[list[MaandAntwoord], Field(description="de maanden, op volgorde")]


class BijdrageAntwoord(TypedDict):
    """What a household owes for the month that was asked."""

    huishoudenId: HuishoudenId
    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    bedragCent: Annotated[int, Field(description="de bijdrage over deze maand, in eurocenten; meer dan 0")]
    kwijtgescholdenCent: KwijtgescholdenCent
    bijdrageId: BijdrageId
    versie: Annotated[int, Field(description="de versie van het bedrag; de hoogste geldt")]
    regel: Regel
    wet: Wet


class BijdragenAntwoord(TypedDict):
    """A page of the households that owe something for a month."""

    bijdragen: Annotated[list[BijdrageAntwoord], Field(description="de huishoudens op deze pagina")]
    volgende: Volgende


class OordeelAntwoord(TypedDict):
    """The verdict on one record of a provider, as the provider is told it."""

    plaats: Annotated[int, Field(description="de plaats (offset) van het bericht op het topic")]
    versie: Annotated[int, Field(description="de versie van het oordeel; de hoogste geldt")]
    type: NotRequired[Annotated[str, Field(description="het soort gebeurtenis, als dat bekend is")]]
    oordeel: Annotated[Oordeel, Field(description="wat er met het bericht is gedaan")]
    eventId: NotRequired[Annotated[str, Field(description="het id dat de aanbieder aan het bericht gaf")]]
    referentieNummer: NotRequired[
        Annotated[str, Field(description="het nummer van de declaratie bij de aanbieder")]
    ]
    code: NotRequired[Annotated[str, Field(description="waarom het niet is geaccepteerd, in een woord")]]
    veld: NotRequired[Annotated[str, Field(description="welk veld niet klopt")]]
    uitleg: NotRequired[Annotated[str, Field(description="wat er mis is, en wat de aanbieder kan doen")]]
    toewijzingNummer: NotRequired[
        Annotated[int, Field(description="bij gebruik: de toewijzing waarvoor is geleverd")]
    ]
    productcategorie: NotRequired[
        Annotated[str, Field(description="bij gebruik en capaciteit: het soort ondersteuning")]
    ]
    maand: NotRequired[Annotated[Maand, Field(description="bij gebruik en capaciteit: de maand, JJJJ-MM")]]
    volume: NotRequired[Annotated[int, Field(description="bij gebruik: hoeveel, in `eenheid`")]]
    eenheid: NotRequired[Annotated[str, Field(description="bij gebruik: de eenheid van `volume`, een code")]]
    bedragCent: NotRequired[Annotated[int, Field(description="bij gebruik: wat het kostte, in eurocenten")]]
    vorigReferentieNummer: NotRequired[
        Annotated[str, Field(description="bij een intrekking: het gebruik dat is ingetrokken")]
    ]
    wijkteamId: NotRequired[Annotated[Id, Field(description="bij capaciteit: het wijkteam")]]
    capaciteitVersie: NotRequired[
        Annotated[int, Field(description="bij capaciteit: de versie van de melding; de hoogste geldt")]
    ]
    beschikbaar: NotRequired[Annotated[int, Field(description="bij capaciteit: aantal plaatsen")]]
    bezet: NotRequired[Annotated[int, Field(description="bij capaciteit: aantal bezette plaatsen")]]
    wachtend: NotRequired[Annotated[int, Field(description="bij capaciteit: aantal mensen dat wacht")]]
    vacatures: NotRequired[Annotated[int, Field(description="bij capaciteit: aantal vacatures")]]


class OntvangstenAntwoord(TypedDict):
    """A page of the verdicts on what a provider sent."""

    ontvangsten: Annotated[list[OordeelAntwoord], Field(description="de oordelen op deze pagina")]
    volgende: Volgende


class TellingenAntwoord(TypedDict):
    """How many verdicts there are of each kind, and what the ledger adds up to."""

    geaccepteerd: Annotated[int, Field(description="aantal berichten dat is geaccepteerd")]
    dubbel: Annotated[int, Field(description="aantal berichten dat er al was")]
    afgewezen: Annotated[int, Field(description="aantal berichten dat is afgewezen")]
    inAfwachting: Annotated[int, Field(description="aantal berichten dat op een ander feit wacht")]
    bijdragen: Annotated[int, Field(description="huishoudens en maanden met meer dan 0 te betalen")]
    bijdragenCent: Annotated[int, Field(description="alle bijdragen samen, in eurocenten")]
    dubbeleBijdragen: Annotated[
        int, Field(description="bijdragen boven één per huishouden en maand: altijd 0")
    ]
