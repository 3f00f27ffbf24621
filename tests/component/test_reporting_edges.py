"""What is not as it should be: records that say nothing, facts that are erased, questions that cannot be answered."""

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from local import Backends
from services.reporting.pages import choice_of_months
from shared.kalender import format_month, parse_month
from shared.web.page import POLICY, Pages
from tests.component.reported import ANNA, CENTRUM, accepted, given, judged, lives, melding, owes
from tests.component.reporting import BIJDRAGE, INTAKE, Reporting, ontvangst, reporting_on
from tests.conftest import own_database

KIND = "nl.wijkzorg."


@pytest.fixture
async def reporting(backends: Backends) -> AsyncIterator[Reporting]:
    async with own_database(backends, "reporting") as dsn, reporting_on(dsn) as own:
        yield own


async def _letters(reporting: Reporting) -> list[tuple[str, str]]:
    rows = await reporting.pool.fetch('select topic, code from dead_letter order by topic, "offset"')
    return [(row["topic"], row["code"]) for row in rows]


async def test_what_cannot_be_read_lies_aside_and_the_rest_is_counted(reporting: Reporting) -> None:
    await reporting.handle(INTAKE, b"{", melding(ANNA), owes(ANNA, "2026-01", 1))
    await reporting.handle(BIJDRAGE, b"12", None, owes(ANNA, "2026-01", 1900))
    assert await _letters(reporting) == [
        (BIJDRAGE, "onleesbaar"),
        (BIJDRAGE, "onleesbaar"),
        (INTAKE, "onleesbaar"),
        (INTAKE, "verkeerd-topic"),
    ]
    whole = (await reporting.figures())["totaal"]
    assert (whole["meldingen"], whole["bijdragenCent"]) == (1, 1900)


async def test_an_empty_record_under_any_key_erases_no_verdict_and_no_bijdrage(reporting: Reporting) -> None:
    await reporting.say(owes(ANNA, "2026-01", 1900))
    await reporting.handle(BIJDRAGE, None, key=f"{KIND}bijdrage-vastgesteld/{ANNA}/2026-01/1".encode())
    assert await _letters(reporting) == [(BIJDRAGE, "onleesbaar")]
    assert (await reporting.figures())["totaal"]["bijdragen"] == 1


async def test_verdicts_about_another_provider_than_the_topics_do_not_count(reporting: Reporting) -> None:
    await reporting.handle(ontvangst("12345678"), judged(accepted(1, 1), agb="65656055"))
    assert await _letters(reporting) == [(ontvangst("12345678"), "verkeerd-topic")]
    assert (await reporting.figures())["totaal"]["gebruik"] == 0


async def test_an_erased_client_leaves_what_happened_to_nobody_known(reporting: Reporting) -> None:
    await reporting.say(lives(ANNA), melding(ANNA), given(ANNA, 1), judged(accepted(1, 1)))
    await reporting.handle(INTAKE, None, key=f"{KIND}client-vastgesteld/{ANNA}".encode())
    assert (await reporting.wijk(CENTRUM))["meldingen"] == 0
    row = await reporting.wijk(None)
    assert (row["meldingen"], row["gebruik"], row["clienten"]) == (1, 1, 1)


async def test_an_erased_melding_no_longer_counts_until_it_is_said_again(reporting: Reporting) -> None:
    await reporting.say(lives(ANNA), melding(ANNA))
    await reporting.handle(INTAKE, None, key=f"{KIND}melding-ontvangen/M1".encode())
    assert (await reporting.figures())["totaal"]["meldingen"] == 0
    await reporting.say(melding(ANNA))
    assert (await reporting.figures())["totaal"]["meldingen"] == 1


async def test_only_the_months_asked_for_are_counted(reporting: Reporting) -> None:
    uses = [accepted(place, 1, f"2026-0{place}") for place in (1, 2, 3)]
    await reporting.say(judged(*uses))
    assert (await reporting.figures("2026-02", "2026-02"))["totaal"]["gebruik"] == 1
    assert (await reporting.figures("2026-02"))["totaal"]["gebruik"] == 2
    assert (await reporting.figures(None, "2026-02"))["totaal"]["gebruik"] == 2


