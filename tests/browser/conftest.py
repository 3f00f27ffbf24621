"""A real Chromium, and a reporting with and one without figures for it to look at; once a run, in one event loop."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from local import Backends
from tests.browser.city import AGB, figures
from tests.conftest import own_databases, own_wijkzorg

NAMES = ("chromium-headless-shell", "chromium")
INSTALL = "No Chromium was found. Nothing was looked at. Install one by: make browser"


class Sites(NamedTuple):
    """The addresses of a reporting that has figures, and of one that has none yet."""

    full: str
    empty: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window. Fails, and says how to install it, where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, INSTALL
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=found, args=flags)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sites(backends: Backends) -> AsyncIterator[Sites]:
    """Two reportings, as processes, each on topics and a database of its own."""
    async with AsyncExitStack() as stack:
        urls = []
        for events in (list(figures()), []):
            databases = await stack.enter_async_context(own_databases(backends))
            own = await stack.enter_async_context(own_wijkzorg(backends, databases))
            await own.register(AGB)
            await own.publish(events)
            copy = await own.start("reporting")
            await own.handled(service="reporting")
            urls.append(copy.url)
        yield Sites(*urls)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A tab, which at its end must have had no error and asked nothing of anyone else."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    tab = await context.new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    yield tab
    await context.close()
    assert not said
    assert {url.split("/")[2].split(":")[0] for url in asked} <= {"127.0.0.1"}


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to be run in the page."""
    return (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
