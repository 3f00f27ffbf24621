"""What intake publishes: who lives where, who is charged with whom, and how a melding went on.

A client is a random id. Names, birth dates, texts and reasons stay in intake.
"""

from typing import Annotated, Any, Literal, NotRequired

from annotated_types import Ge, Le, MaxLen
from pydantic import with_config
from typing_extensions import TypedDict

from shared.contracts.contract import INTAKE, contract
from shared.contracts.types import (
    BELEID,
    BIJDRAGE,
    CIJFERS,
    INT_MAX,
    ONDERZOEK,
    VERSTREKKING,
    WIRE,
    Categorieen,
    Cent,
    Code,
    Count,
    Datum,
    Domein,
    Id,
    Maand,
    Oplossingen,
    Veld,
    Versie,
    Wijk,
    Zaaknummer,
    in_order,
    wrong_field,
)

Leeftijdsgroep = Literal["0-17", "18-64", "65-74", "75-84", "85+"]
Thema = Literal["zorg", "leefbaarheid", "groen", "ontmoeting", "jeugd", "overig"]
ZrmDomein = Literal[
    "financien",
    "werk_en_opleiding",
    "tijdsbesteding",
    "huisvesting",
    "huiselijke_relaties",
    "geestelijke_gezondheid",
    "lichamelijke_gezondheid",
    "middelengebruik",
    "basale_adl",
    "instrumentele_adl",
    "sociaal_netwerk",
    "maatschappelijke_participatie",
    "justitie",
]
"""The thirteen domains of the Zelfredzaamheid-Matrix 2017."""
Score = Annotated[int, Ge(1), Le(5)]
"""Zelfredzaamheid-Matrix: 1 acute problematiek … 5 volledig zelfredzaam."""
PublishedCount = Annotated[int, Ge(5), Le(INT_MAX)]
"""A count of people that is large enough to be published."""


@with_config(WIRE)
class ClientPeriode(TypedDict):
    """Where a client lived, and in which age group, from `van` up to and including `tot`."""

    van: Annotated[Datum, Veld("the first day of the period", CIJFERS)]
    tot: NotRequired[Annotated[Datum | None, Veld("the last day; absent while it lasts", CIJFERS)]]
    wijk: Annotated[Wijk, Veld("to which wijk's figures the client counts", CIJFERS)]
    leeftijdsgroep: Annotated[Leeftijdsgroep, Veld("the age group in the wijk's figures", CIJFERS)]


@contract("client-vastgesteld", INTAKE, key=("client_id",))
@with_config(WIRE)
class ClientVastgesteld(TypedDict):
    """What the other services may know of a client."""

    client_id: Annotated[Id, Veld("the pseudonym by which services mean one client", VERSTREKKING)]
    versie: Annotated[Versie, Veld("the highest wins", VERSTREKKING)]
    perioden: Annotated[
        list[ClientPeriode],
        MaxLen(500),
        Veld("in which wijk the client was when, for the wijk's figures", CIJFERS),
    ]
    uitgeschreven_per: NotRequired[
        Annotated[Datum | None, Veld("first day no longer registered: care ends the day before", BIJDRAGE)]
    ]
    opgegaan_in: NotRequired[
        Annotated[Id | None, Veld("the client this one turned out to be, so none is charged twice", BIJDRAGE)]
    ]


@with_config(WIRE)
class HuishoudenPeriode(TypedDict):
    """Who formed the huishouden from `van` up to and including `tot`."""

    van: Annotated[Datum, Veld("the first day of the period", BIJDRAGE)]
    tot: NotRequired[Annotated[Datum | None, Veld("the last day; absent while it lasts", BIJDRAGE)]]
    leden: Annotated[list[Id], MaxLen(20), Veld("the clients who owe one bijdrage together", BIJDRAGE)]


