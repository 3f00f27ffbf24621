"""A whole set of events, in any order, with duplicates, as the facts of the rule: the service without its database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.billing.domain import vertaling
from services.billing.domain.bijdrage import RECORDING_MONTHS, Bepaling, bepaal
from services.billing.domain.faults import Fault, fault_of, source_agb
from services.billing.domain.feiten import Feiten, Gebruiksmaand, Zorg
from services.billing.domain.regels import Regels
from services.billing.domain.toewijzing import (
    Melding,
    Toewijzing,
    deciding_stop,
    ends_before_it_begins,
    left_of,
    misfit,
    settle,
)
from shared.contracts.contract import GEBRUIK
from shared.contracts.event import canonical_data, contract_of
from shared.contracts.state import supersedes
from shared.kalender import Month, local_month, month_of

Event = Mapping[str, Any]
NIET_VAN_AANBIEDER = Fault("onbekend-type", "type", "Dit type hoort niet op het topic van een aanbieder.")
GEEN_AANBIEDER = Fault("verkeerde-bron", "source", "De bron is geen aanbieder (urn:nld:agb:<AGB>:…).")
_STATES = {
    "nl.wijkzorg.client-vastgesteld.v1": "client_id",
    "nl.wijkzorg.huishouden-vastgesteld.v1": "huishouden_id",
    "nl.wijkzorg.vrijstelling-vastgesteld.v1": "vrijstelling_id",
}
_GIVING = ("nl.wijkzorg.indicatie-afgegeven.v1", "nl.wijkzorg.toewijzing-gewijzigd.v1")


def own_fault(event: Event) -> Fault | None:
    """The fault in an event itself, where the AGB in its source stands for its topic's."""
    agb = source_agb(event["source"])
    if contract_of(event).topic is not GEBRUIK:
        return NIET_VAN_AANBIEDER if agb else None
    return fault_of(event, agb) if agb else GEEN_AANBIEDER


@dataclass
class Verzameling:
    """Events by what they are about, settled when asked. Events with a fault of their own must stay outside."""

    states: dict[str, dict[Any, Event]] = field(default_factory=lambda: defaultdict(dict))
    versies: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[tuple[str, str], Event] = field(default_factory=dict)
    stops: dict[tuple[str, str], Event] = field(default_factory=dict)
    uses: dict[tuple[str, str], Event] = field(default_factory=dict)
    ingetrokken: set[tuple[str, str]] = field(default_factory=set)
    laatste: datetime | None = None
    laatste_gebruik: Month = field(default=Month(0))

    def add(self, event: Event) -> None:
        """Take in one event; the same one twice, or an older one later, changes nothing."""
        self.laatste = max(event["time"], self.laatste or event["time"])
        data, kind = event["data"], event["type"]
        if kind == "nl.wijkzorg.gebruik-geregistreerd.v1":
            self.laatste_gebruik = max(self.laatste_gebruik, month_of(data["einddatum"]))
            _keep_first(self.uses, (data["aanbieder"], data["referentie_nummer"]), event)
        elif kind == "nl.wijkzorg.gebruik-ingetrokken.v1":
            self.ingetrokken.add((data["aanbieder"], data["vorig_referentie_nummer"]))
        elif kind == "nl.wijkzorg.zorg-gestart.v1":
            _keep_first(self.starts, (event["source"], event["id"]), event)
        elif kind == "nl.wijkzorg.zorg-gestopt.v1":
            _keep_first(self.stops, (event["source"], event["id"]), event)
        elif kind in _GIVING:
            for versie in vertaling.versies(event):
                self.versies[versie.nummer].append(versie)
        elif kind in _STATES:
            known = self.states[kind].get(key := data[_STATES[kind]])
            if known is None or supersedes(event, known):
                self.states[kind][key] = event

    @property
    def horizon(self) -> Month:
        """The latest month in which an event was recorded or a use has a day."""
        recorded = local_month(self.laatste) if self.laatste else Month(0)
        return max(recorded, self.laatste_gebruik)

    def feiten(self) -> "Samenhang":
        """The facts of the rule, with the way back to the events behind them."""
        toewijzingen = {nummer: settle(said) for nummer, said in self.versies.items()}
        passend: dict[int, dict[Month, list[Event]]] = defaultdict(lambda: defaultdict(list))
        gemeld: dict[int, set[Month]] = defaultdict(set)
        for key, use in self.uses.items():
            data, nummer = use["data"], use["data"]["toewijzing_nummer"]
            maand = month_of(data["begindatum"])
            gemeld[nummer].add(maand)
            if key not in self.ingetrokken and _fits(toewijzingen.get(nummer), data):
                passend[nummer][maand].append(use)
        starts, stops = (_left(said.values(), toewijzingen) for said in (self.starts, self.stops))
        zorg = [
            _zorg(
                toewijzing,
                passend.get(nummer, {}),
                frozenset(gemeld.get(nummer, ())),
                starts.get(nummer, []),
                stops.get(nummer, []),
            )
            for nummer, toewijzing in toewijzingen.items()
        ]
        return Samenhang(self._feiten(zorg), toewijzingen, passend)

    def _feiten(self, zorg: list[Zorg]) -> Feiten:
        clienten, huishoudens, vrijstellingen = (
            [event["data"] for event in self.states[kind].values()] for kind in _STATES
        )
        return Feiten(
            zorg=zorg,
            lidmaatschappen=[lid for data in huishoudens for lid in vertaling.lidmaatschappen(data)],
            vrijstellingen=[vertaling.vrijstelling(d) for d in vrijstellingen if not d["vervallen"]],
            uitgeschreven_per={
                d["client_id"]: d["uitgeschreven_per"] for d in clienten if d.get("uitgeschreven_per")
            },
            opgegaan_in={d["client_id"]: d["opgegaan_in"] for d in clienten if d.get("opgegaan_in")},
        )


