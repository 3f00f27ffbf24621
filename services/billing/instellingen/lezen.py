"""Settings out of a file, with the line of everything that is wrong in it."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from services.billing.domain.instellingen import Instellingen
from services.billing.instellingen.lined import BYTES_MAX, Lined, Regelfout, UnreadableError
from shared.contracts.uitleg import uitleg
from shared.settings import SettingsError

STANDAARD = files("services.billing.instellingen") / "standaard.yml"
FOUTEN_MAX = 50
GEEN_PROEF = (
    "Deze regeling rekent met bedachte inkomens, en is er alleen voor `wijkzorg tarief probeer`. "
    "Zet hier soort: vast."
)


class InstellingenError(SettingsError):
    """A file of settings cannot be used: each fault with its line; nothing of it was taken over."""

    def __init__(self, naam: str, fouten: list[Regelfout]) -> None:
        self.fouten = sorted(fouten)[:FOUTEN_MAX]
        super().__init__("\n".join(f"bestand {naam}, regel {_sentence(fout)}" for fout in self.fouten))


def _sentence(fout: Regelfout) -> str:
    return f"{fout.regel}: {fout.veld}: {fout.uitleg}" if fout.veld else f"{fout.regel}: {fout.uitleg}"


@cache
def standaard() -> Instellingen:
    """The national settings, which come with the service."""
    return parse(STANDAARD.read_bytes(), STANDAARD.name)


def load(path: Path | None) -> Instellingen:
    """The settings by which may be charged: of this file, or the national ones. Raises InstellingenError."""
    return standaard() if path is None else parse(read(path), str(path), trial=False)


def read(path: Path) -> bytes:
    """What is in a file, as far as settings may be long. Raises InstellingenError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(BYTES_MAX + 1)
    except OSError as error:
        fout = Regelfout(1, "", f"Het bestand is niet te lezen ({error.strerror}).")
        raise InstellingenError(str(path), [fout]) from None


def parse(inhoud: bytes, naam: str, *, trial: bool = True) -> Instellingen:
    """The settings in a file of this name; those that are for a trial only where `trial`.

    Raises InstellingenError with all that is wrong.
    """
    try:
        lined = Lined(inhoud)
    except UnreadableError as error:
        raise InstellingenError(naam, [error.fout]) from None
    fouten = lined.twice
    try:
        instellingen = Instellingen.model_validate(lined.plain)
    except ValidationError as error:
        fouten += [Regelfout(*lined.place(wrong["loc"]), uitleg(wrong)) for wrong in error.errors()]
        raise InstellingenError(naam, fouten) from None
    if instellingen.is_for_trial and not trial:
        fouten.append(Regelfout(*lined.place(("regeling", "soort")), GEEN_PROEF))
    if fouten:
        raise InstellingenError(naam, fouten)
    return instellingen
