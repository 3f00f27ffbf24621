"""One event of each kind, in wire form, with whatever can be odd about it.

Every event is structurally valid, except those of `faulty`.
"""

from datetime import UTC, datetime
from typing import Any

from tests.oracle.world import (
    AANBIEDERS,
    AMOUNTS,
    CATEGORIEEN,
    KOSTPRIJZEN,
    UNKNOWN_TOEWIJZING,
    WRONG_AMOUNTS,
    Choices,
    Usual,
    World,
    a_day,
    a_month,
    a_time,
    days_in_one_month,
    identity,
    moment_text,
    month_text,
)

Wire = dict[str, Any]


def envelope(choices: Choices, world: World, kind: str, content: Wire, source: str | None = None) -> Wire:
    """A CloudEvent about these data; its id comes from a pool so small that two can share one."""
    return {
        "specversion": "1.0",
        "id": identity(choices.number(1, world.ids)),
        "source": source or f"urn:nld:oin:0637:systeem:{choices.pick(('intake', 'indicatie'))}",
        "type": f"nl.wijkzorg.{kind}.v1",
        "time": a_time(choices, a_month(choices, world)),
        "datacontenttype": "application/json",
        "data": content,
    }


def from_provider(choices: Choices, world: World, kind: str, content: Wire) -> Wire:
    """A provider's event, from one of its two systems."""
    source = f"urn:nld:agb:{content['aanbieder']}:systeem:{choices.pick(('ecd', 'iwmo'))}"
    return envelope(choices, world, kind, content, source)


def an_usual(choices: Choices, world: World) -> Usual:
    """One toewijzing of the world."""
    return choices.pick(world.toewijzingen)


def a_client(choices: Choices, world: World, near: int) -> str:
    """This client, or a neighbour; sometimes written in capitals, for a UUID is the same in both."""
    found = world.clients[(near + choices.pick((0, 0, 1, 2))) % len(world.clients)]
    return found.upper() if choices.chance(4) else found


def an_aanbieder(choices: Choices, usual: Usual) -> str:
    """The usual provider, or another."""
    return choices.pick(AANBIEDERS) if choices.chance(8) else usual.aanbieder


def a_categorie(choices: Choices, usual: Usual) -> str:
    """The usual category, or another."""
    return choices.pick(CATEGORIEEN) if choices.chance(8) else usual.categorie


def maybe(choices: Choices, percent: int, **fields: Any) -> Wire:
    """Optional fields: there or absent."""
    return fields if choices.chance(percent) else {}


def client(choices: Choices, world: World) -> Wire:
    """A client's state: sometimes gone from the register, sometimes merged into another, or into himself."""
    near = choices.number(0, len(world.clients) - 1)
    gone = a_day(choices, a_month(choices, world)).isoformat()
    period = {"van": "2019-01-01", "wijk": {"jaar": 2024, "code": "WK063701"}, "leeftijdsgroep": "75-84"}
    content = {"clientId": world.clients[near], "versie": choices.number(1, 3), "perioden": [period]}
    content |= maybe(choices, 40, uitgeschrevenPer=gone)
    content |= maybe(choices, 35, opgegaanIn=a_client(choices, world, near))
    return envelope(choices, world, "client-vastgesteld", content)


def huishouden(choices: Choices, world: World) -> Wire:
    """A household's state: moves, couples, and periods that overlap those of others."""
    near = choices.number(0, len(world.huishoudens) - 1)
    perioden = [huishoudperiode(choices, world, near) for _ in range(choices.pick((1, 2, 3, 0)))]
    content = {"huishoudenId": world.huishoudens[near], "versie": choices.number(1, 3), "perioden": perioden}
    return envelope(choices, world, "huishouden-vastgesteld", content)


def huishoudperiode(choices: Choices, world: World, near: int) -> Wire:
    """One or two members for some time."""
    van = a_day(choices, world.first + choices.number(-3, world.months - 1)).isoformat()
    tot = a_day(choices, a_month(choices, world)).isoformat()
    leden = [a_client(choices, world, near) for _ in range(choices.pick((1, 2)))]
    return {"van": van, **maybe(choices, 40, tot=tot), "leden": leden}


