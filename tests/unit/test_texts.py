"""What a page says in Dutch it says in English too."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tests.house.files import ROOT, paths

CATALOGUES = [path for path in paths() if path.name == "en.po"]


def texts(folder: Path) -> set[str]:
    """The Dutch texts in the templates of a folder."""
    found: set[str] = set()
    for template in folder.glob("*.html"):
        with template.open("rb") as lines:
            options = {"extensions": "jinja2.ext.i18n", "trimmed": "true"}
            found |= {str(text) for _, _, text, _ in babel_extract(lines, ("_", "gettext"), [], options)}
    return found


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_every_dutch_text_has_an_english_one_and_none_is_left_over(catalogue: Path) -> None:
    with (ROOT / catalogue).open("rb") as lines:
        english = {str(message.id): message.string for message in read_po(lines) if message.id}
    assert texts((ROOT / catalogue).parent) == english.keys()
    assert all(english.values())
