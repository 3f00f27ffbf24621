"""The contribution rule: from facts to what each household owes for each month.

Written to be read beside "The contribution rule" in the contracts' text: the functions `in_use`, `span_starts`,
`in_time`, `exempt` and `paid_off` are its rules 1, 3, 4, 5 and 6; 2 and 7 are `Regels.counts` and the scheme's amount.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from uuid import UUID

from services.billing.domain.feiten import Feiten, Vrijstelling, Zorg
from services.billing.domain.maandreeks import Maandreeks, Range, Woonreeks, eindpunten, first_month_from
from services.billing.domain.regeling import Betaler
from services.billing.domain.regels import HULPMIDDELEN, NOT_DUE, Regels
from shared.kalender import DAY, Month, local_month, month_of

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
NOWHERE = Woonreeks((), (), ())


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
class Looptijd:
    """The days that a toewijzing in use covers: from its first day of care up to and including its end."""

    van: date
    tot: date


@dataclass(frozen=True, slots=True)
class Vrijgesteld:
    """In which months households, and clients for their own care alone, are exempt."""

    huishoudens: Mapping[UUID, Maandreeks]
    clienten: Mapping[UUID, Maandreeks]

    def covers(self, huishouden: UUID, client: UUID, maand: Month) -> bool:
        """Whether an exemption covers the care of `client` in `huishouden` in `maand`."""
        nothing = Maandreeks()
        return maand in self.huishoudens.get(huishouden, nothing) or maand in self.clienten.get(
            client, nothing
        )


def bepaal(feiten: Feiten, horizon: Month, regels: Regels) -> list[Bepaling]:
    """What is owed, for every household and month up to `horizon` with any care, in that order.

    Every client and household must be in `feiten` with all its facts. Linear in the number of facts and of
    months of care.
    """
    return _Bepaler(feiten, horizon, regels).bepalingen()


class _Bepaler:
    def __init__(self, feiten: Feiten, horizon: Month, regels: Regels) -> None:
        self.regels, self.horizon = regels, horizon
        self.eind = eindpunten(feiten.opgegaan_in)
        self.zorg = feiten.zorg
        self.woon = self._woonreeksen(feiten)
        self.betalers = self._betalers(feiten)
        self.vrij = self._vrijgesteld(feiten.vrijstellingen)
        self.vrij_buiten_kostprijs = self._vrijgesteld(
            v for v in feiten.vrijstellingen if not v.telt_voor_kostprijs
        )
        self.looptijd = {
            zorg.nummer: looptijd(zorg, regels, feiten.uitgeschreven_per.get(self.client(zorg)))
            for zorg in feiten.zorg
        }
        self.eerste_maand = self._eerste_maanden()
        self.kostprijsmaanden: set[tuple[UUID, Month]] = set()
        self.afgelost: dict[int, tuple[Month, list[int]]] = {}

    def client(self, zorg: Zorg) -> UUID:
        return self.eind.get(zorg.client_id, zorg.client_id)

    def _woonreeksen(self, feiten: Feiten) -> dict[UUID, Woonreeks]:
        per_client = defaultdict(list)
        for lid in feiten.lidmaatschappen:
            per_client[self.eind.get(lid.client_id, lid.client_id)].append(lid)
        return {client: Woonreeks.of(leden) for client, leden in per_client.items()}

    def _betalers(self, feiten: Feiten) -> dict[UUID, Betaler]:
        leden: dict[UUID, set[UUID]] = defaultdict(set)
        for lid in feiten.lidmaatschappen:
            leden[lid.huishouden_id].add(self.eind.get(lid.client_id, lid.client_id))
        return {
            huishouden: Betaler(huishouden, [self.woon[client] for client in clienten])
            for huishouden, clienten in leden.items()
        }

    def _vrijgesteld(self, vrijstellingen: Iterable[Vrijstelling]) -> Vrijgesteld:
        huishoudens: dict[UUID, list[Range]] = defaultdict(list)
        clienten: dict[UUID, list[Range]] = defaultdict(list)
        samen: dict[UUID, list[Range]] = defaultdict(list)
        for vrij in vrijstellingen:
            months = (vrij.van_maand, self.horizon if vrij.tot_maand is None else vrij.tot_maand)
            if vrij.huishouden_id is not None:
                huishoudens[vrij.huishouden_id].append(months)
            if vrij.client_id is not None:
                client = self.eind.get(vrij.client_id, vrij.client_id)
                clienten[client].append(months)
                if vrij.voor_huishouden:
                    samen[client].append(months)
        for client, ranges in samen.items():
            for huishouden, together in self.woon.get(client, NOWHERE).during(Maandreeks.of(ranges)):
                huishoudens[huishouden].append(together)
        return Vrijgesteld(
            {key: Maandreeks.of(ranges) for key, ranges in huishoudens.items()},
            {key: Maandreeks.of(ranges) for key, ranges in clienten.items()},
        )

    def _eerste_maanden(self) -> dict[int, Month]:
        per_client = defaultdict(list)
        for zorg in self.zorg:
            loop = self.looptijd[zorg.nummer]
            if loop and self.regels.counts(zorg.categorie, zorg.productcode):
                per_client[self.client(zorg)].append((loop, zorg.nummer))
        return {
            nummer: first_month_from(start)
            for spans in per_client.values()
            for nummer, start in span_starts(spans).items()
        }

    def bepalingen(self) -> list[Bepaling]:
        met_zorg: dict[tuple[UUID, Month], list[Zorg]] = defaultdict(list)
        gefaald: dict[tuple[UUID, Month], int] = {}
        for zorg in self.zorg:
            client = self.client(zorg)
            woon = self.woon.get(client, NOWHERE)
            for maand, vroegst in self._zorgmaanden(zorg):
                huishouden = woon.at(maand)
                if huishouden is None:
                    continue
                key = (huishouden, maand)
                regel = self._regel_1_tot_5(zorg, client, huishouden, maand, vroegst)
                if regel is None:
                    met_zorg[key].append(zorg)
                else:
                    gefaald[key] = max(regel, gefaald.get(key, 0))
        return [
            self._bepaling(huishouden, maand, met_zorg.get((huishouden, maand), []), gefaald)
            for huishouden, maand in sorted(met_zorg.keys() | gefaald.keys())
        ]

    def _zorgmaanden(self, zorg: Zorg) -> Iterable[tuple[Month, Month | None]]:
        """The months with any care, each with the month of recording that counts, None where not in use."""
        in_gebruik = in_use(zorg, self.looptijd[zorg.nummer], self.regels, self.horizon)
        yield from in_gebruik.items()
        for maand in zorg.gemeld:
            if maand <= self.horizon and maand not in in_gebruik:
                yield maand, None

    def _regel_1_tot_5(
        self, zorg: Zorg, client: UUID, huishouden: UUID, maand: Month, vastgelegd: Month | None
    ) -> int | None:
        if vastgelegd is None:
            return IN_USE
        if not self.regels.counts(zorg.categorie, zorg.productcode):
            return COUNTS
        if maand < self.eerste_maand[zorg.nummer]:
            return BEGUN
        if not in_time(vastgelegd, maand):
            return IN_TIME
        if not self.vrij_buiten_kostprijs.covers(huishouden, client, maand):
            self.kostprijsmaanden.add((huishouden, maand))
        return NOT_EXEMPT if self.vrij.covers(huishouden, client, maand) else None

    def _bepaling(
        self, huishouden: UUID, maand: Month, zorg: Sequence[Zorg], gefaald: Mapping[tuple[UUID, Month], int]
    ) -> Bepaling:
        if not zorg:
            return Bepaling(huishouden, maand, 0, gefaald[huishouden, maand], ())
        tarief = self._tarief(huishouden, maand)
        if not tarief:
            return Bepaling(huishouden, maand, tarief, PRICED, tuple(zorg))
        if tarief > self._rest_kostprijs(zorg, maand, tarief):
            return Bepaling(huishouden, maand, 0, NOT_PAID_OFF, tuple(zorg))
        return Bepaling(huishouden, maand, tarief, None, tuple(zorg))

    def _rest_kostprijs(self, zorg: Sequence[Zorg], maand: Month, unlimited: int) -> int:
        """Rule 6: what is left of the kostprijs that is followed; `unlimited` where there is no such cap."""
        if not all(z.categorie in HULPMIDDELEN and z.kostprijs_cent is not None for z in zorg):
            return unlimited
        gevolgd = max(zorg, key=lambda z: (z.kostprijs_cent or 0, -z.nummer))
        eerste, afgelost = self._afgelost(gevolgd)
        return (gevolgd.kostprijs_cent or 0) - afgelost[maand - eerste]

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
                (self._tarief(thuis, m) or NOT_DUE) if thuis and (thuis, m) in self.kostprijsmaanden else 0
                for m in months
                for thuis in (woon.at(m),)
            )
            self.afgelost[zorg.nummer] = (eerste, list(accumulate(taken, initial=0)))
        return self.afgelost[zorg.nummer]

    def _tarief(self, huishouden: UUID, maand: Month) -> int | None:
        return self.regels.regeling(self.betalers[huishouden], maand)


def looptijd(zorg: Zorg, regels: Regels, uitgeschreven_per: date | None) -> Looptijd | None:
    """From the first day of care up to the end, or None where there is no such day."""
    if zorg.verwijderd:
        return None
    if regels.grondslag(zorg.categorie, zorg.leveringsvorm) == "beschikking":
        van = zorg.ingangsdatum
    elif zorg.maanden:
        first = min(zorg.maanden, key=lambda m: m.maand)
        van = min(
            (s for s in zorg.starts if first.eerste_begin <= s <= first.eerste_eind),
            default=first.eerste_begin,
        )
    else:
        return None
    tot = zorg.stop or zorg.einddatum or date.max
    if uitgeschreven_per is not None:
        tot = min(tot, uitgeschreven_per - DAY)
    tot = max([tot, *(m.laatste_dag for m in zorg.maanden)])
    return Looptijd(van, tot) if van <= tot else None


def in_use(zorg: Zorg, loop: Looptijd | None, regels: Regels, horizon: Month) -> dict[Month, Month]:
    """Rule 1: the months in which a toewijzing is in use, each with the local month in which it was recorded."""
    grondslag = regels.grondslag(zorg.categorie, zorg.leveringsvorm)
    if grondslag == "gebruik":
        return {m.maand: local_month(m.vroegst) for m in zorg.maanden if m.maand <= horizon}
    if loop is None:
        return {}
    recorded = zorg.gegeven_op if grondslag == "beschikking" else min(m.vroegst for m in zorg.maanden)
    last = min(month_of(loop.tot), horizon)
    return dict.fromkeys(map(Month, range(month_of(loop.van), last + 1)), local_month(recorded))


def span_starts(looptijden: Iterable[tuple[Looptijd, int]]) -> dict[int, date]:
    """Rule 3: per toewijzing the first day of the span it lies in; days that overlap or touch are one span."""
    starts: dict[int, date] = {}
    start = end = date.min
    for loop, nummer in sorted(looptijden, key=lambda pair: (pair[0].van, pair[1])):
        if starts and (end == date.max or loop.van <= end + DAY):
            end = max(end, loop.tot)
        else:
            start, end = loop.van, loop.tot
        starts[nummer] = start
    return starts


def in_time(recorded: Month, maand: Month) -> bool:
    """Rule 4: recorded at most twelve months after the month it is about (ub 3.5(4))."""
    return recorded <= maand + RECORDING_MONTHS