@contract("huishouden-vastgesteld", INTAKE, key=("huishouden_id",))
@with_config(WIRE)
class HuishoudenVastgesteld(TypedDict):
    """Who owe one bijdrage together, and when: the unmarried client alone, or client and spouse."""

    huishouden_id: Annotated[Id, Veld("who is charged", BIJDRAGE)]
    versie: Annotated[Versie, Veld("the highest wins", BIJDRAGE)]
    perioden: Annotated[
        list[HuishoudenPeriode],
        MaxLen(500),
        Veld("who belonged to it when", BIJDRAGE),
    ]


def _one_subject(data: Any) -> Any:
    """A vrijstelling is given for a huishouden or for a client.

    One that ends before it begins covers no month, as a period of a household that does names nobody: the rule
    has an answer, and a refusal would leave an older versie in force.
    """
    huishouden, client = data.get("huishouden_id"), data.get("client_id")
    if huishouden is None and client is None:
        raise wrong_field("huishoudenId", "Noem een huishoudenId of een clientId.")
    if huishouden is not None and client is not None:
        raise wrong_field("clientId", "Noem een huishoudenId of een clientId, niet allebei.")
    return data


@contract("vrijstelling-vastgesteld", INTAKE, key=("vrijstelling_id",), check=_one_subject)
@with_config(WIRE)
class VrijstellingVastgesteld(TypedDict):
    """Months in which no bijdrage is due. Of `huishoudenId` and `clientId` exactly one is present.

    The reason stays in intake.
    """

    vrijstelling_id: Annotated[Id, Veld("which vrijstelling", BIJDRAGE)]
    versie: Annotated[Versie, Veld("the highest wins", BIJDRAGE)]
    huishouden_id: NotRequired[Annotated[Id | None, Veld("given for this household", BIJDRAGE)]]
    client_id: NotRequired[Annotated[Id | None, Veld("given for this client", BIJDRAGE)]]
    geldt_voor: Annotated[
        Literal["huishouden", "client"],
        Veld("whether it frees the care of the whole household or of the client alone", BIJDRAGE),
    ]
    telt_voor_kostprijs: Annotated[bool, Veld("whether free months still pay off a kostprijs", BIJDRAGE)]
    van_maand: Annotated[Maand, Veld("the first month", BIJDRAGE)]
    tot_maand: NotRequired[Annotated[Maand | None, Veld("the last month (inclusive)", BIJDRAGE)]]
    vervallen: Annotated[bool, Veld("takes it back", BIJDRAGE)]


@contract("melding-ontvangen", INTAKE, key=("melding_id",))
@with_config(WIRE)
class MeldingOntvangen(TypedDict):
    """Someone reported a need for support (Wmo 2.3.2)."""

    melding_id: Annotated[Zaaknummer, Veld("which melding", ONDERZOEK)]
    client_id: Annotated[Id, Veld("in which wijk it counts", ONDERZOEK)]
    datum: Annotated[Datum, Veld("starts the term of six weeks", ONDERZOEK)]
    kanaal: Annotated[Code, Veld("how meldingen reach the gemeente", CIJFERS)]
    domein: Annotated[Domein, Veld("Wmo or youth, which are counted apart", CIJFERS)]
    spoed: Annotated[bool, Veld("urgent: support without delay (Wmo 2.3.3)", ONDERZOEK)]


@contract("klanthouder-toegewezen", INTAKE, key=("client_id",))
@with_config(WIRE)
class KlanthouderToegewezen(TypedDict):
    """Who is the client's one point of contact."""

    client_id: Annotated[Id, Veld("whose klanthouder", ONDERZOEK)]
    versie: Annotated[Versie, Veld("the highest wins", ONDERZOEK)]
    klanthouder_id: Annotated[Id, Veld("who handles the aanvraag, and how many clients one has", ONDERZOEK)]
    vanaf: Annotated[Datum, Veld("the first day", ONDERZOEK)]


