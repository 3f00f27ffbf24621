"""Who is exempt when: rule 5 of the contribution rule, and what of it rule 6 looks at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.feiten import Vrijstelling
from services.billing.domain.maandreeks import NOWHERE, Maandreeks, Range, Woonreeks
from shared.kalender import Month

NEVER = Maandreeks()


@dataclass(frozen=True, slots=True)
class Vrijgesteld:
    """In which months households, and clients for their own care alone, are exempt."""

    huishoudens: Mapping[UUID, Maandreeks]
    clienten: Mapping[UUID, Maandreeks]

    def covers(self, huishouden: UUID, client: UUID, maand: Month) -> bool:
        """Whether an exemption covers the care of `client` in `huishouden` in `maand`."""
        return maand in self.huishoudens.get(huishouden, NEVER) or maand in self.clienten.get(client, NEVER)


def vrijgesteld(
    vrijstellingen: Iterable[Vrijstelling],
    eind: Mapping[UUID, UUID],
    woon: Mapping[UUID, Woonreeks],
    horizon: Month,
) -> Vrijgesteld:
    """The months of these exemptions: of a household, of a client, and by a member (`geldtVoor huishouden`) of all with him.

    `eind` says into whom clients were merged, `woon` in which household each belongs.
    """
    huishoudens: dict[UUID, list[Range]] = defaultdict(list)
    clienten: dict[UUID, list[Range]] = defaultdict(list)
    samen: dict[UUID, list[Range]] = defaultdict(list)
    for vrij in vrijstellingen:
        months = (vrij.van_maand, horizon if vrij.tot_maand is None else vrij.tot_maand)
        if vrij.huishouden_id is not None:
            huishoudens[vrij.huishouden_id].append(months)
        if vrij.client_id is not None:
            client = eind.get(vrij.client_id, vrij.client_id)
            clienten[client].append(months)
            if vrij.voor_huishouden:
                samen[client].append(months)
    for client, ranges in samen.items():
        for huishouden, together in woon.get(client, NOWHERE).during(Maandreeks.of(ranges)):
            huishoudens[huishouden].append(together)
    return Vrijgesteld(
        {key: Maandreeks.of(ranges) for key, ranges in huishoudens.items()},
        {key: Maandreeks.of(ranges) for key, ranges in clienten.items()},
    )
