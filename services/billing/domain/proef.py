"""What other settings would change: households and cents by wijk and month, before any of it happens."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.domain.bijdrage import Bepaling
from services.billing.domain.feiten import Feiten
from services.billing.domain.maandreeks import Woonreeks, eindpunten
from shared.gemeente import WijkId
from shared.kalender import Month, first_day


@dataclass(frozen=True, slots=True)
class Woonperiode:
    """A client lives in a wijk from `van` up to and including `tot` (None: open)."""

    client_id: UUID
    van: date
    tot: date | None
    wijk: WijkId


@dataclass
class Verschil:
    """Of one wijk (None: of no one wijk) and month: households that would pay `meer`, `minder`, anew or no more.

    Of those alone, and together: what they are charged, and would be.
    """

    wijk: WijkId | None
    maand: Month
    meer: int = 0
    minder: int = 0
    nieuw: int = 0
    niet_meer: int = 0
    voor_cent: int = 0
    na_cent: int = 0

    def add(self, voor_cent: int, na_cent: int) -> None:
        """One household more."""
        if not voor_cent:
            self.nieuw += 1
        elif not na_cent:
            self.niet_meer += 1
        elif na_cent > voor_cent:
            self.meer += 1
        else:
            self.minder += 1
        self.voor_cent += voor_cent
        self.na_cent += na_cent


class Wijken:
    """In which wijk a household lives: that of its lowest client who has one, on the first of the month."""

    def __init__(self, feiten: Feiten, perioden: Iterable[Woonperiode]) -> None:
        eind = eindpunten(feiten.opgegaan_in)
        leden = defaultdict(list)
        self._clienten = defaultdict[UUID, set[UUID]](set)
        self._perioden = defaultdict[UUID, list[Woonperiode]](list)
        for lid in feiten.lidmaatschappen:
            client = eind.get(lid.client_id, lid.client_id)
            leden[client].append(lid)
            self._clienten[lid.huishouden_id].add(client)
        for periode in perioden:
            self._perioden[periode.client_id].append(periode)
        self._woon = {client: Woonreeks.of(own) for client, own in leden.items()}

    def at(self, huishouden_id: UUID, maand: Month) -> WijkId | None:
        """Its wijk, or None where none of its people has one."""
        dag = first_day(maand)
        return next(
            (
                periode.wijk
                for client in sorted(self._clienten[huishouden_id])
                if self._woon[client].at(maand) == huishouden_id
                for periode in self._perioden[client]
                if periode.van <= dag and (periode.tot is None or dag <= periode.tot)
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Uitkomst:
    """What a trial comes to: by wijk and month, and how many households it touches in any month, by wijk and in all."""

    verschillen: Sequence[Verschil]
    geraakt: Mapping[WijkId | None, int]
    huishoudens: int


def uitkomst(
    changed: Sequence[Bepaling], standen_cent: Mapping[tuple[UUID, Month], int], wijken: Wijken
) -> Uitkomst:
    """The outcome, where `changed` is what the ledger would be given."""
    found: dict[tuple[WijkId | None, Month], Verschil] = {}
    geraakt = defaultdict[WijkId | None, set[UUID]](set)
    for bepaling in changed:
        huishouden, maand = bepaling.huishouden_id, bepaling.maand
        wijk = wijken.at(huishouden, maand)
        found.setdefault((wijk, maand), Verschil(wijk, maand)).add(
            standen_cent.get((huishouden, maand), 0), bepaling.bedrag_cent or 0
        )
        geraakt[wijk].add(huishouden)
    return Uitkomst(
        sorted(found.values(), key=lambda one: (one.wijk is None, one.wijk or (), one.maand)),
        {wijk: len(huishoudens) for wijk, huishoudens in geraakt.items()},
        len(set[UUID]().union(*geraakt.values())),
    )
