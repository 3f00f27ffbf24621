"""The pages of dead letters in a real Chromium: found, seen masked, and dealt with in two steps, without JavaScript."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from local import Backends
from shared.contracts.contract import GEBRUIK
from shared.messaging.producer import Message
from tests.browser.looking import NARROW, cut_off, focus_is_seen, open_page, too_small, unfold, violations
from tests.conftest import own_databases, own_wijkzorg
from tests.e2e import samples

pytestmark = pytest.mark.asyncio(loop_scope="session")
RIGHT = samples.use("RN001", 20072)
SPOILT = json.dumps(samples.use("RN002", 20072, volume="vier", naam="Jan Jansen"))
RUBBISH = 6


class Site(NamedTuple):
    """The addresses of a billing with dead letters: its list, and one letter by its place in the topic."""

    list: str
    topic: str

    def letter(self, plaats: int) -> str:
        """The address of a letter."""
        return f"{self.list}/{self.topic}/0/{plaats}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(backends: Backends) -> AsyncIterator[Site]:
    """Billing as a process, with what it could not read."""
    async with AsyncExitStack() as stack:
        databases = await stack.enter_async_context(own_databases(backends))
        own = await stack.enter_async_context(own_wijkzorg(backends, databases))
        await own.register(samples.AGB)
        await own.publish(samples.facts())
        topic = own.topic(GEBRUIK, samples.AGB)
        await own.send(Message(topic, "k", SPOILT.encode()) for _ in range(RUBBISH))
        copy = await own.start("billing")
        await own.handled()
        yield Site(f"{copy.url}/dood", topic)


async def fill(page: Page, form: str, **fields: str) -> None:
    """Fill in and send one of the forms of a letter."""
    await unfold(page)
    own = page.get_by_role("form", name=form, exact=True)
    for label, text in ({"Uw naam": "B. Beheerder", "Waarom": "overleg"} | fields).items():
        await own.get_by_label(label).fill(text)
    await own.get_by_role("button").click()


@pytest.mark.parametrize("width", [1280, NARROW])
@pytest.mark.parametrize("taal", ["", "?taal=en"])
async def test_axe_finds_nothing_and_nothing_is_cut_off_or_too_small(
    page: Page, site: Site, axe: str, taal: str, width: int
) -> None:
    for url in (site.list, site.letter(0)):
        await open_page(page, url + taal, width)
        await unfold(page)
        assert await violations(page, axe) == [], url
        assert await too_small(page) == [], url
        if width == NARROW:
            assert await cut_off(page) == [], url


async def test_a_letter_is_found_by_keyboard_and_nothing_of_anyone_stands_in_it(
    page: Page, site: Site
) -> None:
    await open_page(page, site.list)
    for _ in range(8):
        await page.keyboard.press("Tab")
        assert await focus_is_seen(page)
    await page.get_by_role("link", name=f"{site.topic}/0/0").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(site.letter(0))
    text = await page.locator("main").inner_text()
    assert "data.volume" in text
    assert "Jansen" not in await page.content()
    await page.get_by_role("link", name="Alle berichten die apart liggen").click()
    await page.wait_for_url(site.list)


async def test_a_message_is_seen_mended_and_confirmed_on_a_narrow_screen(
    browser: Browser, site: Site, axe: str
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await open_page(page, site.letter(1), NARROW)
    await fill(page, "Het hele bericht zien, om het te herstellen")
    seen = await page.get_by_label("Het herstelde bericht, in JSON").input_value()
    assert seen == SPOILT
    await fill(page, "Herstellen", **{"Het herstelde bericht, in JSON": json.dumps(RIGHT)})
    assert "wordt dan geaccepteerd" in await page.locator("main").inner_text()
    assert "Er is nog niets gedaan." in await page.locator("main").inner_text()
    assert await violations(page, axe) == []
    assert await too_small(page) == []
    assert await cut_off(page) == []
    await page.get_by_role("button", name="Ja, doe dit").click()
    await page.wait_for_url(site.letter(1))
    said = await page.locator("main").inner_text()
    assert "hersteld" in said
    assert "B. Beheerder" in said
    assert await page.locator("form").count() == 0
    await context.close()


async def test_every_act_works_where_scripts_do_not_run(browser: Browser, site: Site) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.letter(2))
    await page.locator("summary", has_text="Afgewezen laten").click()
    own = page.get_by_role("form", name="Afgewezen laten")
    await own.get_by_label("Uw naam").fill("B. Beheerder")
    await own.get_by_label("Waarom").fill("is niet meer nodig")
    await own.get_by_role("button").click()
    await page.get_by_role("button", name="Ja, doe dit").click()
    await page.wait_for_url(site.letter(2))
    assert "is niet meer nodig" in await page.locator("main").inner_text()
    await page.goto(site.list)
    assert await page.get_by_role("link", name=f"{site.topic}/0/2").count() == 0
    await page.get_by_label("Wat ermee is gebeurd").select_option("verworpen")
    await page.get_by_role("button", name="Laat zien").click()
    await page.wait_for_url("**besluit=verworpen*")
    assert await page.get_by_role("link", name=f"{site.topic}/0/2").count() == 1
    await context.close()


async def test_what_cannot_be_done_is_said_and_what_was_filled_in_stays(
    browser: Browser, site: Site, axe: str
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await open_page(page, site.letter(3))
    await fill(page, "Herstellen", **{"Het herstelde bericht, in JSON": "{}"})
    assert "Dit kan niet" in await page.locator("h1").inner_text()
    await page.get_by_role("link", name="Nee, terug naar het bericht").click()
    await page.wait_for_url(site.letter(3))
    await fill(page, "Opnieuw laten beoordelen", **{"Uw naam": "7"})
    alert = page.get_by_role("alert")
    assert "Noem een naam, met letters." in await alert.inner_text()
    await unfold(page)
    assert await page.locator("#herlever-reden").input_value() == "overleg"
    assert await violations(page, axe) == []
    await page.get_by_role("link", name="English").click()
    await page.wait_for_url(site.letter(3) + "?taal=en")
    await context.close()
