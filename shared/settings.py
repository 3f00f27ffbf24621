"""What may be set from outside, read once where a process starts and passed down from there."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator, AwareDatetime, Field, FilePath, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSecretError

Clock = Callable[[], datetime]
"""The present instant, in UTC."""


def bootstrap_servers(text: str) -> str:
    """The addresses of Kafka's brokers as they were given. Raises ValueError where that is not what they are."""
    if not all(re.fullmatch(r"\s*\S+:[0-9]{1,5}\s*", server) for server in text.split(",")):
        raise ValueError("it names no servers; write it as host:port, with commas between")
    return text


def writable(file: Path) -> Path:
    """A file in a folder that this user may write to. Raises ValueError where it is not."""
    if not os.access(file.parent, os.W_OK):
        raise ValueError("it is in no folder that this user may write to")
    return file


class ServiceSettings(BaseSettings):
    """The settings of any service; each is the environment variable `WIJKZORG_<NAME>`.

    Each may instead be a file of that name in small letters, in the folder that `WIJKZORG_SECRETS_DIR` names. A
    variable that is empty is one that is not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="WIJKZORG_", env_ignore_empty=True, hide_input_in_errors=True, extra="ignore"
    )

    _is_from_file: bool = PrivateAttr(default=False)
    database_dsn: SecretStr = Field(description="the service's own database, as a PostgreSQL URL")
    database_password: SecretStr | None = Field(
        None, description="the password to that database, where its URL holds none"
    )
    secrets_dir: Path | None = Field(
        None, description="folder of secrets, each in a file named as its variable in small letters"
    )
    kafka_bootstrap_servers: Annotated[str, AfterValidator(bootstrap_servers)] = Field(
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="Kafka brokers, host:port, comma-separated",
    )
    topic_prefix: str = Field(
        "wijkzorg", pattern=r"^[a-z][a-z0-9-]{0,39}$", description="first part of every topic and group name"
    )
    oin: str = Field(
        "00000000000000000000",
        pattern=r"^\d{20}$",
        description="OIN of the municipality, in the source of events; once it runs, leave it as it is",
    )
    clock: AwareDatetime | None = Field(None, description="a fixed moment instead of the system's clock")
    http_host: str = Field("127.0.0.1", description="address on which the service listens")
    http_port: int | None = Field(
        None, ge=0, le=65535, description="port on which the service listens; 0: a free one; else its own"
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[a-z0-9-]+)*$",
        description="path under which a proxy shows the service, which it takes off the addresses it passes on",
    )
    gemeente_file: Path | None = Field(
        None, description="TOML file of the municipality: code, postcodes, wijken; Zoetermeer's if not set"
    )
    instellingen: Path | None = Field(
        None, description="YAML file of the contribution's tariffs and settings; the national ones if not set"
    )
    sluit_maanden: bool = Field(
        True,
        description="whether billing closes a month by itself when its grace is over; else only who asks does",
    )
    theme_file: FilePath | None = Field(
        None,
        description="CSS file with the municipality's own colours and letters, for the pages; neutral if not set",
    )
    batch_records_max: int = Field(5000, ge=1, le=50_000, description="records judged in one transaction")
    put_aside_percent_max: int = Field(
        20,
        ge=1,
        le=100,
        description="of the last records of most partitions, how many per cent may be put aside before the service"
        " stops; 100: all",
    )
    metadata_max_age_seconds: float = Field(
        10.0, ge=0.5, le=300, description="how soon the topics of a newly registered provider are noticed"
    )
    session_timeout_seconds: float = Field(
        10.0, ge=6, le=300, description="how soon a copy that no longer answers loses its partitions"
    )
    stuck_seconds: float = Field(
        300.0,
        ge=300,  # a statement and its rollback take time, too, when the database says nothing
        le=3600,
        description="after how long without a sign of life `/livez` says that it is stuck",
    )
    ready_file: Annotated[Path, AfterValidator(writable)] | None = Field(
        None, description="where the service writes its own address once it listens"
    )

    @property
    def dsn(self) -> str:
        """The service's own database, with the password to it; one from a file as the file has it now."""
        dsn = self.database_dsn.get_secret_value()
        if self.database_password is None:
            return dsn
        was = self.database_password.get_secret_value()
        return with_password(dsn, self._in_file() or was if self._is_from_file else was)

    def model_post_init(self, _context: Any) -> None:
        """Note where the password came from."""
        password = self.database_password
        self._is_from_file = password is not None and password.get_secret_value() == self._in_file()

    def _in_file(self) -> str | None:
        if self.secrets_dir is None:
            return None
        try:
            return (self.secrets_dir / "wijkzorg_database_password").read_text(encoding="utf-8").strip()
        except OSError:
            return None


def with_password(dsn: str, password: str) -> str:
    """The DSN with this password to it, in place of any that it holds."""
    parts = urlsplit(dsn)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quote(password, safe='')}@{host}"))


class SettingsError(ValueError):
    """What is wrong with the settings, in a sentence for whoever set them; it quotes none of them."""


def settings_of_environment(**given: Any) -> ServiceSettings:
    """The settings in the environment, and in the folder of secrets that it names, but what is given. Raises SettingsError."""
    folder = os.environ.get("WIJKZORG_SECRETS_DIR") or None
    try:
        return ServiceSettings(_secrets_dir=folder, **given)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        said = "; ".join(f"setting {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong)
        raise SettingsError(said) from None
    except (UnreadableSecretError, OSError):
        raise SettingsError(
            f"WIJKZORG_SECRETS_DIR ({folder}) is no folder of text files that this user (uid {os.getuid()}) can read. "
            "Let it read them, and start again."
        ) from None


def clock_of(fixed: datetime | None) -> Clock:
    """The system's clock, or one that stands still at `fixed`."""
    if fixed is None:
        return lambda: datetime.now(UTC)
    moment = fixed.astimezone(UTC)
    return lambda: moment
