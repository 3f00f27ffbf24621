"""The municipality: its code, its postcodes and its wijken, from one file that it may replace by its own.

A wijk is (indelingsjaar, code), for CBS used codes again for other areas.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

ZOETERMEER = files("shared.gemeente") / "zoetermeer.toml"


class WijkId(NamedTuple):
    """Which wijk: the year of the division, and the code in it."""

    jaar: int
    code: str


class GemeenteError(Exception):
    """The file of the municipality cannot be used; the message says where it is wrong."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Wijk(_Strict):
    """A wijk of one division; `inwoners` where it is known, `tegel` its (column, row) on the tile map."""

    jaar: int = Field(ge=2000, le=2199)
    code: str = Field(pattern=r"^WK[0-9]{6}$")
    naam: str = Field(min_length=1, max_length=80)
    inwoners: int | None = Field(None, ge=0)
    tegel: tuple[Annotated[int, Field(ge=0, le=99)], Annotated[int, Field(ge=0, le=99)]] | None = None

    @property
    def id(self) -> WijkId:
        """Which wijk it is."""
        return WijkId(self.jaar, self.code)


class Gemeente(_Strict):
    """A municipality: code of four digits, name, the first four digits of its postcodes, its wijken."""

    code: str = Field(pattern=r"^[0-9]{4}$")
    naam: str = Field(min_length=1, max_length=80)
    postcodes: frozenset[Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{3}$")]]
    wijken: tuple[Wijk, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _each_wijk_once(self) -> "Gemeente":
        if len({wijk.id for wijk in self.wijken}) < len(self.wijken):
            raise ValueError("a wijk (jaar, code) stands in it twice")
        return self

    def has_postcode(self, postcode: str) -> bool:
        """Whether a postcode (`1234AB`) lies in the municipality."""
        return postcode[:4] in self.postcodes

    def wijk(self, jaar: int, code: str) -> Wijk | None:
        """The wijk with this code in the division of this year; None where there is none."""
        return next((wijk for wijk in self.wijken if wijk.id == (jaar, code)), None)


def load(path: Path | None) -> Gemeente:
    """The municipality in a TOML file, or Zoetermeer. Raises GemeenteError where the file is wrong."""
    try:
        text = (path or ZOETERMEER).read_text(encoding="utf-8")
        return Gemeente.model_validate(tomllib.loads(text))
    except OSError as error:
        raise GemeenteError(f"{path} cannot be read ({error.strerror}). Nothing was started.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GemeenteError(f"{path} is no TOML file ({error}). Nothing was started.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise GemeenteError(f"{path}: {where}: {first['msg']}. Nothing was started; mend the file.") from None
