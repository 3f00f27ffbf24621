"""What indicatie publishes: decisions, toewijzingen and plans, and with whom the gemeente contracted."""

from typing import Annotated, Literal, NotRequired

from annotated_types import MaxLen
from pydantic import AfterValidator, with_config
from typing_extensions import TypedDict

from shared.contracts.contract import INDICATIE, contract
from shared.contracts.types import (
    BELEID,
    BIJDRAGE,
    CIJFERS,
    VERSTREKKING,
    WIRE,
    Agb,
    Categorieen,
    Cent,
    Count,
    Datum,
    Eenheid,
    Frequentie,
    Id,
    Label,
    Leveringsvorm,
    Moment,
    Oplossingen,
    Productcategorie,
    Productcode,
    RedenWijziging,
    Text,
    ToewijzingNummer,
    Veld,
    Versie,
    Whole,
    Wijk,
    Zaaknummer,
    in_order,
)


@with_config(WIRE)
class Omvang(TypedDict):
    """How much care a toewijzing gives (iWmo Omvang)."""

    volume: Annotated[Whole, Veld("how much", VERSTREKKING)]
    eenheid: Annotated[Eenheid, Veld("the unit of `volume`", VERSTREKKING)]
    frequentie: Annotated[Frequentie, Veld("how often", VERSTREKKING)]


@with_config(WIRE)
class Toewijzing(TypedDict):
    """One state of a toewijzing (iWmo 301); the one with the latest `toegewezenOp` is current."""

    toewijzing_nummer: Annotated[ToewijzingNummer, Veld("by which providers mean this care", VERSTREKKING)]
    aanbieder: NotRequired[Annotated[Agb | None, Veld("who delivers; absent for pgb", VERSTREKKING)]]
    productcategorie: Annotated[Productcategorie, Veld("which kind of care; some bear no bijdrage", BIJDRAGE)]
    productcode: NotRequired[Annotated[Productcode | None, Veld("the product; some are exempt", BIJDRAGE)]]
    ingangsdatum: Annotated[Datum, Veld("the first day", BIJDRAGE)]
    einddatum: NotRequired[Annotated[Datum | None, Veld("the last day; absent if open", BIJDRAGE)]]
    omvang: NotRequired[Annotated[Omvang | None, Veld("how much, for forecast and budget", VERSTREKKING)]]
    budget_cent: NotRequired[Annotated[Cent | None, Veld("what it may cost, for the forecast", VERSTREKKING)]]
    leveringsvorm: Annotated[Leveringsvorm, Veld("a pgb owes from its ingangsdatum", BIJDRAGE)]
    kostprijs_cent: NotRequired[
        Annotated[Cent | None, Veld("the most that is ever charged for it", BIJDRAGE)]
    ]
    toegewezen_op: Annotated[Moment, Veld("the moment of decision: the latest is current (IV013)", BIJDRAGE)]
    wijkteam_id: NotRequired[Annotated[Id | None, Veld("in which wijkteam's figures it counts", CIJFERS)]]


@contract("indicatie-afgegeven", INDICATIE, key=("beschikking_nummer",))
@with_config(WIRE)
class IndicatieAfgegeven(TypedDict):
    """The decision on an aanvraag, with the toewijzingen it gave (Wmo 2.3.5)."""

    beschikking_nummer: Annotated[Text, Veld("which decision (UP037)", VERSTREKKING)]
    aanvraag_id: Annotated[Zaaknummer, Veld("on which aanvraag", VERSTREKKING)]
    client_id: Annotated[Id, Veld("for whom", VERSTREKKING)]
    besluit: Annotated[Literal["toegekend", "deels", "afgewezen"], Veld("what was decided", VERSTREKKING)]
    besluitdatum: Annotated[Datum, Veld("when it was decided", VERSTREKKING)]
    uiterlijk: Annotated[Datum, Veld("the last day of the legal term: in time or not", VERSTREKKING)]
    toewijzingen: Annotated[list[Toewijzing], MaxLen(100), Veld("what was given", VERSTREKKING)]


@contract("toewijzing-gewijzigd", INDICATIE, key=("toewijzing.toewijzing_nummer", "toewijzing.toegewezen_op"))
@with_config(WIRE)
class ToewijzingGewijzigd(TypedDict):
    """A toewijzing as it became."""

    client_id: Annotated[Id, Veld("for whom", VERSTREKKING)]
    toewijzing: Annotated[Toewijzing, Veld("its whole new state", VERSTREKKING)]
    reden: Annotated[RedenWijziging, Veld("`13` removes it: as if never given", BIJDRAGE)]


@contract("plan-vastgesteld", INDICATIE, key=("plan_id",))
@with_config(WIRE)
class PlanVastgesteld(TypedDict):
    """A support plan: how many goals, and actions on which rungs. What they are stays in indicatie."""

    plan_id: Annotated[Id, Veld("which plan", VERSTREKKING)]
    versie: Annotated[Versie, Veld("the highest wins", VERSTREKKING)]
    client_id: Annotated[Id, Veld("in which wijk it counts", CIJFERS)]
    datum: Annotated[Datum, Veld("when it was made", CIJFERS)]
    akkoord_client: Annotated[bool, Veld("whether the client agrees", CIJFERS)]
    doelen: Annotated[Count, Veld("how many goals", CIJFERS)]
    acties: Annotated[Oplossingen, Veld("how many actions on each rung of support", CIJFERS)]


