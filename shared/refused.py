"""What somebody asked and may not be: said by the rules, or by a constraint of the database."""

from collections.abc import Iterable
from typing import NamedTuple


class Fout(NamedTuple):
    """One thing that is wrong: the field by its wire name (dots into nested ones), and why, in Dutch."""

    veld: str
    uitleg: str


class RefusedError(Exception):
    """What was asked may not be. Nothing of it was done; `fouten` says all that is wrong, and where."""

    def __init__(self, fouten: Iterable[Fout]) -> None:
        self.fouten = list(fouten)
        super().__init__("; ".join(f"{veld}: {uitleg}" for veld, uitleg in self.fouten))


def refuse(veld: str, uitleg: str) -> RefusedError:
    """The refusal for one reason, to be raised."""
    return RefusedError([Fout(veld, uitleg)])
