"""What is answered to who asks why a month is or is not charged, field by field."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from services.billing.answers.bijdrage import KwijtgescholdenCent, RegelAntwoord
from services.billing.domain.regels import Grondslag
from services.billing.domain.uitleg import Uitkomst
from services.billing.uitleggen import Stand
from shared.contracts.types import Maand
from shared.web.answers import Datum, Id

RegelNummer = Annotated[int, Field(description="het nummer van de regel, 1 tot en met 7")]
Wet = Annotated[str, Field(description="het artikel in de wet achter de regel")]
Tekst = Annotated[str, Field(description="waarom, in gewone taal")]


class GegevensAntwoord(TypedDict):
    """What a sentence rests on; each only where it matters."""

    maand: NotRequired[Annotated[Maand, Field(description="de maand waar het om gaat, JJJJ-MM")]]
    toewijzing: NotRequired[Annotated[int, Field(description="de toewijzing waarvan de kostprijs telt")]]
    begin: NotRequired[Annotated[Datum, Field(description="de eerste dag van de hulp")]]
    eersteMaand: NotRequired[Annotated[Maand, Field(description="de eerste maand met een bijdrage, JJJJ-MM")]]
    vastgelegdMaand: NotRequired[
        Annotated[Maand, Field(description="de maand waarin de hulp is vastgelegd, JJJJ-MM")]
    ]
    laatsteMaand: NotRequired[Annotated[Maand, Field(description="tot en met wanneer dat kon, JJJJ-MM")]]
    kostprijsCent: NotRequired[Annotated[int, Field(description="de kostprijs, in eurocenten")]]
    afgelostCent: NotRequired[
        Annotated[int, Field(description="wat de maanden hiervoor samen meetellen, in eurocenten")]
    ]
    restCent: NotRequired[Annotated[int, Field(description="wat er van de kostprijs over is, in eurocenten")]]
    tariefCent: NotRequired[Annotated[int, Field(description="het tarief van de maand, in eurocenten")]]


class ZorgUitlegAntwoord(TypedDict):
    """Whether one care satisfies a rule, and why."""

    toewijzingNummer: Annotated[int, Field(description="de toewijzing van de hulp")]
    productcategorie: Annotated[str, Field(description="het soort ondersteuning")]
    grondslag: Annotated[Grondslag, Field(description="waardoor de hulp in een maand in gebruik is")]
    voldaan: Annotated[bool, Field(description="of deze hulp aan de regel voldoet")]
    tekst: Tekst
    gegevens: Annotated[GegevensAntwoord, Field(description="waar de tekst op steunt")]


class RegelUitlegAntwoord(TypedDict):
    """Whether a rule is satisfied, and why."""

    regel: RegelNummer
    vraag: Annotated[str, Field(description="wat de regel vraagt, in gewone taal")]
    voldaan: Annotated[
        bool | None,
        Field(description="of aan de regel is voldaan; null als die niet meer nodig was"),
    ]
    tekst: Tekst
    wet: Wet
    gegevens: Annotated[GegevensAntwoord, Field(description="waar de tekst op steunt")]
    zorg: Annotated[
        list[ZorgUitlegAntwoord], Field(description="wat de regel zegt van elke hulp die zo ver kwam")
    ]


class UitlegAntwoord(TypedDict):
    """Why a household does or does not owe something for a month."""

    huishoudenId: Annotated[Id, Field(description="het huishouden")]
    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    bijdrageId: Annotated[Id | None, Field(description="de bijdrage; null als er nooit een was")]
    uitkomst: Annotated[Uitkomst, Field(description="wat er volgens de regels uitkomt")]
    bedragCent: Annotated[
        int | None,
        Field(description="wat er volgens de regels uitkomt, in eurocenten; null: nog geen tarief"),
    ]
    tekst: Tekst
    regel: Annotated[
        int | None, Field(description="de regel waaraan niet is voldaan; null als aan alle is voldaan")
    ]
    regels: Annotated[list[RegelUitlegAntwoord], Field(description="de zeven regels, op volgorde")]
    aanleiding: Annotated[
        list[str], Field(description="de ids van de gebeurtenissen achter de hulp die meetelt")
    ]
    stand: Annotated[Stand, Field(description="hoe het grootboek zich verhoudt tot de regels van nu")]
    standTekst: Annotated[str, Field(description="hetzelfde, in gewone taal")]
    grootboekCent: Annotated[int, Field(description="wat er in het grootboek staat, in eurocenten")]
    kwijtgescholdenCent: KwijtgescholdenCent
    grootboek: Annotated[list[RegelAntwoord], Field(description="hoe dat zo is geworden, op volgorde")]
    toelichting: Annotated[str, Field(description="wie de bijdrage volgens de wet vaststelt en int")]
