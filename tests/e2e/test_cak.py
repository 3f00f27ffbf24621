"""`wijkzorg cak` beside a running billing: a file that stands, answers on the work list, and the CAK's charges compared."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import Backends
from tests.e2e.command import Place, Up, place_on, up

pytestmark = pytest.mark.city
RUN_SECONDS_MAX = "60"
BY = ("--door", "een medewerker")
STRANGER = "99999999-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def place(backends: Backends, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An environment in which a couple owes April 2023."""
    return place_on(backends, tmp_path_factory.mktemp("cak") / "data", WIJKZORG_CLOCK="2023-05-10T10:00:00Z")


@pytest.fixture(scope="module")
def billing(place: Place) -> Iterator[Up]:
    """Billing that has determined it."""
    with up(place, "billing") as running:
        for command in (
            ("feiten", "publiceer", "samples/facts.jsonl"),
            ("aanbieder", "registreer", "65656055"),
            ("gebruik", "importeer", "samples/declaration.xml"),
            ("status", "--wait", RUN_SECONDS_MAX),
        ):
            assert place.run(*command).code == 0, command
        yield running


def read(file: Path) -> list[dict[str, str]]:
    """The messages in a file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def decided_on(place: Place, item: dict[str, Any], bericht: str) -> None:
    """What the list says of a refusal, and what is said before anything is decided."""
    listed = place.run("werk", "lijst").err
    assert all(said in listed for said in ("referentie 1-1", "code 9001", f"bericht {bericht}"))
    besluit = ("werk", "besluit", item["werkId"])
    assert place.run(*besluit, "vrijgeven", *BY).is_one_sentence("past hier niet")
    assert place.run(*besluit, "afgehandeld", "--door", "\u200b").code == 2
    assert "Nothing was changed" in place.run(*besluit, "afgehandeld", *BY).out
    assert place.run("werk", "lijst", "--json").json["werklijst"] == [item]


@pytest.mark.usefixtures("billing")
def test_a_file_is_made_once_written_again_and_its_refusals_and_charges_come_back(
    place: Place, tmp_path: Path
) -> None:
    assert place.run("cak", "uitvoer", "--json").json["start"] >= 1
    assert "Nothing was changed" in place.run("cak", "uitvoer").out
    assert place.run("cak", "uitvoer", "--execute").is_one_sentence("--door")
    assert place.run("cak", "uitvoer", "--execute", "--door", " ").code == 2
    made = place.run("cak", "uitvoer", "--execute", *BY, "--naar", tmp_path, "--json").json
    told = read(file := tmp_path / made["naam"])
    assert len(told) == made["berichten"]
    assert "nothing to tell" in place.run("cak", "uitvoer", "--execute", *BY).out

    content = file.read_bytes()
    file.write_bytes(b"another")
    again = ("cak", "uitvoer", "--nummer", "1", "--naar", tmp_path)
    assert place.run(*again).is_one_sentence("other contents")
    file.unlink()
    assert place.run(*again).code == 0
    assert file.read_bytes() == content
    assert place.run("cak", "uitvoer", "--nummer", "2").is_one_sentence("no file 2")

    retour = tmp_path / "retour.csv"
    retour.write_text("referentie;code\n1-1;9001\n7-1;9001\nkapot;9001\n", encoding="utf-8")
    dry = place.run("cak", "retour", retour)
    assert (dry.code, "1 refused and 0 taken; 1 to be put" in dry.out) == (1, True)
    assert "line 4: referentie" in dry.err
    assert "line 3: referentie: no file to the CAK has 7-1" in dry.err
    assert place.run("werk", "lijst", "--json").json["werklijst"] == []
    done = [place.run("cak", "retour", retour, "--execute", "--json").json for _ in range(2)]
    assert [one["nieuw"] for one in done] == [1, 0]
    assert [fault["regel"] for fault in done[0]["fouten"]] == [4, 3]
    (item,) = place.run("werk", "lijst", "--json").json["werklijst"]
    assert (item["soort"], item["clientId"]) == ("cak-afgewezen", told[0]["clientId"])
    decided_on(place, item, told[0]["bericht"])

    charges = tmp_path / "aanslagen.csv"
    charges.write_text(f"clientId;maand;bedragCent\n{STRANGER};2023-04;1900\n", encoding="utf-8")
    classes = place.run("cak", "vergelijk", charges, "--json").json["klassen"]
    assert classes == {
        "onbekende_client": {"maanden": 1, "cakCent": 1900, "wijkzorgCent": 0},
        "afgewezen_door_cak": {"maanden": 1, "cakCent": 0, "wijkzorgCent": 1900},
    }
    charges.write_text(
        f"clientId;maand;bedragCent\n{told[0]['clientId']};2023-04;1900\nx;2023-04;1\n", encoding="utf-8"
    )
    shown = place.run("cak", "vergelijk", charges, "--rijen")
    assert shown.code == 1
    assert "1 household month compared, 0 differ. 1 line could not be used" in shown.out
    assert "line 3: clientId" in shown.err
    assert place.run("cak", "vergelijk", retour).is_one_sentence("no such file of the CAK", "clientId")
