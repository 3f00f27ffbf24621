"""The pages that show a contract, and the page of the whole, in a real Chromium: for every eye, by every hand."""

import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page

from local import Backends
from tests.browser.looking import NARROW, cut_off, focus_is_seen, open_page, too_small, unfold, violations
from tests.conftest import own_databases, own_wijkzorg
from tests.harness import ROOT
from wijkzorg.common import service_names

pytestmark = [pytest.mark.city, pytest.mark.asyncio(loop_scope="session")]
PROXY = ROOT / "deploy" / "proxy"
VIEWS = ["openapi", "asyncapi", "openapi?taal=en", "asyncapi?taal=en"]
SHOWN = ["intake", "billing"]
"""One that is asked much and one that reads much: the pages are the same everywhere."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def urls(backends: Backends) -> AsyncIterator[dict[str, str]]:
    """The addresses of every service, each a process; behind one, a proxy's path is set."""
    async with AsyncExitStack() as stack:
        databases = await stack.enter_async_context(own_databases(backends))
        own = await stack.enter_async_context(own_wijkzorg(backends, databases))
        yield {name: (await own.start(name)).url for name in service_names()}


@pytest.mark.parametrize("width", [1280, NARROW])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("service", SHOWN)
async def test_axe_finds_nothing_wrong_with_a_contract(
    page: Page, urls: dict[str, str], axe: str, service: str, view: str, width: int
) -> None:
    await open_page(page, f"{urls[service]}/v1/{view}", width)
    await unfold(page)
    assert await violations(page, axe) == []
    assert await too_small(page) == []
    if width == NARROW:
        assert await cut_off(page) == []


async def test_a_contract_is_read_by_keyboard_from_its_list_to_its_example(
    page: Page, urls: dict[str, str]
) -> None:
    await page.goto(f"{urls['intake']}/v1/asyncapi")
    assert await page.locator("pre:visible").count() == 0
    for _ in range(5):
        await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"
    await page.keyboard.press("Enter")
    reached = []
    for _ in range(2):
        await page.keyboard.press("Tab")
        assert await focus_is_seen(page)
        reached.append(await page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert reached == ["Velden van client-vastgesteld", "Een voorbeeld: client-vastgesteld"]
    assert '"specversion": "1.0"' in await page.locator("pre:visible").inner_text()


async def test_a_field_is_shown_with_what_stands_there_and_why(page: Page, urls: dict[str, str]) -> None:
    await open_page(page, f"{urls['billing']}/v1/asyncapi")
    await unfold(page)
    rows = page.get_by_role("region", name="Velden van gebruik-geregistreerd").locator("tbody tr")
    shown = [await row.locator("th, td").all_inner_texts() for row in await rows.all()]
    assert ["volume", "geheel getal -2147483647 … 2147483647", "how much, in `eenheid`"] in shown
    assert ["productcode mag weg", "tekst ^[0-9A-Za-z]{1,10}$", "the exact product, for the figures"] in shown


async def test_the_page_of_questions_shows_parameters_body_and_answers(
    page: Page, urls: dict[str, str]
) -> None:
    await open_page(page, f"{urls['billing']}/v1/openapi")
    await unfold(page)
    asked = page.get_by_role("region", name="Velden van de vraag GET /v1/bijdragen")
    assert (await asked.locator("tbody th").all_inner_texts())[:2] == ["?maand", "?na mag weg"]
    answered = page.get_by_role("region", name="Velden van het antwoord op GET /v1/bijdragen")
    rows = [await row.locator("th, td").all_inner_texts() for row in await answered.locator("tbody tr").all()]
    assert ["bijdragen[].huishoudenId", "UUID", "het huishouden dat de bijdrage betaalt"] in rows
    assert [
        "bijdragen[].bedragCent",
        "geheel getal",
        "de bijdrage over deze maand, in eurocenten; meer dan 0",
    ] in rows
    await open_page(page, f"{urls['intake']}/v1/openapi")
    await unfold(page)
    asked = page.get_by_role("region", name="Velden van de vraag POST /v1/klanthouders")
    assert await asked.locator("tbody th").all_inner_texts() == ["klanthouderId mag weg", "naam"]


class _Proxy(SimpleHTTPRequestHandler):
    """Serves what the proxy serves itself, with the policy it sets."""

    policy = re.findall(
        r'Content-Security-Policy "([^"]+)"', (PROXY / "Caddyfile").read_text(encoding="utf-8")
    )[0]

    def translate_path(self, path: str) -> str:
        path = urlsplit(path).path
        if path.startswith("/static/"):
            return str(ROOT / "shared" / "web" / path.removeprefix("/"))
        return str(PROXY / (path.removeprefix("/") or "index.html"))

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: a request is no news."""


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    """The address of the page of the whole."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Proxy, directory=str(PROXY))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("width", [1280, NARROW])
async def test_axe_finds_nothing_wrong_with_the_page_of_the_whole(
    page: Page, index: str, axe: str, width: int
) -> None:
    await open_page(page, index, width)
    assert await violations(page, axe) == []
    assert await too_small(page) == []
    if width == NARROW:
        assert await cut_off(page) == []
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('.service')).borderTopStyle") == "solid"
    )


async def test_the_page_of_the_whole_is_walked_through_by_keyboard(page: Page, index: str) -> None:
    await open_page(page, index)
    links = await page.locator("a").count()
    for number in range(links):
        await page.keyboard.press("Tab")
        assert await focus_is_seen(page), number
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "reporting/readyz"


async def test_every_link_of_the_whole_leads_to_something_a_service_answers(
    page: Page, index: str, urls: dict[str, str]
) -> None:
    await open_page(page, index)
    found = await page.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    links = [link for link in found if not link.startswith("#")]
    assert {link.partition("/")[0] for link in links} == set(service_names())
    async with httpx.AsyncClient() as client:
        for link in links:
            service, _, path = link.partition("/")
            answer = await client.get(urljoin(urls[service], f"/{path}"))
            assert answer.status_code == 200, link
