"""An answer that says what an event or a file says has all of its fields: one that is not named is not answered."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from services.billing.answers import instellingen, werk
from services.billing.answers.bijdrage import OordeelAntwoord
from services.billing.domain import instellingen as settings
from services.billing.domain.regels import ANDERS, CATEGORIEEN
from services.billing.domain.werk import Gegeven
from services.indicatie import answers
from shared.contracts import bijdrage, indicatie, intake
from shared.web.openapi import Json

SAME: list[tuple[Any, Any, set[str]]] = [
    (OordeelAntwoord, bijdrage.Oordeelregel, set()),
    (instellingen.InstellingenAntwoord, settings.Instellingen, {"sinds", "gemeente"}),
    (instellingen.TariefAntwoord, settings.Tariefrij, set()),
    (instellingen.RegelingAntwoord, settings.VasteRegeling, set()),
    (instellingen.GrondslagenAntwoord, settings.Grondslagen, set()),
    (answers.AanvraagAntwoord, intake.AanvraagIngediend, {"besluit", "beschikkingNummer"}),
    (answers.IndicatieAntwoord, indicatie.IndicatieAfgegeven, set()),
    (answers.GegevenAntwoord, indicatie.Toewijzing, set()),
    (answers.OmvangAntwoord, indicatie.Omvang, set()),
    (answers.PlanAntwoord, indicatie.PlanVastgesteld, set()),
    (answers.EvaluatieAntwoord, indicatie.PlanGeevalueerd, set()),
]


@pytest.mark.parametrize(("answer", "event", "beside"), SAME, ids=lambda one: getattr(one, "__name__", ""))
def test_an_answer_has_the_fields_of_what_it_repeats(answer: Any, event: Any, beside: set[str]) -> None:
    answered: Json = TypeAdapter(answer).json_schema(mode="serialization")
    told: Json = TypeAdapter(event).json_schema(by_alias=True)
    assert answered["properties"].keys() == told["properties"].keys() | beside
    assert set(answered["required"]) == set(told["required"]) | beside


def test_the_settings_in_force_are_answered_for_every_kind_of_support() -> None:
    assert get_args(instellingen.Categorie) == (*CATEGORIEEN, ANDERS)


def test_all_that_may_be_said_of_an_item_of_the_work_list_is_answered() -> None:
    assert get_args(Gegeven) == tuple(werk.WerkgegevensAntwoord.__annotations__)
