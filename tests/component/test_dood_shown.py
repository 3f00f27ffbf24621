"""The pages of dead letters as they are answered: what can be chosen, what is wrong, and what is no text."""

import json
import re
from collections.abc import AsyncIterator

import pytest

from tests.component.billing import Billing, topic_of
from tests.component.dood import APRIL, BY, PLACE, billing_api, do, known
from tests.component.http import Api
from tests.component.test_billing_verdicts import other
from tests.unit.wire import AGB


@pytest.fixture
async def api(dsn: str) -> AsyncIterator[Api]:
    async with billing_api(dsn) as own:
        yield own


async def test_what_there_is_can_be_chosen_and_each_group_leads_to_its_letters(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{", json.dumps({"type": "nl.wijkzorg.iets-anders.v1"}))
    page = (await api.get("/dood")).text
    for value in (topic_of(AGB), "onleesbaar", "nl.wijkzorg.iets-anders.v1", AGB):
        assert f'<option value="{value}">' in page
    links = re.findall(r'<th scope="row"><a [^>]*href="([^"]+)"', page)
    shown = [(await api.get(f"/dood{link.replace('&amp;', '&')}")).text for link in links]
    assert [text.count('class="brieven__brief"') for text in shown] == [1, 1]
    none = (await api.get("/dood?code=niets")).text
    assert '<option value="onleesbaar">' in none


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/dood?besluit=zzz", 400, "besluit: "),
        ("/dood?na=zzz", 400, "na: "),
        (f"/dood/{PLACE}/zzz", 400, "plaats: "),
        (f"/dood/{PLACE}/9?taal=en", 404, "Op deze plaats ligt geen bericht"),
        ("/dood/iets/0/1", 404, "Deze dienst leest dit topic niet."),
    ],
)
async def test_what_is_wrong_with_an_address_is_said_by_a_page(
    api: Api, path: str, status: int, said: str
) -> None:
    answer = await api.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text


async def test_bytes_that_are_no_text_are_shown_with_a_warning_and_not_offered_to_be_changed(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, APRIL.encode().replace(b'"id": "', b'"id": "Jos\xe9 '), b"{")
    spoilt, readable = [(await api.post(f"/dood/{PLACE}/{place}/bytes", data=BY)).text for place in (0, 1)]
    assert "Jos\ufffd" in spoilt
    assert ("geen leesbare tekst" in spoilt, "geen leesbare tekst" in readable) == (True, False)
    assert ["\ufffd" in area_of(text) for text in (spoilt, readable)] == [False, False]
    assert area_of(readable).strip() == "{"


def area_of(page: str) -> str:
    """What stands in the field in which a message is mended."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_page_shows_what_is_read_instead_and_offers_to_mend_again_until_it_is_accepted(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    await billing.provider(AGB, b"{")
    page, area = f"/dood/{PLACE}/0", "<textarea"
    await do(api, f"{PLACE}/0", "herstel", value=other(APRIL, toewijzingNummer=99))
    waits = (await api.get(page)).text
    assert "in_afwachting" in waits
    assert "&#34;toewijzingNummer&#34;: 99" in waits
    assert area in waits
    await do(api, f"{PLACE}/0", "herstel", value=APRIL)
    assert area not in (await api.get(page)).text


async def test_more_groups_than_are_shown_are_counted_all_the_same(billing: Billing, api: Api) -> None:
    kinds = [f"nl.wijkzorg.{first}{second}.v1" for first in "abcdefghijk" for second in "abcdefghij"]
    await billing.provider(AGB, *[b"{"] * 3, *(json.dumps({"type": kind}) for kind in kinds))
    counted = (await api.get("/v1/dood/groepen")).json()
    assert (len(counted["groepen"]), counted["aantalGroepen"], counted["aantal"]) == (100, 111, 113)
    assert counted["groepen"][0]["aantal"] == 3
    page = (await api.get("/dood")).text
    assert "Dit zijn de 100 grootste van 111 groepen. Alle groepen samen zijn 113 berichten." in page
    assert "grootste van" not in (await api.get("/dood?code=onleesbaar")).text
