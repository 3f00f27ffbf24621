"""Files of settings for tests: the national ones, Zoetermeer's, and a scheme that is for trials alone."""

from importlib.resources import files

from services.billing.domain.instellingen import Instellingen
from services.billing.instellingen.lezen import STANDAARD, parse

ZOETERMEER = files("services.billing.instellingen") / "0637-zoetermeer.yml"

PERCENTAGE = """\
regeling:
  soort: percentage
  vanaf: 2026-03
  procent: 7.5
  drempelAlleenCent: 2450000
  drempelSamenCent: 3400000
  minimumCent: 2360
  maximumCent: 32800
  inkomens:
    - {jaarinkomenCent: 1800000, aandeel: 40}
    - {jaarinkomenCent: 3600000, aandeel: 35}
    - {jaarinkomenCent: 9000000, aandeel: 25}
"""
"""As bill 36713 was thought to become: numbers to try with, laid down nowhere."""


def plain() -> str:
    """The national settings, as they stand in their file."""
    return STANDAARD.read_text(encoding="utf-8")


def zoetermeer() -> Instellingen:
    """The settings of Zoetermeer, by which a beschikking is what counts."""
    return parse(ZOETERMEER.read_bytes(), ZOETERMEER.name)


def with_regeling(regeling: str) -> str:
    """The national settings with another scheme, under a versie of its own."""
    return (
        plain()
        .replace("regeling:\n  soort: vast\n", regeling)
        .replace("versie: landelijk-2026-1", "versie: proef-1")
    )
