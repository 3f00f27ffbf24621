"""What the CAK is to know of each client, and what it has yet to be told (Wmo 2015 art. 2.1.4b, Uitvoeringsregeling art. 2f).

The CAK collects persons, not provisions: a start when the first begins, a stop when the last has ended, and between
them a mutatie where what may be collected at most becomes another. Each is said at most once of a client and day, and
in whatever order they are read they mean the same: a start and a stop of one day take each other back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from services.billing.domain.bijdrage import followed
from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.lagen import Lagen
from services.billing.domain.looptijd import looptijd
from services.billing.domain.maandreeks import Woonreeks, eindpunten, first_month_from, woonreeksen
from services.billing.domain.regels import Regels
from shared.kalender import DAY, Month, first_day, month_of

Soort = Literal["start", "stop", "mutatie"]


class Bericht(NamedTuple):
    """What the CAK is told of a client: what to do from the day `per` on, which of a `stop` is the first day without.

    `kostprijs_cent` is the most to be collected, None: no most.
    """

    client_id: UUID
    per: date
    soort: Soort
    huishouden_id: UUID
    kostprijs_cent: int | None


class Stand(NamedTuple):
    """Whether is collected from a client, and at most how many cents; None: no most."""

    loopt: bool = False
    kostprijs_cent: int | None = None


OfDay = Mapping[Soort, Bericht]
"""What was told of one client and day."""


def to_tell(
    feiten: Feiten, lagen: Lagen, gemeld: Iterable[Bericht], frozen: Mapping[UUID, Month]
) -> tuple[list[Bericht], list[tuple[UUID, date]]]:
    """What the CAK has yet to be told of the clients of a closed circle, given all that it was told.

    Of a household of which facts were erased nothing of the months up to the `frozen` one. Beside it the clients and
    days of which no further message can put right what was told.
    """
    eind = eindpunten(feiten.opgegaan_in)
    woon = woonreeksen(feiten.lidmaatschappen, eind)
    told: dict[UUID, dict[date, dict[Soort, Bericht]]] = defaultdict(lambda: defaultdict(dict))
    for bericht in sorted(gemeld, key=lambda one: (one.client_id not in eind, one.client_id)):
        told[eind.get(bericht.client_id, bericht.client_id)][bericht.per][bericht.soort] = bericht
    known = to_know(feiten, lagen, eind)
    new: list[Bericht] = []
    beyond: list[tuple[UUID, date]] = []
    at_home = {client for client, reeks in woon.items() if reeks.huishoudens}
    for client in sorted({*known, *told} & at_home):
        frozen_to = max((frozen.get(home, Month(0)) for home in woon[client].huishoudens), default=Month(0))
        vanaf = first_day(Month(frozen_to + 1)) if frozen_to else date.min
        difference = Difference(client, woon[client], told[client], vanaf)
        new += difference.berichten(known.get(client, {}))
        beyond += [(client, day) for day in difference.beyond]
    return new, beyond


def to_know(feiten: Feiten, lagen: Lagen, eind: Mapping[UUID, UUID]) -> dict[UUID, dict[date, Stand]]:
    """Of each client with care that counts, from which days on the CAK is to know what."""
    pieces: dict[UUID, list[tuple[date, date, Zorg]]] = defaultdict(list)
    for van, tot, regels in _layers(lagen):
        for zorg in feiten.zorg:
            client = eind.get(zorg.client_id, zorg.client_id)
            loop = looptijd(zorg, regels, feiten.uitgeschreven_per.get(client))
            if (
                loop
                and regels.counts(zorg.categorie, zorg.productcode)
                and max(loop.van, van) <= min(loop.tot, tot)
            ):
                pieces[client].append((max(loop.van, van), min(loop.tot, tot), zorg))
    return {client: course(mine) for client, mine in pieces.items()}


def _layers(lagen: Lagen) -> Iterator[tuple[date, date, Regels]]:
    """The settings, each with the first and last day of the months that they hold for."""
    van = date.min
    for tot, regels in lagen.gesloten:
        following = first_day(Month(tot + 1))
        yield van, following - DAY, regels
        van = following
    yield van, date.max, lagen.huidig


def course(pieces: Iterable[tuple[date, date, Zorg]]) -> dict[date, Stand]:
    """From which days on what holds, for care with its first and last day; days that overlap or touch are one span."""
    begins: dict[date, list[Zorg]] = defaultdict(list)
    ends: dict[date, list[Zorg]] = defaultdict(list)
    for van, tot, zorg in pieces:
        begins[van].append(zorg)
        if tot < date.max:
            ends[tot + DAY].append(zorg)
    going: dict[int, Zorg] = {}
    found: dict[date, Stand] = {}
    stand = Stand()
    for day in sorted({*begins, *ends}):
        for zorg in ends[day]:
            del going[zorg.nummer]
        going.update((zorg.nummer, zorg) for zorg in begins[day])
        new = _stand(list(going.values()), stand)
        if new != stand:
            found[day] = stand = new
    return found


def _stand(going: list[Zorg], before: Stand) -> Stand:
    """What holds with this care; the CAK goes on with the kostprijs it follows until a higher one is there."""
    if not going:
        return Stand()
    gevolgd = followed(going)
    kostprijs = None if gevolgd is None else gevolgd.kostprijs_cent
    if before.kostprijs_cent is not None and kostprijs is not None:
        kostprijs = max(kostprijs, before.kostprijs_cent)
    return Stand(loopt=True, kostprijs_cent=kostprijs)


def after(stand: Stand, told: OfDay) -> Stand:
    """What the CAK takes to hold from a day on, after what it was told of that day."""
    if ("start" in told) != ("stop" in told):
        if "stop" in told:
            stand = Stand()
        elif not stand.loopt:
            stand = Stand(loopt=True, kostprijs_cent=told["start"].kostprijs_cent)
    if "mutatie" in told and stand.loopt:
        stand = Stand(loopt=True, kostprijs_cent=told["mutatie"].kostprijs_cent)
    return stand


def stand_op(berichten: Iterable[Bericht], day: date) -> Stand:
    """What the CAK takes to hold of one client on a day, after all that it was told."""
    per_day: dict[date, dict[Soort, Bericht]] = defaultdict(dict)
    for bericht in berichten:
        per_day[bericht.per][bericht.soort] = bericht
    stand = Stand()
    for per in sorted(per for per in per_day if per <= day):
        stand = after(stand, per_day[per])
    return stand


class Difference:
    """What has yet to be told of one client; of days before `vanaf` nothing is."""

    def __init__(
        self, client: UUID, woon: Woonreeks, told: Mapping[date, dict[Soort, Bericht]], vanaf: date
    ) -> None:
        self._client, self._woon, self._told, self._vanaf = client, woon, told, vanaf
        self.beyond: list[date] = []
        """The days of which everything that could put things right was told before."""

    def berichten(self, known: Mapping[date, Stand]) -> list[Bericht]:
        """The messages after which the CAK takes to hold what is to be `known`; taken as put right where no message can."""
        found: list[Bericht] = []
        cak = wanted = Stand()
        for day in sorted({*known, *self._told}):
            wanted = known.get(day, wanted)
            told = dict(self._told.get(day, {}))
            if day < self._vanaf or after(cak, told) == wanted:
                cak = after(cak, told)
                continue
            new = self._of_day(day, cak, wanted, told)
            if after(cak, told | {one.soort: one for one in new}) == wanted:
                found += new
            else:
                self.beyond.append(day)
            cak = wanted
        return found

    def _of_day(self, day: date, cak: Stand, wanted: Stand, told: OfDay) -> list[Bericht]:
        """What of start, stop and mutatie is missing on a day, as far as it was not told before."""
        new: list[Bericht] = []
        if after(cak, told).loopt != wanted.loopt:
            soort: Soort = "start" if wanted.loopt else "stop"
            new += self._unless_told(day, soort, wanted, told)
        reached = after(cak, {**told, **{one.soort: one for one in new}})
        if wanted.loopt and reached.kostprijs_cent != wanted.kostprijs_cent:
            new += self._unless_told(day, "mutatie", wanted, told)
        return new

    def _unless_told(self, day: date, soort: Soort, wanted: Stand, told: Collection[Soort]) -> list[Bericht]:
        if soort in told:
            return []
        return [Bericht(self._client, day, soort, self._household(day), wanted.kostprijs_cent)]

    def _household(self, day: date) -> UUID:
        """Under whose bijdrage: the client's household in the first whole month, else in the month, else the last."""
        found = self._woon.at(first_month_from(day)) or self._woon.at(month_of(day))
        return found or self._woon.huishoudens[-1]
