"""The colours of the neutral theme can be read, in grey as well: what axe does not see inside an SVG."""

import re
from itertools import pairwise

import pytest

from services.reporting.domain.kaart import KLASSEN
from shared.web.page import STATIC

COLOURS = dict(
    re.findall(r"--wijkzorg-([\w-]+): (#[0-9a-f]{3,6});", (STATIC / "theme.css").read_text(encoding="utf-8"))
)
TEXT_CONTRAST_MIN = 4.5
STEP_CONTRAST_MIN = 1.15


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *(("ink", f"klasse-{number}") for number in range(1, KLASSEN)),
        (f"op-klasse-{KLASSEN}", f"klasse-{KLASSEN}"),
        *((text, ground) for text in ("ink", "ink-soft", "accent") for ground in ("paper", "mist")),
        ("paper", "accent"),
    ],
)
def test_text_stands_out_from_what_it_is_on(text: str, ground: str) -> None:
    assert contrast(text, ground) >= TEXT_CONTRAST_MIN


def test_each_class_of_the_map_is_darker_than_the_one_before() -> None:
    classes = [f"klasse-{number}" for number in range(1, KLASSEN + 1)]
    assert all(luminance(COLOURS[one]) > luminance(COLOURS[two]) for one, two in pairwise(classes))
    assert all(contrast(one, two) >= STEP_CONTRAST_MIN for one, two in pairwise(classes))


def test_the_edge_of_what_is_used_stands_out_from_the_paper() -> None:
    assert contrast("edge", "paper") >= 3
