"""The pages of a household's months, and of why one is as it is, in a real Chromium."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from local import Backends
from services.billing.domain.cak import TOELICHTING_CAK
from tests.browser.looking import NARROW, cut_off, focus_is_seen, open_page, too_small, unfold, violations
from tests.conftest import own_databases, own_wijkzorg
from tests.unit.cases import expected, told
from tests.unit.households import CASES
from tests.unit.wire import AGB

pytestmark = pytest.mark.asyncio(loop_scope="session")
SHOWN = {
    "a couple with care for both owes one bijdrage": "2026-03",
    "what a thing cost is the most that is asked for it, in whole months": "2026-03",
    "an exemption granted afterwards takes back its months": "2026-02",
    "a toewijzing that was removed was never given": "2026-03",
}
PAID, KOSTPRIJS, EXEMPT, REMOVED = range(len(SHOWN))
UNKNOWN = "99999999-0000-4000-8000-000000000000"


class Site(NamedTuple):
    """The addresses of the households of some worked cases, and of one month of each."""

    url: str
    households: list[str]
    months: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(backends: Backends) -> AsyncIterator[Site]:
    """Billing as a process, with what it was told of these cases."""
    numbered = {case.what: (case, number) for number, case in enumerate(CASES)}
    async with AsyncExitStack() as stack:
        databases = await stack.enter_async_context(own_databases(backends))
        own = await stack.enter_async_context(own_wijkzorg(backends, databases))
        await own.register(AGB)
        for what in SHOWN:
            await own.publish(map(json.loads, told(*numbered[what])))
        copy = await own.start(
            "billing", WIJKZORG_CLOCK="2026-06-15T10:00:00Z", WIJKZORG_SLUIT_MAANDEN="false"
        )
        await own.handled()
        homes = [min(expected(*numbered[what]))[0] for what in SHOWN]
        households = [f"{copy.url}/huishoudens/{home}" for home in homes]
        months = [f"{url}/maanden/{maand}" for url, maand in zip(households, SHOWN.values(), strict=True)]
        yield Site(copy.url, households, months)


@pytest.mark.parametrize("width", [1280, NARROW])
@pytest.mark.parametrize("taal", ["", "?taal=en"])
async def test_axe_finds_nothing_and_nothing_is_cut_off_or_too_small(
    page: Page, site: Site, axe: str, taal: str, width: int
) -> None:
    for url in (*site.households, *site.months):
        await open_page(page, url + taal, width)
        await unfold(page)
        assert await violations(page, axe) == [], url
        assert await too_small(page) == [], url
        if width == NARROW:
            assert await cut_off(page) == [], url


async def test_a_month_is_found_from_its_household_and_back_by_keyboard(page: Page, site: Site) -> None:
    await open_page(page, site.households[PAID])
    reached = []
    for _ in range(4):
        await page.keyboard.press("Tab")
        assert await focus_is_seen(page)
        reached.append(await page.evaluate("document.activeElement.textContent.trim().slice(0, 30)"))
    assert reached[:2] == ["Naar de inhoud", "English"]
    assert reached[-1] == "Uitleg over maart 2026"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/maanden/2026-03")
    assert await page.locator("h1").inner_text() == "Eigen bijdrage over maart 2026"
    await page.get_by_role("link", name="Alle maanden van dit huishouden").click()
    await page.wait_for_url(site.households[PAID])


async def test_a_charge_says_yes_seven_times_and_its_line_stands_below(page: Page, site: Site) -> None:
    await open_page(page, site.months[PAID])
    answers = await page.locator(".vragen__antwoord").all_inner_texts()
    assert [answer[:3] for answer in answers] == ["Ja."] * 7
    care = await page.locator(".vragen__zorg").first.locator("li").all_inner_texts()
    assert [each.split(":")[1].strip() for each in care] == ["De hulp is geleverd in maart 2026."] * 2
    assert (
        "Bijdrage\t€\N{NO-BREAK SPACE}21,80"
        in await page.locator("section:has(#grootboek) tbody").inner_text()
    )
    assert TOELICHTING_CAK in await page.locator("main").inner_text()


async def test_what_is_not_charged_says_why_and_in_english_too(page: Page, site: Site) -> None:
    await open_page(page, site.months[KOSTPRIJS] + "?taal=en")
    assert "There is €6.40 left" in (await page.locator("main").inner_text()).replace(
        "\N{NO-BREAK SPACE}", ""
    )
    await open_page(page, site.months[EXEMPT])
    assert "Vrijgesteld door de gemeente." in await page.locator("main").inner_text()
    await open_page(page, site.months[REMOVED])
    assert "De gemeente heeft de toewijzing ingetrokken." in await page.locator("main").inner_text()


async def test_what_is_not_known_says_so_in_words(browser: Browser, site: Site, axe: str) -> None:
    page = await browser.new_page()  # of its own: a browser says of a 404 that it failed to load
    for path in (
        UNKNOWN,
        "nobody",
        f"{UNKNOWN}/maanden/2026-03",
        f"{site.households[PAID][-36:]}/maanden/maart",
    ):
        answer = await page.goto(f"{site.url}/huishoudens/{path}")
        assert answer is not None
        assert answer.status == 404
        assert await page.locator("h1").inner_text() == "Niet gevonden"
        assert await violations(page, axe) == []
    await page.close()


async def test_no_address_with_a_household_in_it_is_told_to_anybody(page: Page, site: Site) -> None:
    answer = await page.goto(site.months[PAID])
    assert answer is not None
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert await page.locator("script").count() == 0
