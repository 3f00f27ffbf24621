"""Which events are behind the care of a month: by its grondslag its uses, the first of them, or what gave it."""

from collections.abc import Iterable, Mapping

from services.billing.domain.bijdrage import RECORDING_MONTHS
from services.billing.domain.feiten import Zorg
from services.billing.domain.lagen import Lagen
from services.billing.store import bijdrage as ledger
from services.billing.store.bijdrage import Cause
from shared import db
from shared.kalender import Month, first_day, midnight


async def causes(
    tx: db.Connection,
    care: Iterable[tuple[Month, Iterable[Zorg]]],
    given_by: Mapping[int, str],
    lagen: Lagen,
) -> dict[tuple[int, Month], Iterable[str]]:
    """The ids of the events behind the care of these months, by toewijzing and month; `given_by`: what gave each."""
    by_use, by_first, found = [], set(), dict[tuple[int, Month], Iterable[str]]()
    for maand, zorgen in care:
        regels = lagen.of(maand)
        for zorg in zorgen:
            match regels.grondslag(zorg.categorie, zorg.leveringsvorm):
                case "gebruik":
                    late = first_day(Month(maand + RECORDING_MONTHS + 1))
                    by_use.append(Cause(zorg.nummer, maand, midnight(late)))
                case "levering":
                    by_first.add((zorg.nummer, maand))
                case "beschikking":
                    found[zorg.nummer, maand] = [given_by[zorg.nummer]]
    found |= await ledger.use_ids(tx, by_use)
    firsts = await ledger.first_use_ids(tx, {nummer for nummer, _ in by_first}) if by_first else {}
    return found | {(nummer, maand): [firsts[nummer]] for nummer, maand in by_first}
