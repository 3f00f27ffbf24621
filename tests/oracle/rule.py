"""The rules 2-5 of the contribution, each for one toewijzing in one month."""

from datetime import date
from typing import Any

from tests.oracle.care import Care, remembered
from tests.oracle.days import days_of_month, local_month, month_of, month_text
from tests.oracle.envelope import Event

OTHER_REGIMES = ("11", "15", "16", "17", "18")


class Rule(Care):
    """Whether care that is in use in a month counts, has begun, was recorded in time and is not exempt."""

    # 2. Counts.

    def counts(self, nummer: int) -> bool:
        """`The productcategorie (current version) is not 11 (rolstoel), not 15-18 (own regime), not J…`."""
        return self.categorie(nummer) not in OTHER_REGIMES and not self.categorie(nummer).startswith("J")

    # 3. Begun.

    @remembered
    def days_of_client(self, client: str) -> frozenset[int]:
        """`Only toewijzingen that count (2) make spans`: all days that those of one client cover."""
        mine = [
            nummer for nummer in self.facts.versions if self.client(nummer) == client and self.counts(nummer)
        ]
        return frozenset[int]().union(*(self.covered(nummer) for nummer in mine))

    def first_day_of_span(self, client: str, day: int) -> int:
        """`days of one client that overlap or touch (the next begins at the latest the day after) form one span`."""
        days = self.days_of_client(client)
        while day - 1 in days:
            day -= 1
        return day

    def begun(self, nummer: int, month: int) -> bool:
        """`M is not before the first month of the span that holds the care's days in M: the month of the span's first day if
        that is the 1st, else the month after`.
        """
        mine = min(day for day in days_of_month(month) if day in self.covered(nummer))
        first = self.first_day_of_span(self.client(nummer), mine)
        is_the_first = date.fromordinal(first).day == 1
        return month >= (month_of(first) if is_the_first else month_of(first) + 1)

    # 4. In time.

    @remembered
    def giving(self, nummer: int) -> list[Event]:
        """`an event that gave it (not a removal)`."""
        return [version.event for version in self.facts.given[nummer] if not version.removal]

    def behind(self, nummer: int, month: int) -> list[Event]:
        """`gebruik: its uses in M …; levering: the earliest recorded fitting use; beschikking: the earliest recorded event
        that gave the toewijzing`.
        """
        if self.grondslag(nummer) == "gebruik":
            return self.uses_in(nummer, month)
        source = self.giving(nummer) if self.grondslag(nummer) == "beschikking" else self.fitting_uses(nummer)
        return [min(source, key=lambda event: event.rank)]

    def in_time(self, nummer: int, month: int) -> list[Event]:
        """`It was recorded in local month M+12 or earlier: the use's time; for levering the earliest time of its fitting
        uses; for beschikking the earliest time of an event that gave it`.
        """
        return [event for event in self.behind(nummer, month) if local_month(event.time) <= month + 12]

    # 5. Not exempt.

    def exemptions(self, household: str, client: str, month: int) -> list[dict[str, Any]]:
        """`No vrijstelling in force covers M: given for the household, given for this client, or given for another member with
        geldtVoor huishouden`.
        """
        return [
            one
            for one in self.facts.vrijstellingen
            if one["vanMaand"] <= month_text(month) <= (one.get("totMaand") or "9999-12")
            and self.concerns(one, household, client, month)
        ]

    def concerns(self, vrijstelling: dict[str, Any], household: str, client: str, month: int) -> bool:
        """For the household itself, for this client, or for a member and by him for the whole household."""
        if vrijstelling.get("huishoudenId"):
            return bool(vrijstelling["huishoudenId"].lower() == household)
        exempt = self.merged(vrijstelling["clientId"].lower())
        if exempt == client:
            return True
        return vrijstelling["geldtVoor"] == "huishouden" and self.household(exempt, month) == household
