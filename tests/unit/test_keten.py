"""The chain, made here as the text says: whatever is altered, put in or taken away is named, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from services.billing.domain.keten import (
    Breuk,
    Dossier,
    Eind,
    Gemaakt,
    Schakel,
    Sluiting,
    canonical,
    canonical_overzicht,
)
from services.billing.domain.keten import breuken as of_dossier
from shared.kalender import Month, parse_month

HOME = UUID(int=1)
MARCH = parse_month("2026-03")
MOMENT = datetime(2026, 4, 1, 12, 30, 15, 123, tzinfo=UTC)
Lines = list[dict[str, Any]]


def line(id_: int, maand: Month, versie: int, **more: Any) -> dict[str, Any]:
    """A line as the database gives it."""
    return {
        "bijdrage_regel_id": id_,
        "huishouden_id": HOME,
        "maand": maand,
        "versie": versie,
        "soort": "bijdrage",
        "bedrag_cent": 2180,
        "totaal_cent": 2180,
        "bijdrage_id": UUID(int=9),
        "regel": 7,
        "wet": "Wmo 2015 art. 2.1.4a lid 4",
        "aanleiding": ['an "event"', "één"],
        "geschreven_op": MOMENT,
    } | more


MADE = Gemaakt(HOME, MARCH, 6540, sha256(b"{}").hexdigest())


def chain(lines: Lines) -> list[Schakel]:
    """The links of lines in this order, and of the statement after them."""
    found, before = [], b""
    for nummer, one in enumerate(lines, 1):
        before = sha256(before + canonical(one)).digest()
        found.append(Schakel(HOME, nummer, one["bijdrage_regel_id"], one["maand"], one["versie"], before))
    before = sha256(before + canonical_overzicht(MADE)).digest()
    return [*found, Schakel(HOME, len(lines) + 1, None, MARCH, None, before)]


LINES = [line(n, Month(MARCH - 3 + n), n) for n in range(1, 4)]
WHOLE = Dossier(chain(LINES), LINES, [MADE], Eind(HOME, len(LINES) + 1, MARCH))


def breuken(schakels: list[Schakel], lines: Lines, sluiting: Sluiting | None) -> list[Breuk]:
    """What is wrong where these are the links and lines."""
    return of_dossier(WHOLE._replace(schakels=schakels, lines=lines), sluiting)


CLOSED = Sluiting(MARCH, MOMENT, 3, None, is_closed=True)


def test_the_canonical_line_is_this_text() -> None:
    assert canonical(LINES[0]).decode() == (
        '["00000000-0000-0000-0000-000000000001", 24312, 1, "bijdrage", 2180, 2180,'
        ' "00000000-0000-0000-0000-000000000009", 7, "Wmo 2015 art. 2.1.4a lid 4", ["an \\"event\\"", "één"],'
        ' "2026-04-01T12:30:15.000123Z"]'
    )


def test_a_chain_that_nobody_touched_holds() -> None:
    assert breuken(chain(LINES), LINES, CLOSED) == []
    assert breuken(chain(LINES), [*LINES, line(4, MARCH, 5)], CLOSED) == [], (
        "a line that came after the closing"
    )


def test_the_canonical_statement_is_this_text() -> None:
    empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert canonical_overzicht(MADE).decode() == f'["{HOME}", 24314, 6540, "{empty}"]'


@pytest.mark.parametrize(
    ("touched", "said"),
    [
        (WHOLE._replace(overzichten=[MADE._replace(gevraagd_cent=0)]), ["dit overzicht is gewijzigd"]),
        (WHOLE._replace(overzichten=[MADE._replace(sha256="")]), ["dit overzicht is gewijzigd"]),
        (WHOLE._replace(overzichten=[]), ["dit overzicht is weggehaald"]),
        (
            WHOLE._replace(overzichten=[MADE, MADE._replace(maand=Month(MARCH + 1))]),
            ["dit overzicht is er later tussen gezet"],
        ),
        (
            WHOLE._replace(schakels=[*WHOLE.schakels[:2], WHOLE.schakels[3]], lines=LINES[:2]),
            ["voor dit overzicht ontbreekt een schakel van de keten"],
        ),
        (
            WHOLE._replace(schakels=WHOLE.schakels[:2], lines=LINES[:2], overzichten=[]),
            ["van de keten is het eind weggehaald"],
        ),
        (Dossier([], [], [], WHOLE.eind), ["van de keten is het eind weggehaald"]),
        (WHOLE._replace(eind=None), ["de keten gaat verder dan bij het sluiten"]),
        (WHOLE._replace(eind=Eind(HOME, 3, MARCH)), ["de keten gaat verder dan bij het sluiten"]),
    ],
)
def test_a_statement_and_the_end_of_the_chain_are_held_against_what_was_made(
    touched: Dossier, said: list[str]
) -> None:
    assert [breuk.wat for breuk in of_dossier(touched, CLOSED)] == said


def altered(lines: Lines) -> Lines:
    return [one | {"wet": "no law"} if one["versie"] == 2 else one for one in lines]


def taken_away(lines: Lines) -> Lines:
    return [one for one in lines if one["versie"] != 2]


def put_between(lines: Lines) -> Lines:
    return [*lines, line(9, LINES[1]["maand"], 1)]


def put_before_the_first(lines: Lines) -> Lines:
    return [*lines, line(0, Month(MARCH - 20), 2)]


@pytest.mark.parametrize(
    ("touch", "said"),
    [
        (altered, "maand 2026-02, versie 2: deze regel is gewijzigd."),
        (taken_away, "maand 2026-02, versie 2: deze regel is weggehaald."),
        (put_between, "maand 2026-02, versie 1: deze regel is er later tussen gezet."),
        (put_before_the_first, "maand 2024-07, versie 2: deze regel is er later tussen gezet."),
    ],
)
def test_what_was_touched_is_named_and_nothing_else(touch: Callable[[Lines], Lines], said: str) -> None:
    (breuk,) = breuken(chain(LINES), touch(LINES), CLOSED)
    assert breuk.uitleg == f"Huishouden {HOME}, {said}"


def test_a_link_that_was_taken_out_is_missed() -> None:
    links = chain(LINES)
    found = breuken([links[0], *links[2:]], LINES, CLOSED)
    assert [breuk.wat for breuk in found] == [
        "voor deze regel ontbreekt een schakel van de keten",
        "deze regel is er later tussen gezet",
    ]


def test_while_a_month_closes_only_households_it_has_come_to_must_be_in_the_chain() -> None:
    going = CLOSED._replace(is_closed=False)
    unclosed = Dossier([], LINES)
    assert of_dossier(unclosed, going) == []
    assert of_dossier(unclosed, None) == []
    assert len(of_dossier(unclosed, going._replace(tot_huishouden=HOME))) == len(LINES)
