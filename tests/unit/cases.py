"""Worked cases of what befalls households: the facts, the article of law, and what is owed for each month.

The facts stand in the order in which they became known. Everybody in them is invented.
"""

import re
from typing import Any, NamedTuple

from tests.unit.builders import months
from tests.unit.wire import ANNA, HOME, event, provided, use

Outcome = int | str | None
"""What is owed in cents, None where that is undetermined, or by which rule nothing is owed: `regel n`."""
TARIEF = 2180
"""Of every month of 2026."""
TEZAMEN = "Wmo 2015 art. 2.1.4a lid 4"
IN_GEBRUIK = "Wmo 2015 art. 2.1.4a lid 2"
BEGIN = "Uitvoeringsbesluit Wmo 2015 art. 3.5 lid 4"
HELE_MAAND = "Uitvoeringsbesluit Wmo 2015 art. 3.10a"
VRIJ = "Uitvoeringsbesluit Wmo 2015 art. 3.8 lid 3"
GEEN_BIJDRAGE = "Uitvoeringsbesluit Wmo 2015 art. 3.8"
KOSTPRIJS = "Uitvoeringsbesluit Wmo 2015 art. 3.10b"
LAST_DAYS = {"01": 31, "02": 28, "03": 31, "04": 30, "05": 31, "06": 30}


class Case(NamedTuple):
    """What happened, by which article it is judged, and what comes of it up to June 2026: by household and month.

    A month is written as itself or as `first..last`; a month that is not named had no care.
    """

    what: str
    wet: str
    facts: tuple[str, ...]
    owed: dict[str, dict[str, Outcome]]


def lives(huishouden: str, *perioden: tuple[str, str | None, tuple[str, ...]], versie: int = 1) -> str:
    """Who form a household from a day up to and including another (None: still)."""
    known = [{"van": van, "leden": leden} | ({"tot": tot} if tot else {}) for van, tot, leden in perioden]
    content = {"huishoudenId": huishouden, "versie": versie, "perioden": known}
    return event("huishouden-vastgesteld", f"household {huishouden} {versie}", content)


def home(*leden: str, huishouden: str = HOME) -> str:
    """Who have long formed a household."""
    return lives(huishouden, ("2019-01-01", None, leden))


def person(client: str, **more: Any) -> str:
    """A client's state: deregistered, or merged into another."""
    periode = {"van": "2019-01-01", "wijk": {"jaar": 2024, "code": "WK063701"}, "leeftijdsgroep": "75-84"}
    return event(
        "client-vastgesteld",
        f"person {client}",
        {"clientId": client, "versie": 1, "perioden": [periode]} | more,
    )


def exempt(
    van: str, tot: str | None = None, *, for_: str = "huishouden", versie: int = 1, **whom: Any
) -> str:
    """An exemption of Anna's, or of whom is named; what for is nobody's business."""
    content = {
        "vrijstellingId": "eeeeeeee-0000-4000-8000-000000000000",
        "versie": versie,
        "geldtVoor": for_,
        "teltVoorKostprijs": False,
        "vanMaand": van,
        "vervallen": False,
        **({"totMaand": tot} if tot else {}),
        **({"clientId": ANNA} | whom if "huishoudenId" not in whom else whom),
    }
    return event("vrijstelling-vastgesteld", f"exempt {versie}", content)


def pgb(ingangsdatum: str, client: str = ANNA, nummer: int = 1, **terms: Any) -> str:
    """A budget, decided on its first day."""
    given = {
        "toewijzingNummer": nummer,
        "productcategorie": "01",
        "leveringsvorm": "pgb",
        "ingangsdatum": ingangsdatum,
        "toegewezenOp": f"{ingangsdatum}T12:00:00Z",
    }
    content = {"clientId": client, "toewijzing": given | terms, "reden": "04"}
    return event("toewijzing-gewijzigd", f"budget {nummer}", content, time=f"{ingangsdatum}T12:00:00Z")


def again(nummer: int, op: str, reden: str, **terms: Any) -> str:
    """A later word on a toewijzing of Anna's; reden 13 removes it."""
    toewijzing = {
        "toewijzingNummer": nummer,
        "aanbieder": "65656055",
        "productcategorie": "01",
        "ingangsdatum": "2019-01-01",
        "leveringsvorm": "zin",
        "toegewezenOp": op,
    }
    content = {"clientId": ANNA, "toewijzing": toewijzing | terms, "reden": reden}
    return event("toewijzing-gewijzigd", f"again {nummer} {op}", content, time=op)


def used(*months_: str, nummer: int = 1, categorie: str = "01", time: str = "") -> tuple[str, ...]:
    """Use on all days of these months of 2026, recorded on the last."""
    return tuple(
        use(nummer, f"2026-{m}-01", f"2026-{m}-{LAST_DAYS[m]}", categorie, time=time) for m in months_
    )


def taken_back(maand: str, nummer: int = 1) -> str:
    """The use of a month of 2026, taken back in June."""
    content = {
        "toewijzingNummer": nummer,
        "referentieNummer": f"{nummer}/{maand} back",
        "vorigReferentieNummer": f"{nummer}/2026-{maand}-01",
    }
    return provided("gebruik-ingetrokken", f"back {nummer}/{maand}", content, time="2026-06-01T12:00:00Z")


def started(nummer: int, begindatum: str) -> str:
    """Care that began."""
    content = {"toewijzingNummer": nummer, "begindatum": begindatum}
    return provided("zorg-gestart", f"start {nummer}", content, time=f"{begindatum}T12:00:00Z")


PEOPLE = re.compile(r'"([abe12]{8})-0000-4000-8000-')
NAMES = re.compile(r'("(?:id|referentieNummer|vorigReferentieNummer|beschikkingNummer)": ")')
NUMBER = re.compile(r'("toewijzingNummer": )(\d+)')


def told(case: Case, number: int) -> list[str]:
    """The facts of a case, about people, toewijzingen and numbers that are its own among all cases."""
    return [_own(fact, number) for fact in case.facts]


def expected(case: Case, number: int) -> dict[tuple[str, str], Outcome]:
    """What comes of it, by household and month one by one."""
    return {
        (_own(f'"{huishouden}"', number).strip('"'), maand): outcome
        for huishouden, outcomes in case.owed.items()
        for span, outcome in outcomes.items()
        for maand in months(*(span.split("..") * 2)[:2])
    }


def _own(text: str, number: int) -> str:
    text = PEOPLE.sub(lambda found: f'"{found[1][:4]}{number:04d}-0000-4000-8000-', text)
    text = NAMES.sub(rf"\g<1>{number}: ", text)
    return NUMBER.sub(lambda found: f"{found[1]}{number * 10 + int(found[2])}", text)
