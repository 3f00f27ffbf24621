"""The page of reporting in a real Chromium: for every eye, by every hand, on every width."""

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import Sites
from tests.browser.looking import NARROW, cut_off, focus_is_seen, open_page, too_small, unfold, violations

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = ["", "?taal=en", "?kaart=bedrag", "?taal=en&kaart=gebruik&van=2026-05&tot=2026-05"]
NOT_SHOWN = "\N{EN DASH}"


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("site", ["full", "empty"])
async def test_axe_finds_nothing_wrong_with_it(
    page: Page, sites: Sites, axe: str, site: str, view: str, width: int
) -> None:
    await open_page(page, f"{getattr(sites, site)}/{view}", width)
    await unfold(page)
    assert await violations(page, axe) == []


async def test_the_map_says_in_text_what_its_colours_say(page: Page, sites: Sites) -> None:
    await open_page(page, f"{sites.full}/?van=2026-05&tot=2026-05")
    tiles = {
        " ".join(await tile.locator(".tile__name").all_text_contents()): (
            await tile.locator(".tile__value").text_content()
        )
        for tile in await page.locator(".tile").all()
    }
    assert tiles == {
        "Centrum": "0,6",
        "Meerzicht": "0",
        "Buytenwegh de Leyens": "0",
        "Seghwaert": "0",
        "Noordhove": "<5",
        "Rokkeveen": NOT_SHOWN,
        "Oosterheem": "0",
        "Industriegebied": "0",
        "Buitengebied": "0",
    }


async def test_the_whole_page_can_be_reached_and_used_by_keyboard(page: Page, sites: Sites) -> None:
    await open_page(page, sites.full)
    reached = []
    for _ in range(20):
        await page.keyboard.press("Tab")
        name = await page.evaluate(
            "document.activeElement === document.body ? null :"
            " document.activeElement.id || document.activeElement.textContent.trim().slice(0, 30)"
        )
        if name is None:
            break
        reached.append(name)
    assert reached[0] == "Naar de inhoud"
    assert reached[1:6] == ["English", "van", "tot", "kaart", "Laat zien"]
    assert reached[-1] == "Wat betekenen deze cijfers?"


async def test_the_skip_link_leads_past_the_header(page: Page, sites: Sites) -> None:
    await open_page(page, sites.full)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert page.url.endswith("#inhoud")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "van"


async def test_the_choice_is_made_by_keyboard_and_without_scripts(page: Page, sites: Sites) -> None:
    await open_page(page, f"{sites.full}/?taal=en")
    await page.focus("#kaart")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**kaart=meldingen**")
    assert await page.locator("#kaart-titel").inner_text() == "Reports per 1,000 inhabitants"
    assert await page.locator("script").count() == 0


async def test_whatever_has_the_focus_shows_it(page: Page, sites: Sites) -> None:
    await open_page(page, sites.full)
    for _ in range(9):
        await page.keyboard.press("Tab")
        assert await focus_is_seen(page), await page.evaluate("document.activeElement.outerHTML.slice(0, 80)")


@pytest.mark.parametrize("view", VIEWS)
async def test_nothing_is_cut_off_or_scrolls_sideways_on_a_narrow_screen(
    page: Page, sites: Sites, view: str
) -> None:
    await open_page(page, f"{sites.full}/{view}", NARROW)
    assert await cut_off(page) == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_every_target_is_large_enough_to_be_hit(page: Page, sites: Sites, width: int) -> None:
    await open_page(page, sites.full, width)
    assert await too_small(page) == []


async def test_the_table_has_every_figure_of_the_map_and_the_whole(page: Page, sites: Sites) -> None:
    await open_page(page, f"{sites.full}/?van=2026-04&tot=2026-05")
    rows = {
        (await row.locator("th").inner_text()): await row.locator("td").all_inner_texts()
        for row in await page.locator("section:has(#tabel-titel) tr:has(td)").all()
    }
    hidden = f"{NOT_SHOWN}\nniet getoond"
    assert rows["Centrum"] == ["21.690", "12", "12", "12", "12", "€\N{NO-BREAK SPACE}262"]
    assert rows["Noordhove"] == ["8.315", "<5", "<5", "<5", "<5", hidden]
    assert rows["Rokkeveen"] == ["20.725", hidden, hidden, "7", hidden, hidden]
    assert rows["Wijk onbekend"] == [f"{NOT_SHOWN}\nniet bekend", "0", "0", "<5", "0", "€\N{NO-BREAK SPACE}0"]
    assert rows["Samen"] == ["128.425", "22", "22", "23", "22", "€\N{NO-BREAK SPACE}480"]


async def test_a_choice_that_cannot_be_shown_is_explained(browser: Browser, sites: Sites, axe: str) -> None:
    page = await browser.new_page()  # of its own: a browser says of a 400 that it failed to load
    answer = await page.goto(f"{sites.full}/?van=2026-05&tot=2026-01")
    assert answer is not None
    assert answer.status == 400
    assert "twaalf maanden" in await page.get_by_role("alert").inner_text()
    assert await violations(page, axe) == []
    await page.close()