@contract("plan-geevalueerd", INDICATIE, key=("evaluatie_id",))
@with_config(WIRE)
class PlanGeevalueerd(TypedDict):
    """A support plan was evaluated with the client."""

    plan_id: Annotated[Id, Veld("which plan", CIJFERS)]
    evaluatie_id: Annotated[Id, Veld("which evaluation", CIJFERS)]
    client_id: Annotated[Id, Veld("in which wijk it counts", CIJFERS)]
    datum: Annotated[Datum, Veld("when", CIJFERS)]
    behaald: Annotated[
        dict[Literal["ja", "deels", "nee"], Count], MaxLen(3), Veld("how many goals were reached", CIJFERS)
    ]


@with_config(WIRE)
class WijkteamLid(TypedDict):
    """An organisation in a wijkteam."""

    soort: Annotated[
        Literal["aanbieder", "vrijwilligersorganisatie"], Veld("formal or informal support", BELEID)
    ]
    naam: Annotated[Label, Veld("the organisation's name, for people to read", BELEID)]
    agb: NotRequired[Annotated[Agb | None, Veld("which provider, if it is one", BELEID)]]


@contract("wijkteam-vastgesteld", INDICATIE, key=("wijkteam_id",), check=in_order, planned=True)
@with_config(WIRE)
class WijkteamVastgesteld(TypedDict):
    """Which organisations together serve which wijken."""

    wijkteam_id: Annotated[Id, Veld("which wijkteam", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    naam: Annotated[Label, Veld("the wijkteam's name, for people to read", BELEID)]
    wijken: Annotated[list[Wijk], MaxLen(100), Veld("which wijken it serves", BELEID)]
    penvoerder: Annotated[Agb, Veld("the provider that answers for it", BELEID)]
    leden: Annotated[list[WijkteamLid], MaxLen(100), Veld("the organisations in it", BELEID)]
    productcategorieen: Annotated[Categorieen, Veld("which kinds of care it gives", BELEID)]
    van: Annotated[Datum, Veld("the first day", BELEID)]
    tot: NotRequired[Annotated[Datum | None, Veld("the last day; absent while it lasts", BELEID)]]


@with_config(WIRE)
class Aanbesteding(TypedDict):
    """The tender that a contract came from."""

    kenmerk: Annotated[Label, Veld("which tender", BELEID)]
    procedure: Annotated[Label, Veld("by which procedure", BELEID)]
    gunningsdatum: Annotated[Datum, Veld("when it was awarded", BELEID)]
    opties_tot: NotRequired[Annotated[Datum | None, Veld("until when it may be extended", BELEID)]]


@with_config(WIRE)
class ContractProduct(TypedDict):
    """A product that a contract covers, at a tariff, from `van` up to and including `tot`."""

    productcategorie: Annotated[Productcategorie, Veld("which kind of care", BELEID)]
    productcode: NotRequired[Annotated[Productcode | None, Veld("the exact product", BELEID)]]
    eenheid: Annotated[Eenheid, Veld("the unit of the tariff", BELEID)]
    tarief_cent: Annotated[Cent, Veld("the price of one unit, for the forecast", BELEID)]
    van: Annotated[Datum, Veld("the first day", BELEID)]
    tot: NotRequired[Annotated[Datum | None, Veld("the last day; absent if open", BELEID)]]


@with_config(WIRE)
class ContractCapaciteit(TypedDict):
    """How much a contract buys a month."""

    eenheid: Annotated[Eenheid, Veld("the unit", BELEID)]
    per_maand: Annotated[Count, Veld("how many a month", BELEID)]


@contract("contract-vastgesteld", INDICATIE, key=("contract_id",), planned=True)
@with_config(WIRE)
class ContractVastgesteld(TypedDict):
    """What a provider delivers in a wijkteam, at which tariffs."""

    contract_id: Annotated[Id, Veld("which contract", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    wijkteam_id: Annotated[Id, Veld("for which wijkteam", BELEID)]
    aanbieder: Annotated[Agb, Veld("which provider", BELEID)]
    perceel: Annotated[Label, Veld("which lot of the tender", BELEID)]
    aanbesteding: Annotated[Aanbesteding, Veld("the tender, and until when it may run", BELEID)]
    producten: Annotated[
        list[Annotated[ContractProduct, AfterValidator(in_order)]],
        MaxLen(500),
        Veld("which products at which tariffs", BELEID),
    ]
    capaciteit: NotRequired[Annotated[ContractCapaciteit | None, Veld("how much it buys", BELEID)]]


@with_config(WIRE)
class PluspakketOnderdeel(TypedDict):
    """One part of a pluspakket."""

    naam: Annotated[Label, Veld("what it is called, for people to read", BELEID)]
    soort: Annotated[Literal["informeel", "algemeen", "formeel"], Veld("who gives it", BELEID)]
    plaatsen: NotRequired[Annotated[Count | None, Veld("how many places there are", BELEID)]]


@contract("pluspakket-vastgesteld", INDICATIE, key=("pluspakket_id",), check=in_order, planned=True)
@with_config(WIRE)
class PluspakketVastgesteld(TypedDict):
    """What a wijk offers without an indicatie."""

    pluspakket_id: Annotated[Id, Veld("which pluspakket", BELEID)]
    versie: Annotated[Versie, Veld("the highest wins", BELEID)]
    wijk: Annotated[Wijk, Veld("of which wijk", BELEID)]
    onderdelen: Annotated[list[PluspakketOnderdeel], MaxLen(200), Veld("what it consists of", BELEID)]
    van: Annotated[Datum, Veld("the first day", BELEID)]
    tot: NotRequired[Annotated[Datum | None, Veld("the last day; absent while it lasts", BELEID)]]
