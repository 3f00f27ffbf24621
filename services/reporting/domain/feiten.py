"""What reporting keeps of the events of others: the least that its figures need."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from shared.contracts.contract import TYPE_PREFIX
from shared.contracts.event import AnyEvent
from shared.kalender import DAY, Month, month_of, parse_month

CLIENT, HUISHOUDEN, MELDING, ONDERZOEK, INDICATIE, WIJZIGING, PLAN = (
    TYPE_PREFIX + name
    for name in (
        "client-vastgesteld",
        "huishouden-vastgesteld",
        "melding-ontvangen",
        "onderzoek-afgerond",
        "indicatie-afgegeven",
        "toewijzing-gewijzigd",
        "plan-vastgesteld",
    )
)


class Woonperiode(NamedTuple):
    """In which wijk a client lived, from `van` up to and including `tot`."""

    feit: str
    client_id: UUID
    van: date
    tot: date
    jaar: int
    code: str


class Samenvoeging(NamedTuple):
    """A client who turned out to be another."""

    feit: str
    client_id: UUID
    opgegaan_in: UUID


class Lid(NamedTuple):
    """Whom a huishouden names, from `van` up to and including `tot`."""

    feit: str
    huishouden_id: UUID
    client_id: UUID
    van: date
    tot: date


class Melding(NamedTuple):
    """A melding of a client, on a day, in a month."""

    feit: str
    melding_id: str
    client_id: UUID
    datum: date
    maand: Month


class Oplossing(NamedTuple):
    """How many needs of the onderzoek after a melding one rung of support meets."""

    feit: str
    melding_id: str
    oplossing: str
    aantal: int


class Toewijzing(NamedTuple):
    """One saying of whose a toewijzing is; of several the latest decided is current (iWmo IV013)."""

    feit: str
    nummer: int
    toegewezen_op: datetime
    time: datetime
    source: str
    event_id: str
    client_id: UUID


Feit: TypeAlias = Woonperiode | Samenvoeging | Lid | Melding | Oplossing | Toewijzing


class Oordeel(NamedTuple):
    """The verdict on one record: what it counts for, if it is accepted.

    A use has its number, toewijzing and month; a withdrawal the number it takes back; all others have nothing.
    """

    aanbieder: str
    plaats: int
    versie: int
    intrekking: bool = False
    referentienummer: str = ""
    toewijzingnummer: int = 0
    maand: int = 0


class Bijdrage(NamedTuple):
    """What a huishouden owes for a month, by one line of the ledger."""

    huishouden_id: UUID
    maand: Month
    versie: int
    time: datetime
    source: str
    event_id: str
    totaal_cent: int


def feiten_in(feit: str, event: AnyEvent) -> Iterator[Feit]:
    """What the state in an event of intake or indicatie counts for; `feit` is the key it is kept under."""
    if read := _READERS.get(feit.partition("/")[0]):
        yield from read(feit, event)


def _client(feit: str, event: AnyEvent) -> Iterator[Feit]:
    data = event["data"]
    client_id = data["client_id"]
    for van, tot, wijk in _without_overlap(data["perioden"]):
        yield Woonperiode(feit, client_id, van, tot, wijk["jaar"], wijk["code"])
    if opgegaan_in := data.get("opgegaan_in"):
        yield Samenvoeging(feit, client_id, opgegaan_in)


def _without_overlap(perioden: list[Mapping[str, Any]]) -> Iterator[tuple[date, date, Mapping[str, Any]]]:
    """Of periods that share days, the one that began last has them (of equals: the later division, higher code)."""
    last = [(periode, periode.get("tot") or date.max - DAY) for periode in perioden]
    borders = sorted(
        {p["van"] for p, _ in last} | {min(tot, date.max - DAY) + DAY for p, tot in last if tot >= p["van"]}
    )
    for begin, following in pairwise(borders):
        if there := [p for p, tot in last if p["van"] <= begin <= tot]:
            chosen = max(there, key=lambda p: (p["van"], p["wijk"]["jaar"], p["wijk"]["code"]))
            yield begin, following - DAY, chosen["wijk"]


def _huishouden(feit: str, event: AnyEvent) -> Iterator[Feit]:
    data = event["data"]
    for periode in data["perioden"]:
        for client_id in periode["leden"]:
            tot = periode.get("tot") or date.max
            yield Lid(feit, data["huishouden_id"], client_id, periode["van"], tot)


def _melding(feit: str, event: AnyEvent) -> Iterator[Feit]:
    data = event["data"]
    yield Melding(feit, data["melding_id"], data["client_id"], data["datum"], month_of(data["datum"]))


def _onderzoek(feit: str, event: AnyEvent) -> Iterator[Feit]:
    data = event["data"]
    for oplossing, aantal in data["oplossingen"].items():
        yield Oplossing(feit, data["melding_id"], oplossing, aantal)


def _toewijzingen(feit: str, event: AnyEvent) -> Iterator[Feit]:
    data = event["data"]
    for given in data["toewijzingen"] if "toewijzingen" in data else [data["toewijzing"]]:
        yield Toewijzing(
            feit,
            given["toewijzing_nummer"],
            given["toegewezen_op"],
            event["time"],
            event["source"],
            event["id"],
            data["client_id"],
        )


_READERS: dict[str, Callable[[str, AnyEvent], Iterator[Feit]]] = {
    CLIENT: _client,
    HUISHOUDEN: _huishouden,
    MELDING: _melding,
    ONDERZOEK: _onderzoek,
    INDICATIE: _toewijzingen,
    WIJZIGING: _toewijzingen,
}


def oordelen(data: Mapping[str, Any]) -> Iterator[Oordeel]:
    """The verdicts in a `gebruik-beoordeeld`, each by what it counts for."""
    for line in data["oordelen"]:
        verdict = Oordeel(data["aanbieder"], line["plaats"], line["versie"])
        nummer, maand = line.get("toewijzing_nummer"), line.get("maand")
        if line["oordeel"] != "geaccepteerd":
            yield verdict
        elif vorig := line.get("vorig_referentie_nummer"):
            yield verdict._replace(intrekking=True, referentienummer=vorig)
        elif nummer and maand and (referentie := line.get("referentie_nummer")):
            yield verdict._replace(
                referentienummer=referentie, toewijzingnummer=nummer, maand=parse_month(maand)
            )
        else:
            yield verdict


def bijdrage(event: AnyEvent) -> Bijdrage:
    """The line of the ledger in a `bijdrage-vastgesteld` or `bijdrage-gecorrigeerd`."""
    data = event["data"]
    return Bijdrage(
        data["huishouden_id"],
        parse_month(data["maand"]),
        data["versie"],
        event["time"],
        event["source"],
        event["id"],
        data["totaal_cent"],
    )
