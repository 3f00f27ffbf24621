"""From events to facts: which of several that say the same thing is the one that counts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.days import days_of_use, local_month, month_of
from tests.oracle.envelope import Event, canonical
from tests.oracle.shapes import instant


@dataclass(frozen=True, eq=False)
class Version:
    """One version of a toewijzing, as one event gave it."""

    nummer: int
    op: datetime
    client: str
    terms: dict[str, Any]
    removal: bool
    event: Event


@dataclass(frozen=True, eq=False)
class Facts:
    """All that the rule looks at."""

    events: list[Event]
    clients: dict[str, dict[str, Any]]
    huishoudens: dict[str, dict[str, Any]]
    vrijstellingen: list[dict[str, Any]]
    given: dict[int, list[Version]]
    versions: dict[int, list[Version]]
    uses: dict[int, list[Event]]
    withdrawn: set[tuple[str, str]]
    starts: dict[int, list[Event]]
    stops: dict[int, list[Event]]


def gather(events: list[Event]) -> Facts:
    """The facts among events of which the faulty are already left out."""
    vrijstellingen = latest_states(events, "vrijstelling-vastgesteld", "vrijstellingId")
    given = all_given(events)
    return Facts(
        events=events,
        clients=latest_states(events, "client-vastgesteld", "clientId"),
        huishoudens=latest_states(events, "huishouden-vastgesteld", "huishoudenId"),
        vrijstellingen=[one for one in vrijstellingen.values() if not one["vervallen"]],
        given=given,
        versions={nummer: known_versions(versions) for nummer, versions in given.items()},
        uses=by_toewijzing(the_uses(events)),
        withdrawn=taken_back(events),
        starts=by_toewijzing(one_per_event(events, "zorg-gestart")),
        stops=by_toewijzing(one_per_event(events, "zorg-gestopt")),
    )


def latest_states(events: list[Event], kind: str, key: str) -> dict[str, dict[str, Any]]:
    """`the highest [versie] wins, whatever the order of arrival (a tie: later time, then higher source and id, then
    canonical data`.
    """
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind == kind:
            found[event.data[key].lower()].append(event)
    return {
        name: max(states, key=lambda one: (one.data["versie"], one.rank)).data
        for name, states in found.items()
    }


def all_given(events: list[Event]) -> dict[int, list[Version]]:
    """`A toewijzing has toegewezenOp for that, over both event types that carry one`."""
    found: dict[int, list[Version]] = defaultdict(list)
    for event in events:
        for terms in toewijzingen_in(event):
            nummer, op = terms["toewijzingNummer"], instant(terms["toegewezenOp"])
            removal = is_removal(event)
            found[nummer].append(Version(nummer, op, event.data["clientId"].lower(), terms, removal, event))
    return dict(found)


def toewijzingen_in(event: Event) -> list[dict[str, Any]]:
    """`toewijzingen [Toewijzing]` or `toewijzing (Toewijzing …)`."""
    if event.kind == "indicatie-afgegeven":
        return list(event.data["toewijzingen"])
    return [event.data["toewijzing"]] if event.kind == "toewijzing-gewijzigd" else []


def is_removal(event: Event) -> bool:
    """`reden (iWmo RedenWijziging; 13 = verwijderd`."""
    return event.kind == "toewijzing-gewijzigd" and event.data["reden"] == "13"


def known_versions(given: list[Version]) -> list[Version]:
    """`toewijzingNummer, toegewezenOp` is the key; of equals the later event is the version, the other is none."""
    return [
        max((one for one in given if one.op == op), key=lambda one: (one.event.rank, canonical(one.terms)))
        for op in {one.op for one in given}
    ]


def the_uses(events: list[Event]) -> list[Event]:
    """`Of several gebruik-geregistreerd with one aanbieder+referentieNummer the one with the earliest time (then lowest
    source, id, canonical data) is the use; the others never count`.
    """
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        if event.kind == "gebruik-geregistreerd":
            found[event.data["aanbieder"], event.data["referentieNummer"]].append(event)
    return [min(same, key=lambda one: one.rank) for same in found.values()]


def taken_back(events: list[Event]) -> set[tuple[str, str]]:
    """`a withdrawal's own number plays no part. A withdrawal by the same aanbieder works whenever it arrives, for good`."""
    withdrawals = [event.data for event in events if event.kind == "gebruik-ingetrokken"]
    return {(one["aanbieder"], one["vorigReferentieNummer"]) for one in withdrawals}


def one_per_event(events: list[Event], kind: str) -> list[Event]:
    """`Natural key: the event itself (source, id)`; of several contents the earliest, then the lowest, is the fact."""
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        if event.kind == kind:
            found[event.source, event.id].append(event)
    return [min(same, key=lambda one: (one.time, one.canonical)) for same in found.values()]


def by_toewijzing(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Events by the toewijzing that they name."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        found[event.data["toewijzingNummer"]].append(event)
    return dict(found)


def latest_month(events: list[Event]) -> int | None:
    """`the latest month in which the time or a day of use of a not-refused event lies`."""
    months = [local_month(event.time) for event in events]
    uses = [event for event in events if event.kind == "gebruik-geregistreerd"]
    months += [month_of(days_of_use(use)[-1]) for use in uses]
    return max(months, default=None)
