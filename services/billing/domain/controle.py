"""What must hold of billing's tables, whatever was received."""

from collections.abc import Iterable, Mapping, Sequence

from services.billing.domain.keten import Afwijking, Breuk
from shared.controle import RESTORE, Controle, controle
from shared.kalender import Month, format_month


def of_verdicts(judged: Sequence[tuple[str, int, int]], unjudged: Mapping[str, int]) -> Controle:
    """Promise 3. `judged`: provider, verdicts, verdicts after the position; `unjudged`: by provider a place without one."""
    faults = [
        f"Van aanbieder {agb} heeft het bericht op plaats {place} geen oordeel."
        for agb, place in unjudged.items()
    ]
    faults += [
        f"Van aanbieder {agb} staan {beyond} oordelen voorbij de positie."
        for agb, _, beyond in judged
        if beyond
    ]
    total = sum(verdicts for _, verdicts, _ in judged)
    return controle(
        "oordelen", faults, f"{total} berichten van {len(judged)} aanbieders hebben elk een oordeel.", RESTORE
    )


def of_ledger(
    months: Iterable[tuple[Month, int, int, int, int, int]], tarief_cent: Mapping[Month, int]
) -> Controle:
    """Promises 1 and 4: each month a chain that begins with one charge; never below nothing, or above the tariff."""
    faults, lines = [], 0
    for maand, count, broken, misplaced, least_cent, most_cent in months:
        lines += count
        where = f"In het grootboek van {format_month(maand)}"
        if broken:
            faults.append(f"{where} volgen {broken} totalen niet uit de regels ervoor.")
        if misplaced:
            faults.append(f"{where} begint een huishouden niet met precies een bijdrage.")
        if least_cent < 0 or most_cent > tarief_cent.get(maand, 0):
            faults.append(f"{where} staat een totaal onder nul of boven het tarief.")
    return controle(
        "grootboek",
        faults,
        f"{lines} regels kloppen met elkaar.",
        f"Iemand heeft het grootboek gewijzigd. {RESTORE}",
    )


def of_chains(breuken: Iterable[Breuk | Afwijking], links: int, astray: int) -> Controle:
    """Promise 4: definitive lines, statements and closed months are as they were when they became so.

    And each line stands on one statement, or waits for a person: `astray` do not.
    """
    lost = (
        [f"{astray} definitieve regels staan niet op precies een overzicht of de werklijst."]
        if astray
        else []
    )
    return controle(
        "keten",
        [*(breuk.uitleg for breuk in breuken), *lost],
        f"{links} definitieve regels en overzichten staan er zoals zij definitief werden.",
        "Iemand heeft definitieve regels of overzichten gewijzigd. Zet een back-up van de database terug.",
    )
