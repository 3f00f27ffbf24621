"""The contribution rule: from facts to what each household owes for each month.

Written to be read beside "The contribution rule" in the contracts' text, in its order: rule 1 is `looptijd.in_use`, 2
`Regels.counts`, 3 `looptijd.span_starts` and `begun`, 4 `in_time`, 5 `Vrijgesteld.covers`, 6 `followed` and
`Bepaler.left_cent`, 7 `Bepaler.tarief`. `Bepaler.first_failure` and `Bepaler.bepaling` put them together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from uuid import UUID

from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.looptijd import in_use, looptijd, span_starts
from services.billing.domain.maandreeks import NOWHERE, eindpunten, first_month_from, woonreeksen
from services.billing.domain.regeling import Betaler
from services.billing.domain.regels import HULPMIDDELEN, NOT_DUE, Regels
from services.billing.domain.vrijgesteld import vrijgesteld
from shared.kalender import Month, month_of

IN_USE, COUNTS, BEGUN, IN_TIME, NOT_EXEMPT, NOT_PAID_OFF, PRICED = range(1, 8)
WET = {
    IN_USE: "Wmo 2015 art. 2.1.4a lid 2",
    COUNTS: "Wmo 2015 art. 2.1.4a lid 4, Uitvoeringsbesluit Wmo 2015 art. 3.8",
    BEGUN: "Uitvoeringsbesluit Wmo 2015 art. 3.5 lid 4",
    IN_TIME: "Uitvoeringsbesluit Wmo 2015 art. 3.5 lid 4",
    NOT_EXEMPT: "Uitvoeringsbesluit Wmo 2015 art. 3.8 lid 3",
    NOT_PAID_OFF: "Uitvoeringsbesluit Wmo 2015 art. 3.10b",
    PRICED: "Wmo 2015 art. 2.1.4a lid 4",
}
"""The article of law behind each rule."""
RECORDING_MONTHS = 12
"""How long after a month its care may be recorded and still be charged (ub 3.5(4))."""


@dataclass(frozen=True, slots=True)
class Bepaling:
    """What one household owes for one month in which there was any care.

    `bedrag_cent` is None where the month has no tariff; `regel` is the rule that failed, or None where the
    month is charged; `zorg` is the care that satisfied rules 1-5.
    """

    huishouden_id: UUID
    maand: Month
    bedrag_cent: int | None
    regel: int | None
    zorg: tuple[Zorg, ...]


@dataclass(frozen=True, slots=True)
class Zorgmaand:
    """One care in one month: when it was recorded (None: not in use), and the first of the rules 1-5 that it fails, if any."""

    zorg: Zorg
    vastgelegd: Month | None
    regel: int | None


def bepaal(feiten: Feiten, horizon: Month, regels: Regels) -> list[Bepaling]:
    """What is owed, for every household and month up to `horizon` with any care, in that order.

    Every client and household must be in `feiten` with all its facts. Linear in the number of facts and of
    months of care.
    """
    return Bepaler(feiten, horizon, regels).bepalingen()


class Bepaler:
    """The rule on one set of facts: all months at once (`bepalingen`), then why one of them is so (`zorg_in`)."""

    def __init__(self, feiten: Feiten, horizon: Month, regels: Regels) -> None:
        self.regels, self.horizon = regels, horizon
        self.eind = eindpunten(feiten.opgegaan_in)
        self.zorg = feiten.zorg
        self.woon = woonreeksen(feiten.lidmaatschappen, self.eind)
        self.betalers = self._betalers(feiten)
        self.vrij = vrijgesteld(feiten.vrijstellingen, self.eind, self.woon, horizon)
        others = [v for v in feiten.vrijstellingen if not v.telt_voor_kostprijs]
        self.vrij_buiten_kostprijs = vrijgesteld(others, self.eind, self.woon, horizon)
        self.looptijd = {
            zorg.nummer: looptijd(zorg, regels, feiten.uitgeschreven_per.get(self.client(zorg)))
            for zorg in feiten.zorg
        }
        self.begonnen = self._begonnen()
        self.eerste_maand = {nummer: first_month_from(start) for nummer, start in self.begonnen.items()}
        self.nergens: set[tuple[UUID, Month]] = set()
        self.kostprijsmaanden: set[tuple[UUID, Month]] = set()
        self.afgelost: dict[int, tuple[Month, list[int]]] = {}

    def client(self, zorg: Zorg) -> UUID:
        """Whose care it is, after mergers."""
        return self.eind.get(zorg.client_id, zorg.client_id)

    def _betalers(self, feiten: Feiten) -> dict[UUID, Betaler]:
        leden: dict[UUID, set[UUID]] = defaultdict(set)
        for lid in feiten.lidmaatschappen:
            leden[lid.huishouden_id].add(self.eind.get(lid.client_id, lid.client_id))
        return {
            huishouden: Betaler(huishouden, [self.woon[client] for client in clienten])
            for huishouden, clienten in leden.items()
        }

    def _begonnen(self) -> dict[int, date]:
        """Rule 3: of each care the first day of the span that it lies in. Only toewijzingen that count (2) make spans."""
        per_client = defaultdict(list)
        for zorg in self.zorg:
            loop = self.looptijd[zorg.nummer]
            if loop and self.regels.counts(zorg.categorie, zorg.productcode):
                per_client[self.client(zorg)].append((loop, zorg.nummer))
        return {
            nummer: start for spans in per_client.values() for nummer, start in span_starts(spans).items()
        }

    def bepalingen(self) -> list[Bepaling]:
        """What is owed, for every household and month with any care.

        In `nergens`: clients and months in which their care satisfies 1-3 and no household has them, so that nobody owes.
        """
        met_zorg: dict[tuple[UUID, Month], list[Zorg]] = defaultdict(list)
        gefaald: dict[tuple[UUID, Month], int] = {}
        for zorg in self.zorg:
            client = self.client(zorg)
            woon = self.woon.get(client, NOWHERE)
            for maand, vastgelegd in self._zorgmaanden(zorg):
                huishouden = woon.at(maand)
                if huishouden is None:
                    if vastgelegd is not None and self._fails_2_or_3(zorg, maand) is None:
                        self.nergens.add((client, maand))
                    continue
                key = (huishouden, maand)
                regel = self.first_failure(zorg, client, huishouden, maand, vastgelegd)
                if regel is None:
                    met_zorg[key].append(zorg)
                else:
                    gefaald[key] = max(regel, gefaald.get(key, 0))
        return [
            self.bepaling(*key, met_zorg.get(key, ()), gefaald)
            for key in sorted(met_zorg.keys() | gefaald.keys())
        ]

    def zorg_in(self, huishouden: UUID, maand: Month) -> list[Zorgmaand]:
        """Any care of a household in a month, each with the rule that it fails; by number."""
        found = []
        for zorg in sorted(self.zorg, key=lambda one: one.nummer):
            client = self.client(zorg)
            if self.woon.get(client, NOWHERE).at(maand) == huishouden:
                for vastgelegd in [v for m, v in self._zorgmaanden(zorg) if m == maand]:
                    regel = self.first_failure(zorg, client, huishouden, maand, vastgelegd)
                    found.append(Zorgmaand(zorg, vastgelegd, regel))
        return found

    def _zorgmaanden(self, zorg: Zorg) -> Iterable[tuple[Month, Month | None]]:
        """The months with any care, each with the month of recording that counts, None where not in use."""
        in_gebruik = in_use(zorg, self.looptijd[zorg.nummer], self.regels, self.horizon)
        yield from in_gebruik.items()
        for maand in zorg.gemeld:
            if maand <= self.horizon and maand not in in_gebruik:
                yield maand, None

    def first_failure(
        self, zorg: Zorg, client: UUID, huishouden: UUID, maand: Month, vastgelegd: Month | None
    ) -> int | None:
        """The first of the rules 1-5 that care does not satisfy in a month; None where it satisfies them all."""
        if vastgelegd is None:
            return IN_USE
        if regel := self._fails_2_or_3(zorg, maand):
            return regel
        if not in_time(vastgelegd, maand):
            return IN_TIME
        if not self.vrij_buiten_kostprijs.covers(huishouden, client, maand):
            self.kostprijsmaanden.add((huishouden, maand))
        return NOT_EXEMPT if self.vrij.covers(huishouden, client, maand) else None

    def _fails_2_or_3(self, zorg: Zorg, maand: Month) -> int | None:
        """The first of the rules 2 and 3 that care in use does not satisfy in a month, if any."""
        if not self.regels.counts(zorg.categorie, zorg.productcode):
            return COUNTS
        return None if begun(self.eerste_maand[zorg.nummer], maand) else BEGUN

    def bepaling(
        self, huishouden: UUID, maand: Month, zorg: Sequence[Zorg], gefaald: Mapping[tuple[UUID, Month], int]
    ) -> Bepaling:
        """Rules 6 and 7 for a household and month, where `zorg` is the care that satisfies 1-5."""
        if not zorg:
            return Bepaling(huishouden, maand, 0, gefaald[huishouden, maand], ())
        tarief = self.tarief(huishouden, maand)
        if not tarief:
            return Bepaling(huishouden, maand, tarief, PRICED, tuple(zorg))
        gevolgd = followed(zorg)
        if gevolgd is not None and tarief > self.left_cent(gevolgd, maand):
            return Bepaling(huishouden, maand, 0, NOT_PAID_OFF, tuple(zorg))
        return Bepaling(huishouden, maand, tarief, None, tuple(zorg))

    def left_cent(self, zorg: Zorg, maand: Month) -> int:
        """Rule 6: what the months before this one left of the kostprijs of the care that is followed."""
        eerste, afgelost = self._afgelost(zorg)
        return (zorg.kostprijs_cent or 0) - afgelost[maand - eerste]

    def _afgelost(self, zorg: Zorg) -> tuple[Month, list[int]]:
        """The first month of care, and the cents taken off before each month from it on."""
        if zorg.nummer not in self.afgelost:
            loop = self.looptijd[zorg.nummer]
            eerste, laatste = (
                (month_of(loop.van), month_of(loop.tot)) if loop else (self.horizon, self.horizon)
            )
            woon = self.woon.get(self.client(zorg), NOWHERE)
            months = [Month(m) for m in range(eerste, min(laatste, self.horizon))]
            taken = (
                (self.tarief(thuis, m) or NOT_DUE) if thuis and (thuis, m) in self.kostprijsmaanden else 0
                for m in months
                for thuis in (woon.at(m),)
            )
            self.afgelost[zorg.nummer] = (eerste, list(accumulate(taken, initial=0)))
        return self.afgelost[zorg.nummer]

    def tarief(self, huishouden: UUID, maand: Month) -> int | None:
        """Rule 7: the tariff of a month in cents, 0 where it is not due, None where there is none."""
        return self.regels.regeling(self.betalers[huishouden], maand)


def wet_of(regel: int, maand: Month, regels: Regels) -> str:
    """The article of law behind a rule, in a month."""
    return regels.eigen_wet.get(maand, WET[regel]) if regel == PRICED else WET[regel]


def begun(eerste_maand: Month, maand: Month) -> bool:
    """Rule 3: not before the first month of the span that holds the care's days (ub 3.5(4))."""
    return maand >= eerste_maand


def in_time(vastgelegd: Month, maand: Month) -> bool:
    """Rule 4: recorded at most twelve months after the month it is about (ub 3.5(4))."""
    return vastgelegd <= maand + RECORDING_MONTHS


def followed(zorg: Sequence[Zorg]) -> Zorg | None:
    """Rule 6: whose kostprijs is followed, the highest, of equals the lowest number; None where other care is among it."""
    if not all(z.categorie in HULPMIDDELEN and z.kostprijs_cent is not None for z in zorg):
        return None
    return max(zorg, key=lambda z: (z.kostprijs_cent or 0, -z.nummer), default=None)
