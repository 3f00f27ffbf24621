"""What is true of a played city: which household owes which month, and what providers must be told.

Worked out from the plan alone, month by month and by plain counting, so that a fault in the services shows.
The articles are those of the Wmo 2015 and the Uitvoeringsbesluit Wmo 2015 (ub).
"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from shared.kalender import DAY, Month, first_day, format_month, local_month, month_of
from simulation.messages import records
from simulation.values import AIDS, PGB, Circle, City, Exemption, Home, Zorg

TARIEF_CENT = {2020: 1900, 2021: 1900, 2022: 1900, 2023: 1900, 2024: 2060, 2025: 2100, 2026: 2180}
"""What a household owes for a month of a year, in cents (Wmo 2.1.4a(4)); of another year it is undetermined."""
NOT_DUE = (month_of(date(2020, 4, 1)), month_of(date(2020, 5, 1)))
"""Months in which nobody owed (ub 3.8(3)i)."""
FREE = ("11", "15", "16", "17", "18")
"""Kinds of care that never bear this contribution: wheelchairs, and what has a regime of its own (ub 3.8)."""
OORDELEN = ("geaccepteerd", "dubbel", "afgewezen", "inAfwachting")
ADULT_YEARS, AOW_YEARS = 18, 67
RECORDING_MONTHS = 12
"""How long after a month its care may still be recorded (ub 3.5(4))."""


def owed(city: City, horizon: Month | None = None) -> dict[tuple[str, str], int]:
    """Cents that each household owes for each month, by huishoudenId and `YYYY-MM`; what owes nothing is not in it.

    Up to and including `horizon`, the month in which it is asked and in which intake and indicatie told all they had
    to tell: that of the city's clock, or a later one.
    """
    now = local_month(city.clock) if horizon is None else horizon
    return {
        (str(huishouden), format_month(month)): tarief(month)
        for circle in city.circles
        for huishouden, month in _Household(circle, now).charged()
        if tarief(month)
    }


def tarief(month: Month) -> int:
    """The cents of a month; 0 where it has none, or is not due."""
    return 0 if month in NOT_DUE else TARIEF_CENT.get(month // 12, 0)


class _Household:
    """The households of one circle, through the months."""

    def __init__(self, circle: Circle, now: Month) -> None:
        self.circle, self.now = circle, now
        self.zorg = [zorg for zorg in circle.zorg if bears_bijdrage(zorg)]
        self.who = {person.client_id: circle.person(person.client_id) for person in circle.people}
        self.paying_off: set[tuple[UUID, Month]] = set()

    def charged(self) -> Iterator[tuple[UUID, Month]]:
        """Every household and month that owes, in the order of time."""
        begin = min((month_of(zorg.first) for zorg in self.zorg), default=self.now)
        for month in map(Month, range(begin, self.now + 1)):
            due: dict[UUID, list[Zorg]] = {}
            for zorg in self.zorg:
                home = self._home(zorg, month)
                if home and self._due(zorg, month):
                    free = list(self._free(home, zorg, month))
                    if all(exemption and exemption.pays_off for exemption in free):
                        self.paying_off.add((home.huishouden_id, month))
                    if not free:
                        due.setdefault(home.huishouden_id, []).append(zorg)
            yield from ((home, month) for home, zorg in due.items() if not self._paid_off(zorg, month))

    def _home(self, zorg: Zorg, month: Month) -> Home | None:
        """Where the client lives on the first of a month: of several, the one since latest."""
        who, day = self.who[zorg.client_id], first_day(month)
        homes = [home for home in self.circle.homes if home.on(day) and who in map(self.who.get, home.leden)]
        return max(homes, key=lambda home: home.van, default=None)

    def _due(self, zorg: Zorg, month: Month) -> bool:
        """Whether care is used, has begun, and was recorded in time (Wmo 2.1.4a(2), ub 3.5(4))."""
        recorded = self._recorded(zorg, month)
        if recorded is None or recorded > month + RECORDING_MONTHS:
            return False
        begin = self._begin(zorg)
        return month > month_of(begin) or begin == first_day(month)

    def _recorded(self, zorg: Zorg, month: Month) -> Month | None:
        """In which month it was recorded that care is used in `month`; None where it is not used then."""
        if zorg.given.leveringsvorm != PGB and zorg.given.categorie not in AIDS:
            uses = [use for use in zorg.uses if month_of(use.begin) == month]
            return local_month(min(use.declared for use in uses)) if uses else None
        if not month_of(zorg.first) <= month <= month_of(zorg.last or date.max):
            return None
        if zorg.given.leveringsvorm == PGB:
            return self.now
        return local_month(min(use.declared for use in zorg.uses)) if zorg.uses else None

    def _begin(self, zorg: Zorg) -> date:
        """The first day of all care of this client that goes on without a day between."""
        own = [other for other in self.zorg if self.who[other.client_id] is self.who[zorg.client_id]]
        own = [other for other in own if other.uses or other.given.leveringsvorm == PGB]
        begin = zorg.first
        while before := [
            o.first for o in own if o.first < begin and (o.last or date.max - DAY) + DAY >= begin
        ]:
            begin = min(before)
        return begin

    def _free(self, home: Home, zorg: Zorg, month: Month) -> Iterator[Exemption | None]:
        """What frees this care in a month: by law (None; ub 3.8(3)e,f), or by a vrijstelling."""
        who, day = self.who[zorg.client_id], first_day(month)
        members = [self.who[client_id] for client_id in home.leden]
        if day < birthday(who.born, ADULT_YEARS):
            yield None
        if len(members) > 1 and any(day < birthday(member.born, AOW_YEARS) for member in members):
            yield None
        for one in self.circle.exemptions:
            if not one.withdrawn and one.van <= month and (one.tot is None or month <= one.tot):
                given_to = one.client_id and self.who[one.client_id]
                if (
                    one.huishouden_id == home.huishouden_id
                    or given_to is who
                    or (one.for_all and given_to in members)
                ):
                    yield one

    def _paid_off(self, due: list[Zorg], month: Month) -> bool:
        """Whether less than a month is left of what the one thing that is followed cost (Wmo 2.1.4a(6), ub 3.10b)."""
        if any(zorg.given.kostprijs_cent is None for zorg in due):
            return False
        followed = min(due, key=lambda zorg: (-(zorg.given.kostprijs_cent or 0), zorg.nummer))
        left = followed.given.kostprijs_cent or 0
        for before in map(Month, range(month_of(followed.first), month)):
            home = self._home(followed, before)
            if home and (home.huishouden_id, before) in self.paying_off:
                left -= tarief(before)
        return tarief(month) > left


def bears_bijdrage(zorg: Zorg) -> bool:
    """Whether care of this kind, if it was not given by mistake, is care for which a household owes."""
    return not zorg.removed and zorg.given.categorie not in FREE and not zorg.given.categorie.startswith("J")


def birthday(born: date, years: int) -> date:
    """The day on which someone reaches an age. AOW begins at 67 for all born from 1958 on; who was born before is older."""
    return born.replace(year=born.year + years)


def expected_verdicts(city: City) -> dict[str, int]:
    """How many records of providers there are (`ontvangen`), and how many get each verdict in the end."""
    told = [record.oordeel for found in records(city).values() for record in found]
    return {"ontvangen": len(told)} | {oordeel: told.count(oordeel) for oordeel in OORDELEN}
