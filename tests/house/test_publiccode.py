"""publiccode.yml holds what the standard (yml.publiccode.tools) asks, and claims nothing that is not so.

The file was validated against the standard's own rules once; this reads the plain subset of YAML that it is written in.
"""

import re
from pathlib import Path

import pytest

from tests.house.files import text

FILE = Path("publiccode.yml")
SHORT_MAX, LONG_MIN, LONG_MAX = 150, 150, 10_000
RESERVED = "https://example.org/"
ALLOWED = {
    "developmentStatus": {"concept", "development", "beta", "stable", "obsolete"},
    "softwareType": {"standalone/web", "standalone/backend", "standalone/other"},
    "legal.license": {"EUPL-1.2"},
    "maintenance.type": {"internal", "contract", "community", "none"},
    "localisation.localisationReady": {"true", "false"},
}


def _values() -> dict[str, list[str]]:
    """From the path of a key (`description.nl.features`) to what stands there: one value, a list's, or folded lines."""
    found: dict[str, list[str]] = {}
    at: list[tuple[int, str]] = []
    for line in text(FILE).splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        key = re.fullmatch(r"\s*(?:- )?([A-Za-z]+):(?: (.*))?", line)
        if key is None:
            found[".".join(name for _, name in at)].append(line.strip().removeprefix("- "))
            continue
        at = [(d, name) for d, name in at if d < depth] + [(depth, key[1])]
        values = found.setdefault(".".join(name for _, name in at), [])
        values += [key[2].strip('"')] if key[2] and key[2] != ">" else []
    return found


VALUES = _values()


@pytest.mark.parametrize("key", ["publiccodeYmlVersion", "name", "url", "platforms", *ALLOWED])
def test_what_the_standard_asks_is_there(key: str) -> None:
    assert VALUES[key]
    assert set(VALUES[key]) <= ALLOWED.get(key, set(VALUES[key]))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_language_has_a_description_of_the_right_length(language: str) -> None:
    short, long = (
        " ".join(VALUES[f"description.{language}.{kind}Description"]) for kind in ("short", "long")
    )
    assert 0 < len(short) <= SHORT_MAX
    assert LONG_MIN <= len(long) <= LONG_MAX
    assert len(VALUES[f"description.{language}.features"]) >= 5
    assert language in VALUES["localisation.availableLanguages"]


def test_no_address_organisation_or_person_is_claimed_before_there_is_one() -> None:
    published = not VALUES["url"][0].startswith(RESERVED)
    claims = {"landingURL", "releaseDate", "usedBy", "legal.repoOwner", "organisation"} & VALUES.keys()
    assert published or not claims, f"set url at publication, before {claims}"
    assert ("maintenance.contacts" in VALUES) == (VALUES["maintenance.type"][0] in ("internal", "community"))
