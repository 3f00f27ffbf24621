"""`wijkzorg setup` on a real Kafka and PostgreSQL: passwords, roles, databases and topics, once and again."""

import asyncio
import json
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from typer.testing import CliRunner

from local import Backends
from wijkzorg import databases
from wijkzorg.common import CommandError
from wijkzorg.main import application

SERVICES = ("billing", "indicatie", "intake", "reporting")
TOPICS = ("intake", "indicatie", "bijdrage")


def setup(*arguments: str | Path) -> dict[str, Any]:
    """What `wijkzorg setup …` answers; raises what it raises."""
    said = CliRunner().invoke(application(["setup"]), ["setup", *map(str, arguments), "--json"])
    if said.exception:
        raise said.exception
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which passwords were made."""
    setup("secrets", "--dir", tmp_path / "secrets")
    return tmp_path / "secrets"


@pytest.fixture
def environment(backends: Backends, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An environment of this test's own on the Kafka and PostgreSQL of all tests, removed afterwards."""
    own = f"s-{secrets.token_hex(4)}"
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", backends.kafka_bootstrap_servers)
    monkeypatch.setenv("WIJKZORG_POSTGRES_DSN", backends.postgres_dsn)
    monkeypatch.setenv("WIJKZORG_TOPIC_PREFIX", own)
    yield own
    drop(backends.postgres_dsn, own)
    asyncio.run(forget(backends.kafka_bootstrap_servers, own))


def drop(dsn: str, environment: str) -> None:
    """Leave no databases and roles of services behind."""
    for service in SERVICES:
        ask(dsn, f'drop database if exists "{environment}_{service}" with (force)')
        ask(dsn, f'drop role if exists "{environment}_{service}"')


async def forget(kafka: str, prefix: str) -> None:
    """Leave no topics behind: every consumer there is reads the names of all there are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(prefix)])
    finally:
        await admin.close()


def ask(dsn: str, query: str, *arguments: str) -> list[Any]:
    """The rows that a query gives."""

    async def asked() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(asked())


def dsn_of(backends: Backends, folder: Path, user: str, database: str) -> str:
    """How the service of this user reaches a database, with the password in its file."""
    password = (folder / user.partition("_")[2] / "wijkzorg_database_password").read_text()
    parts = urlsplit(backends.postgres_dsn)
    return urlunsplit(
        parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}", path=f"/{database}")
    )


def test_a_password_is_made_for_postgresql_grafana_and_each_service_and_stays_as_it_is(
    tmp_path: Path,
) -> None:
    (tmp_path / "intake").mkdir()
    (tmp_path / "intake" / "wijkzorg_database_password").write_text("my own")
    assert setup("secrets", "--dir", tmp_path)["behouden"] == 1
    files = [tmp_path / "postgres" / "postgres_password", tmp_path / "grafana" / "grafana_password"]
    files += [tmp_path / service / "wijkzorg_database_password" for service in SERVICES]
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(files)
    made = {file: file.read_text() for file in files}
    assert made.pop(tmp_path / "intake" / "wijkzorg_database_password") == "my own"
    assert len(set(made.values())) == len(made)
    assert {len(password) for password in made.values()} == {48}
    assert {stat.S_IMODE(file.stat().st_mode) for file in made} == {0o444}
    assert setup("secrets", "--dir", tmp_path) == {"gemaakt": [], "behouden": 6}
    assert made == {file: file.read_text() for file in made}


def test_each_service_gets_a_role_that_may_use_its_own_database_alone_and_its_topics(
    backends: Backends, folder: Path, environment: str
) -> None:
    answer = setup("backends", "--secrets-dir", folder)
    assert answer["databases"] == [f"{environment}_{service}" for service in SERVICES]
    assert sorted(answer["topics"]) == sorted(f"{environment}.{name}" for name in TOPICS)
    for service in SERVICES:
        own = f"{environment}_{service}"
        assert ask(dsn_of(backends, folder, own, own), "create table is_mine()") == []
        other = f"{environment}_{next(name for name in SERVICES if name != service)}"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(dsn_of(backends, folder, own, other), "select")
    rights = ask(
        backends.postgres_dsn,
        "select distinct rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles"
        " where starts_with(rolname, $1)",
        environment,
    )
    assert rights == [(False,) * 5]


def test_again_it_changes_nothing_but_a_password_that_was_changed(
    backends: Backends, folder: Path, environment: str
) -> None:
    setup("backends", "--secrets-dir", folder)
    own = f"{environment}_billing"
    before = dsn_of(backends, folder, own, own)
    ask(before, "create table kept()")
    assert setup("backends", "--secrets-dir", folder)["topics"] == []
    assert ask(before, "select from kept") == []
    file = folder / "billing" / "wijkzorg_database_password"
    file.chmod(0o644)
    file.write_text("renewed\n")
    setup("backends", "--secrets-dir", folder)
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(before, "select")
    assert ask(before.replace(urlsplit(before).password or "", "renewed"), "select from kept") == []


@pytest.fixture
def modest(
    backends: Backends, environment: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A role that may make roles and databases and no more, as which the setup is done.

    A password that PostgreSQL would work out itself for this role would have taken 5,000 rounds.
    """
    own = f"{environment}_admin"
    password = (folder / "postgres" / "postgres_password").read_text()
    made = f'create role "{own}" login createrole createdb '
    ask(backends.postgres_dsn, made + f"password '{password}'")
    ask(backends.postgres_dsn, f'alter role "{own}" set scram_iterations = 5000')
    parts = urlsplit(backends.postgres_dsn)
    monkeypatch.setenv(
        "WIJKZORG_POSTGRES_DSN", urlunsplit(parts._replace(netloc=f"{own}@{parts.hostname}:{parts.port}"))
    )
    yield own
    drop(backends.postgres_dsn, environment)
    ask(backends.postgres_dsn, f'drop role "{own}"')