@pytest.mark.parametrize(
    ("asked", "veld"), [("van=2026-13", "van"), ("tot=mei", "tot"), ("van=2026-02&tot=2026-01", "tot")]
)
async def test_months_that_are_none_are_refused_by_name(reporting: Reporting, asked: str, veld: str) -> None:
    answer = await reporting.api.get(f"/v1/wijken?{asked}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["veld"] for error in answer.json()["errors"]] == [veld]


async def test_the_api_says_what_it_answers(reporting: Reporting) -> None:
    api = (await reporting.api.get("/v1/openapi.json")).json()
    assert {"/v1/wijken", "/v1/tellingen"} <= api["paths"].keys()
    assert "/" not in api["paths"]
    shape = api["components"]["schemas"]["WijkAntwoord"]["properties"]
    assert {"jaar", "code", "naam", "inwoners", "bijdragenCent", "maanden"} <= shape.keys()


async def test_a_page_lets_nothing_in_but_its_own_files(reporting: Reporting) -> None:
    answer = await reporting.api.get("/")
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
    assert " style=" not in answer.text


async def test_static_files_are_kept_under_an_address_that_changes_with_them(reporting: Reporting) -> None:
    page = (await reporting.api.get("/")).text
    address = page.partition('href="/static/theme.css')[2].partition('"')[0]
    answer = await reporting.api.get(f"/static/theme.css{address}")
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    for name in ("nothing.css", "../page.py", "..%2Fpage.py"):
        assert (await reporting.api.get(f"/static/{name}")).status_code == 404


@pytest.mark.parametrize(("taal", "title"), [("nl", "Hulp"), ("en", "Care"), ("fr", "Hulp"), ("", "Hulp")])
async def test_the_page_speaks_dutch_unless_english_is_asked_for(
    reporting: Reporting, taal: str, title: str
) -> None:
    answer = await reporting.api.get("/", params={"taal": taal, "kaart": "gebruik"})
    assert answer.headers["content-language"] == ("en" if taal == "en" else "nl")
    assert f"<title>{title} " in answer.text
    assert "kaart=gebruik" in answer.text, "the other language is asked with the same choice"


@pytest.mark.parametrize("asked", ["van=2027-01", "van=x", "kaart=namen", "van=2026-02&tot=2026-01"])
async def test_a_choice_that_cannot_be_shown_shows_the_usual_months(reporting: Reporting, asked: str) -> None:
    answer = await reporting.api.get(f"/?{asked}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "juli 2025 tot en met juni 2026" in answer.text


def test_months_to_choose_go_back_to_the_first_with_figures_and_no_more_than_ten_years() -> None:
    now = parse_month("2026-06")
    assert [format_month(m) for m in choice_of_months(None, now)][::11] == ["2025-07", "2026-06"]
    early = choice_of_months((parse_month("2024-03"), now), now)
    assert (format_month(early[0]), len(early)) == ("2024-03", 28)
    assert len(choice_of_months((parse_month("1990-01"), now), now)) == 120


def test_a_municipality_may_bring_its_own_colours(tmp_path: Path) -> None:
    theme = tmp_path / "own.css"
    theme.write_text(":root { --wijkzorg-accent: #005 }", encoding="utf-8")
    neutral, own = Pages("services.reporting", "X"), Pages("services.reporting", "X", theme)
    assert neutral._address("", "theme.css") != own._address("", "theme.css")
    assert neutral._address("", "frame.css") == own._address("", "frame.css")


@pytest.mark.parametrize("package", ["services.reporting", "shared.web"])
def test_every_text_of_a_template_has_its_english(package: str) -> None:
    folder = files(package) / "templates"
    environment = Pages("services.reporting", "X")._environments["nl"]
    texts: set[str] = set()
    for template in folder.iterdir():
        if template.name.endswith(".html"):
            found = environment.extract_translations(template.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
            texts |= {text if isinstance(text, str) else text[0] for _, _, text in found}
    with (folder / "en.po").open("rb") as file:
        catalogue = read_po(file)
    assert {str(message.id) for message in catalogue if message.id} == texts
    assert all(message.string for message in catalogue if message.id)
