"""What is answered of the life of months, and of the statements that came of closing one."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from services.billing.answers import HuishoudenId, Regel, Regelsoort, Wet
from services.billing.domain.maand import Toestand
from services.billing.domain.werk import Soort
from shared.contracts.types import Maand
from shared.web.answers import Datum, Moment

OverzichtMaand = Annotated[Maand, Field(description="de maand van het overzicht, JJJJ-MM")]
GevraagdCent = Annotated[
    int, Field(description="wat het overzicht vraagt, in eurocenten; onder 0: wat u terugkrijgt")
]


class ToestandAntwoord(TypedDict):
    """How far a month is in its life, and what it comes to."""

    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    toestand: Annotated[Toestand, Field(description="hoe ver de maand is")]
    huishoudens: Annotated[int, Field(description="aantal huishoudens met een bijdrage")]
    totaalCent: Annotated[int, Field(description="hun bijdragen samen, in eurocenten")]
    sluitVanaf: NotRequired[
        Annotated[Moment, Field(description="vanaf wanneer de maand vanzelf sluit, als zij nog niet sluit")]
    ]
    sluitNietOmdat: NotRequired[
        Annotated[str, Field(description="waarom de maand nu niet kan sluiten, als dat zo is")]
    ]
    begonnenOp: NotRequired[
        Annotated[Moment, Field(description="wanneer het sluiten begon; wat later komt, is een correctie")]
    ]
    geslotenOp: NotRequired[Annotated[Moment, Field(description="wanneer de maand definitief werd")]]
    instellingen: NotRequired[Annotated[str, Field(description="met welke instellingen zij sloot")]]


class MaandenAntwoord(TypedDict):
    """How far every month is."""

    maanden: Annotated[
        list[ToestandAntwoord], Field(description="alle maanden vanaf de eerste van het grootboek")
    ]


class SluitingAntwoord(TypedDict):
    """Whether closing a month began."""

    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    begonnen: Annotated[bool, Field(description="of het sluiten nu begon; false: dat was al zo")]


class OverzichtKopAntwoord(TypedDict):
    """That there is a statement, and what it asks."""

    maand: OverzichtMaand
    gevraagdCent: GevraagdCent


class OverzichtenAntwoord(TypedDict):
    """The statements of a household."""

    overzichten: Annotated[list[OverzichtKopAntwoord], Field(description="de overzichten, op volgorde")]


class OverzichtRegelAntwoord(TypedDict):
    """A line of the ledger as it stands on a statement."""

    maand: Annotated[Maand, Field(description="de maand waar de regel over gaat, JJJJ-MM")]
    versie: Annotated[int, Field(description="de plaats van de regel in die maand")]
    soort: Annotated[Regelsoort, Field(description="wat voor regel het is")]
    bedragCent: Annotated[int, Field(description="het bedrag van de regel, in eurocenten")]
    regel: Regel
    wet: Wet


class OverzichtBijdrageAntwoord(TypedDict):
    """What a statement asks for its own month."""

    bedragCent: Annotated[int, Field(description="de bijdrage over deze maand, in eurocenten")]
    regels: Annotated[
        list[OverzichtRegelAntwoord], Field(description="hoe dat bedrag zo is geworden, op volgorde")
    ]


class VastgehoudenAntwoord(TypedDict):
    """A month that a statement does not ask for yet, and why."""

    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    bedragCent: Annotated[
        int, Field(description="wat nog niet wordt gevraagd of terugbetaald, in eurocenten")
    ]
    reden: Annotated[Soort, Field(description="waarom niet, in een woord")]
    uitleg: Annotated[str, Field(description="waarom niet, in gewone taal")]


class OverzichtAntwoord(TypedDict):
    """A statement, as it was made."""

    huishoudenId: HuishoudenId
    maand: OverzichtMaand
    opgemaaktOp: Annotated[Datum, Field(description="de dag waarop het overzicht is gemaakt")]
    bijdrage: Annotated[OverzichtBijdrageAntwoord, Field(description="de maand van het overzicht zelf")]
    correcties: Annotated[
        list[OverzichtRegelAntwoord],
        Field(description="wat er van eerdere maanden bij komt of af gaat"),
    ]
    kwijtscheldingen: Annotated[
        list[OverzichtRegelAntwoord],
        Field(description="wat u van eerdere maanden niet hoeft te betalen"),
    ]
    vastgehouden: Annotated[
        list[VastgehoudenAntwoord],
        Field(description="maanden die hier nog niet op staan, omdat een mens er eerst naar kijkt"),
    ]
    gevraagdCent: GevraagdCent
    toelichting: Annotated[str, Field(description="wie de bijdrage volgens de wet vaststelt en int")]
    instellingen: Annotated[str, Field(description="met welke instellingen de maand sloot")]
