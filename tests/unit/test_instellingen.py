"""The reader of settings: what ships is right, and every mistake is named with its line."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.billing.domain.instellingen import Instellingen
from services.billing.instellingen.lezen import (
    FOUTEN_MAX,
    STANDAARD,
    InstellingenError,
    load,
    parse,
    standaard,
)
from services.billing.instellingen.lined import BYTES_MAX
from shared.kalender import format_month, parse_month
from tests.house.files import ROOT
from tests.unit.trials import PERCENTAGE, plain, with_regeling, zoetermeer


def wrong(text: str | bytes) -> Sequence[tuple[int, str, str]]:
    """Every fault that is found: line, field, and what is said."""
    inhoud = text.encode() if isinstance(text, str) else text
    with pytest.raises(InstellingenError) as raised:
        parse(inhoud, "eigen.yml")
    return raised.value.fouten


def line_of(text: str, part: str) -> int:
    """The line on which this stands first."""
    return text[: text.index(part)].count("\n") + 1


def test_what_ships_has_the_national_tariffs_and_leaves_2027_undetermined() -> None:
    tarief = {format_month(maand): cent for maand, cent in standaard().tarief_cent.items()}
    assert (min(tarief), max(tarief)) == ("2020-01", "2026-12")
    assert [tarief[m] for m in ("2020-03", "2020-04", "2020-05", "2020-06")] == [1900, 0, 0, 1900]
    assert [tarief[f"{year}-07"] for year in range(2021, 2027)] == [1900, 1900, 1900, 2060, 2100, 2180]
    assert not list(standaard().gaps())


def test_zoetermeer_counts_from_the_beschikking_and_has_the_national_tariffs() -> None:
    own = zoetermeer()
    assert own.gemeente == "0637"
    assert own.tarief_cent == standaard().tarief_cent
    assert {own.regels.grondslag(categorie, "zin") for categorie in ("01", "12")} == {"beschikking"}
    assert own.versie != standaard().versie


def test_by_what_support_is_in_use_follows_from_leveringsvorm_and_categorie() -> None:
    regels = standaard().regels
    assert [regels.grondslag(categorie, "zin") for categorie in ("01", "12", "J01")] == [
        "gebruik",
        "levering",
        "gebruik",
    ]
    assert [regels.grondslag(categorie, "pgb") for categorie in ("01", "12", "J01")] == ["beschikking"] * 3
    assert ("zin", "12") in regels.lasting
    assert ("zin", "01") not in regels.lasting
    assert ("pgb", "01") in regels.lasting


@pytest.mark.parametrize(
    ("old", "new", "veld", "said"),
    [
        ("bedragCent: 2060", "bedragCent: -1", "tarieven.3.bedragCent", "niet minder of eerder zijn dan 0"),
        ("bedragCent: 2060", "bedragCent: 20.60", "tarieven.3.bedragCent", "geheel getal, zoals 1900"),
        ("bedragCent: 2060", "bedragCent: 2_060", "tarieven.3.bedragCent", "geheel getal, zoals 1900"),
        ("bedragCent: 2060", "bedragCent: 02060", "tarieven.3.bedragCent", "geheel getal, zoals 1900"),
        ("bedragCent: 2060", "bedragCent: 99999999", "tarieven.3.bedragCent", "niet meer of later zijn"),
        ("bedragCent: 2060, ", "", "tarieven.3.bedragCent", "nodig en ontbreekt"),
        ("bedragCent: 2060", "bedragCenten: 2060", "tarieven.3.bedragCenten", "hoort hier niet"),
        ("van: 2024-01", "van: 2024-13", "tarieven.3.van", "jaar en maand, zoals 2026-03"),
        ("van: 2024-01", "van: 2024-01-01", "tarieven.3.van", "jaar en maand, zoals 2026-03"),
        ("van: 2024-01", "van: 2024-1", "tarieven.3.van", "jaar en maand, zoals 2026-03"),
        ("van: 2024-01", "van: 2023-12", "tarieven.3.van", "De maand 2023-12 staat al in een andere rij"),
        ("tot: 2024-12", "tot: 2023-12", "tarieven.3.tot", "Draai van en tot om"),
        ("versie: landelijk", "versie: Landelijk", "versie", "niet de juiste vorm"),
        ("versie: landelijk-2026-1", "versie:", "versie", "niet de juiste vorm"),
        ("soort: vast", "soort: inkomen", "regeling.soort", "vast of percentage"),
        ('"12": levering', '"19": levering', "grondslag.zin.19", "Schrijf 01 tot en met 18"),
        ('"12": levering', '"12": leverin', "grondslag.zin.12", "Kies een van deze waarden"),
        ("anders: gebruik", '"01": gebruik', "grondslag.zin", "Zeg ook wat voor de andere categorieën geldt"),
        ("{anders: beschikking}", "{anders: gebruik}", "grondslag.pgb.anders", "Kies een van deze waarden"),
        (
            "vrijeCategorieen: []",
            'vrijeCategorieen: ["02", 8]',
            "vrijeCategorieen.1",
            "tussen aanhalingstekens",
        ),
        ("vrijeCategorieen: []", "vrijeCategorieen: 08", "vrijeCategorieen", "Dit moet een lijst zijn"),
        ("vrijeProducten: []", 'vrijeProducten: ["01 A"]', "vrijeProducten.0", "niet de juiste vorm"),
        ("respijtDagen: 21", "respijtDagen: 400", "respijtDagen", "niet meer of later zijn dan 366"),
        ("respijtDagen: 21", "respijtdagen: 21", "respijtdagen", "hoort hier niet"),
        ("respijtDagen: 21", "respijtDagen: 21\nrespijtDagen: 22", "respijtDagen", "staat er twee keer"),
        ("maandenOpOverzichtMax: 3", "maandenOpOverzichtMax: [3]", "maandenOpOverzichtMax", "geheel getal"),
    ],
)
def test_every_mistake_is_named_with_its_line_and_field(old: str, new: str, veld: str, said: str) -> None:
    text = plain().replace(old, new, 1)
    faults = [fout for fout in wrong(text) if fout[1] == veld]
    assert faults, wrong(text)
    assert said in faults[0][2]
    assert faults[0][0] == line_of(plain(), old) + new.count("\n")


def test_what_the_whole_file_lacks_is_named_at_its_first_line() -> None:
    text = plain().replace("versie: landelijk-2026-1\n", "")
    assert wrong(text) == [(line_of(text, "tarieven:"), "versie", "Dit veld is nodig en ontbreekt.")]


def test_what_a_part_lacks_is_named_at_the_line_of_that_part() -> None:
    text = plain().replace("  soort: vast", "  kind: vast")
    line = line_of(text, "regeling:")
    assert wrong(text) == [(line, "regeling.soort", "Kies één van deze regelingen: vast of percentage.")]


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file() -> None:
    text = (
        plain().replace("bedragCent: 2060", "bedragCent: x").replace("respijtDagen: 21", "respijtDagen: ja")
    )
    text = text.replace("soort: vast", "soort: anders")
    assert [fout[1] for fout in wrong(text)] == ["tarieven.3.bedragCent", "regeling.soort", "respijtDagen"]


def test_the_sentence_names_the_file_the_line_the_field_and_what_to_do() -> None:
    with pytest.raises(InstellingenError) as raised:
        parse(plain().replace("respijtDagen: 21", "respijtDagen: veel").encode(), "eigen.yml")
    line = line_of(plain(), "respijtDagen")
    assert str(raised.value) == (
        f"bestand eigen.yml, regel {line}: respijtDagen: Schrijf dit als een geheel getal, zoals 1900."
    )


@pytest.mark.parametrize(
    ("inhoud", "line", "said"),
    [
        (b"", 1, "leeg"),
        (b"# niets\n", 1, "leeg"),
        (b"versie: a\nnaam: \xff\n", 2, "geen UTF-8"),
        (b"versie: a\n  b: [\n", 2, "geen YAML"),
        (b"versie: a\n---\nversie: b\n", 2, "geen YAML"),
        (b"a: \x01\n", 1, "geen YAML"),
        (b"a: &x 1\nb: *x\n", 2, "geen verwijzingen"),
        (b"a: " + b"[" * 5000, 1, "niet zo diep"),
        (b"#" * (BYTES_MAX + 1), 1, "te groot"),
        (b"- versie\n", 1, "een object met velden"),
        (b"alleen tekst\n", 1, "een object met velden"),
    ],
)
def test_what_is_no_file_of_settings_is_refused_with_the_line(inhoud: bytes, line: int, said: str) -> None:
    found = wrong(inhoud)
    assert (found[0][0], said in found[0][2]) == (line, True), found


def test_a_file_of_nothing_but_mistakes_names_no_more_than_can_be_read() -> None:
    text = plain() + "".join(f"onbekend{number}: 1\n" for number in range(200))
    assert len(wrong(text)) == FOUTEN_MAX


def test_months_between_two_rows_are_a_gap_and_no_mistake() -> None:
    text = plain().replace("tot: 2024-12", "tot: 2024-09")
    gaps = list(parse(text.encode(), "eigen.yml").gaps())
    assert gaps == [(parse_month("2024-10"), parse_month("2024-12"))]


def test_an_amount_of_nothing_is_a_tariff_and_no_gap() -> None:
    assert standaard().tarief_cent[parse_month("2020-04")] == 0


def test_what_is_kept_reads_back_as_the_same_also_with_what_a_later_version_added() -> None:
    for inhoud in (STANDAARD.read_bytes(), with_regeling(PERCENTAGE).encode()):
        own = parse(inhoud, "eigen.yml")
        assert Instellingen.of_content(own.content()) == own
        assert Instellingen.of_content(own.content() | {"later": 1}) == own


def test_comments_order_and_a_mark_of_utf8_make_no_other_settings() -> None:
    lines = STANDAARD.read_bytes().decode().replace("respijtDagen: 21\n", "")
    other = "\ufeffrespijtDagen: 21 # eerst\r\n" + lines
    assert parse(other.encode(), "eigen.yml") == standaard()


def test_a_scheme_on_made_up_incomes_is_for_trials_and_refused_to_charge_by(tmp_path: Path) -> None:
    file = tmp_path / "proef.yml"
    file.write_text(with_regeling(PERCENTAGE), encoding="utf-8")
    assert parse(file.read_bytes(), "proef.yml").is_for_trial
    with pytest.raises(InstellingenError, match=r"regel \d+: regeling.soort: .*wijkzorg tarief probeer"):
        load(file)


def test_the_scheme_that_the_manual_shows_can_be_tried() -> None:
    page = Path("docs/SETTINGS.md")
    shown = (ROOT / page).read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert parse(with_regeling(shown).encode(), page.name).is_for_trial


def test_a_file_that_is_not_there_is_said_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InstellingenError, match=r"weg.yml, regel 1: Het bestand is niet te lezen"):
        load(tmp_path / "weg.yml")


@pytest.mark.parametrize(
    ("old", "new", "veld", "said"),
    [
        ("aandeel: 40", "aandeel: 41", "regeling.inkomens", "samen 101"),
        ("procent: 7.5", "procent: 7,5", "regeling.procent", "met een punt, zoals 7.5"),
        ("procent: 7.5", "procent: 101", "regeling.procent", "niet meer of later zijn dan 100"),
        ("procent: 7.5", "percentage: 7.5", "regeling.percentage", "hoort hier niet"),
        ("minimumCent: 2360", "minimumCent: 99000", "regeling.maximumCent", "meer dan het minimum"),
        (
            "jaarinkomenCent: 1800000",
            "jaarinkomenCent: veel",
            "regeling.inkomens.0.jaarinkomenCent",
            "geheel",
        ),
    ],
)
def test_mistakes_in_a_scheme_are_named_with_their_line(old: str, new: str, veld: str, said: str) -> None:
    text = with_regeling(PERCENTAGE)
    found = [fout for fout in wrong(text.replace(old, new, 1)) if fout[1] == veld]
    assert found, wrong(text.replace(old, new, 1))
    assert said in found[0][2]
    assert abs(found[0][0] - line_of(text, old)) <= 2
