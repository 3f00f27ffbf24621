"""The values that fields of events are made of, and why a field may exist at all.

Values are strict: a number in quotes is no number. A date is a local calendar date, a moment carries its
offset and is an instant. Text is printable, so that no database or terminal chokes on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from unicodedata import category
from uuid import UUID

from annotated_types import Ge, Le, MaxLen
from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    with_config,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import chain_schema, custom_error_schema, str_schema
from typing_extensions import TypedDict

WIRE = ConfigDict(
    alias_generator=to_camel,
    validate_by_name=False,
    validate_by_alias=True,
    strict=True,
    hide_input_in_errors=True,
)
"""Every contract: camelCase on the wire, snake_case here, strict, and no input in its errors."""


@dataclass(frozen=True, slots=True)
class Verwerking:
    """A ground in law for processing a field, and how long the field is kept (AVG art. 5, 6 and 30)."""

    grond: str
    bewaartermijn: str


@dataclass(frozen=True, slots=True)
class Veld:
    """Why a field is in a contract: its purpose in one line, and the processing it belongs to."""

    doel: str
    verwerking: Verwerking

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], dict[str, Any]]) -> Any:
        """Beside the field in its JSON Schema."""
        return handler(schema) | {
            "description": self.doel,
            "x-grond": self.verwerking.grond,
            "x-bewaartermijn": self.verwerking.bewaartermijn,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """The one way in which a value is written; of itself pydantic also takes digits for a date, and more."""

    pattern: str
    format: str
    voorbeeld: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """First the text, then what it says."""
        text = custom_error_schema(
            str_schema(pattern=self.pattern, strict=True),
            custom_error_type="written",
            custom_error_message="write it as {voorbeeld}",
            custom_error_context={"voorbeeld": self.voorbeeld},
        )
        return chain_schema([text, handler(source) | {"strict": False}])

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> Any:
        """A string of that form."""
        return {"type": "string", "format": self.format, "pattern": self.pattern}


ONDERZOEK = Verwerking("Wmo 2015 art. 2.3.2, 5.1.1", "15 years after the last change (5.3.4)")
VERSTREKKING = Verwerking("Wmo 2015 art. 2.3.5, 5.1.1", "15 years after the last change (5.3.4)")
BIJDRAGE = Verwerking("Wmo 2015 art. 2.1.4a, 2.1.4b, 5.1.1", "7 years (5.3.4)")
LEVERING = Verwerking("Wmo 2015 art. 2.6.3, 5.1.2", "7 years (topic retention)")
CIJFERS = Verwerking("Wmo 2015 art. 2.1.2, 5.1.1; AVG art. 89", "15 years, then only as counts")
BELEID = Verwerking("Wmo 2015 art. 2.1.2, 2.5.3; no person behind it", "for ever: counts and organisations")

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]

FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters to Unicode that nobody sees."""


def seen(text: str) -> str:
    """Without what is not seen at either end: spaces of any width, none too."""
    places = [n for n, char in enumerate(text) if category(char)[0] not in "CZ" and char not in FILLERS]
    return text[places[0] : places[-1] + 1] if places else ""


def _named(text: str) -> str:
    name = seen(text)
    if not any(map(str.isalpha, name)):
        raise PydanticCustomError("between_fields", "{uitleg}", {"uitleg": "Noem een naam, met letters."})
    return name


def _article(text: str) -> str:
    article = seen(text)
    if not any(map(str.isalnum, article)):
        uitleg = "Noem het artikel, met letters of cijfers."
        raise PydanticCustomError("between_fields", "{uitleg}", {"uitleg": uitleg})
    return article


