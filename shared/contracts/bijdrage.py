"""What billing publishes: verdicts to each provider, and the lines of the ledger."""

from typing import Annotated, Literal, NotRequired

from annotated_types import Ge, Le, MaxLen
from pydantic import with_config
from typing_extensions import TypedDict

from shared.contracts.contract import BIJDRAGE as BIJDRAGE_TOPIC
from shared.contracts.contract import ONTVANGST, contract
from shared.contracts.gebruik import Oordeel
from shared.contracts.types import (
    BELEID,
    BIJDRAGE,
    LEVERING,
    WIRE,
    Aanleiding,
    Agb,
    Cent,
    Count,
    Datum,
    Eenheid,
    Id,
    Maand,
    Productcategorie,
    ReferentieNummer,
    Text,
    ToewijzingNummer,
    Veld,
    Versie,
    Whole,
)

Offset = Annotated[int, Ge(0), Le(9_223_372_036_854_775_807)]
"""A position in a provider's topic, which has one partition."""
Regel = Annotated[int, Ge(1), Le(7)]
"""A rule of the contribution, 1 to 7."""


@with_config(WIRE)
class Oordeelregel(TypedDict):
    """The verdict on one record; (aanbieder, plaats) names it, the highest versie is current.

    What an accepted record says is repeated, so that readers of verdicts need not read the record.
    """

    plaats: Annotated[Offset, Veld("the offset of the record judged", LEVERING)]
    versie: Annotated[Versie, Veld("the highest wins", LEVERING)]
    type: NotRequired[Annotated[Text | None, Veld("the type of the event, if it is known", LEVERING)]]
    oordeel: Annotated[Oordeel, Veld("what became of it", LEVERING)]
    event_id: NotRequired[Annotated[Text | None, Veld("by which the provider finds its event", LEVERING)]]
    referentie_nummer: NotRequired[
        Annotated[ReferentieNummer | None, Veld("by which the provider finds its declaration", LEVERING)]
    ]
    code: NotRequired[Annotated[Text | None, Veld("why it is not accepted", LEVERING)]]
    veld: NotRequired[Annotated[Text | None, Veld("which field is wrong", LEVERING)]]
    uitleg: NotRequired[Annotated[Text | None, Veld("what to do about it", LEVERING)]]
    toewijzing_nummer: NotRequired[
        Annotated[ToewijzingNummer | None, Veld("of a use: to whose wijk it counts", LEVERING)]
    ]
    productcategorie: NotRequired[
        Annotated[Productcategorie | None, Veld("of a use or capacity: which kind of care", LEVERING)]
    ]
    maand: NotRequired[Annotated[Maand | None, Veld("of a use or capacity: in which month", LEVERING)]]
    volume: NotRequired[Annotated[Whole | None, Veld("of a use: how much", LEVERING)]]
    eenheid: NotRequired[Annotated[Eenheid | None, Veld("of a use: the unit of `volume`", LEVERING)]]
    bedrag_cent: NotRequired[Annotated[Cent | None, Veld("of a use: what it cost", LEVERING)]]
    vorig_referentie_nummer: NotRequired[
        Annotated[ReferentieNummer | None, Veld("of a withdrawal: the use taken back", LEVERING)]
    ]
    wijkteam_id: NotRequired[Annotated[Id | None, Veld("of a capacity: for which wijkteam", BELEID)]]
    capaciteit_versie: NotRequired[
        Annotated[Versie | None, Veld("of a capacity: its own versie, the highest wins", BELEID)]
    ]
    beschikbaar: NotRequired[Annotated[Count | None, Veld("of a capacity: places there are", BELEID)]]
    bezet: NotRequired[Annotated[Count | None, Veld("of a capacity: places taken", BELEID)]]
    wachtend: NotRequired[Annotated[Count | None, Veld("of a capacity: people waiting", BELEID)]]
    vacatures: NotRequired[Annotated[Count | None, Veld("of a capacity: posts to be filled", BELEID)]]


@contract("gebruik-beoordeeld", ONTVANGST, key=("aanbieder", "tot"))
@with_config(WIRE)
class GebruikBeoordeeld(TypedDict):
    """Verdicts on records of one provider's topic; at most 300, so that a message stays small."""

    aanbieder: Annotated[Agb, Veld("whose records", LEVERING)]
    tot: Annotated[Offset, Veld("up to where the topic is judged: nothing is lost", LEVERING)]
    oordelen: Annotated[list[Oordeelregel], MaxLen(300), Veld("what became of each record", LEVERING)]


