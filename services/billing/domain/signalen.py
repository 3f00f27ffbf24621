"""Facts that contradict each other, or leave a charge undecided: the rule decides all the same, a person has to look."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from services.billing.domain.feiten import Feiten, Lidmaatschap
from services.billing.domain.lagen import Bepaald
from services.billing.domain.maandreeks import eindpunten
from services.billing.domain.werk import Gegeven, Signaal, Soort
from shared.kalender import Month, format_month

OF_CLIENTS: tuple[Soort, ...] = (
    "twee-huishoudens",
    "zonder-huishouden",
    "stop-voor-start",
    "kring",
    "cak-anders",
)
"""Found each time that a client is determined, and gone when they are not found any more."""


def signalen(feiten: Feiten, bepaald: Bepaald) -> list[Signaal]:
    """What a person has to look at in a closed circle of facts, and in what the rule says of it."""
    eind = eindpunten(feiten.opgegaan_in)
    woont: dict[UUID, list[Lidmaatschap]] = defaultdict(list)
    for lid in feiten.lidmaatschappen:
        woont[eind.get(lid.client_id, lid.client_id)].append(lid)
    months = {b.maand for b in bepaald.bepalingen if b.bedrag_cent is None}
    return [
        *(signal for client, leden in woont.items() for signal in _two_households(client, leden)),
        *_without_household(bepaald.nergens),
        *(Signaal("zonder-tarief", format_month(maand), maand=maand) for maand in sorted(months)),
        *(
            Signaal(
                "stop-voor-start",
                f"{zorg.client_id}/{zorg.nummer}",
                client_id=zorg.client_id,
                gegevens={"toewijzingNummer": zorg.nummer},
            )
            for zorg in feiten.zorg
            if zorg.stop_voor_start and not zorg.verwijderd
        ),
        *(
            Signaal("kring", str(client), client_id=client)
            for client in sorted(set(eind.values()))
            if client in feiten.opgegaan_in
        ),
    ]


def _two_households(client: UUID, leden: Iterable[Lidmaatschap]) -> Iterator[Signaal]:
    """The first day on which two households name a client."""
    before: Lidmaatschap | None = None
    for lid in sorted(leden, key=lambda one: (one.van, one.huishouden_id)):
        if lid.tot is not None and lid.tot < lid.van:
            continue
        if before and before.huishouden_id != lid.huishouden_id and lid.van <= (before.tot or date.max):
            gegevens: dict[Gegeven, Any] = {
                "huishoudens": [str(before.huishouden_id), str(lid.huishouden_id)],
                "vanaf": lid.van.isoformat(),
            }
            yield Signaal("twee-huishoudens", str(client), client_id=client, gegevens=gegevens)
            return
        if before is None or (lid.tot or date.max) > (before.tot or date.max):
            before = lid


def _without_household(nergens: Iterable[tuple[UUID, Month]]) -> Iterator[Signaal]:
    """Clients who have care in a month on whose first day no household names them, with the first such month."""
    for client, maand in dict(sorted(nergens, reverse=True)).items():
        gegevens: dict[Gegeven, Any] = {"maand": format_month(maand)}
        yield Signaal("zonder-huishouden", str(client), client_id=client, gegevens=gegevens)


def told_otherwise(told: tuple[UUID, date]) -> Signaal:
    """That the CAK was told another thing of a client and day than is so, and no message can put that right."""
    client, per = told
    return Signaal("cak-anders", f"{client}/{per}", client_id=client, gegevens={"per": per.isoformat()})
