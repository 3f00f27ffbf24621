"""What indicatie answers over HTTP, field by field, by the names that stand in the JSON: counts and ids, no texts."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from services.indicatie.domain import Besluit
from shared.contracts.types import Eenheid, Frequentie, Leveringsvorm, Oplossing, RedenWijziging
from shared.web.answers import Datum, Id, Moment, Volgende

AanvraagId = Annotated[str, Field(description="de aanvraag van maatwerk")]
BeschikkingNummer = Annotated[str, Field(description="het nummer van het besluit")]
ClientId = Annotated[Id, Field(description="de client")]
PlanId = Annotated[Id, Field(description="het plan")]
Uiterlijk = Annotated[Datum, Field(description="de laatste dag voor het besluit")]


class AanvraagAntwoord(TypedDict):
    """What a client applied for, and what was decided."""

    aanvraagId: AanvraagId
    meldingId: Annotated[str, Field(description="de melding waar de aanvraag uit volgt")]
    clientId: ClientId
    datum: Annotated[Datum, Field(description="de dag van de aanvraag")]
    uiterlijk: Uiterlijk
    gevraagd: Annotated[list[str], Field(description="de productcategorieën waar het om gaat")]
    besluit: Annotated[Besluit | None, Field(description="het besluit; null als dat er nog niet is")]
    beschikkingNummer: Annotated[
        str | None, Field(description="het nummer van het besluit; null als dat er nog niet is")
    ]


class AanvragenAntwoord(TypedDict):
    """A page of aanvragen."""

    aanvragen: Annotated[list[AanvraagAntwoord], Field(description="de aanvragen op deze pagina")]
    volgende: Volgende


class OmvangAntwoord(TypedDict):
    """How much care a toewijzing gives."""

    volume: Annotated[int, Field(description="hoeveel, in `eenheid`")]
    eenheid: Annotated[Eenheid, Field(description="de eenheid van `volume`, een code van iWmo (WJ756)")]
    frequentie: Annotated[Frequentie, Field(description="hoe vaak, een code van iWmo (WMO757)")]


class GegevenAntwoord(TypedDict):
    """A toewijzing as a decision gave it."""

    toewijzingNummer: Annotated[int, Field(description="het nummer van de toewijzing")]
    aanbieder: NotRequired[Annotated[str, Field(description="wie levert, een AGB-code; niet bij een pgb")]]
    productcategorie: Annotated[str, Field(description="het soort ondersteuning, een code van iWmo (WMO020)")]
    productcode: NotRequired[Annotated[str, Field(description="het product")]]
    ingangsdatum: Annotated[Datum, Field(description="de eerste dag")]
    einddatum: NotRequired[Annotated[Datum, Field(description="de laatste dag; ontbreekt zolang het duurt")]]
    omvang: NotRequired[Annotated[OmvangAntwoord, Field(description="hoeveel ondersteuning")]]
    budgetCent: NotRequired[Annotated[int, Field(description="wat het mag kosten, in eurocenten")]]
    leveringsvorm: Annotated[Leveringsvorm, Field(description="zorg in natura of een pgb")]
    kostprijsCent: NotRequired[
        Annotated[int, Field(description="wat er samen hoogstens voor betaald wordt, in eurocenten")]
    ]
    toegewezenOp: Annotated[Moment, Field(description="het moment van het besluit; het laatste geldt")]
    wijkteamId: NotRequired[Annotated[Id, Field(description="het wijkteam waar het bij telt")]]


class ToewijzingAntwoord(GegevenAntwoord):
    """A toewijzing as it is now."""

    reden: Annotated[
        RedenWijziging | None,
        Field(
            description="waarom zij veranderde, een code van iWmo (WMO002); null als zij nog is als gegeven"
        ),
    ]


class IndicatieAntwoord(TypedDict):
    """A decision, with the toewijzingen it gave."""

    beschikkingNummer: BeschikkingNummer
    aanvraagId: AanvraagId
    clientId: ClientId
    besluit: Annotated[Besluit, Field(description="wat er is besloten")]
    besluitdatum: Annotated[Datum, Field(description="de dag van het besluit")]
    uiterlijk: Uiterlijk
    toewijzingen: Annotated[
        list[GegevenAntwoord], Field(description="de toewijzingen, zoals het besluit ze gaf")
    ]


class PlanAntwoord(TypedDict):
    """A support plan as it is now, in numbers."""

    planId: PlanId
    versie: Annotated[int, Field(description="de versie van het plan; de hoogste geldt")]
    clientId: ClientId
    datum: Annotated[Datum, Field(description="de dag waarop het plan is gemaakt")]
    akkoordClient: Annotated[bool, Field(description="of de client akkoord is")]
    doelen: Annotated[int, Field(description="aantal doelen")]
    acties: Annotated[dict[Oplossing, int], Field(description="aantal acties per trede van ondersteuning")]


class BehaaldAntwoord(TypedDict):
    """How many goals were reached."""

    ja: Annotated[int, Field(description="aantal doelen dat is bereikt")]
    deels: Annotated[int, Field(description="aantal doelen dat voor een deel is bereikt")]
    nee: Annotated[int, Field(description="aantal doelen dat niet is bereikt")]


class EvaluatieAntwoord(TypedDict):
    """An evaluation of a plan."""

    planId: PlanId
    evaluatieId: Annotated[Id, Field(description="de evaluatie")]
    clientId: ClientId
    datum: Annotated[Datum, Field(description="de dag van de evaluatie")]
    behaald: Annotated[BehaaldAntwoord, Field(description="hoeveel doelen zijn bereikt")]


class TellingenAntwoord(TypedDict):
    """How much there is of everything."""

    aanvragen: Annotated[int, Field(description="aantal aanvragen")]
    indicaties: Annotated[int, Field(description="aantal besluiten")]
    toegekend: Annotated[int, Field(description="aantal besluiten dat iets gaf, ook een deel")]
    afgewezen: Annotated[int, Field(description="aantal besluiten dat niets gaf")]
    toewijzingen: Annotated[int, Field(description="aantal toewijzingen, zonder de verwijderde")]
    plannen: Annotated[int, Field(description="aantal plannen")]
    plannenAkkoord: Annotated[int, Field(description="aantal plannen waar de client akkoord mee is")]
