"""Facts of the rule in a few words each: Anna at home, and the plainest of everything else."""

import calendar
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from services.billing.domain.bijdrage import Bepaling, bepaal
from services.billing.domain.feiten import Feiten, Gebruiksmaand, Lidmaatschap, Vrijstelling, Zorg
from services.billing.domain.regels import Regels
from services.billing.domain.toewijzing import Melding, Versie
from services.billing.instellingen.lezen import standaard
from shared.kalender import Month, first_day, format_month, month_of, parse_month

AGB, OTHER_AGB = "65656055", "65656056"
ANNA, BERT, CARO = (UUID(f"{letter * 8}-0000-4000-8000-000000000000") for letter in "abc")
HOME, OTHER_HOME = (UUID(f"{digit * 8}-0000-4000-8000-000000000000") for digit in "12")
REGELS = standaard().regels
NOON = time(12, tzinfo=UTC)

Fact = Zorg | Lidmaatschap | Vrijstelling


def dag(text: str) -> date:
    """YYYY-MM-DD, or YYYY-MM for its first day."""
    return date.fromisoformat(text) if len(text) > len("2026-03") else first_day(parse_month(text))


def noon(text: str) -> datetime:
    """Noon, UTC, of a day."""
    return datetime.combine(dag(text), NOON)


def with_days(changes: dict[str, Any]) -> dict[str, Any]:
    """The same with its days as dates."""
    days = ("ingangsdatum", "einddatum", "stop")
    return {name: dag(value) if name in days else value for name, value in changes.items()}


def used(van: str, tot: str = "", recorded: datetime | None = None) -> Gebruiksmaand:
    """Fitting use in one month, recorded on its last day; `2026-03` is the whole month."""
    begin = dag(van)
    last = begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
    eind = dag(tot) if tot else last
    vroegst = recorded or datetime.combine(eind, NOON)
    return Gebruiksmaand(month_of(begin), begin, eind, eind, vroegst)


def zorg(*maanden: Gebruiksmaand, starts: tuple[str, ...] = (), **changes: Any) -> Zorg:
    """A service of Anna's with these months of use; `changes` are its other fields, days as text."""
    plain = Zorg(
        nummer=1,
        client_id=ANNA,
        categorie="01",
        productcode=None,
        leveringsvorm="zin",
        ingangsdatum=date(2019, 1, 1),
        einddatum=None,
        kostprijs_cent=None,
        gegeven_op=noon("2019-01-01"),
        maanden=maanden,
        starts=tuple(map(dag, starts)),
        gemeld=frozenset(maand.maand for maand in maanden),
    )
    return replace(plain, **with_days(changes))


def aid(*maanden: Gebruiksmaand, **changes: Any) -> Zorg:
    """A thing lent to Anna: declared once, used daily."""
    return zorg(*maanden, **{"categorie": "12"} | changes)


def pgb(ingangsdatum: str, **changes: Any) -> Zorg:
    """A budget of Anna's, given on its first day."""
    first: dict[str, Any] = {
        "ingangsdatum": ingangsdatum,
        "gegeven_op": noon(ingangsdatum),
        "leveringsvorm": "pgb",
    }
    return zorg(**first | changes)


def lives(
    client: UUID = ANNA, huishouden: UUID = HOME, van: str = "2019-01-01", tot: str = ""
) -> Lidmaatschap:
    """Who lives where."""
    return Lidmaatschap(client, huishouden, dag(van), dag(tot) if tot else None)


def exempt(van: str, tot: str = "", **changes: Any) -> Vrijstelling:
    """Home exempt for some months; `client_id=` instead makes it Anna's, or Bert's."""
    last = parse_month(tot) if tot else None
    subject = None if "client_id" in changes else HOME
    plain = Vrijstelling(subject, None, False, False, parse_month(van), last)
    return replace(plain, **changes)


def versie(op: str = "2026-01-01", **changes: Any) -> Versie:
    """What was decided on a day about toewijzing 1, and recorded that day."""
    plain = Versie(
        nummer=1,
        toegewezen_op=noon(op),
        time=noon(op),
        source="urn:nld:oin:x",
        event_id=f"given {op}",
        inhoud="{}",
        verwijderd=False,
        client_id=ANNA,
        aanbieder=AGB,
        categorie="01",
        productcode=None,
        ingangsdatum=date(2026, 1, 1),
        einddatum=None,
        leveringsvorm="zin",
        kostprijs_cent=None,
    )
    return replace(plain, **with_days(changes))


def melding(datum: str, recorded: str = "", **changes: Any) -> Melding:
    """A provider's word that care began, or ended, on a day; recorded that day at noon."""
    plain = Melding(AGB, dag(datum), noon(recorded or datum), "urn:nld:agb:x", "m", vervallen=False)
    return replace(plain, **changes)


def feiten(*facts: Fact, **maps: Mapping[UUID, Any]) -> Feiten:
    """All facts, whatever they are."""
    return Feiten(
        zorg=[fact for fact in facts if isinstance(fact, Zorg)],
        lidmaatschappen=[fact for fact in facts if isinstance(fact, Lidmaatschap)],
        vrijstellingen=[fact for fact in facts if isinstance(fact, Vrijstelling)],
        **maps,
    )


def bepalingen(
    *facts: Fact, tot: str = "2026-06", regels: Regels | None = None, **maps: Mapping[UUID, Any]
) -> list[Bepaling]:
    """What the rule says of every household and month with any care."""
    return bepaal(feiten(*facts, **maps), parse_month(tot), regels or REGELS)


def owed(*facts: Fact, **more: Any) -> dict[str, int | None]:
    """What one household owes, in cents by month."""
    rows = [row for row in bepalingen(*facts, **more) if row.regel is None]
    assert len({row.huishouden_id for row in rows}) <= 1
    return {format_month(row.maand): row.bedrag_cent for row in rows}


def judged(*facts: Fact, **more: Any) -> dict[str, int | None]:
    """By month the rule that failed, None where one household owes."""
    rows = bepalingen(*facts, **more)
    assert len({row.huishouden_id for row in rows}) <= 1
    return {format_month(row.maand): row.regel for row in rows}


def months(van: str, tot: str) -> list[str]:
    """All months from one up to and including another."""
    return [format_month(Month(month)) for month in range(parse_month(van), parse_month(tot) + 1)]
