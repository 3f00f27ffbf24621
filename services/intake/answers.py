"""What intake answers over HTTP, field by field, by the names that stand in the JSON: nothing of who somebody is."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from shared.contracts.intake import Leeftijdsgroep
from shared.contracts.types import Domein, Maand, Oplossing
from shared.web.answers import Volgende

MeldingId = Annotated[UUID, Field(description="de melding")]
ClientId = Annotated[UUID, Field(description="de client; een willekeurig id")]
Van = Annotated[date, Field(description="de eerste dag")]
Tot = Annotated[date | None, Field(description="de laatste dag; null zolang het duurt")]
Uiterlijk = Annotated[date, Field(description="de laatste dag waarop het onderzoek klaar moet zijn")]


class MeldingGemaakt(TypedDict):
    """A melding that was registered, and whom it is about."""

    meldingId: MeldingId
    clientId: ClientId
    partnerId: Annotated[UUID | None, Field(description="de partner, ook een client; null zonder partner")]
    huishoudenId: Annotated[
        UUID | None, Field(description="het huishouden van de client; null als er geen is")
    ]
    klanthouderId: Annotated[
        UUID | None, Field(description="de klanthouder van de client; null als er geen is")
    ]
    uiterlijk: Uiterlijk


class OnderzoekGemaakt(TypedDict):
    """An onderzoek that is done, and what follows from it."""

    meldingId: MeldingId
    uiterlijk: Uiterlijk
    oplossingen: Annotated[
        dict[Oplossing, int], Field(description="aantal behoeften per trede van ondersteuning")
    ]
    aanvraagId: Annotated[
        UUID | None, Field(description="de aanvraag van maatwerk; null als geen maatwerk nodig is")
    ]


class AanvraagGemaakt(TypedDict):
    """An aanvraag that was filed."""

    aanvraagId: Annotated[UUID, Field(description="de aanvraag van maatwerk")]
    meldingId: MeldingId
    uiterlijk: Annotated[date, Field(description="de laatste dag voor het besluit")]


class VerhuizingGemaakt(TypedDict):
    """A move that was recorded."""

    verhuizingId: Annotated[UUID, Field(description="de verhuizing")]
    clientId: ClientId


class UitschrijvingGemaakt(TypedDict):
    """An end that was recorded."""

    clientId: ClientId
    per: Annotated[date, Field(description="de eerste dag dat de client niet meer is ingeschreven")]


class SamenvoegingGemaakt(TypedDict):
    """Two clients who are one."""

    clientId: ClientId
    opgegaanIn: Annotated[UUID, Field(description="de client die blijft")]


class HuishoudenGemaakt(TypedDict):
    """A huishouden that was formed."""

    huishoudenId: Annotated[UUID, Field(description="het huishouden")]


class VrijstellingGemaakt(TypedDict):
    """A vrijstelling that was given or withdrawn."""

    vrijstellingId: Annotated[UUID, Field(description="de vrijstelling")]


class KlanthouderGemaakt(TypedDict):
    """A klanthouder who was added."""

    klanthouderId: Annotated[UUID, Field(description="de klanthouder; een willekeurig id")]


class KlanthouderAntwoord(KlanthouderGemaakt):
    """A klanthouder, by how much there is to do."""

    clienten: Annotated[int, Field(description="aantal clienten van deze klanthouder")]


class KlanthoudersAntwoord(TypedDict):
    """A page of klanthouders."""

    klanthouders: Annotated[list[KlanthouderAntwoord], Field(description="de klanthouders op deze pagina")]
    volgende: Volgende


class WijkAntwoord(TypedDict):
    """A wijk of the division of a year."""

    jaar: Annotated[int, Field(description="het jaar van de indeling")]
    code: Annotated[str, Field(description="de code van de wijk in dat jaar")]


class VerblijfAntwoord(TypedDict):
    """Days in which a client lived in one wijk and was of one age group."""

    van: Van
    tot: Tot
    wijk: Annotated[WijkAntwoord, Field(description="waar de client woonde")]
    leeftijdsgroep: Annotated[Leeftijdsgroep, Field(description="de leeftijd op 1 januari, als groep")]


class ClientAntwoord(TypedDict):
    """What others may know of a client."""

    clientId: ClientId
    perioden: Annotated[
        list[VerblijfAntwoord], Field(description="waar de client woonde, en in welke leeftijdsgroep")
    ]
    huishoudenId: Annotated[UUID | None, Field(description="het huishouden van vandaag; null als er geen is")]
    klanthouderId: Annotated[UUID | None, Field(description="de klanthouder van nu; null als er geen is")]
    uitgeschrevenPer: Annotated[
        date | None, Field(description="de eerste dag dat de client niet meer is ingeschreven")
    ]
    opgegaanIn: Annotated[UUID | None, Field(description="de client die dezelfde inwoner bleek te zijn")]


class MeldingAntwoord(TypedDict):
    """How far a melding is."""

    meldingId: MeldingId
    clientId: ClientId
    datum: Annotated[date, Field(description="de dag van de melding")]
    domein: Annotated[Domein, Field(description="Wmo of jeugd")]
    spoed: Annotated[bool, Field(description="of er haast bij is")]
    uiterlijk: Uiterlijk
    afgerond: Annotated[
        date | None, Field(description="de dag dat het onderzoek klaar was; null als het nog loopt")
    ]
    aanvragen: Annotated[list[UUID], Field(description="de aanvragen na deze melding, de oudste eerst")]


class VrijstellingAntwoord(VrijstellingGemaakt):
    """Whom a vrijstelling frees, and in which months."""

    huishoudenId: Annotated[UUID | None, Field(description="het huishouden; null als het om een client gaat")]
    clientId: Annotated[UUID | None, Field(description="de client; null als het om een huishouden gaat")]
    geldtVoor: Annotated[
        Literal["huishouden", "client"],
        Field(description="of het hele huishouden niet bijdraagt, of alleen de client"),
    ]
    teltVoorKostprijs: Annotated[
        bool, Field(description="of de vrije maanden meetellen voor het bereiken van de kostprijs")
    ]
    vanMaand: Annotated[Maand, Field(description="de eerste maand, JJJJ-MM")]
    totMaand: Annotated[Maand | None, Field(description="de laatste maand, JJJJ-MM; null zolang het duurt")]
    vervallen: Annotated[bool, Field(description="of de vrijstelling niet meer geldt")]


class SamenAntwoord(TypedDict):
    """Days in which the same clients formed a huishouden."""

    van: Van
    tot: Tot
    leden: Annotated[list[UUID], Field(description="de clienten die samen het huishouden zijn")]


class HuishoudenAntwoord(HuishoudenGemaakt):
    """Who formed a huishouden when."""

    perioden: Annotated[list[SamenAntwoord], Field(description="wie er wanneer bij hoorden, op volgorde")]


class TellingenAntwoord(TypedDict):
    """How many there are of each."""

    meldingen: Annotated[int, Field(description="aantal meldingen")]
    clienten: Annotated[int, Field(description="aantal clienten; wie is samengevoegd, telt één keer")]
    clientenZonderKlanthouder: Annotated[
        int, Field(description="aantal clienten met een melding en zonder klanthouder")
    ]
    onderzoeken: Annotated[int, Field(description="aantal onderzoeken dat klaar is")]
    aanvragen: Annotated[int, Field(description="aantal aanvragen van maatwerk")]
