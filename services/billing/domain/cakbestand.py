"""The files that are exchanged with the CAK: the one mapping between our fields and their columns.

The fields of the official messages (iEb: WMO405, WMO406) are not public, so these are columns of our own, to be
replaced here once they are known. A client is our own random id: the municipality's gateway joins the BSN to it, which
only intake knows.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from services.billing.domain.inning import Bericht
from shared.kalender import Month, parse_month

DELIMITER = ";"
BERICHTEN_MAX = 20_000
"""Messages in one file."""
REGELS_MAX = 1_000_000
"""Lines of a file that is read."""
NUMBER_MAX = 2**31 - 1
_REFERENTIE = re.compile(r"([1-9][0-9]{0,9})-([1-9][0-9]{0,9})", re.ASCII)
_CLIENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Za-z]{1,10}", re.ASCII)
_BEDRAG = re.compile(r"-?[0-9]{1,9}", re.ASCII)
GOEDGEKEURD = frozenset({"0200"})
"""Codes of a retour that say that a message was taken (as iWmo WJ001 has it); every other one refuses it."""
Read = TypeVar("Read")


class BestandError(ValueError):
    """A file is not of this format at all. Nothing of it was used."""


class Kolom(NamedTuple):
    """A column: its heading, and what stands in it."""

    naam: str
    meaning: str


class Retour(NamedTuple):
    """What the CAK answers on one message: its file and place in it, and the code."""

    bestand: int
    regel: int
    code: str


class Aanslag(NamedTuple):
    """What the CAK charged a client for a month, in cents; below zero what it gave back."""

    client_id: UUID
    maand: Month
    bedrag_cent: int


class Regelfout(NamedTuple):
    """A line that cannot be read: its number (the heading is 1), and why."""

    regel: int
    uitleg: str


UITVOER: tuple[tuple[Kolom, Callable[[Bericht, str], str]], ...] = (
    (Kolom("referentie", "number of the file and of the line; comes back in the retour"), lambda _, ref: ref),
    (Kolom("clientId", "the client; the municipality's gateway puts the BSN beside it"), lambda b, _: str(b.client_id)),
    (Kolom("bericht", "`start`, `stop` or `mutatie`"), lambda b, _: b.soort),
    (Kolom("per", "YYYY-MM-DD: the first day of support, the first day without, or of another kostprijs"),
     lambda b, _: b.per.isoformat()),
    (Kolom("kostprijsCent", "the most to be collected, in eurocents; empty where there is no most"),
     lambda b, _: "" if b.kostprijs_cent is None else str(b.kostprijs_cent)),
)  # fmt: skip
"""A file to the CAK: one message a line."""
RETOUR = (
    Kolom("referentie", "of the message, as in the file to the CAK"),
    Kolom("code", "what became of it: `0200` is taken, any other refused"),
)
"""A file from the CAK: what became of messages."""
AANSLAGEN = (
    Kolom("clientId", "the client; the gateway has put it in the place of the BSN"),
    Kolom("maand", "YYYY-MM"),
    Kolom("bedragCent", "what the CAK asks for this month, in eurocents; below zero what it gives back"),
)
"""A file from the CAK: what it charged; the lines of one client and month are added up."""


def referentie(bestand: int, regel: int) -> str:
    """How the CAK names a message: its file and its place there."""
    return f"{bestand}-{regel}"


def plaats(text: str) -> tuple[int, int] | None:
    """The file and place that a reference names; None where it is none."""
    found = _REFERENTIE.fullmatch(text)
    if found is None or max(map(int, found.groups())) > NUMBER_MAX:
        return None
    return int(found[1]), int(found[2])


def bestandsnaam(nummer: int, datum: date) -> str:
    """The name of a file to the CAK."""
    return f"cak-{nummer:06d}-{datum.isoformat()}.csv"


def uitvoer(berichten: Iterable[tuple[int, int, Bericht]]) -> bytes:
    """The bytes of a file to the CAK, of messages with their file and place in it; the same give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=DELIMITER)
    writer.writerow(kolom.naam for kolom, _ in UITVOER)
    for bestand, regel, bericht in berichten:
        writer.writerow(write(bericht, referentie(bestand, regel)) for _, write in UITVOER)
    return text.getvalue().encode()


class Contents(NamedTuple, Generic[Read]):
    """What stands in a file, each with the number of its line; and the lines that cannot be read."""

    regels: list[tuple[int, Read]]
    fouten: list[Regelfout]


def lees_retour(inhoud: bytes) -> Contents[Retour]:
    """A retour file; raises BestandError where it is none."""
    return _read(inhoud, RETOUR, _answer)


def lees_aanslagen(inhoud: bytes) -> Contents[Aanslag]:
    """A file of what the CAK charged; raises BestandError where it is none."""
    return _read(inhoud, AANSLAGEN, _charge)


def _read(inhoud: bytes, kolommen: Sequence[Kolom], parse: Callable[[Sequence[str]], Read]) -> Contents[Read]:
    """Every line by these columns; others are not looked at."""
    try:
        rows = csv.reader(
            io.StringIO(inhoud.decode("utf-8-sig"), newline=""), delimiter=DELIMITER, strict=True
        )
        return _parsed(rows, next(rows, []), kolommen, parse)
    except UnicodeDecodeError:
        raise BestandError("it is no text in UTF-8") from None
    except csv.Error as error:
        raise BestandError(f"it is no CSV with semicolons ({error})") from None


def _parsed(
    rows: Iterable[list[str]],
    heading: list[str],
    kolommen: Sequence[Kolom],
    parse: Callable[[Sequence[str]], Read],
) -> Contents[Read]:
    missing = [kolom.naam for kolom in kolommen if heading.count(kolom.naam) != 1]
    if missing:
        raise BestandError(f"its first line does not have exactly one column {', '.join(missing)}")
    places = [heading.index(kolom.naam) for kolom in kolommen]
    contents: Contents[Read] = Contents([], [])
    for number, row in enumerate(rows, start=2):
        if number > REGELS_MAX + 1:
            raise BestandError(f"it has more than {REGELS_MAX} lines")
        if not row:
            continue
        try:
            contents.regels.append((number, parse(_fields(row, len(heading), places))))
        except ValueError as error:
            contents.fouten.append(Regelfout(number, str(error)))
    return contents


def _fields(row: Sequence[str], count: int, places: Iterable[int]) -> list[str]:
    if len(row) != count:
        raise ValueError(f"it has {len(row)} fields, and the first line {count}")
    return [row[place] for place in places]


def _answer(velden: Sequence[str]) -> Retour:
    found = plaats(velden[0])
    if found is None:
        raise ValueError("referentie: write the number of the file, a hyphen and the line, as 17-123")
    if not _CODE.fullmatch(velden[1]):
        raise ValueError("code: write 1 to 10 letters or digits")
    return Retour(*found, velden[1])


def _charge(velden: Sequence[str]) -> Aanslag:
    if not _CLIENT.fullmatch(velden[0]):
        raise ValueError("clientId: write the id of the client, and no BSN")
    try:
        maand = parse_month(velden[1])
    except ValueError:
        raise ValueError("maand: write YYYY-MM") from None
    if not _BEDRAG.fullmatch(velden[2]):
        raise ValueError("bedragCent: write whole eurocents, at most nine digits")
    return Aanslag(UUID(velden[0]), maand, int(velden[2]))