@contract("bijdrage-vastgesteld", BIJDRAGE_TOPIC, key=("huishouden_id", "maand", "versie"))
@with_config(WIRE)
class BijdrageVastgesteld(TypedDict):
    """A household owes the bijdrage of a month."""

    huishouden_id: Annotated[Id, Veld("who is charged", BIJDRAGE)]
    maand: Annotated[Maand, Veld("for which month", BIJDRAGE)]
    versie: Annotated[Versie, Veld("place in the series of the month; the highest total counts", BIJDRAGE)]
    bijdrage_id: Annotated[Id, Veld("which charge, so that a correction can name it", BIJDRAGE)]
    bedrag_cent: Annotated[Cent, Veld("the amount of this line", BIJDRAGE)]
    totaal_cent: Annotated[Cent, Veld("the month after this line", BIJDRAGE)]
    regel: Annotated[Regel, Veld("the rule that decided", BIJDRAGE)]
    wet: Annotated[Text, Veld("the article behind that rule", BIJDRAGE)]
    aanleiding: Annotated[Aanleiding, Veld("the events that caused it", BIJDRAGE)]


@contract("bijdrage-gecorrigeerd", BIJDRAGE_TOPIC, key=("huishouden_id", "maand", "versie"))
@with_config(WIRE)
class BijdrageGecorrigeerd(TypedDict):
    """A line that corrects an earlier charge; nothing is rewritten."""

    huishouden_id: Annotated[Id, Veld("whose month", BIJDRAGE)]
    maand: Annotated[Maand, Veld("which month is corrected", BIJDRAGE)]
    versie: Annotated[Versie, Veld("place in the series of the month; the highest total counts", BIJDRAGE)]
    bijdrage_id: Annotated[Id, Veld("the charge that is corrected", BIJDRAGE)]
    verschil_cent: Annotated[Cent, Veld("the amount of this line", BIJDRAGE)]
    totaal_cent: Annotated[Cent, Veld("the month after this line", BIJDRAGE)]
    op_maand: NotRequired[Annotated[Maand | None, Veld("on which later statement it stands", BIJDRAGE)]]
    regel: Annotated[Regel, Veld("the rule that decided", BIJDRAGE)]
    wet: Annotated[Text, Veld("the article behind that rule", BIJDRAGE)]
    aanleiding: Annotated[Aanleiding, Veld("the events that caused it", BIJDRAGE)]


@contract("maand-gesloten", BIJDRAGE_TOPIC, key=("maand",))
@with_config(WIRE)
class MaandGesloten(TypedDict):
    """A month is definitive; what comes later is a line on a later statement."""

    maand: Annotated[Maand, Veld("which month", BELEID)]
    huishoudens: Annotated[Count, Veld("how many are charged, to check against the lines", BELEID)]
    totaal_cent: Annotated[Cent, Veld("the sum, to check against the lines", BELEID)]
    instellingen: Annotated[Text, Veld("the version of the settings that decided", BELEID)]


@contract("bijdrage-definitief", BIJDRAGE_TOPIC, key=("huishouden_id", "maand"))
@with_config(WIRE)
class BijdrageDefinitief(TypedDict):
    """What a household owes for a month is final and stands on a statement."""

    huishouden_id: Annotated[Id, Veld("who is charged", BIJDRAGE)]
    maand: Annotated[Maand, Veld("for which month", BIJDRAGE)]
    totaal_cent: Annotated[Cent, Veld("the final amount", BIJDRAGE)]
    op_maand: Annotated[Maand, Veld("the statement on which it stands", BIJDRAGE)]


@contract("inning-gemeld", BIJDRAGE_TOPIC, key=("client_id", "per", "soort"))
@with_config(WIRE)
class InningGemeld(TypedDict):
    """The CAK is told to start, stop or change collecting from a client (iEb)."""

    client_id: Annotated[Id, Veld("of whom; the CAK collects a person", BIJDRAGE)]
    per: Annotated[Datum, Veld("from which day", BIJDRAGE)]
    soort: Annotated[Literal["start", "stop", "mutatie"], Veld("what the CAK is to do", BIJDRAGE)]
    huishouden_id: Annotated[Id, Veld("under which household's bijdrage", BIJDRAGE)]
    kostprijs_cent: NotRequired[Annotated[Cent | None, Veld("the most to be collected", BIJDRAGE)]]
    referentie: NotRequired[
        Annotated[Text | None, Veld("which file and which line of it, by which the CAK answers", BIJDRAGE)]
    ]
