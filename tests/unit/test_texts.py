"""What a page says in Dutch it says in English too."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from services.billing.domain import teksten
from services.billing.domain.cak import TOELICHTING_CAK
from tests.house.files import ROOT, paths

VALUE = re.compile(r"%\(\w+\)s")
CATALOGUES = [path for path in paths() if path.name == "en.po"]

BESIDE = {"services/billing/templates": teksten.alle() | {TOELICHTING_CAK}}
"""Texts of a page that stand in code, as the API answers them too."""


def texts(folder: Path) -> set[str]:
    """The Dutch texts in the templates of a folder."""
    found: set[str] = set()
    for template in folder.glob("*.html"):
        with template.open("rb") as lines:
            options = {"extensions": "jinja2.ext.i18n", "trimmed": "true"}
            said = babel_extract(lines, ("_", "gettext"), [], options)
            # With values, what is said is the first of what is given.
            firsts = [text[0] if isinstance(text, tuple) else text for _, _, text, _ in said if text]
            found |= {text for text in firsts if isinstance(text, str)}
    return found


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_every_dutch_text_has_an_english_one_and_none_is_left_over(catalogue: Path) -> None:
    with (ROOT / catalogue).open("rb") as lines:
        english = {str(message.id): message.string for message in read_po(lines) if message.id}
    beside = BESIDE.get(str(catalogue.parent), set())
    assert texts((ROOT / catalogue).parent) | beside == english.keys()
    assert all(english.values())


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_an_english_text_has_the_values_of_the_dutch_one(catalogue: Path) -> None:
    with (ROOT / catalogue).open("rb") as lines:
        for message in read_po(lines):
            dutch, english = (sorted(VALUE.findall(str(one))) for one in (message.id, message.string))
            assert not message.id or dutch == english, message.id
