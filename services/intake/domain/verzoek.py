"""What may be asked of intake, as frozen values: by wire names, with a limit on everything."""

import hashlib
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, ConfigDict, PlainValidator, StringConstraints, model_validator

from shared.contracts.types import (
    WIRE,
    Categorieen,
    Code,
    Datum,
    Domein,
    Id,
    Indelingsjaar,
    Maand,
    Oplossing,
    Productcategorie,
    WijkCode,
    wrong_field,
)

BEHOEFTEN_MAX = 50
Naam = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Verhaal = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
    ),
]
"""Free text of several lines, about a person: it never leaves intake."""
Postcode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{3}[A-Z]{2}$")]
Toevoeging = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class _Verzoek(BaseModel):
    model_config = WIRE | ConfigDict(extra="forbid", frozen=True)


class Adres(_Verzoek):
    """Where someone lives."""

    postcode: Postcode
    huisnummer: Annotated[int, Ge(1), Le(99_999)]
    toevoeging: Toevoeging | None = None


class Wijk(_Verzoek):
    """In which wijk an address lies: a code of the division of a year."""

    jaar: Indelingsjaar
    code: WijkCode


class Bekend(_Verzoek):
    """A resident who is a client already."""

    client_id: Id


class Persoon(_Verzoek):
    """A resident, by what identifies someone without a BSN (Wmo 5.2.9); with ids of the caller's choice if new."""

    client_id: Id | None = None
    huishouden_id: Id | None = None
    voornamen: Naam
    achternaam: Naam
    geboortedatum: Datum
    adres: Adres
    wijk: Wijk
    woont_vanaf: Datum

    @property
    def sleutel(self) -> bytes:
        """What makes this the same resident as another, as a hash; see `sleutel_of`."""
        return sleutel_of(self.voornamen, self.achternaam, self.geboortedatum, self.adres)


def sleutel_of(voornamen: str, achternaam: str, geboortedatum: date, adres: Adres) -> bytes:
    """The same for two residents of one name, birth date and address, whatever capitals and spaces."""
    number = (str(adres.huisnummer), adres.toevoeging or "")
    parts = (achternaam, voornamen, geboortedatum.isoformat(), adres.postcode, *number)
    plain = ("".join(unicodedata.normalize("NFKC", part).casefold().split()) for part in parts)
    return hashlib.sha256("\0".join(plain).encode()).digest()


def _persoon_or_bekend(value: Any) -> "Persoon | Bekend":
    is_known = isinstance(value, dict) and value.keys() == {"clientId"}
    return Bekend.model_validate(value) if is_known else Persoon.model_validate(value)


Bewoner = Annotated[
    Persoon | Bekend, PlainValidator(_persoon_or_bekend, json_schema_input_type=Persoon | Bekend)
]
"""A resident: someone's particulars, or only the clientId of one who is known."""


class Klanthouder(_Verzoek):
    """A professional who can stay with clients."""

    klanthouder_id: Id | None = None
    naam: Naam


class Melding(_Verzoek):
    """Someone reports a need for support (Wmo 2.3.2)."""

    melding_id: Id | None = None
    datum: Datum
    kanaal: Code
    domein: Domein = "wmo"
    spoed: bool = False
    toelichting: Verhaal | None = None
    klanthouder_id: Id | None = None
    client: Bewoner
    partner: Bewoner | None = None
    partner_vanaf: Datum | None = None

    @model_validator(mode="after")
    def _since_when_with_whom(self) -> Self:
        if self.partner_vanaf and not self.partner:
            raise wrong_field("partnerVanaf", "Noem ook de partner.")
        return self


class Behoefte(_Verzoek):
    """A need, and the rung of support that suffices; only maatwerk has a productcategorie."""

    omschrijving: Verhaal | None = None
    oplossing: Oplossing
    productcategorie: Productcategorie | None = None

    @model_validator(mode="after")
    def _category_with_maatwerk(self) -> Self:
        if self.oplossing == "maatwerk" and not self.productcategorie:
            raise wrong_field("productcategorie", "Noem bij maatwerk de productcategorie.")
        if self.oplossing != "maatwerk" and self.productcategorie:
            raise wrong_field("productcategorie", "Alleen maatwerk heeft een productcategorie.")
        return self


class Onderzoek(_Verzoek):
    """The onderzoek after a melding ends (Wmo 2.3.2)."""

    melding_id: Id
    datum: Datum
    behoeften: Annotated[list[Behoefte], Len(1, BEHOEFTEN_MAX)]
    aanvraag_id: Id | None = None

    @property
    def gevraagd(self) -> list[str]:
        """The categories of which maatwerk is needed."""
        return sorted({need.productcategorie for need in self.behoeften if need.productcategorie})


class Aanvraag(_Verzoek):
    """The client applies for maatwerk (Wmo 2.3.5)."""

    aanvraag_id: Id | None = None
    melding_id: Id
    client_id: Id
    datum: Datum
    gevraagd: Annotated[Categorieen, Len(1)]


class Verhuizing(_Verzoek):
    """A client has another address from a day on."""

    verhuizing_id: Id | None = None
    client_id: Id
    vanaf: Datum
    adres: Adres
    wijk: Wijk


class Uitschrijving(_Verzoek):
    """A client died or left; `per` is the first day no longer registered."""

    client_id: Id
    per: Datum
    reden: Literal["overlijden", "vertrek"]


class Huishouden(_Verzoek):
    """One client, or a client and spouse, form a new huishouden from a day on (Wmo 1.1.2)."""

    huishouden_id: Id | None = None
    leden: Annotated[list[Id], Len(1, 2)]
    vanaf: Datum

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.leden)) < len(self.leden):
            raise wrong_field("leden", "Noem elke client maar een keer.")
        return self


class Vrijstelling(_Verzoek):
    """Months in which no bijdrage is due, for a reason that stays here (ub 3.8)."""

    vrijstelling_id: Id | None = None
    huishouden_id: Id | None = None
    client_id: Id | None = None
    geldt_voor: Literal["huishouden", "client"]
    telt_voor_kostprijs: bool
    van_maand: Maand
    tot_maand: Maand | None = None
    reden: Verhaal

    @model_validator(mode="after")
    def _of_one_and_in_order(self) -> Self:
        if (self.huishouden_id is None) == (self.client_id is None):
            raise wrong_field("huishoudenId", "Noem een huishoudenId of een clientId, niet allebei.")
        if self.tot_maand and self.tot_maand < self.van_maand:
            raise wrong_field("totMaand", "De laatste maand ligt voor de eerste.")
        return self


class Intrekking(_Verzoek):
    """A vrijstelling that was given is taken back."""

    vrijstelling_id: Id


class Samenvoeging(_Verzoek):
    """Two clients turn out to be one person: `opgegaan_in` is the one that stays."""

    client_id: Id
    opgegaan_in: Id