@dataclass(frozen=True)
class Samenhang:
    """Facts of the rule, and the events they came from."""

    feiten: Feiten
    toewijzingen: Mapping[int, Toewijzing]
    passend: Mapping[int, Mapping[Month, list[Event]]]
    eerste_gebruik: dict[int, str] = field(default_factory=dict)

    def bepaal(self, horizon: Month, regels: Regels) -> list[Bepaling]:
        """The rule on these facts."""
        return bepaal(self.feiten, horizon, regels)

    def aanleiding(self, bepaling: Bepaling, regels: Regels) -> list[str]:
        """The sorted ids of the events behind the care that satisfied rules 1-5."""
        return sorted({id_ for zorg in bepaling.zorg for id_ in self._ids(zorg, bepaling.maand, regels)})

    def _ids(self, zorg: Zorg, maand: Month, regels: Regels) -> Iterator[str]:
        passend = self.passend.get(zorg.nummer, {})
        match regels.grondslag(zorg.categorie, zorg.leveringsvorm):
            case "beschikking":
                yield self.toewijzingen[zorg.nummer].gegeven.event_id
            case "levering":
                if zorg.nummer not in self.eerste_gebruik:
                    uses = (use for uses in passend.values() for use in uses)
                    self.eerste_gebruik[zorg.nummer] = min(uses, key=_recorded)["id"]
                yield self.eerste_gebruik[zorg.nummer]
            case "gebruik":
                for use in passend[maand]:
                    if local_month(use["time"]) <= maand + RECORDING_MONTHS:
                        yield use["id"]


def _fits(toewijzing: Toewijzing | None, data: Event) -> bool:
    return (
        misfit(toewijzing, data["aanbieder"], data["productcategorie"], data["begindatum"], data["einddatum"])
        is None
    )


def _left(said: Iterable[Event], toewijzingen: Mapping[int, Toewijzing]) -> dict[int, list[Melding]]:
    """By toewijzing the starts, or the stops, that count: its own provider's, and not struck."""
    found: dict[int, list[Melding]] = defaultdict(list)
    for event in said:
        nummer = event["data"]["toewijzing_nummer"]
        if nummer in toewijzingen and event["data"]["aanbieder"] in toewijzingen[nummer].aanbieders:
            found[nummer].append(vertaling.melding(event))
    return {nummer: left_of(meldingen) for nummer, meldingen in found.items()}


def _zorg(
    toewijzing: Toewijzing,
    passend: Mapping[Month, list[Event]],
    gemeld: frozenset[Month],
    starts: list[Melding],
    stops: list[Melding],
) -> Zorg:
    huidig = toewijzing.huidig
    return Zorg(
        nummer=huidig.nummer,
        client_id=huidig.client_id,
        categorie=huidig.categorie,
        productcode=huidig.productcode,
        leveringsvorm=huidig.leveringsvorm,
        ingangsdatum=huidig.ingangsdatum,
        einddatum=huidig.einddatum,
        kostprijs_cent=huidig.kostprijs_cent,
        gegeven_op=toewijzing.gegeven.time,
        maanden=tuple(_gebruiksmaand(maand, uses) for maand, uses in sorted(passend.items())),
        starts=tuple(start.datum for start in starts),
        stop=deciding_stop(starts, stops),
        gemeld=gemeld,
        verwijderd=huidig.verwijderd,
        stop_voor_start=ends_before_it_begins(starts, stops, huidig.ingangsdatum),
    )


def _gebruiksmaand(maand: Month, uses: list[Event]) -> Gebruiksmaand:
    eerste = min((use["data"]["begindatum"], use["data"]["einddatum"]) for use in uses)
    return Gebruiksmaand(
        maand=maand,
        eerste_begin=eerste[0],
        eerste_eind=eerste[1],
        laatste_dag=max(use["data"]["einddatum"] for use in uses),
        vroegst=min(use["time"] for use in uses),
    )


def _recorded(event: Event) -> tuple[datetime, str, str]:
    return event["time"], event["source"], event["id"]


def _keep_first(known: dict[tuple[str, str], Event], key: tuple[str, str], event: Event) -> None:
    held = known.get(key)
    if held is None or precedes(event, held):
        known[key] = event


def precedes(event: Event, held: Event) -> bool:
    """Of two events that claim one key, the earliest recorded is the fact (then source, id, content)."""
    mine, its = _recorded(event), _recorded(held)
    return mine < its or (mine == its and canonical_data(event) < canonical_data(held))
