"""An answer that says what an event says has all of its fields: one that is not named is not answered."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from services.billing.answers import OordeelAntwoord
from services.indicatie import answers
from shared.contracts import bijdrage, indicatie, intake
from shared.web.openapi import Json

SAME: list[tuple[Any, Any, set[str]]] = [
    (OordeelAntwoord, bijdrage.Oordeelregel, set()),
    (answers.AanvraagAntwoord, intake.AanvraagIngediend, {"besluit", "beschikkingNummer"}),
    (answers.IndicatieAntwoord, indicatie.IndicatieAfgegeven, set()),
    (answers.GegevenAntwoord, indicatie.Toewijzing, set()),
    (answers.OmvangAntwoord, indicatie.Omvang, set()),
    (answers.PlanAntwoord, indicatie.PlanVastgesteld, set()),
    (answers.EvaluatieAntwoord, indicatie.PlanGeevalueerd, set()),
]


@pytest.mark.parametrize(("answer", "event", "beside"), SAME, ids=lambda one: getattr(one, "__name__", ""))
def test_an_answer_has_the_fields_of_the_event_it_repeats(answer: Any, event: Any, beside: set[str]) -> None:
    answered: Json = TypeAdapter(answer).json_schema(mode="serialization")
    told: Json = TypeAdapter(event).json_schema(by_alias=True)
    assert answered["properties"].keys() == told["properties"].keys() | beside
    assert set(answered["required"]) == set(told["required"]) | beside
