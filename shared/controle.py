"""What was checked of a service's database, and what came of it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Controle(NamedTuple):
    """One check: its name, whether all was right, and in Dutch what was wrong and what to do, or what was counted."""

    naam: str
    goed: bool
    uitleg: str
    cijfers: Mapping[str, int] = {}


FAULTS_SHOWN_MAX = 5
RESTORE = "Zet een back-up van de database terug: wat daarna kwam, leest de dienst zelf opnieuw."
"""What to do about tables that are wrong, in a service that reads everything from Kafka."""


def controle(
    naam: str, faults: Iterable[str], right: str, remedy: str, cijfers: Mapping[str, int] | None = None
) -> Controle:
    """The outcome of a check: the first of its faults and `remedy`, or what was `right`."""
    found = list(faults)
    shown = [
        *found[:FAULTS_SHOWN_MAX],
        *([f"En nog {len(found) - FAULTS_SHOWN_MAX}."] if found[FAULTS_SHOWN_MAX:] else []),
    ]
    return Controle(naam, not found, " ".join([*shown, remedy]) if found else right, cijfers or {})


def figures(uses: int, summed_uses: int, charges: int, charged_cent: int) -> Controle:
    """The uses that count, by themselves and as summed by month; these figures two services must have alike."""
    faults = (
        []
        if uses == summed_uses
        else [f"Er tellen {uses} leveringen mee, maar de maanden noemen er {summed_uses}."]
    )
    cijfers = {"gebruik": uses, "bijdragen": charges, "bijdragenCent": charged_cent}
    return controle(
        "cijfers", faults, f"{uses} leveringen tellen mee; {charges} bijdragen.", RESTORE, cijfers
    )
