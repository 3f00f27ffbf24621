"""The first half of the contribution rule, sentence by sentence: whose care it is, and when it is in use.

Slow, naive, and meant to be right at sight: spans are plain sets of days.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from tests.oracle.days import day_number, days_of_month, days_of_use, month_of
from tests.oracle.envelope import Event
from tests.oracle.facts import Facts, Version

HULPMIDDELEN = ("12", "13", "14")

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="Care")


def remembered(
    method: Callable[Concatenate[C, P], R],
) -> Callable[Concatenate[C, P], R]:
    """Ask once: the facts do not change while one answer is worked out."""

    @wraps(method)
    def ask(rule: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
        question: Hashable = (method.__name__, args)
        if question not in rule.memory:
            rule.memory[question] = method(rule, *args, **kwargs)
        answer: R = rule.memory[question]
        return answer

    return ask


class Care:
    """What the facts say about every household and month up to the horizon."""

    def __init__(self, facts: Facts, horizon: int, tariefs: Mapping[str, int | None]) -> None:
        self.facts = facts
        self.horizon = horizon
        self.tariefs = tariefs
        self.memory: dict[Hashable, Any] = {}

    # The client and the household.

    @remembered
    def merged(self, client: str) -> str:
        """`A merged client is followed to the end (in a circle: the lowest clientId)`."""
        path = [client]
        while into := self.facts.clients.get(path[-1], {}).get("opgegaanIn"):
            if into.lower() in path:
                return min(path[path.index(into.lower()) :])
            path.append(into.lower())
        return path[-1]

    @remembered
    def household(self, client: str, month: int) -> str | None:
        """`A client belongs, on a day, to the huishouden whose period with the latest van (then lowest huishoudenId) names
        him; in none, nobody is charged`; the day is the first of the month.
        """
        today = days_of_month(month)[0]
        found = [
            (-day_number(period["van"]), huishouden)
            for huishouden, state in self.facts.huishoudens.items()
            for period in state["perioden"]
            if day_number(period["van"]) <= today
            and (not period.get("tot") or today <= day_number(period["tot"]))
            if client in {self.merged(lid.lower()) for lid in period["leden"]}
        ]
        return min(found)[1] if found else None

    # The toewijzing.

    @remembered
    def current(self, nummer: int) -> Version:
        """`Toewijzing: toewijzingNummer, toegewezenOp`: the highest moment is the current version."""
        return max(self.facts.versions[nummer], key=lambda version: version.op)

    def client(self, nummer: int) -> str:
        """`The current version decides everything else`, and `toewijzingen … pass over` to the client it merged into."""
        return self.merged(self.current(nummer).client)

    def categorie(self, nummer: int) -> str:
        """The productcategorie of the current version."""
        return str(self.current(nummer).terms["productcategorie"])

    def kostprijs(self, nummer: int) -> int | None:
        """The kostprijsCent of the current version."""
        found: int | None = self.current(nummer).terms.get("kostprijsCent")
        return found

    def grondslag(self, nummer: int) -> str:
        """`beschikking (every pgb)`, `levering (categories 12 13 14)`, `gebruik (services)`."""
        if self.current(nummer).terms["leveringsvorm"] == "pgb":
            return "beschikking"
        return "levering" if self.categorie(nummer) in HULPMIDDELEN else "gebruik"

    def not_removals(self, nummer: int) -> list[Version]:
        """`some known version (not a removal)`."""
        return [version for version in self.facts.versions.get(nummer, []) if not version.removal]

    def has_provider(self, nummer: int, aanbieder: str) -> bool:
        """`some known version (not a removal) of its toewijzing has its aanbieder`."""
        return any(version.terms.get("aanbieder") == aanbieder for version in self.not_removals(nummer))

    # Use, start and stop.

    def fits(self, use: Event) -> bool:
        """`A use fits if its toewijzing is known and not removed, it is not taken back, … and some known version of the
        toewijzing (not a removal) has its aanbieder and productcategorie and contains its days`.
        """
        nummer = use.data["toewijzingNummer"]
        if nummer not in self.facts.versions or self.current(nummer).removal:
            return False
        if (use.data["aanbieder"], use.data["referentieNummer"]) in self.facts.withdrawn:
            return False
        return any(self.allows(version, use) for version in self.not_removals(nummer))

    def allows(self, version: Version, use: Event) -> bool:
        """One version `has its aanbieder and productcategorie and contains its days`."""
        same = all(version.terms.get(name) == use.data[name] for name in ("aanbieder", "productcategorie"))
        eind = version.terms.get("einddatum")
        return same and all(
            day_number(version.terms["ingangsdatum"]) <= day and (not eind or day <= day_number(eind))
            for day in days_of_use(use)
        )

    @remembered
    def fitting_uses(self, nummer: int) -> list[Event]:
        """Every use of a toewijzing that fits."""
        return [use for use in self.facts.uses.get(nummer, []) if self.fits(use)]

    def uses_in(self, nummer: int, month: int) -> list[Event]:
        """`a use that fits has a day in M`: those uses."""
        return [use for use in self.fitting_uses(nummer) if month_of(days_of_use(use)[0]) == month]

    def standing(self, reports: list[Event], field: str, nummer: int) -> list[Event]:
        """`A start or stop counts only if some known version … has its aanbieder. First a vervallen strikes every start
        (stop) of that aanbieder, toewijzing and date whose time is not later than its own`.
        """
        counting = [one for one in reports if self.has_provider(nummer, one.data["aanbieder"])]
        strikes = [one for one in counting if one.data.get("vervallen")]
        return [
            one
            for one in counting
            if not one.data.get("vervallen")
            and not any(
                strike.data["aanbieder"] == one.data["aanbieder"]
                and strike.data[field] == one.data[field]
                and one.time <= strike.time
                for strike in strikes
            )
        ]

    @remembered
    def starts(self, nummer: int) -> list[int]:
        """The days of the starts that are left."""
        left = self.standing(self.facts.starts.get(nummer, []), "begindatum", nummer)
        return [day_number(one.data["begindatum"]) for one in left]

    @remembered
    def stop(self, nummer: int) -> int | None:
        """`of the stops left the one with the latest time (then higher source, id) decides; if it has reden 20, or a start
        left of that toewijzing begins after it, there is no stop`.
        """
        left = self.standing(self.facts.stops.get(nummer, []), "einddatum", nummer)
        if not left:
            return None
        decides = max(left, key=lambda one: (one.time, one.source, one.id))
        day = day_number(decides.data["einddatum"])
        restarted = any(start > day for start in self.starts(nummer))
        return None if decides.data["reden"] == "20" or restarted else day

    # 1. In use in M.

    @remembered
    def first_day_of_care(self, nummer: int) -> int | None:
        """`the earliest zorg-gestart inside the period of the toewijzing's first fitting use (earliest begindatum, then
        einddatum), else that period's first day`; `beschikking (every pgb): the same, from ingangsdatum`.
        """
        if self.grondslag(nummer) == "beschikking":
            version = self.current(nummer)
            return None if version.removal else day_number(version.terms["ingangsdatum"])
        uses = self.fitting_uses(nummer)
        if not uses:
            return None
        period = days_of_use(min(uses, key=lambda use: (use.data["begindatum"], use.data["einddatum"])))
        return min((start for start in self.starts(nummer) if start in period), default=period[0])

    @remembered
    def end(self, nummer: int) -> int | None:
        """`End: the stop, else einddatum, else open; the day before uitgeschrevenPer if that is earlier; never before the
        last fitting use`.
        """
        eind = self.current(nummer).terms.get("einddatum")
        end = self.stop(nummer)
        if end is None and eind:
            end = day_number(eind)
        uitgeschreven = self.facts.clients.get(self.client(nummer), {}).get("uitgeschrevenPer")
        if uitgeschreven:
            last = day_number(uitgeschreven) - 1
            end = last if end is None else min(end, last)
        last_uses = [days_of_use(use)[-1] for use in self.fitting_uses(nummer)]
        return None if end is None else max([end, *last_uses])

    @remembered
    def covered(self, nummer: int) -> frozenset[int]:
        """`the days from its first day of care (pgb: ingangsdatum) to its end`; none after the horizon, which are not
        judged and cannot change what comes before them.
        """
        first, end = self.first_day_of_care(nummer), self.end(nummer)
        last = days_of_month(self.horizon)[-1]
        if first is None:
            return frozenset()
        return frozenset(range(first, (last if end is None else min(end, last)) + 1))

    @remembered
    def in_use(self, nummer: int, month: int) -> bool:
        """`gebruik: a use that fits has a day in M. levering: M has a day from the first day of care up to the end.
        beschikking: the same, from ingangsdatum`.
        """
        if self.grondslag(nummer) == "gebruik":
            return bool(self.uses_in(nummer, month))
        return any(day in self.covered(nummer) for day in days_of_month(month))
