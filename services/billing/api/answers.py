"""What is answered to who asks why a month is or is not charged, field by field."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from services.billing.domain.regels import Grondslag
from services.billing.domain.uitleg import Uitkomst
from services.billing.domain.vergelijking import AlleenCak, AlleenWijkzorg
from services.billing.uitleggen import Stand
from shared.contracts.types import Maand

Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Datum = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
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


class GrootboekRegelAntwoord(TypedDict):
    """A line of the ledger."""

    soort: Annotated[
        Literal["bijdrage", "correctie", "kwijtschelding"],
        Field(description="de eerste keer, een verbetering daarop, of wat niet betaald hoeft te worden"),
    ]
    bedragCent: Annotated[int, Field(description="het bedrag van deze regel, in eurocenten")]
    totaalCent: Annotated[int, Field(description="het bedrag van de maand na deze regel, in eurocenten")]
    versie: Annotated[int, Field(description="de plaats van de regel in de maand")]
    regel: RegelNummer
    wet: Wet
    aanleiding: Annotated[list[str], Field(description="de ids van de gebeurtenissen achter deze regel")]
    geschrevenOp: Annotated[Moment, Field(description="wanneer de regel is geschreven")]


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
    grootboek: Annotated[
        list[GrootboekRegelAntwoord], Field(description="hoe dat zo is geworden, op volgorde")
    ]
    toelichting: Annotated[str, Field(description="wie de bijdrage volgens de wet vaststelt en int")]


class WachtendAntwoord(TypedDict):
    """What has yet to be told to the CAK."""

    tot: Annotated[Datum, Field(description="tot en met welke dag de berichten gaan")]
    start: Annotated[int, Field(description="aantal berichten dat de inning begint")]
    stop: Annotated[int, Field(description="aantal berichten dat de inning stopt")]
    mutatie: Annotated[int, Field(description="aantal berichten met een andere kostprijs")]


class BestandAntwoord(TypedDict):
    """A file for the CAK."""

    nummer: Annotated[int, Field(description="het nummer van het bestand")]
    naam: Annotated[str, Field(description="de naam van het bestand")]
    datum: Annotated[Datum, Field(description="tot en met welke dag de berichten gaan")]
    berichten: Annotated[int, Field(description="aantal berichten in het bestand")]
    door: Annotated[str, Field(description="wie het bestand heeft gemaakt")]
    gemaaktOp: Annotated[Moment, Field(description="wanneer het bestand is gemaakt")]
    sha256: Annotated[str, Field(description="de SHA-256 van de inhoud, hexadecimaal")]


class BestandenAntwoord(TypedDict):
    """A page of the files for the CAK."""

    bestanden: Annotated[list[BestandAntwoord], Field(description="de bestanden op deze pagina, op nummer")]
    volgende: Annotated[str | None, Field(description="het adres van de volgende pagina; null op de laatste")]


class RetourAntwoord(TypedDict):
    """What became of answers of the CAK."""

    goedgekeurd: Annotated[int, Field(description="aantal regels met een code die het bericht goedkeurt")]
    afgewezen: Annotated[int, Field(description="aantal afwijzingen van berichten die hier bekend zijn")]
    nieuw: Annotated[int, Field(description="hoeveel daarvan nog nooit op de werklijst stonden")]
    onbekend: Annotated[list[str], Field(description="referenties van berichten die niet zijn gemeld")]


class BevindingAntwoord(TypedDict):
    """To which household a client belongs in a month, and why that owes nothing."""

    clientId: Annotated[Id, Field(description="de client die is gevraagd")]
    huishoudenId: Annotated[
        Id | None, Field(description="bij welk huishouden de client in die maand hoort; null: geen")
    ]
    reden: Annotated[
        AlleenCak | None, Field(description="waarom dat huishouden niets betaalt; null als het wel betaalt")
    ]


class BevindingenAntwoord(TypedDict):
    """What was found of clients that the CAK charged."""

    clienten: Annotated[list[BevindingAntwoord], Field(description="de gevraagde clienten, op volgorde")]


class OngeindAntwoord(TypedDict):
    """Why the CAK does not charge a household that owes."""

    huishoudenId: Annotated[Id, Field(description="het huishouden")]
    reden: Annotated[AlleenWijkzorg, Field(description="wat het CAK van dit huishouden weet")]


class OngeindeAntwoord(TypedDict):
    """Of households that owe and are not charged by the CAK."""

    huishoudens: Annotated[list[OngeindAntwoord], Field(description="de gevraagde huishoudens, op volgorde")]