def vrijstelling(choices: Choices, world: World) -> Wire:
    """An exemption of any kind, in force or not."""
    near = choices.number(0, len(world.clients) - 1)
    to_whom = {"clientId": a_client(choices, world, near)}
    if choices.chance(40):
        to_whom = {"huishoudenId": world.huishoudens[near]}
    van = a_month(choices, world)
    content = {
        "vrijstellingId": identity(0xE0000 + choices.number(1, max(3, len(world.clients)))),
        "versie": choices.number(1, 3),
        **to_whom,
        "geldtVoor": choices.pick(("huishouden", "client")),
        "teltVoorKostprijs": choices.chance(50),
        "vanMaand": month_text(van),
        **maybe(choices, 70, totMaand=month_text(van + choices.pick((0, 1, 2, 5, -1)))),
        "vervallen": choices.chance(25),
    }
    return envelope(choices, world, "vrijstelling-vastgesteld", content)


def toewijzing(choices: Choices, world: World, usual: Usual) -> Wire:
    """One version of a toewijzing; its moment comes from a pool of six, so that versions tie."""
    pgb = usual.pgb != choices.chance(6)
    eind = a_day(choices, a_month(choices, world)).isoformat()
    op = datetime(world.first // 12, world.first % 12 + 1, choices.number(1, 6), 10, tzinfo=UTC)
    content = {
        "toewijzingNummer": usual.nummer,
        "productcategorie": a_categorie(choices, usual),
        "ingangsdatum": a_day(choices, world.first + choices.number(-1, world.months // 2)).isoformat(),
        "leveringsvorm": "pgb" if pgb else "zin",
        "toegewezenOp": moment_text(choices, op),
        **maybe(choices, 30, einddatum=eind),
        **maybe(choices, 20, omvang={"volume": 3, "eenheid": "04", "frequentie": "2"}),
    }
    kostprijs = choices.pick(KOSTPRIJZEN)
    if kostprijs is not None and usual.categorie in ("12", "13", "14"):
        content["kostprijsCent"] = kostprijs
    if not pgb:
        content["aanbieder"] = an_aanbieder(choices, usual)
    return content


def afgegeven(choices: Choices, world: World, usual: Usual, terms: list[Wire]) -> Wire:
    """A decision with these toewijzingen."""
    content = {
        "beschikkingNummer": f"B{choices.number(1, world.ids)}",
        "aanvraagId": identity(7),
        "clientId": world.clients[usual.client],
        "besluit": "toegekend",
        "besluitdatum": "2023-01-10",
        "uiterlijk": "2023-01-20",
        "toewijzingen": terms,
    }
    return envelope(choices, world, "indicatie-afgegeven", content)


def a_beschikking(choices: Choices, world: World) -> Wire:
    """A decision with any number of toewijzingen, of one client or wrongly of more."""
    usuals = [an_usual(choices, world) for _ in range(choices.number(0, 3))]
    terms = [toewijzing(choices, world, usual) for usual in usuals]
    return afgegeven(choices, world, usuals[0] if usuals else world.toewijzingen[0], terms)


def gewijzigd(choices: Choices, world: World) -> Wire:
    """A later version, a removal, or a toewijzing given again."""
    usual = an_usual(choices, world)
    near = usual.client if choices.chance(90) else 0
    content = {
        "clientId": world.clients[near],
        "toewijzing": toewijzing(choices, world, usual),
        "reden": choices.pick(("04", "05", "13", "14")),
    }
    return envelope(choices, world, "toewijzing-gewijzigd", content)


def gestart(choices: Choices, world: World) -> Wire:
    """Care that began, or did not after all."""
    usual = an_usual(choices, world)
    content = {
        "aanbieder": an_aanbieder(choices, usual),
        "toewijzingNummer": usual.nummer,
        "begindatum": a_day(choices, a_month(choices, world)).isoformat(),
        **maybe(choices, 25, vervallen=choices.chance(80)),
    }
    return from_provider(choices, world, "zorg-gestart", content)


def gestopt(choices: Choices, world: World) -> Wire:
    """Care that stopped, for a time, for good, or not after all."""
    usual = an_usual(choices, world)
    content = {
        "aanbieder": an_aanbieder(choices, usual),
        "toewijzingNummer": usual.nummer,
        "einddatum": a_day(choices, a_month(choices, world)).isoformat(),
        "reden": choices.pick(("19", "20", "21", "02")),
        **maybe(choices, 25, vervallen=choices.chance(80)),
    }
    return from_provider(choices, world, "zorg-gestopt", content)


def a_gebruik(choices: Choices, world: World) -> Wire:
    """A use of any toewijzing."""
    return gebruik(choices, world, an_usual(choices, world))


def gebruik(choices: Choices, world: World, usual: Usual) -> Wire:
    """A use, mostly one that fits; its number comes from a small pool, so that contents clash."""
    month = a_month(choices, world)
    begin, eind = days_in_one_month(choices, month)
    content = {
        "aanbieder": an_aanbieder(choices, usual),
        "referentieNummer": referentie(choices, world),
        "toewijzingNummer": UNKNOWN_TOEWIJZING if choices.chance(3) else usual.nummer,
        "productcategorie": a_categorie(choices, usual),
        "begindatum": begin,
        "einddatum": eind,
        **choices.pick(AMOUNTS),
    }
    event = from_provider(choices, world, "gebruik-geregistreerd", content)
    return event | {"time": a_time(choices, month)}


def referentie(choices: Choices, world: World) -> str:
    """A reference number of the small pool."""
    return f"RN{choices.number(1, world.referenties):03}"


def ingetrokken(choices: Choices, world: World) -> Wire:
    """A withdrawal, of a use that is there or is not."""
    usual = an_usual(choices, world)
    content = {
        "aanbieder": an_aanbieder(choices, usual),
        "toewijzingNummer": usual.nummer,
        "referentieNummer": referentie(choices, world),
        "vorigReferentieNummer": referentie(choices, world),
    }
    return from_provider(choices, world, "gebruik-ingetrokken", content)


def bystander(choices: Choices, world: World) -> Wire:
    """An event that the rule does not look at."""
    if choices.chance(50):
        content = {
            "clientId": world.clients[0],
            "versie": 1,
            "klanthouderId": identity(9),
            "vanaf": "2023-01-01",
        }
        return envelope(choices, world, "klanthouder-toegewezen", content)
    content = {
        "aanbieder": AANBIEDERS[0],
        "wijkteamId": identity(8),
        "productcategorie": "01",
        "maand": month_text(a_month(choices, world)),
        "versie": 1,
        "beschikbaar": 5,
        "bezet": 3,
        "wachtend": 1,
    }
    return from_provider(choices, world, "capaciteit-gemeld", content)


def faulty(choices: Choices, world: World) -> Wire:
    """An event that is refused for a fault in itself, though it would have mattered."""
    event = a_gebruik(choices, world)
    month = a_month(choices, world)
    long = {
        "begindatum": a_day(choices, month).isoformat(),
        "einddatum": a_day(choices, month + 1).isoformat(),
    }
    reversed_days = {"begindatum": f"{month_text(month)}-20", "einddatum": f"{month_text(month)}-02"}
    bare = {name: value for name, value in event["data"].items() if name != "begindatum"}
    exempt = vrijstelling(choices, world)
    both = {"huishoudenId": world.huishoudens[0], "clientId": world.clients[0]}
    faults: tuple[Wire, ...] = (
        event | {"data": event["data"] | choices.pick(WRONG_AMOUNTS)},
        event | {"data": event["data"] | long},
        event | {"data": event["data"] | reversed_days},
        event | {"data": bare},
        event | {"data": event["data"] | {"toewijzingNummer": str(event["data"]["toewijzingNummer"])}},
        event | {"source": "urn:nld:agb:99999999:systeem:ecd"},
        event | {"source": "urn:nld:oin:0637:systeem:billing"},
        event | {"type": "nl.wijkzorg.gebruik-vergeten.v1"},
        event | {"time": event["time"][:19]},
        exempt | {"source": f"urn:nld:agb:{AANBIEDERS[0]}:systeem:ecd"},
        exempt | {"data": exempt["data"] | both},
    )
    return choices.pick(faults)
