"""What the servers' own logs say."""

from pathlib import Path


def last_line(log: Path) -> str:
    """The last thing a log says, for an error message."""
    try:
        lines = log.read_text(errors="replace").split("\n")
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip() and not line.startswith(("\t", "Caused by"))]
    return said[-1] if said else ""