def test_a_role_that_may_make_roles_and_databases_is_enough_and_postgresql_is_never_sent_a_password(
    backends: Backends, folder: Path, environment: str, modest: str
) -> None:
    for _ in range(2):
        setup("backends", "--secrets-dir", folder)
    for service in SERVICES:
        own = f"{environment}_{service}"
        assert ask(dsn_of(backends, folder, own, own), "create extension btree_gist") == []
    kept = ask(backends.postgres_dsn, "select rolpassword from pg_authid where rolname = $1", own)
    assert kept[0][0].startswith("SCRAM-SHA-256$4096:")
    ask(backends.postgres_dsn, f'alter role "{modest}" nocreatedb nocreaterole')
    ask(backends.postgres_dsn, f'drop database "{own}" with (force)')
    with pytest.raises(CommandError, match="a user that may create roles and databases"):
        setup("backends", "--secrets-dir", folder)


def test_a_folder_or_file_that_is_not_for_this_user_is_said(tmp_path: Path) -> None:
    (tmp_path / "intake").write_text("a file where a folder belongs")
    with pytest.raises(
        CommandError, match=r"intake/wijkzorg_database_password cannot be made .* let this user"
    ):
        setup("secrets", "--dir", tmp_path)
    (tmp_path / "intake").unlink()
    setup("secrets", "--dir", tmp_path)
    (tmp_path / "intake" / "wijkzorg_database_password").chmod(0o600)
    (tmp_path / "intake" / "wijkzorg_database_password").write_bytes(b"\xff")
    with pytest.raises(CommandError, match=r"intake/wijkzorg_database_password cannot be read .* read it"):
        databases.password_in(tmp_path / "intake" / "wijkzorg_database_password")
    (tmp_path / "intake" / "wijkzorg_database_password").write_text("wachtwöord")
    with pytest.raises(CommandError, match="other signs than those of ASCII"):
        databases.password_in(tmp_path / "intake" / "wijkzorg_database_password")


@pytest.mark.usefixtures("environment")
def test_what_is_not_there_or_cannot_be_right_is_said_and_nothing_is_made(
    backends: Backends, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "intake" / "wijkzorg_database_password").unlink()
    with pytest.raises(CommandError, match=r"intake/wijkzorg_database_password holds no password"):
        setup("backends", "--secrets-dir", folder)
    setup("secrets", "--dir", folder)
    parts = urlsplit(backends.postgres_dsn)
    nobodys = urlunsplit(parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}"))
    monkeypatch.setenv("WIJKZORG_POSTGRES_DSN", nobodys)
    with pytest.raises(CommandError, match=r"PostgreSQL refuses .* postgres/postgres_password"):
        setup("backends", "--secrets-dir", folder)
    monkeypatch.delenv("WIJKZORG_POSTGRES_DSN")
    with pytest.raises(CommandError, match="Name them in KAFKA_BOOTSTRAP_SERVERS and WIJKZORG_POSTGRES_DSN"):
        setup("backends", "--secrets-dir", folder)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("setting", "away", "what"),
    [
        ("WIJKZORG_POSTGRES_DSN", "postgresql://postgres@127.0.0.1:9/postgres", "PostgreSQL"),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9", "Kafka"),
    ],
)
def test_it_waits_for_what_does_not_answer_says_so_and_gives_up(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    setting: str,
    away: str,
    what: str,
) -> None:
    monkeypatch.setenv(setting, away)
    with pytest.raises(CommandError, match=rf"{what} .{setting}. did not answer within 3 s"):
        setup("backends", "--secrets-dir", folder, "--wait", "3")
    assert f"setup waits: {what} does not answer" in caplog.text
