"""What `wijkzorg bijdrage bereken` must print, worked out from the text of the contribution rule alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.oracle.care import HULPMIDDELEN, remembered
from tests.oracle.days import days_of_month, days_of_use, month_of, month_text
from tests.oracle.envelope import read_event
from tests.oracle.facts import gather, latest_month
from tests.oracle.rule import Rule

NOT_DUE = ("2020-04", "2020-05")
TARIEF_BY_YEAR = {2020: 1900, 2021: 1900, 2022: 1900, 2023: 1900, 2024: 2060, 2025: 2100, 2026: 2180}
TARIEFS: dict[str, int | None] = {
    f"{year}-{month:02}": 0 if f"{year}-{month:02}" in NOT_DUE else cents
    for year, cents in TARIEF_BY_YEAR.items()
    for month in range(1, 13)
}

Row = dict[str, Any]


def bereken(
    lines: Iterable[str | bytes],
    tot: str | None = None,
    uitleg: bool = False,
    tariefs: Mapping[str, int | None] | None = None,
) -> list[Row]:
    """One row per charged month; with uitleg also the months that had any care but no charge.

    `tariefs` says cents by month `YYYY-MM`: 0 is not due, None or absent is no row.
    """
    events = [event for event in map(read_event, lines) if event is not None]
    horizon = parse_month(tot) if tot else latest_month(events)
    if horizon is None:
        return []
    rule = Household(gather(events), horizon, TARIEFS if tariefs is None else tariefs)
    rows = [rule.row(household, month) for household, month in rule.with_any_care()]
    rows.sort(key=lambda row: (row["huishoudenId"], row["maand"]))
    return [row for row in rows if uitleg or "aanleiding" in row]


def parse_month(text: str) -> int:
    """The number of a month on the wire."""
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


class Household(Rule):
    """`A household owes one bijdrage for month M if and only if at least one care of one client, who is its member on the
    first day of M, satisfies 1-5, and 6 and 7 hold`.
    """

    def cares(self, month: int) -> list[int]:
        """`Any care: a use (also taken back or not fitting) with a day in M whose toewijzing is known, or a levering or pgb in
        use in M`: the toewijzingen of it.
        """
        return [
            nummer
            for nummer in self.facts.versions
            if self.in_use(nummer, month) or self.any_use(nummer, month)
        ]

    def any_use(self, nummer: int, month: int) -> bool:
        """`a use (also taken back or not fitting) with a day in M`."""
        return any(
            day in days_of_month(month) for use in self.facts.uses.get(nummer, []) for day in days_of_use(use)
        )

    def first_month(self) -> int:
        """Nothing can be owed before the first day of care or of use."""
        days = [min(self.covered(nummer)) for nummer in self.facts.versions if self.covered(nummer)]
        days += [days_of_use(use)[0] for uses in self.facts.uses.values() for use in uses]
        return min(map(month_of, days), default=self.horizon + 1)

    def with_any_care(self) -> list[tuple[str, int]]:
        """Every household and month, up to the horizon, that had any care."""
        return [
            (household, month)
            for month in range(self.first_month(), self.horizon + 1)
            for household in self.care_by_household(month)
        ]

    @remembered
    def care_by_household(self, month: int) -> dict[str, list[int]]:
        """The care of the members on the first day of the month; of a client in no household `nobody is charged`."""
        found: dict[str, list[int]] = defaultdict(list)
        for nummer in self.cares(month):
            household = self.household(self.client(nummer), month)
            if household is not None:
                found[household].append(nummer)
        return dict(found)

    def meets_1_to_4(self, nummer: int, month: int) -> bool:
        """`care that met 1-4`."""
        return self.first_failure_to_4(nummer, month) is None

    @remembered
    def first_failure_to_4(self, nummer: int, month: int) -> int | None:
        """`each fails at its first rule from 1`."""
        if not self.in_use(nummer, month):
            return 1
        if not self.counts(nummer):
            return 2
        if not self.begun(nummer, month):
            return 3
        return None if self.in_time(nummer, month) else 4

    def first_failure(self, household: str, nummer: int, month: int) -> int | None:
        """The first of the rules 1-5 that a care does not satisfy."""
        failure = self.first_failure_to_4(nummer, month)
        if failure is not None:
            return failure
        return 5 if self.exemptions(household, self.client(nummer), month) else None

    def row(self, household: str, month: int) -> Row:
        """The charge, or the highest of the rules at which any care of the household failed."""
        cares = self.care_by_household(month)[household]
        failures = {nummer: self.first_failure(household, nummer, month) for nummer in cares}
        owing = sorted(nummer for nummer, failure in failures.items() if failure is None)
        row: Row = {"huishoudenId": household, "maand": month_text(month), "bedragCent": 0}
        if not owing:
            return row | {"regel": max(failure for failure in failures.values() if failure)}
        tarief = self.tariefs.get(month_text(month))
        if not tarief:
            return row | {"bedragCent": tarief, "regel": 7}
        if self.paid_off(owing, month, tarief):
            return row | {"regel": 6}
        aanleiding = {event.id for nummer in owing for event in self.in_time(nummer, month)}
        return row | {"bedragCent": tarief, "aanleiding": sorted(aanleiding)}

    # 6. Not paid off.

    def paid_off(self, owing: list[int], month: int, tarief: int) -> bool:
        """`If all care that satisfies 1-5 in M is of category 12 13 14 and every such toewijzing has a kostprijsCent … M is
        charged only if its tariff is not more than what is left`.
        """
        kostprijzen = {nummer: self.kostprijs(nummer) for nummer in owing}
        if any(self.categorie(nummer) not in HULPMIDDELEN or kostprijzen[nummer] is None for nummer in owing):
            return False
        followed = self.followed(owing)
        left = (self.kostprijs(followed) or 0) - self.taken_off(followed, month)
        return tarief > left

    def followed(self, owing: list[int]) -> int:
        """`one is followed, the highest kostprijsCent, of equals the lowest number`."""
        return min(owing, key=lambda nummer: (-(self.kostprijs(nummer) or 0), nummer))

    def taken_off(self, followed: int, month: int) -> int:
        """`Every month before M, from that toewijzing's first month of care on, … takes that month's tariff off it (a month not
        due or without a row takes nothing)`.
        """
        first = self.first_day_of_care(followed)
        earlier = range(month if first is None else month_of(first), month)
        taking = [before for before in earlier if self.takes(followed, before)]
        return sum(self.tariefs.get(month_text(before)) or 0 for before in taking)

    def takes(self, followed: int, month: int) -> bool:
        """`in which the household its client then belonged to had care that met 1-4, and met 5 or failed it only by
        vrijstellingen with teltVoorKostprijs`.
        """
        household = self.household(self.client(followed), month)
        if household is None:
            return False
        return any(
            self.meets_1_to_4(nummer, month)
            and all(
                one["teltVoorKostprijs"] for one in self.exemptions(household, self.client(nummer), month)
            )
            for nummer in self.care_by_household(month).get(household, [])
        )
