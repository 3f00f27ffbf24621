"""The settings of a municipality, as a versioned whole: tariffs, scheme, grondslag, exemptions and terms."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from services.billing.domain.regeling import Inkomensgroep, Percentage, Regeling, Vast
from services.billing.domain.regels import ANDERS, CATEGORIEEN, Grondslag, Regels
from shared.contracts.types import Productcode
from shared.kalender import Month, format_month, parse_month

CENT_MAX = 100_000_00
"""Above any contribution of a month: a larger amount is a slip of the pen."""
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,9}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?", re.ASCII)
Plaats = tuple[int | str, ...]


def _fout(uitleg: str) -> PydanticCustomError:
    return PydanticCustomError("between_fields", "{uitleg}", {"uitleg": uitleg})


def _whole(value: Any) -> Any:
    """A file holds numbers as text: digits and nothing else, no 1_000, 1.0 or 0x10."""
    if not isinstance(value, str):
        return value
    if not _WHOLE.fullmatch(value):
        raise _fout("Schrijf dit als een geheel getal, zoals 1900.")
    return int(value)


def _decimal(value: Any) -> Any:
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise _fout("Schrijf dit als een getal met een punt, zoals 7.5.")
    return value


def _month(value: Any) -> Month:
    try:
        return parse_month(value)
    except (TypeError, ValueError):
        raise _fout("Schrijf dit als jaar en maand, zoals 2026-03.") from None


def _known(value: str) -> str:
    if value not in CATEGORIEEN:
        raise _fout('Dit is geen productcategorie. Schrijf 01 tot en met 18, tussen aanhalingstekens: "08".')
    return value


def _known_or_others(value: str) -> str:
    return value if value == ANDERS else _known(value)


Maand = Annotated[Month, BeforeValidator(_month), PlainSerializer(format_month)]
Cent = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=CENT_MAX)]
JaarCent = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=100 * CENT_MAX)]
Dagen = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=366)]
Maanden = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=120)]
Categorie = Annotated[str, AfterValidator(_known)]


def _refuse(fouten: Sequence[tuple[Plaats, str]]) -> None:
    """Each at its own place below the value that is looked at."""
    if fouten:
        raise ValidationError.from_exception_data(
            "", [InitErrorDetails(type=_fout(uitleg), loc=plaats, input=None) for plaats, uitleg in fouten]
        )


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True
    )


class Tariefrij(_Strict):
    """The tariff of the months from `van` up to and including `tot` in cents, and how that is known.

    `wet` is the article of law that lays it down, where that is another than of other months.
    """

    van: Maand
    tot: Maand
    bedrag_cent: Cent
    wet: str | None = Field(None, min_length=1, max_length=120)
    bron: str = Field(min_length=1, max_length=300)


def _in_turn(rijen: tuple[Tariefrij, ...]) -> tuple[Tariefrij, ...]:
    """No month twice, none back to front. Rows may stand in any order."""
    fouten: list[tuple[Plaats, str]] = [
        ((place, "tot"), "Deze rij eindigt voor zij begint. Draai van en tot om.")
        for place, rij in enumerate(rijen)
        if rij.tot < rij.van
    ]
    ordered = sorted(range(len(rijen)), key=lambda place: rijen[place].van)
    for before, after in pairwise(ordered):
        if rijen[after].van <= rijen[before].tot:
            maand = format_month(rijen[after].van)
            fouten.append(((after, "van"), f"De maand {maand} staat al in een andere rij. Laat haar in één."))
    _refuse(fouten)
    return rijen


def _for_the_others(per_categorie: dict[str, Any]) -> dict[str, Any]:
    if ANDERS not in per_categorie:
        raise _fout(f"Zeg ook wat voor de andere categorieën geldt: {ANDERS}.")
    return per_categorie


CategorieOfAnders = Annotated[str, AfterValidator(_known_or_others)]


class Grondslagen(_Strict):
    """By what support is in use, by leveringsvorm and productcategorie. Nobody registers the use of a pgb."""

    zin: Annotated[dict[CategorieOfAnders, Grondslag], AfterValidator(_for_the_others)]
    pgb: Annotated[dict[CategorieOfAnders, Literal["beschikking"]], AfterValidator(_for_the_others)]


class VasteRegeling(_Strict):
    """The flat scheme: the tariff of the month."""

    soort: Literal["vast"]

    def regeling(self, vast: Vast) -> Regeling:
        """The scheme, on top of this table."""
        return vast


class Inkomen(_Strict):
    """Of a trial: so many households in a hundred with this income a year."""

    jaarinkomen_cent: JaarCent
    aandeel: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=100)]


def _a_hundred(groepen: tuple[Inkomen, ...]) -> tuple[Inkomen, ...]:
    if (together := sum(groep.aandeel for groep in groepen)) != 100:  # noqa: PLR2004 - shares are in a hundred
        raise _fout(f"De aandelen zijn samen {together}. Maak er samen 100 van.")
    return groepen


class PercentageRegeling(_Strict):
    """The capped percentage scheme, with incomes made up for a trial (`regeling.Percentage`)."""

    soort: Literal["percentage"]
    vanaf: Maand
    procent: Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0, le=100), PlainSerializer(str)]
    drempel_alleen_cent: JaarCent
    drempel_samen_cent: JaarCent
    minimum_cent: Cent
    maximum_cent: Cent
    inkomens: Annotated[tuple[Inkomen, ...], Field(min_length=1, max_length=100), AfterValidator(_a_hundred)]

    @model_validator(mode="after")
    def _least_below_most(self) -> "PercentageRegeling":
        if self.maximum_cent < self.minimum_cent:
            _refuse([(("maximumCent",), "Dit moet meer dan het minimum zijn.")])
        return self

    def regeling(self, vast: Vast) -> Regeling:
        """The scheme, on top of this table."""
        return Percentage(
            voorheen=vast,
            vanaf=self.vanaf,
            percentage=self.procent,
            drempel_alleen_cent=self.drempel_alleen_cent,
            drempel_samen_cent=self.drempel_samen_cent,
            minimum_cent=self.minimum_cent,
            maximum_cent=self.maximum_cent,
            inkomens=[Inkomensgroep(groep.jaarinkomen_cent, groep.aandeel) for groep in self.inkomens],
        )


def _of_a_kind(value: Any) -> Any:
    if isinstance(value, dict) and value.get("soort") not in ("vast", "percentage"):
        _refuse([(("soort",), "Kies één van deze regelingen: vast of percentage.")])
    return value


class Instellingen(_Strict):
    """All settings of the contribution under one `versie`: two of the same versie say the same.

    `respijt_dagen`: how many days after its end a month becomes definitive. `maanden_op_overzicht_max`: how many past
    months a statement asks for at most. `teruggave_maanden_max`, `eerste_bijdrage_maanden_max`: how many months back a
    refund (ub 3.6(6)) and a first charge (ub 3.5(4)) go without a person looking at it.
    """

    versie: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")
    gemeente: str | None = Field(None, pattern=r"^[0-9]{4}$")
    tarieven: Annotated[tuple[Tariefrij, ...], Field(min_length=1, max_length=400), AfterValidator(_in_turn)]
    regeling: Annotated[
        VasteRegeling | PercentageRegeling, Field(discriminator="soort"), BeforeValidator(_of_a_kind)
    ]
    grondslag: Grondslagen
    vrije_categorieen: frozenset[Categorie] = Field(max_length=18)
    vrije_producten: frozenset[Productcode] = Field(max_length=1000)
    respijt_dagen: Dagen
    maanden_op_overzicht_max: Maanden
    teruggave_maanden_max: Maanden
    eerste_bijdrage_maanden_max: Maanden

    @cached_property
    def tarief_cent(self) -> dict[Month, int]:
        """The tariff of every month that has one, in cents."""
        return {
            Month(maand): rij.bedrag_cent for rij in self.tarieven for maand in range(rij.van, rij.tot + 1)
        }

    @cached_property
    def regels(self) -> Regels:
        """What of this the contribution rule reads."""
        return Regels(
            regeling=self.regeling.regeling(Vast(self.tarief_cent)),
            grondslagen={"zin": self.grondslag.zin, "pgb": dict(self.grondslag.pgb)},
            vrije_categorieen=self.vrije_categorieen,
            vrije_producten=self.vrije_producten,
            eigen_wet={
                Month(maand): rij.wet
                for rij in self.tarieven
                if rij.wet
                for maand in range(rij.van, rij.tot + 1)
            },
        )

    def regels_beside(self, other: "Instellingen", first_cent: Mapping[Month, int]) -> Regels:
        """The same, with these tariffs for the months that have none here, by the articles that the other names."""
        vast = Vast({**first_cent, **self.tarief_cent})
        eigen_wet = {**other.regels.eigen_wet, **self.regels.eigen_wet}
        return replace(self.regels, regeling=self.regeling.regeling(vast), eigen_wet=eigen_wet)

    @property
    def is_for_trial(self) -> bool:
        """Whether its scheme stands on made-up incomes, so that nobody may be charged by it."""
        return not isinstance(self.regeling, VasteRegeling)

    def gaps(self) -> Iterator[tuple[Month, Month]]:
        """The months between two rows of the table that stand in none: nobody can be charged for them."""
        for before, after in pairwise(sorted(self.tarieven, key=lambda rij: rij.van)):
            if before.tot + 1 < after.van:
                yield Month(before.tot + 1), Month(after.van - 1)

    def content(self) -> dict[str, Any]:
        """All of it by wire names, as it is kept."""
        return self.model_dump(mode="json", by_alias=True)

    @staticmethod
    def of_content(content: Any) -> "Instellingen":
        """What was kept, also by a later version of the service that knew of more."""
        return Instellingen.model_validate(content, extra="ignore")