@contract("onderzoek-afgerond", INTAKE, key=("melding_id",))
@with_config(WIRE)
class OnderzoekAfgerond(TypedDict):
    """The onderzoek after a melding ended (Wmo 2.3.2)."""

    melding_id: Annotated[Zaaknummer, Veld("the onderzoek of which melding", ONDERZOEK)]
    client_id: Annotated[Id, Veld("in which wijk it counts", ONDERZOEK)]
    datum: Annotated[Datum, Veld("when it ended; from then on there can be an aanvraag", ONDERZOEK)]
    uiterlijk: Annotated[Datum, Veld("the last day of the legal term: in time or not", ONDERZOEK)]
    oplossingen: Annotated[Oplossingen, Veld("how many needs each rung of support meets", CIJFERS)]


@contract("aanvraag-ingediend", INTAKE, key=("aanvraag_id",))
@with_config(WIRE)
class AanvraagIngediend(TypedDict):
    """The client applied for a maatwerkvoorziening (Wmo 2.3.5)."""

    aanvraag_id: Annotated[Zaaknummer, Veld("which aanvraag is decided on", VERSTREKKING)]
    melding_id: Annotated[Zaaknummer, Veld("the onderzoek on which the decision rests", VERSTREKKING)]
    client_id: Annotated[Id, Veld("who applied", VERSTREKKING)]
    datum: Annotated[Datum, Veld("starts the term of two weeks", VERSTREKKING)]
    uiterlijk: Annotated[Datum, Veld("the last day of the legal term", VERSTREKKING)]
    gevraagd: Annotated[Categorieen, Veld("what is asked for", VERSTREKKING)]


@contract("zelfredzaamheid-geteld", INTAKE, key=("wijk", "maand", "domein", "score"), planned=True)
@with_config(WIRE)
class ZelfredzaamheidGeteld(TypedDict):
    """How many people of a wijk have a score on a domain of the Zelfredzaamheid-Matrix; 5 or more."""

    wijk: Annotated[Wijk, Veld("of which wijk", BELEID)]
    maand: Annotated[Maand, Veld("in which month", BELEID)]
    domein: Annotated[ZrmDomein, Veld("on which domain", BELEID)]
    score: Annotated[Score, Veld("which score", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    aantal: Annotated[PublishedCount, Veld("how many people, never fewer than five", BELEID)]


@contract("initiatief-vastgesteld", INTAKE, key=("initiatief_id",), planned=True)
@with_config(WIRE)
class InitiatiefVastgesteld(TypedDict):
    """How an initiative of residents stands."""

    initiatief_id: Annotated[Id, Veld("which initiative", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    thema: Annotated[Thema, Veld("what it is about", BELEID)]
    wijk: NotRequired[Annotated[Wijk | None, Veld("of which wijk; absent for the whole city", BELEID)]]
    status: Annotated[
        Literal["idee", "samenspraak", "toegekend", "afgewezen", "afgerond"], Veld("how far it is", BELEID)
    ]
    steun: Annotated[Count, Veld("how many residents support it", BELEID)]
    toegekend_cent: NotRequired[Annotated[Cent | None, Veld("the money granted", BELEID)]]
    besteed_cent: NotRequired[Annotated[Cent | None, Veld("the money spent", BELEID)]]


@contract("samenspraak-vastgesteld", INTAKE, key=("samenspraak_id",), check=in_order, planned=True)
@with_config(WIRE)
class SamenspraakVastgesteld(TypedDict):
    """How residents were given a say, and what came of it."""

    samenspraak_id: Annotated[Id, Veld("which samenspraak", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    niveau: Annotated[Literal["wijk", "stad"], Veld("of a wijk or of the city", BELEID)]
    wijk: NotRequired[Annotated[Wijk | None, Veld("of which wijk", BELEID)]]
    vorm: Annotated[
        Literal["raadplegen", "adviseren", "coproduceren", "meebeslissen"], Veld("how much say", BELEID)
    ]
    thema: Annotated[Thema, Veld("what it is about", BELEID)]
    van: Annotated[Datum, Veld("the first day", BELEID)]
    tot: NotRequired[Annotated[Datum | None, Veld("the last day; absent while it lasts", BELEID)]]
    deelnemers: Annotated[Count, Veld("how many took part", BELEID)]
    uitkomst: NotRequired[Annotated[Code | None, Veld("what came of it, in a word", BELEID)]]
