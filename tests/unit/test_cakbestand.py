"""The files that are exchanged with the CAK: written as they are read, and each wrong line named."""

from datetime import date
from pathlib import Path

import pytest

from services.billing.domain import cakbestand
from services.billing.domain.cakbestand import Aanslag, BestandError, Retour
from services.billing.domain.inning import Bericht
from services.billing.domain.vergelijking import MEANING
from shared.kalender import parse_month
from tests.unit.builders import ANNA, HOME

BERICHT = Bericht(ANNA, date(2026, 3, 10), "start", HOME, 50_000)


def test_a_file_to_the_cak_has_its_columns_and_the_same_bytes_again() -> None:
    lines = [(17, 1, BERICHT), (17, 2, BERICHT._replace(soort="stop", kostprijs_cent=None))]
    content = cakbestand.uitvoer(lines)
    assert content.decode().split("\r\n") == [
        "referentie;clientId;bericht;per;kostprijsCent",
        f"17-1;{ANNA};start;2026-03-10;50000",
        f"17-2;{ANNA};stop;2026-03-10;",
        "",
    ]
    assert cakbestand.uitvoer(iter(lines)) == content
    assert str(HOME) not in content.decode()


def test_a_retour_is_read_by_its_headings_whatever_else_there_is() -> None:
    contents = cakbestand.lees_retour(
        "\ufeffcode;naam;referentie\r\n9001;iemand;17-2\r\n\r\n0200;;17-3".encode()
    )
    assert contents.regels == [(2, Retour(17, 2, "9001")), (4, Retour(17, 3, "0200"))]
    assert contents.fouten == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("17;9001", "referentie"),
        ("0-1;9001", "referentie"),
        ("17-2147483648;9001", "referentie"),
        ("17-1;", "code"),
        ("17-1;een hele zin", "code"),
        ("17-1;9001;meer", "3 fields"),
    ],
)
def test_a_wrong_line_of_a_retour_is_named_and_the_others_are_read(line: str, why: str) -> None:
    contents = cakbestand.lees_retour(f"referentie;code\n{line}\n17-1;9001\n".encode())
    assert [one.regel for one in contents.fouten] == [2]
    assert why in contents.fouten[0].uitleg
    assert contents.regels == [(3, Retour(17, 1, "9001"))]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("999900006;2026-03;2180", "clientId"),
        (f"{ANNA};2026-13;2180", "maand"),
        (f"{ANNA};2026-03;21,80", "bedragCent"),
        (f"{ANNA};2026-03;", "bedragCent"),
    ],
)
def test_a_wrong_line_of_charges_is_named_without_what_it_says(line: str, why: str) -> None:
    contents = cakbestand.lees_aanslagen(f"clientId;maand;bedragCent\n{ANNA};2026-03;-2180\n{line}".encode())
    assert contents.regels == [(2, Aanslag(ANNA, parse_month("2026-03"), -2180))]
    assert [(one.regel, one.uitleg.split(":")[0]) for one in contents.fouten] == [(3, why)]
    assert line.split(";", maxsplit=1)[0] not in contents.fouten[0].uitleg


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "referentie, code"),
        (b"referentie,code\n17-1,9001", "referentie, code"),
        (b"referentie;code;code\n", "column code"),
        (b"referentie;code\n\xff", "UTF-8"),
        (b'referentie;code\n"17-1"x;9001', "CSV"),
    ],
)
def test_what_is_no_such_file_is_refused_whole(content: bytes, why: str) -> None:
    with pytest.raises(BestandError, match=why):
        cakbestand.lees_retour(content)


def test_a_file_with_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cakbestand, "REGELS_MAX", 2)
    assert len(cakbestand.lees_retour(b"referentie;code\n1-1;1\n1-2;1").regels) == 2
    with pytest.raises(BestandError, match="more than 2 lines"):
        cakbestand.lees_retour(b"referentie;code\n1-1;1\n1-2;1\n1-3;1")


def test_the_manual_has_the_columns_and_classes_as_they_are() -> None:
    manual = Path("docs/CAK.md").read_text(encoding="utf-8")
    columns = [kolom for kolom, _ in cakbestand.UITVOER], cakbestand.RETOUR, cakbestand.AANSLAGEN
    for kolommen in columns:
        table = "\n".join(f"| `{kolom.naam}` | {kolom.meaning} |" for kolom in kolommen)
        assert table in manual
    assert "\n".join(f"| `{klasse}` | {meaning} |" for klasse, meaning in MEANING.items()) in manual
