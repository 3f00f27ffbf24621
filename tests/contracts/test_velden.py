"""Every field of a contract says why it may exist, and none names a person."""

from typing import Annotated, Any, NotRequired, get_args, get_origin

import pytest
from pydantic.alias_generators import to_camel, to_snake
from typing_extensions import TypedDict

from shared.contracts.contract import CONTRACTS, Contract, fields_of
from shared.contracts.types import Veld

ALL = tuple(CONTRACTS.values())
FORBIDDEN = {
    "achternaam", "adres", "bsn", "commentaar", "diagnose", "email", "foto", "geboortedatum", "geboortejaar",
    "geboorteplaats", "geslacht", "geslachtsnaam", "huisnummer", "iban", "initialen", "leeftijd", "mail",
    "mobiel", "nationaliteit", "notitie", "opmerking", "postcode", "roepnaam", "straat", "straatnaam",
    "telefoon", "telefoonnummer", "toelichting", "voorletters", "voornaam", "voornamen", "woonplaats",
}  # fmt: skip
NAMES_OF_ORGANISATIONS = {
    ("wijkteam-vastgesteld", "naam"),
    ("wijkteam-vastgesteld", "leden.naam"),
    ("pluspakket-vastgesteld", "onderdelen.naam"),
}


def veld_of(hint: Any) -> Veld | None:
    if get_origin(hint) is NotRequired:
        hint = get_args(hint)[0]
    beside = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((part for part in beside if isinstance(part, Veld)), None)


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.type)
def test_every_field_has_a_purpose_a_ground_and_a_retention(contract: Contract) -> None:
    for path, hint in fields_of(contract.data):
        veld = veld_of(hint)
        assert veld, f"{contract.type}: {path} does not say why it exists; put a Veld beside it"
        assert all(map(str.strip, (veld.doel, veld.verwerking.grond, veld.verwerking.bewaartermijn))), path
        assert "\n" not in veld.doel


def test_a_field_without_its_line_is_found_however_deep() -> None:
    class Inner(TypedDict):
        bare: int

    class Outer(TypedDict):
        inner_list: NotRequired[list[Inner] | None]

    assert [(path, veld_of(hint)) for path, hint in fields_of(Outer)] == [
        ("innerList", None),
        ("innerList.bare", None),
    ]


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.type)
def test_no_contract_has_room_for_what_names_a_person(contract: Contract) -> None:
    for path, _ in fields_of(contract.data):
        words = set(to_snake(path.rpartition(".")[2]).split("_"))
        assert not words & FORBIDDEN, path
        assert "naam" not in words or (contract.name, path) in NAMES_OF_ORGANISATIONS, path


def test_names_turn_into_wire_names_and_back() -> None:
    for contract in ALL:
        names = [name for path, _ in fields_of(contract.data) for name in path.split(".")]
        assert [to_camel(to_snake(name)) for name in names] == names


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.type)
def test_a_class_is_named_after_its_type_and_says_what_happened(contract: Contract) -> None:
    version = f"V{contract.version}" if contract.version > 1 else ""
    assert contract.data.__name__ == "".join(map(str.capitalize, contract.name.split("-"))) + version
    assert contract.data.__doc__
    assert contract.data.__module__ == "shared.contracts." + {"ontvangst": "bijdrage"}.get(
        contract.topic.name, contract.topic.name
    )
