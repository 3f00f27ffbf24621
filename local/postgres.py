"""How PostgreSQL is initialised and run: one cluster, on loopback TCP only."""

import os
import pwd
import secrets
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.wheels import postgres_program

USER = "wijkzorg"

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one data folder."""

    data_dir: Path
    port: int
    durable: bool

    @property
    def cluster(self) -> Path:
        """Where the databases are kept."""
        return self.data_dir / "postgres"

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "postgres.password"

    @property
    def dsn(self) -> str:
        """The superuser's address of the database `postgres`."""
        return f"postgresql://{USER}:{self._password_file.read_text().strip()}@127.0.0.1:{self.port}/postgres"

    def init_command(self, cluster: Path) -> list[str]:
        """Make `cluster` a new, empty cluster with a password of its own."""
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        cluster.mkdir()
        self._hand_over(cluster, self._password_file)
        return [
            str(postgres_program("initdb")),
            *("--pgdata", str(cluster), "--username", USER, "--pwfile", str(self._password_file)),
            *(
                "--encoding",
                "UTF8",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--locale",
                "C",
            ),
            # The password is random and long, so the costly rounds that protect a weak one buy nothing.
            *("--auth", "scram-sha-256", "--set", "scram_iterations=1"),
            *("--no-instructions", *([] if self.durable else ["--no-sync"])),
        ]

    def _hand_over(self, *paths: Path) -> None:
        try:
            for path in paths:
                os.chown(path, *(self.owner() or (-1, -1)))
        except PermissionError as error:
            message = "PostgreSQL does not run as root, and this root may not become another user; start as a plain user."
            raise LocalError(message) from error

    def run_command(self) -> list[str]:
        """Run the server, with the port of this start."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            "log_error_verbosity": "terse",  # a refused row holds who it is of
            **({} if self.durable else NOT_DURABLE),
        }
        options = [word for name, setting in settings.items() for word in ("-c", f"{name}={setting}")]
        return [str(postgres_program("postgres")), "-D", str(self.cluster), *options]

    def is_ready(self, pid: int) -> bool:
        """Whether the server that runs as `pid` says of itself that it takes connections."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return lines[:1] == [str(pid)] and lines[-1].strip() == "ready"

    def owner(self) -> tuple[int, int] | None:
        """Whom PostgreSQL runs as when we are root, which it refuses to be."""
        if os.geteuid() != 0:
            return None
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError as error:
            message = "PostgreSQL does not run as root and there is no user nobody; start as another user."
            raise LocalError(message) from error
        return nobody.pw_uid, nobody.pw_gid
