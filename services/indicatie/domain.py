"""The rules of decisions, toewijzingen and plans: all that is wrong at once, and what becomes of what is right."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from shared.contracts.indicatie import Toewijzing
from shared.kalender import midnight
from shared.refused import Fout

Besluit = Literal["toegekend", "deels", "afgewezen"]
AFGEWEZEN, PGB, WEEK, VERWIJDERD = "afgewezen", "pgb", "2", "13"
BOUGHT = frozenset({"12", "13", "14"})
"""Categories of things that are bought, and so have a kostprijs (Uitvoeringsbesluit Wmo 2015, art. 3.10b)."""
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Aanvraag:
    """What a client applied for: since when, until when it must be decided, and what was decided, if anything.

    `traceparent` is the trace of the melding it goes back to, here and below; None where intake has erased it.
    """

    aanvraag_id: str
    client_id: UUID
    datum: date
    uiterlijk: date
    besluit: Besluit | None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """How a toewijzing stands, whose it is, and by which reden it came so (None: as it was first given)."""

    client_id: UUID
    toewijzing: Toewijzing
    reden: str | None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A support plan as it is now: its date, its number of goals, and the versie under which it was told."""

    plan_id: UUID
    client_id: UUID
    versie: int
    datum: date
    doelen: int
    traceparent: str | None = None


def in_future(veld: str, day: date, today: date) -> list[Fout]:
    """What has been done was done today or before."""
    return [Fout(veld, "Deze datum ligt in de toekomst.")] if day > today else []


def faults_of_besluit(
    aanvraag: Aanvraag | None,
    besluit: Besluit,
    besluitdatum: date,
    toewijzingen: Sequence[Mapping[str, Any]],
    today: date,
) -> list[Fout]:
    """Everything for which this decision may not be taken (Wmo 2.3.5). Toewijzingen by the names of the contract."""
    found = in_future("besluitdatum", besluitdatum, today)
    if aanvraag is None:
        found.append(_unknown_aanvraag())
    elif besluitdatum < aanvraag.datum:
        found.append(Fout("besluitdatum", "Het besluit ligt voor de aanvraag."))
    if (besluit == AFGEWEZEN) != (not toewijzingen):
        uitleg = "Wie iets toekent, geeft toewijzingen; wie afwijst, geeft er geen."
        found.append(Fout("toewijzingen", uitleg))
    times = Counter(toewijzing.get("toewijzing_nummer") for toewijzing in toewijzingen)
    for place, toewijzing in enumerate(toewijzingen):
        found += faults_of_toewijzing(toewijzing, f"toewijzingen.{place}.")
        nummer = toewijzing.get("toewijzing_nummer")
        if nummer is not None and times[nummer] > 1:
            uitleg = "Dit nummer staat hier meer dan een keer."
            found.append(Fout(f"toewijzingen.{place}.toewijzingNummer", uitleg))
    return found


def faults_of_toewijzing(toewijzing: Mapping[str, Any], place: str = "") -> list[Fout]:
    """Everything for which these terms cannot stand together; `place` goes before the name of a field."""
    is_pgb, has_aanbieder = toewijzing["leveringsvorm"] == PGB, "aanbieder" in toewijzing
    einddatum, omvang = toewijzing.get("einddatum"), toewijzing.get("omvang")
    found: list[Fout] = []
    if is_pgb and has_aanbieder:
        found.append(Fout(f"{place}aanbieder", "Bij een pgb hoort geen aanbieder."))
    if not is_pgb and not has_aanbieder:
        found.append(Fout(f"{place}aanbieder", "Bij zorg in natura is een aanbieder nodig."))
    if einddatum and einddatum < toewijzing["ingangsdatum"]:
        found.append(Fout(f"{place}einddatum", "De laatste dag ligt voor de eerste."))
    if omvang and omvang["frequentie"] == WEEK and not einddatum:
        found.append(Fout(f"{place}einddatum", "Bij een omvang per week is een einddatum nodig."))
    if omvang and omvang["volume"] <= 0:
        found.append(Fout(f"{place}omvang.volume", "Dit moet meer zijn dan 0."))
    if "kostprijs_cent" in toewijzing and toewijzing["productcategorie"] not in BOUGHT:
        uitleg = "Een kostprijs past alleen bij categorie 12, 13 of 14."
        found.append(Fout(f"{place}kostprijsCent", uitleg))
    return found


