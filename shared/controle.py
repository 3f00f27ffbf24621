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


class Figures(NamedTuple):
    """What two services must have alike: uses that count, by themselves and as summed by month, and what is owed."""

    uses: int
    summed_uses: int
    charges: int
    charged_cent: int


def figures(of: Figures) -> Controle:
    """Whether the uses that count are those of the months; the figures, for who compares them."""
    faults = (
        []
        if of.uses == of.summed_uses
        else [f"Er tellen {of.uses} leveringen mee, maar de maanden noemen er {of.summed_uses}."]
    )
    cijfers = {"gebruik": of.uses, "bijdragen": of.charges, "bijdragenCent": of.charged_cent}
    return controle(
        "cijfers", faults, f"{of.uses} leveringen tellen mee; {of.charges} bijdragen.", RESTORE, cijfers
    )
