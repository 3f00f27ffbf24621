"""What makes an event this fact: a natural key that never changes, for it is the Kafka key of every log."""

import json

import pytest

from shared.contracts.contract import CONTRACTS
from shared.contracts.event import contract_of, parse
from tests.contracts.samples import EXAMPLES, NAMES, sample

KEYS = {
    "aanvraag-ingediend.v1.1": "aanvraag-ingediend/0cc40306-8893-42cc-af30-f319ae0bbd17",
    "bijdrage-definitief.v1.1": "bijdrage-definitief/dc01cdb6-15b9-40d9-a29f-309c0268af2a/2025-04",
    "bijdrage-gecorrigeerd.v1.1": "bijdrage-gecorrigeerd/dc01cdb6-15b9-40d9-a29f-309c0268af2a/2025-04/1751425200000",
    "bijdrage-gecorrigeerd.v1.2": "bijdrage-gecorrigeerd/675d8251-5878-48d0-861a-ed015acac150/2025-04/1747882800000",
    "bijdrage-vastgesteld.v1.1": "bijdrage-vastgesteld/dc01cdb6-15b9-40d9-a29f-309c0268af2a/2025-04/1746673200000",
    "capaciteit-gemeld.v1.1": "capaciteit-gemeld/65656055/8ca2573c-dbcd-4eb7-9bb8-95d04929bcfa/07/2025-05",
    "capaciteit-gemeld.v1.2": "capaciteit-gemeld/75751234/8ca2573c-dbcd-4eb7-9bb8-95d04929bcfa/Jsport/2025-05",
    "client-vastgesteld.v1.1": "client-vastgesteld/5e855434-5286-457d-9e9a-d2b81c85c433",
    "client-vastgesteld.v1.2": "client-vastgesteld/3cec01ab-e7f4-4fec-9af8-45a2a7fa0ba9",
    "contract-vastgesteld.v1.1": "contract-vastgesteld/e0fcd5e9-af10-4cc2-88b7-2562fe98f736",
    "contract-vastgesteld.v1.2": "contract-vastgesteld/c2f8f44a-9d00-44e4-8627-d3d767573bfe",
    "gebruik-beoordeeld.v1.1": "gebruik-beoordeeld/65656055/1204",
    "gebruik-beoordeeld.v1.2": "gebruik-beoordeeld/75751234/7",
    "gebruik-geregistreerd.v1.1": "gebruik-geregistreerd/65656055/RN001",
    "gebruik-geregistreerd.v1.2": "gebruik-geregistreerd/65656055/2025%2F03%20%237",
    "gebruik-ingetrokken.v1.1": "gebruik-ingetrokken/65656055/RN118",
    "huishouden-vastgesteld.v1.1": "huishouden-vastgesteld/dc01cdb6-15b9-40d9-a29f-309c0268af2a",
    "indicatie-afgegeven.v1.1": "indicatie-afgegeven/WMO-2025-000481",
    "indicatie-afgegeven.v1.2": "indicatie-afgegeven/WMO-2025-000733",
    "initiatief-vastgesteld.v1.1": "initiatief-vastgesteld/081e7b30-b736-4a0e-80f3-d3eca2af62a9",
    "initiatief-vastgesteld.v1.2": "initiatief-vastgesteld/cb6b7f96-ad6e-446c-8362-cc6480a48ac0",
    "inning-gemeld.v1.1": "inning-gemeld/5e855434-5286-457d-9e9a-d2b81c85c433/2025-04-01/start",
    "inning-gemeld.v1.2": "inning-gemeld/5e855434-5286-457d-9e9a-d2b81c85c433/2025-05-01/mutatie",
    "inning-gemeld.v1.3": "inning-gemeld/5e855434-5286-457d-9e9a-d2b81c85c433/2025-07-01/stop",
    "klanthouder-toegewezen.v1.1": "klanthouder-toegewezen/5e855434-5286-457d-9e9a-d2b81c85c433",
    "maand-gesloten.v1.1": "maand-gesloten/2025-04",
    "melding-ontvangen.v1.1": "melding-ontvangen/221581ae-340e-45cb-89dd-5bc3f469f3b1",
    "onderzoek-afgerond.v1.1": "onderzoek-afgerond/221581ae-340e-45cb-89dd-5bc3f469f3b1",
    "plan-geevalueerd.v1.1": "plan-geevalueerd/e811b2e9-7c7c-4684-919a-e9d0f81a3ca9",
    "plan-vastgesteld.v1.1": "plan-vastgesteld/3695f07c-25f2-475c-b4e2-841dad78634e",
    "pluspakket-vastgesteld.v1.1": "pluspakket-vastgesteld/1808a7ce-747c-478a-9f1c-7e3637634c2a",
    "samenspraak-vastgesteld.v1.1": "samenspraak-vastgesteld/8613d153-a33c-4074-84fc-91231b1c2a1a",
    "samenspraak-vastgesteld.v1.2": "samenspraak-vastgesteld/bf74fb29-e79f-4a73-921d-c937ff913513",
    "toewijzing-gewijzigd.v1.1": "toewijzing-gewijzigd/20072/2025-09-01T07%3A30%3A00.500000Z",
    "toewijzing-gewijzigd.v1.2": "toewijzing-gewijzigd/20073/2025-03-03T07%3A59%3A58Z",
    "vrijstelling-vastgesteld.v1.1": "vrijstelling-vastgesteld/f375914b-e4e5-4355-b364-e736e412c8a1",
    "vrijstelling-vastgesteld.v1.2": "vrijstelling-vastgesteld/3625bc78-e829-4812-8fa3-f8d179eb2796",
    "wijkteam-vastgesteld.v1.1": "wijkteam-vastgesteld/8ca2573c-dbcd-4eb7-9bb8-95d04929bcfa",
    "wijkteam-vastgesteld.v1.2": "wijkteam-vastgesteld/8ca2573c-dbcd-4eb7-9bb8-95d04929bcfa",
    "zelfredzaamheid-geteld.v1.1": "zelfredzaamheid-geteld/2025-WK063707/2025-03/sociaal_netwerk/3",
    "zorg-gestart.v1.1": "zorg-gestart/urn%3Anld%3Aagb%3A65656055%3Asysteem%3Aecd/4e8d0b7a-f8de-4ead-862b-d25775272b9b",
    "zorg-gestart.v1.2": "zorg-gestart/urn%3Anld%3Aagb%3A65656055%3Asysteem%3Aecd/881fdcd1-75f9-4acb-9d75-4163bd185653",
    "zorg-gestopt.v1.1": "zorg-gestopt/urn%3Anld%3Aagb%3A65656055%3Asysteem%3Aecd/abfc6697-ff99-403c-b15c-5cd1b0034c04",
    "zorg-gestopt.v1.2": "zorg-gestopt/urn%3Anld%3Aagb%3A65656055%3Asysteem%3Aecd/6e9efae5-d521-41aa-86be-a79af8e2a018",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_key_of_an_example_never_changes(name: str) -> None:
    event = parse(EXAMPLES[name])
    assert contract_of(event).natural_key(event) == "nl.wijkzorg." + KEYS[name.removesuffix(".json")]


def test_every_key_is_made_of_fields_that_are_never_absent() -> None:
    for contract in CONTRACTS.values():
        first = contract.data.__annotations__
        assert {field.partition(".")[0] for field in contract.key} <= set(first), contract.name


def test_what_a_provider_says_cannot_forge_another_key() -> None:
    crafted = sample("gebruik-geregistreerd.v1.1")
    crafted["data"]["referentieNummer"] = "RN/é %2F"
    event = parse(json.dumps(crafted))
    key = contract_of(event).natural_key(event)
    assert key == "nl.wijkzorg.gebruik-geregistreerd/65656055/RN%2F%C3%A9%20%252F"


def test_a_wijk_in_a_key_is_its_year_and_code() -> None:
    event = parse(EXAMPLES["zelfredzaamheid-geteld.v1.1.json"])
    assert contract_of(event).natural_key(event).split("/")[1] == "2025-WK063707"


def test_one_moment_is_one_key_in_whatever_zone_it_was_written() -> None:
    keys = set()
    for moment in ("2025-09-01T09:30:00+02:00", "2025-09-01T07:30:00Z", "2025-09-01T07:30:00.000Z"):
        changed = sample("toewijzing-gewijzigd.v1.1")
        changed["data"]["toewijzing"]["toegewezenOp"] = moment
        event = parse(json.dumps(changed))
        keys.add(contract_of(event).natural_key(event))
    assert keys == {"nl.wijkzorg.toewijzing-gewijzigd/20072/2025-09-01T07%3A30%3A00Z"}