def give(terms: Mapping[str, Any], nummer: int, besluitdatum: date) -> Toewijzing:
    """The first state of a toewijzing: decided as the local day of its besluit began."""
    first = {**terms, "toewijzing_nummer": nummer, "toegewezen_op": midnight(besluitdatum)}
    return cast("Toewijzing", first)


def change(state: State, changes: Mapping[str, Any], datum: date) -> Toewijzing:
    """The next state, decided on `datum` and later than the one before (iWmo IV013).

    None takes away a field that may be absent; of any other it changes nothing.
    """
    before = state.toewijzing
    toegewezen_op = max(before["toegewezen_op"] + MILLISECOND, midnight(datum))
    gone = {name for name, value in changes.items() if value is None}
    kept = {name: value for name, value in before.items() if name not in gone & Toewijzing.__optional_keys__}
    given = {name: value for name, value in changes.items() if value is not None}
    return cast("Toewijzing", {**kept, **given, "toegewezen_op": toegewezen_op})


def faults_of_wijziging(state: State, after: Toewijzing, reden: str, datum: date, today: date) -> list[Fout]:
    """Everything for which a toewijzing may not become `after`; a second submit of the same is such a thing."""
    found = in_future("datum", datum, today) + faults_of_toewijzing(after)
    same = _terms(state.toewijzing) == _terms(after)
    if reden == VERWIJDERD and not same:
        found.append(Fout("reden", "Wie verwijdert (13), wijzigt verder niets."))
    if same and (reden == VERWIJDERD) == (state.reden == VERWIJDERD):
        uitleg = "Deze wijziging verandert niets: zo staat de toewijzing al vast."
        found.append(Fout("toewijzingNummer", uitleg))
    return found


def _terms(toewijzing: Toewijzing) -> dict[str, Any]:
    return {name: value for name, value in toewijzing.items() if name != "toegewezen_op"}


def faults_of_plan(aanvraag: Aanvraag | None, datum: date, today: date) -> list[Fout]:
    """Everything for which there may be no plan: it carries out what was granted."""
    found = in_future("datum", datum, today)
    if aanvraag is None:
        found.append(_unknown_aanvraag())
    elif aanvraag.besluit is None:
        found.append(
            Fout("aanvraagId", "Op deze aanvraag is nog niet beslist; een plan volgt op het besluit.")
        )
    elif aanvraag.besluit == AFGEWEZEN:
        found.append(Fout("aanvraagId", "Deze aanvraag is afgewezen; daar hoort geen plan bij."))
    elif datum < aanvraag.datum:
        found.append(Fout("datum", "Deze dag ligt voor die van de aanvraag."))
    return found


def count_acties(doelen: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many actions there are on each rung of support."""
    return Counter(actie["soort"] for doel in doelen for actie in doel["acties"])


def faults_of_evaluatie(
    plan: Plan | None, behaald: Mapping[str, int], datum: date, today: date
) -> list[Fout]:
    """Everything for which an evaluation cannot be of this plan."""
    found = in_future("datum", datum, today)
    if plan is None:
        return [*found, Fout("planId", "Dit plan is hier niet bekend.")]
    if datum < plan.datum:
        found.append(Fout("datum", "De evaluatie ligt voor het plan."))
    if sum(behaald.values()) > plan.doelen:
        found.append(Fout("behaald", f"Dit zijn meer doelen dan het plan er heeft ({plan.doelen})."))
    return found


def _unknown_aanvraag() -> Fout:
    uitleg = "Deze aanvraag is hier niet bekend. Misschien is zij nog onderweg; probeer het zo opnieuw."
    return Fout("aanvraagId", uitleg)
