"""The CAK's charges beside this ledger: every household and month in exactly one class."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from services.billing.domain.bijdrage import (
    BEGUN,
    COUNTS,
    IN_TIME,
    IN_USE,
    NOT_EXEMPT,
    NOT_PAID_OFF,
    PRICED,
    Bepaling,
)
from services.billing.domain.cakbestand import Aanslag
from services.billing.domain.feiten import Zorg
from services.billing.domain.looptijd import end_of_care
from services.billing.domain.regels import Regels
from shared.kalender import Month, month_of

AlleenCak = Literal[
    "onbekende_client",
    "geen_huishouden",
    "geen_toewijzing",
    "geen_gebruik_gemeld",
    "gestopt",
    "telt_niet_mee",
    "niet_begonnen",
    "te_laat_vastgelegd",
    "vrijgesteld",
    "kostprijs_bereikt",
    "geen_tarief",
    "nog_niet_bepaald",
]
AlleenWijkzorg = Literal["niet_gemeld_aan_cak", "afgewezen_door_cak", "nog_niet_verwerkt"]
Beide = Literal["gelijk", "ander_bedrag", "gehuwd_dubbel", "kwijtgescholden", "kwijtgescholden_gevraagd"]
Klasse = Beide | AlleenCak | AlleenWijkzorg
MEANING: Mapping[Klasse, str] = {
    "gelijk": "both ask the same",
    "ander_bedrag": "both ask something, and not the same; or the CAK only gives back",
    "gehuwd_dubbel": "the CAK charges both partners, who owe one bijdrage together",
    "kwijtgescholden": "the municipality waived it, all or in part; the CAK asks what is left, if anything is",
    "kwijtgescholden_gevraagd": "the municipality waived it, all or in part; the CAK asks more than what is left",
    "onbekende_client": "only the CAK charges; the client is not known here",
    "geen_huishouden": "only the CAK charges; on the first of the month the client belongs to no household",
    "geen_toewijzing": "only the CAK charges; no toewijzing that counts lies in the month (rule 1)",
    "geen_gebruik_gemeld": "only the CAK charges; there is a toewijzing, but no use was reported (rule 1)",
    "gestopt": "only the CAK charges; all support had stopped before the month (rule 1)",
    "telt_niet_mee": "only the CAK charges; this support bears no bijdrage (rule 2)",
    "niet_begonnen": "only the CAK charges; the bijdrage begins after the month (rule 3)",
    "te_laat_vastgelegd": "only the CAK charges; the use was recorded more than a year later (rule 4)",
    "vrijgesteld": "only the CAK charges; the municipality has exempted the household (rule 5)",
    "kostprijs_bereikt": "only the CAK charges; the kostprijs has been paid (rule 6)",
    "geen_tarief": "only the CAK charges; the month has no tariff, or is not due (rule 7)",
    "nog_niet_bepaald": "only the CAK charges; the month has yet to be determined here",
    "niet_gemeld_aan_cak": "only the ledger charges; the CAK was not told of the start",
    "afgewezen_door_cak": "only the ledger charges; the CAK refused a message, and nobody has dealt with that yet",
    "nog_niet_verwerkt": "only the ledger charges; the CAK was told of the start",
}
"""What each class is, for who reads the comparison."""
OF_RULE: Mapping[int, AlleenCak] = {
    COUNTS: "telt_niet_mee",
    BEGUN: "niet_begonnen",
    IN_TIME: "te_laat_vastgelegd",
    NOT_EXEMPT: "vrijgesteld",
    NOT_PAID_OFF: "kostprijs_bereikt",
    PRICED: "geen_tarief",
}
"""Why a month is not charged, by the rule that failed; the first, in use, is looked into further."""


class Uitkomst(NamedTuple):
    """One household and month (of a client without one: that client), its class, and both amounts in cents.

    Ours is before what was waived of it.
    """

    klasse: Klasse
    maand: Month
    huishouden_id: UUID | None
    clienten: tuple[UUID, ...]
    cak_cent: int
    wijkzorg_cent: int


class Finding(NamedTuple):
    """Of a client and month that the CAK charged: to which household it belongs, and why that owes nothing if so."""

    huishouden_id: UUID | None
    reden: AlleenCak | None


def why_not_charged(
    bepaling: Bepaling | None,
    zorg: Iterable[Zorg],
    maand: Month,
    regels: Regels,
    uitgeschreven: Mapping[UUID, date],
) -> AlleenCak:
    """Why a household owes nothing for a month, of what the rule says of it and of all care of who then belongs to it.

    `uitgeschreven`: from which day on a client is registered here no more.
    """
    if bepaling is not None and bepaling.regel is None:
        return "nog_niet_bepaald"
    if bepaling is not None and bepaling.regel != IN_USE:
        return OF_RULE[bepaling.regel or PRICED]
    given = [
        one
        for one in zorg
        if not one.verwijderd
        and regels.counts(one.categorie, one.productcode)
        and month_of(one.ingangsdatum) <= maand
        and (one.einddatum is None or month_of(one.einddatum) >= maand)
    ]
    if not given:
        return "geen_toewijzing"
    stopped = all(month_of(end_of_care(one, uitgeschreven.get(one.client_id))) < maand for one in given)
    return "gestopt" if stopped else "geen_gebruik_gemeld"


def why_not_collected(*, rejected: bool, told: bool) -> AlleenWijkzorg:
    """Why the CAK does not charge a household that owes: whether it refused a message, and knows of the start."""
    if rejected:
        return "afgewezen_door_cak"
    return "nog_niet_verwerkt" if told else "niet_gemeld_aan_cak"


Group = tuple[UUID | None, UUID | None, Month]
"""A household and month; of a client who has no household then: nothing, that client and the month."""


class Charged(NamedTuple):
    """What the CAK charged the clients of one household for a month, and what was found of it."""

    per_client: Mapping[UUID, int]
    reden: AlleenCak | None

    @property
    def cent(self) -> int:
        """All of it."""
        return sum(self.per_client.values())


def charged_together(
    aanslagen: Iterable[Aanslag], findings: Mapping[tuple[UUID, Month], Finding]
) -> dict[Group, Charged]:
    """The charges together."""
    cents: dict[Group, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    why: dict[Group, AlleenCak | None] = {}
    for client, maand, cent in aanslagen:
        huishouden, reden = findings[client, maand]
        key = (huishouden, None if huishouden else client, maand)
        cents[key][client] += cent
        why[key] = reden
    return {key: Charged(dict(per_client), why[key]) for key, per_client in cents.items()}


def klasse(cak: Charged, wijkzorg_cent: int, kwijt_cent: int) -> Klasse | None:
    """The class of what the CAK charged; None where in the end it asks nothing and the household has to pay."""
    if cak.cent == wijkzorg_cent - kwijt_cent:
        return "kwijtgescholden" if kwijt_cent else "gelijk"
    if not wijkzorg_cent:
        return (cak.reden or "nog_niet_bepaald") if cak.cent > 0 else "ander_bedrag"
    if sum(cent > 0 for cent in cak.per_client.values()) > 1:
        return "gehuwd_dubbel"
    if kwijt_cent and cak.cent > wijkzorg_cent - kwijt_cent:
        return "kwijtgescholden_gevraagd"
    return "ander_bedrag" if cak.cent else None


def uncollected(
    charged: Mapping[Group, Charged],
    grootboek: Mapping[tuple[UUID, Month], int],
    kwijt: Mapping[tuple[UUID, Month], int],
) -> list[tuple[UUID, Month]]:
    """The households and months that have to pay by the ledger, and of which the CAK in the end asks nothing."""
    nothing = Charged({}, None)
    return [
        (huishouden, maand)
        for (huishouden, maand), cent in sorted(grootboek.items())
        if klasse(charged.get((huishouden, None, maand), nothing), cent, kwijt.get((huishouden, maand), 0))
        is None
    ]


def compare(
    charged: Mapping[Group, Charged],
    grootboek: Mapping[tuple[UUID, Month], int],
    kwijt: Mapping[tuple[UUID, Month], int],
    why: Mapping[tuple[UUID, Month], AlleenWijkzorg],
) -> list[Uitkomst]:
    """Every charge of the CAK and every month of the ledger in one class; `why` says it of those that are uncollected.

    The ledger has only what is owed, above nothing, of the months that the charges are about; `kwijt` what was waived of it.
    """
    nothing = Charged({}, None)
    keys: set[Group] = {*charged, *((huishouden, None, maand) for huishouden, maand in grootboek)}
    found = []
    for key in sorted(keys, key=lambda one: (one[2], str(one[0]), str(one[1]))):
        huishouden, _, maand = key
        cak = charged.get(key, nothing)
        cent = 0 if huishouden is None else grootboek.get((huishouden, maand), 0)
        its = klasse(cak, cent, 0 if huishouden is None else kwijt.get((huishouden, maand), 0))
        if its is None and huishouden is not None:
            its = why[huishouden, maand]
        found.append(
            Uitkomst(its or "ander_bedrag", maand, huishouden, tuple(sorted(cak.per_client)), cak.cent, cent)
        )
    return found
