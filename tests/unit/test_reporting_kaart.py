"""What the page shows: small counts hidden, and a map whose colours say what its numbers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.cijfers import CLIENTEN, OPLOSSINGEN, Cijfers, Elders, Telling, fold
from services.reporting.domain.kaart import FIGUREN, KLASSEN, Verborgen, cel, kaart, kolom
from shared import gemeente
from shared.gemeente import WijkId
from shared.kalender import parse_month

ZOETERMEER = gemeente.load(None)
CENTRUM, MEERZICHT = WijkId(2024, "WK063700"), WijkId(2024, "WK063701")
MEI = parse_month("2026-05")


def cijfers(aantal: int = 0, *, clienten: int = 0, bijdragen: int = 0) -> Cijfers:
    """Figures of a wijk: so many meldingen and uses."""
    return Cijfers(aantal, dict.fromkeys(OPLOSSINGEN, 0), clienten, aantal, bijdragen, 2180 * bijdragen)


@pytest.mark.parametrize(
    ("figuur", "found", "shown"),
    [
        ("meldingen", cijfers(0), 0),
        ("meldingen", cijfers(1, clienten=1), Verborgen.KLEIN),
        ("meldingen", cijfers(4, clienten=9), Verborgen.KLEIN),
        ("meldingen", cijfers(5, clienten=5), 5),
        ("gebruik", cijfers(40, clienten=2), Verborgen.WEINIG),
        ("gebruik", cijfers(40, clienten=0), 40),
        ("bedrag", cijfers(bijdragen=4), Verborgen.WEINIG),
        ("bedrag", cijfers(bijdragen=5), 10_900),
    ],
)
def test_a_figure_about_fewer_than_five_is_hidden(figuur: str, found: Cijfers, shown: object) -> None:
    assert cel(found, FIGUREN[figuur]) == shown


def test_one_hidden_alone_takes_the_least_of_the_others_with_it() -> None:
    rijen = [cijfers(number, clienten=9) for number in (3, 20, 0, 7)]
    assert kolom(rijen, FIGUREN["meldingen"]) == [Verborgen.KLEIN, 20, 0, Verborgen.WEINIG]
    rijen = [cijfers(number, clienten=9) for number in (3, 20, 1, 7)]
    assert kolom(rijen, FIGUREN["meldingen"]) == [Verborgen.KLEIN, 20, Verborgen.KLEIN, 7]
    assert kolom([cijfers(3)], FIGUREN["meldingen"]) == [Verborgen.KLEIN]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=9))
def test_no_small_count_follows_from_the_others_and_the_total(numbers: list[int]) -> None:
    shown = kolom([cijfers(number, clienten=99) for number in numbers], FIGUREN["meldingen"])
    hidden = [number for number, one in zip(numbers, shown, strict=True) if isinstance(one, Verborgen)]
    assert all(not 0 < one < 5 for one in shown if isinstance(one, int))
    assert len(hidden) != 1 or sum(numbers) == hidden[0]


def _kaart(aantallen: dict[WijkId, int]) -> dict[str, tuple[object, int | None]]:
    tellingen = [Telling(waar, MEI, "meldingen", aantal) for waar, aantal in aantallen.items()]
    tellingen += [Telling(waar, None, CLIENTEN, 99) for waar in aantallen]
    rijen = fold(ZOETERMEER, tellingen).wijken
    shown = kolom([rij.cijfers for rij in rijen], FIGUREN["meldingen"])
    made = kaart(ZOETERMEER, rijen, shown)
    assert (made.kolommen, made.rijen) == (3, 4)
    assert len(made.grenzen) == KLASSEN - 1
    return {" ".join(tegel.naam): (tegel.waarde, tegel.klasse) for tegel in made.tegels}


def test_tiles_say_figures_by_thousand_inhabitants_and_a_hidden_one_has_no_colour() -> None:
    tegels = _kaart({CENTRUM: 217, MEERZICHT: 2, WijkId(2024, "WK063709"): 40})
    assert tegels["Centrum"] == (10.0, 1)
    assert tegels["Meerzicht"] == (Verborgen.KLEIN, None)
    assert tegels["Buitengebied"] == (Verborgen.WEINIG, None)
    assert tegels["Rokkeveen"] == (0.0, 1)


def test_a_map_without_figures_has_only_its_lightest_colour() -> None:
    assert set(_kaart({}).values()) == {(0.0, 1)}


@given(st.dictionaries(st.sampled_from([wijk.id for wijk in ZOETERMEER.wijken]), st.integers(0, 10**7)))
def test_a_darker_tile_never_has_the_lower_figure(aantallen: dict[WijkId, int]) -> None:
    tegels = [(klasse, value) for value, klasse in _kaart(aantallen).values() if klasse is not None]
    assert [klasse for klasse, _ in sorted(tegels)] == [k for k, _ in sorted(tegels, key=lambda t: t[1])]  # type: ignore[arg-type,return-value]
    assert all(1 <= klasse <= KLASSEN for klasse, _ in tegels)


def test_what_is_of_nobody_known_is_in_the_whole() -> None:
    found = fold(
        ZOETERMEER, [Telling(Elders.ONBEKEND, MEI, "meldingen", 3), Telling(CENTRUM, MEI, "meldingen", 4)]
    )
    assert found.wijken[-1].waar is Elders.ONBEKEND
    assert found.totaal.cijfers.meldingen == 7
    assert found.totaal.maanden[MEI].meldingen == 7
