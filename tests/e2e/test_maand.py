"""`wijkzorg maand`, `werk` and `bijdrage controleer`: a month closed by command, and what each says before and after."""

from pathlib import Path

import asyncpg
import pytest

from local import Backends
from tests.conftest import database_dsn
from tests.e2e.command import Place, place_on, up

pytestmark = pytest.mark.city
CLOCK = "2023-05-24T10:00:00Z"
"""The third day after the grace of April 2023."""


@pytest.fixture
def place(backends: Backends, tmp_path: Path) -> Place:
    """An environment in which a couple owes April 2023, whose months close by command only."""
    return place_on(backends, tmp_path / "data", WIJKZORG_CLOCK=CLOCK, WIJKZORG_SLUIT_MAANDEN="false")


async def by_hand(place: Place, backends: Backends, statement: str) -> None:
    """Alter billing's database as its superuser can."""
    admin = await asyncpg.connect(backends.postgres_dsn)
    prefix = place.environment["WIJKZORG_TOPIC_PREFIX"].replace("-", "_")
    name = await admin.fetchval(
        "select datname from pg_database where datname like $1 and datname like '%billing'", f"{prefix}%"
    )
    await admin.close()
    connection = await asyncpg.connect(database_dsn(backends.postgres_dsn, name))
    await connection.execute(f"set session_replication_role = replica; {statement}")
    await connection.close()


async def test_a_month_is_closed_by_command_once_and_its_chain_verified(
    place: Place, backends: Backends
) -> None:
    with up(place, "billing"):
        for command in (
            ("feiten", "publiceer", "samples/facts.jsonl"),
            ("aanbieder", "registreer", "65656055"),
            ("gebruik", "importeer", "samples/declaration.xml"),
            ("status", "--wait", "60"),
        ):
            assert place.run(*command).code == 0, command
        dry = place.run("maand", "sluit", "2023-04")
        assert (
            "2023-04: concept, 1 household, € 19.00. Nothing was changed. Close it with --execute." in dry.out
        )
        refused = place.run("maand", "sluit", "2023-05", "--execute")
        assert refused.code == 1
        assert "Sluit eerst de maand 2023-04" in refused.err
        assert place.run("maand", "sluit", "april").code != 0
        closed = place.run("maand", "sluit", "2023-04", "--execute", "--json").json
        assert (closed["toestand"], closed["huishoudens"], closed["totaalCent"]) == ("definitief", 1, 1900)
        again = place.run("maand", "sluit", "2023-04", "--execute")
        assert "It was closed before; nothing was changed." in again.out
        months = place.run("maand", "lijst", "--json").json["maanden"]
        assert [(one["maand"], one["toestand"]) for one in months] == [
            ("2023-04", "definitief"),
            ("2023-05", "open"),
        ]
        assert place.run("werk", "lijst", "--json").json == {"werklijst": []}
        nothing = "00000000-0000-0000-0000-000000000001"
        unknown = place.run("werk", "besluit", nothing, "vrijgeven", "--door", "A. Ambtenaar", "--execute")
        assert (unknown.code, "Dit staat niet op de werklijst." in unknown.err) == (1, True)
        right = place.run("bijdrage", "controleer")
        assert (right.code, "All are as they were." in right.out) == (0, True)
        await by_hand(place, backends, "update bijdrage_regel set wet = 'none'")
        wrong = place.run("bijdrage", "controleer", "--json")
        assert wrong.code == 1
        assert "maand 2023-04" in wrong.json["breuken"][0]["uitleg"]
