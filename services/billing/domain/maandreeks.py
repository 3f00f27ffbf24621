"""Sets of months, and who lives where in which month: sorted ranges, looked up by halving.

Ranges rather than single months keep the rule linear in the number of facts, however long they last.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from itertools import pairwise
from uuid import UUID

from services.billing.domain.feiten import Lidmaatschap
from shared.kalender import Month, month_of

MONTH_MAX = Month(9999 * 12)
Range = tuple[Month, Month]


def first_month_from(day: date) -> Month:
    """The first month whose first day is not before `day`."""
    month = month_of(day)
    return month if day.day == 1 else Month(month + 1)


@dataclass(frozen=True, slots=True)
class Maandreeks:
    """A set of months, as ranges that neither overlap nor touch."""

    starts: tuple[Month, ...] = ()
    ends: tuple[Month, ...] = ()

    def __contains__(self, month: Month) -> bool:
        index = bisect_right(self.starts, month) - 1
        return index >= 0 and month <= self.ends[index]

    def within(self, first: Month, last: Month) -> Iterator[Range]:
        """The ranges, as far as they lie in these months (both inclusive)."""
        index = bisect_left(self.ends, first)
        while index < len(self.starts) and self.starts[index] <= last:
            yield max(self.starts[index], first), min(self.ends[index], last)
            index += 1

    @staticmethod
    def of(ranges: Iterable[Range]) -> "Maandreeks":
        """The months of all ranges together (both ends inclusive)."""
        merged: list[list[Month]] = []
        for start, end in sorted(pair for pair in ranges if pair[0] <= pair[1]):
            if merged and start <= merged[-1][1] + 1:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        return Maandreeks(tuple(pair[0] for pair in merged), tuple(pair[1] for pair in merged))


@dataclass(frozen=True, slots=True)
class Woonreeks:
    """To which household one client belongs on the first day of each month."""

    starts: tuple[Month, ...]
    ends: tuple[Month, ...]
    huishoudens: tuple[UUID, ...]

    def at(self, month: Month) -> UUID | None:
        """The household on the first day of `month`, or None."""
        index = bisect_right(self.starts, month) - 1
        return self.huishoudens[index] if index >= 0 and month <= self.ends[index] else None

    def during(self, months: Maandreeks) -> Iterator[tuple[UUID, Range]]:
        """Every household in which the client is in some of these months, with those months."""
        for start, end, huishouden in zip(self.starts, self.ends, self.huishoudens, strict=True):
            for together in months.within(start, end):
                yield huishouden, together

    @staticmethod
    def of(lidmaatschappen: Iterable[Lidmaatschap]) -> "Woonreeks":
        """A client belongs to the period with the latest `van`, then the lowest huishouden_id."""
        return _sweep(sorted(_month_period(lid) for lid in lidmaatschappen))


NOWHERE = Woonreeks((), (), ())


def woonreeksen(lidmaatschappen: Iterable[Lidmaatschap], eind: Mapping[UUID, UUID]) -> dict[UUID, Woonreeks]:
    """Where each client lives; `eind` says into whom clients were merged, and with whom their periods count."""
    per_client = defaultdict(list)
    for lid in lidmaatschappen:
        per_client[eind.get(lid.client_id, lid.client_id)].append(lid)
    return {client: Woonreeks.of(leden) for client, leden in per_client.items()}


_Period = tuple[Month, Month, int, UUID]


def _month_period(lid: Lidmaatschap) -> _Period:
    last = month_of(lid.tot) if lid.tot else MONTH_MAX
    return first_month_from(lid.van), last, -lid.van.toordinal(), lid.huishouden_id


def _sweep(periods: list[_Period]) -> Woonreeks:
    borders = sorted({p[0] for p in periods} | {Month(p[1] + 1) for p in periods})
    active: list[tuple[int, UUID, Month]] = []
    rows: list[tuple[Month, Month, UUID]] = []
    upcoming = iter([*periods, None])
    period = next(upcoming)
    for border, following in pairwise(borders):
        while period is not None and period[0] <= border:
            heappush(active, (period[2], period[3], period[1]))
            period = next(upcoming)
        while active and active[0][2] < border:
            heappop(active)
        if active:
            rows.append((border, Month(following - 1), active[0][1]))
    return Woonreeks(tuple(r[0] for r in rows), tuple(r[1] for r in rows), tuple(r[2] for r in rows))


def eindpunten(opgegaan_in: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Every merged client followed to the end; in a circle, to the lowest client id in it."""
    ends: dict[UUID, UUID] = {}
    for client in opgegaan_in:
        path: dict[UUID, None] = {}
        step = client
        while step not in ends and step not in path and step in opgegaan_in:
            path[step] = None
            step = opgegaan_in[step]
        if step in path:
            circle = list(path)[list(path).index(step) :]
            end = min(circle)
        else:
            end = ends.get(step, step)
        ends.update(dict.fromkeys(path, end))
    return ends
