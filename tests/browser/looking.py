"""What every page is looked at for: what axe finds, what is cut off, what is too small to hit."""

from playwright.async_api import Page

TARGETS = "a, button, select, input:not([type=hidden]), summary, [tabindex='0']"
NARROW = 320


async def open_page(page: Page, url: str, width: int = 1280) -> None:
    """Open a page on a screen of this width; it is there."""
    await page.set_viewport_size({"width": width, "height": 800})
    answer = await page.goto(url)
    assert answer is not None
    assert answer.status == 200


async def unfold(page: Page) -> None:
    """Open whatever can be opened."""
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


async def violations(page: Page, axe: str) -> list[str]:
    """What axe finds: the rule that is broken, and where."""
    await page.evaluate(axe)
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]]


async def cut_off(page: Page) -> list[str]:
    """What stands beyond the right edge of a narrow screen, but for what scrolls by itself."""
    wide: int = await page.evaluate("document.documentElement.scrollWidth")
    beyond: list[str] = await page.evaluate(
        "width => [...document.querySelectorAll('main *:not(.scroller *):not(svg *):not(pre *)')]"
        ".filter(one => one.getBoundingClientRect().right > width + 0.5).map(one => one.outerHTML.slice(0, 80))",
        NARROW,
    )
    return beyond + [f"the page is {wide} wide"] * (wide > NARROW)


async def too_small(page: Page) -> list[str]:
    """What is less than 24 pixels wide or high, and should be hit."""
    found: list[str] = await page.evaluate(
        "targets => [...document.querySelectorAll(targets)].map(one => [one, one.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 24 || box.height < 24).map(([one]) => one.outerHTML.slice(0, 80))",
        TARGETS,
    )
    return found


async def focus_is_seen(page: Page) -> bool:
    """Whether what has the focus has a line around it of two pixels or more."""
    style, width = await page.evaluate(
        "(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])"
        "(getComputedStyle(document.activeElement))"
    )
    return bool(style == "solid" and width >= 2)
