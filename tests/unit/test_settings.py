"""Settings, from variables and from a folder of secrets."""

from pathlib import Path

import pytest

from shared.settings import SettingsError, settings_of_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIJKZORG_DATABASE_DSN", "postgresql://billing@postgres:5432/billing?sslmode=require")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")


def test_a_password_comes_from_a_file_and_may_hold_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wijkzorg_database_password").write_text("a/b@c:d e%\n", encoding="utf-8")
    monkeypatch.setenv("WIJKZORG_SECRETS_DIR", str(tmp_path))
    settings = settings_of_environment()
    assert settings.dsn == "postgresql://billing:a%2Fb%40c%3Ad%20e%25@postgres:5432/billing?sslmode=require"
    assert "a/b" not in repr(settings)


def test_without_one_the_address_is_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIJKZORG_DATABASE_PASSWORD", "")
    settings = settings_of_environment()
    assert settings.dsn == settings.database_dsn.get_secret_value()


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIJKZORG_CLOCK", "")
    assert settings_of_environment().clock is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092,Geheim", "host:port"),
        ("WIJKZORG_READY_FILE", "/nowhere/Geheim", "no folder that this user may write to"),
        ("WIJKZORG_CLOCK", "Geheim", "setting clock"),
    ],
)
def test_what_is_wrong_is_said_without_what_was_given(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said) as error:
        settings_of_environment()
    assert "Geheim" not in str(error.value)
