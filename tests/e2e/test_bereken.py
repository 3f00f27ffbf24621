"""The installed command `wijkzorg bijdrage bereken`, as a person or a script calls it."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.unit.wire import ANNA, BERT, HOME, OTHER_HOME, event, given_to, home, stop, use
from wijkzorg.main import application

WIJKZORG = Path(sys.prefix) / "bin" / "wijkzorg"
SIGNED = "2023-05-05T22:00:00Z"
HOMES = 2000

Done = subprocess.CompletedProcess[str]


def bereken(lines: Iterable[str], *options: str) -> Done:
    return subprocess.run(
        [WIJKZORG, "bijdrage", "bereken", *options],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )


def charged(lines: Iterable[str], *options: str) -> list[dict[str, Any]]:
    """The rows of a call that had nothing to report."""
    done = bereken(lines, *options)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(row) for row in done.stdout.splitlines()]


def declared(nummer: int) -> str:
    """A service in April 2023, in one file with the others."""
    return use(nummer, "2023-04-01", "2023-04-30", time=SIGNED)


CARE = [
    *(given_to(ANNA, nummer) for nummer in (1, 2)),
    *(given_to(BERT, nummer) for nummer in (3, 4)),
    *(declared(nummer) for nummer in (1, 2, 3, 4)),
]
COUPLE = [home(ANNA, BERT), *CARE]


def test_a_household_of_two_clients_with_four_services_owes_april_2023_once() -> None:
    assert charged(COUPLE) == [
        {
            "huishoudenId": HOME,
            "maand": "2023-04",
            "bedragCent": 1900,
            "aanleiding": [f"use {nummer}/2023-04-01" for nummer in (1, 2, 3, 4)],
        }
    ]


def test_two_households_owe_each_once() -> None:
    rows = charged([home(ANNA), home(BERT, huishouden=OTHER_HOME), *CARE])
    assert [(row["huishoudenId"], row["maand"], row["bedragCent"]) for row in rows] == [
        (HOME, "2023-04", 1900),
        (OTHER_HOME, "2023-04", 1900),
    ]


def test_shuffled_and_repeated_lines_print_the_same_bytes() -> None:
    printed = bereken(COUPLE).stdout
    for seed in range(3):
        again = [*COUPLE, *COUPLE[::2]]
        random.Random(seed).shuffle(again)  # noqa: S311  any order will do
        assert bereken(again).stdout == printed != ""


def test_a_line_that_is_no_event_is_reported_by_number_and_quotes_nothing() -> None:
    junk = [
        "Jansen 999900006",
        '{"Jansen": "999900006"}',
        "",
        event("client-vastgesteld", "Jansen", {"clientId": "999900006", "versie": 1, "perioden": []}),
        event("huisdier-vastgesteld", "Jansen", {"bsn": "999900006"}),
        use(1, "2023-04-01", "2023-04-30", referentieNummer="Jansen", volume=0),
        "\ufeff999900006",
        '"' + "Jansen" * 30_000 + '"',
    ]
    done = bereken([*junk, *COUPLE])
    assert done.returncode == 0
    assert [json.loads(row)["bedragCent"] for row in done.stdout.splitlines()] == [1900]
    reported = [report.split(":")[0] for report in done.stderr.splitlines()]
    assert reported == [f"line {number}" for number in (1, 2, 4, 5, 6, 7, 8)]
    assert "Jansen" not in done.stderr
    assert "999900006" not in done.stderr


def test_bytes_that_are_no_text_are_reported_and_the_rest_goes_on() -> None:
    lines = b"\xff\xfe\n\x00\n" + "\n".join(COUPLE).encode()
    done = subprocess.run([WIJKZORG, "bijdrage", "bereken"], input=lines, capture_output=True, check=True)
    assert [report.split(b":")[0] for report in done.stderr.splitlines()] == [b"line 1", b"line 2"]
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("tot", ["2023-13", "2023", "", "april", "2023-4", "2023-04-01"])
def test_a_month_that_is_none_is_refused_with_a_sentence(tot: str) -> None:
    arguments = ["bijdrage", "bereken", "--tot", tot]
    done = CliRunner().invoke(application(arguments), arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    said = " ".join(done.stderr.replace("│", " ").split())
    assert f"'{tot}' is no month; write it as YYYY-MM, for instance 2026-03" in said


def test_a_refusal_is_no_traceback() -> None:
    done = bereken(COUPLE, "--tot", "2023-13")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no month" in done.stderr
    assert "Traceback" not in done.stderr


def test_tot_is_the_last_month_that_is_judged() -> None:
    thing = [home(ANNA), given_to(ANNA, 1, "12"), use(1, "2023-04-01", "2023-04-30", "12", time=SIGNED)]
    assert [row["maand"] for row in charged(thing)] == ["2023-04", "2023-05"]
    assert [row["maand"] for row in charged(thing, "--tot", "2023-07")][-1] == "2023-07"
    assert charged(thing, "--tot", "2023-03") == []


def test_uitleg_tells_also_the_months_without_a_charge_and_why() -> None:
    thing = given_to(ANNA, 1, "12", kostprijsCent=4000)
    lines = [home(ANNA), thing, use(1, "2023-04-02", "2023-04-30", "12"), stop(1, "2023-07-31")]
    rows = charged(lines, "--uitleg")
    assert [(row["maand"], row["bedragCent"], row.get("regel")) for row in rows] == [
        ("2023-04", 0, 3),
        ("2023-05", 1900, None),
        ("2023-06", 1900, None),
        ("2023-07", 0, 6),
    ]
    assert charged(lines) == [row for row in rows if "regel" not in row]


@pytest.mark.parametrize("lines", [[], [""], [home(ANNA)]])
def test_without_care_nothing_is_printed(lines: list[str]) -> None:
    assert charged(lines, "--uitleg") == []


def many_events() -> Iterator[str]:
    """Fifty thousand events: two thousand households with a service of two years and a thing."""
    chance = random.Random(2023)  # noqa: S311  a seed is the point
    for number in range(1, HOMES + 1):
        client, huishouden = (f"{number:08}-0000-4000-8000-{kind:012}" for kind in (1, 2))
        yield home(client, huishouden=huishouden)
        yield given_to(client, number)
        for month in range(23):
            day = f"{2023 + month // 12}-{month % 12 + 1:02}"
            yield use(number, f"{day}-01", f"{day}-{chance.randint(1, 28):02}")


@pytest.mark.city
def test_fifty_thousand_events_of_two_thousand_households() -> None:
    lines = list(many_events())
    random.Random(1).shuffle(lines)  # noqa: S311  any order will do
    assert len(lines) == HOMES * 25
    rows = charged(lines)
    assert len(rows) == HOMES * 23
    assert sum(row["bedragCent"] for row in rows) == HOMES * (12 * 1900 + 11 * 2060)


def test_a_reader_that_goes_away_is_no_error_to_print() -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [WIJKZORG, "bijdrage", "bereken"],
        input="\n".join(COUPLE).encode(),
        stdout=writing,
        stderr=subprocess.PIPE,
        env=buffered,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    waiting = subprocess.Popen(
        [WIJKZORG, "bijdrage", "bereken"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with waiting:
        assert waiting.stdin
        assert waiting.stderr
        waiting.stdin.write(b"no event\n")
        waiting.stdin.flush()
        assert waiting.stderr.readline().startswith(b"line 1:")
        waiting.send_signal(signal.SIGINT)
        printed, reported = waiting.communicate()
    assert (waiting.returncode, printed) == (130, b"")
    assert b"Traceback" not in reported
