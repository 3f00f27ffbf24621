"""The files of the project, as git sees them: what is kept, and what is new and not ignored."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("bench/", "local/", "services/", "shared/", "wijkzorg/")


@cache
def paths() -> tuple[Path, ...]:
    """Every file of the project, relative to its root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = sorted(Path(name) for name in set(listing.stdout.split("\0")) if name)
    return tuple(path for path in found if (ROOT / path).is_file())


@cache
def text(path: Path) -> str:
    """The contents of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """A Python file of the project, parsed."""
    return ast.parse(text(path), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a Python file of the project, outside in."""
    return tuple(ast.walk(tree(path)))


def python(*under: str) -> list[Path]:
    """The Python files, or those below these folders."""
    return [path for path in paths() if path.suffix == ".py" and str(path).startswith(under or ("",))]


def product() -> list[Path]:
    """The Python files that are installed."""
    return python(*PRODUCT)