Naam = Annotated[Text, Field(max_length=100), AfterValidator(_named)]
"""Who acts, as a person says it until there is sign-in."""
Artikel = Annotated[Text, AfterValidator(_article)]
"""By which article."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
"""A word of a list that its owner keeps; never a sentence, so never about a person."""

DATE_MIN, DATE_MAX = date(1900, 1, 1), date(2199, 12, 31)
Datum = Annotated[
    date, Ge(DATE_MIN), Le(DATE_MAX), Written("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date", "2026-01-31")
]


def format_moment(moment: datetime) -> str:
    """An instant as RFC 3339 in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    AwareDatetime,
    Ge(datetime(1900, 1, 1, tzinfo=UTC)),
    Le(datetime(2199, 12, 31, tzinfo=UTC)),
    Written(
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
        "date-time",
        "2026-01-31T08:30:00Z",
    ),
    PlainSerializer(format_moment, when_used="json"),
]
Maand = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A calendar month, `YYYY-MM`."""

INT_MAX = 2_147_483_647
Count = Annotated[int, Ge(0), Le(INT_MAX)]
Whole = Annotated[int, Ge(-INT_MAX), Le(INT_MAX)]
"""A whole number whose sign is judged, not parsed."""
Cent = Annotated[int, Ge(-INT_MAX * 1000), Le(INT_MAX * 1000)]
"""Eurocents."""
Versie = Annotated[int, Ge(0), Le(9_223_372_036_854_775_806)]
"""Of a state: the highest wins."""

Id = Annotated[
    UUID,
    Written(
        "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "uuid", "00000000-0000-4000-8000-000000000000"
    ),
]
Zaaknummer = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")]
"""The number of a case (melding, aanvraag) in whatever system keeps it: a UUID of ours, a zaaknummer of another's."""
Agb = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
"""AGB code of a provider (aanbieder): eight digits."""
ToewijzingNummer = Annotated[int, Ge(1), Le(999_999_999)]
"""iWmo: unique in the municipality for the Wmo (TR332)."""
ReferentieNummer = Annotated[
    str, StringConstraints(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""iWmo: at most 20 characters, unique per provider (TR314)."""
Productcategorie = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-8]|J[0-9A-Za-z]{1,9})$")]
"""iWmo list WMO020, or a local code `J…` for activities of youth."""
Productcode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,10}$")]
Eenheid = Literal["01", "04", "14", "16", "82", "83", "84"]
"""iWmo list WJ756: minuut, uur, etmaal, dagdeel, stuks (output), euro's, stuks (inspanning)."""
Frequentie = Literal["1", "2", "4", "6"]
"""iWmo list WMO757: dag, week, maand, totaal binnen geldigheidsduur."""
RedenBeeindiging = Literal["02", "19", "20", "21", "22", "23", "31", "36", "37", "38", "39"]
"""iWmo list WMO588; `20` = temporary."""
RedenWijziging = Literal["02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14"]
"""iWmo list WMO002; `13` = removed: as if never given."""
Leveringsvorm = Literal["zin", "pgb"]
Oplossing = Literal[
    "eigen_kracht",
    "gebruikelijke_hulp",
    "netwerk",
    "informeel",
    "algemene_voorziening",
    "pluspakket",
    "andere_wet",
    "maatwerk",
]
"""The rungs of support, nearest first."""
WijkCode = Annotated[str, StringConstraints(pattern=r"^WK[0-9]{6}$")]
Indelingsjaar = Annotated[int, Ge(2000), Le(2199)]


@with_config(WIRE)
class Wijk(TypedDict):
    """A wijk is a code within the division of a year: CBS used codes again for other areas."""

    jaar: Annotated[Indelingsjaar, Veld("the year of the division", CIJFERS)]
    code: Annotated[WijkCode, Veld("which wijk of that division", CIJFERS)]


Domein = Literal["wmo", "jeugd"]
Oplossingen = Annotated[dict[Oplossing, Count], MaxLen(8)]
"""Numbers by rung."""
Aanleiding = Annotated[list[Text], MaxLen(1000)]
"""Ids of the events behind a line."""
Categorieen = Annotated[list[Productcategorie], MaxLen(100)]


def wrong_field(name: str, uitleg: str) -> ValidationError:
    """What a rule between fields raises: the error of one field, by its wire name, in a Dutch sentence."""
    error = PydanticCustomError("between_fields", "{uitleg}", {"uitleg": uitleg})
    detail = InitErrorDetails(type=error, loc=(name,), input=None)
    return ValidationError.from_exception_data("contract", [detail], hide_input=True)


def in_order(period: Any) -> Any:
    """A period (`van`, `tot`, the last day) does not end before it begins."""
    tot = period.get("tot")
    if tot is not None and tot < period["van"]:
        raise wrong_field("tot", "De laatste dag ligt voor de eerste.")
    return period
