"""A declaration becomes events, row by row, and a file that is none is refused as a whole."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shared.contracts.event import parse
from tests.unit.iwmo_samples import (
    BSNS,
    CREDIT,
    GOOD,
    HEADER,
    OWN,
    ROW,
    WHOLE_FILES,
    declaration,
    leaf,
    prestatie,
    standard_file,
)
from wijkzorg.declaratie import DeclaratieError
from wijkzorg.iwmo import Declaratie, Onbruikbaar, read_declaratie


def read(*rows: str, total: str = "5000 D") -> Declaratie:
    read_back = read_declaratie(declaration(rows, total=total), OWN)
    assert not any(bsn in repr(read_back) for bsn in BSNS)
    for event in read_back.events:
        parse(json.dumps(event))
    return read_back


def between_good_rows(row: str) -> Onbruikbaar:
    """The report of a bad row; its neighbours must not notice it."""
    first, last = prestatie(ReferentieNummer="FIRST"), prestatie(ReferentieNummer="LAST")
    read_back = read(first, row, last)
    assert [event["data"]["referentieNummer"] for event in read_back.events] == ["FIRST", "LAST"]
    [bad] = read_back.onbruikbaar
    assert bad.place == "Client 1, Prestatie 2"
    return bad


OWN_SAMPLES = {
    "a use": declaration((prestatie(),)),
    "a credit row": declaration((prestatie(),), (prestatie(**CREDIT),), total="0 C"),
    "minutes": declaration((prestatie(Eenheid="01", GeleverdVolume="50", Bedrag="1042"),), total="1042 D"),
    "no tariff": declaration((prestatie(ProductTarief="", Bedrag="9"),), total="9 D"),
    "euros": declaration((prestatie(Eenheid="83", Bedrag="9"),), total="9 D"),
}


@pytest.mark.parametrize("name", OWN_SAMPLES)
def test_own_samples_are_what_the_standard_says_and_are_read_whole(name: str) -> None:
    read_back = read_declaratie(OWN_SAMPLES[name], OWN)
    assert (read_back.onbruikbaar, read_back.warnings) == ((), ())
    schema = etree.XMLSchema(etree.parse(standard_file("xsd/WMO323.xsd")))
    schema.assertValid(etree.fromstring(OWN_SAMPLES[name]))


def test_the_sample_of_the_standard_gives_four_events() -> None:
    content = standard_file("berichten/WMO323.xml").read_bytes()
    read_back = read_declaratie(content, "0384")
    assert (read_back.aanbieder, read_back.dagtekening) == ("65656055", date(2023, 5, 6))
    assert [event["data"]["referentieNummer"] for event in read_back.events] == [
        "RN001",
        "RN002",
        "RN003",
        "RN004",
    ]
    assert {event["time"] for event in read_back.events} == {"2023-05-05T22:00:00Z"}
    assert (read_back.onbruikbaar, read_back.warnings) == ((), ())
    squeezed = b"".join(line.strip() for line in content.splitlines())
    assert read_declaratie(squeezed, "0384").events == read_back.events
    with pytest.raises(
        DeclaratieError, match="gemeente 0384, and this is gemeente 0637: nothing was imported"
    ):
        read_declaratie(content, OWN)


def test_a_debet_row_is_a_use() -> None:
    [event] = read(prestatie()).events
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": "urn:nld:agb:65656055:systeem:iwmo",
        "type": "nl.wijkzorg.gebruik-geregistreerd.v1",
        "subject": "20072",
        "time": "2026-04-01T22:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "aanbieder": "65656055",
            "referentieNummer": "RN001",
            "toewijzingNummer": 20072,
            "productcategorie": "01",
            "productcode": "01A03",
            "begindatum": "2026-03-01",
            "einddatum": "2026-03-31",
            "volume": 4,
            "eenheid": "04",
            "tariefCent": 1250,
            "bedragCent": 5000,
        },
    }


def test_a_credit_row_takes_a_use_back_and_needs_nothing_else_to_be_right() -> None:
    [event] = read(prestatie(**CREDIT, GeleverdVolume="0", Einddatum="")).events
    assert event["type"] == "nl.wijkzorg.gebruik-ingetrokken.v1"
    assert event["data"] == {
        "aanbieder": "65656055",
        "referentieNummer": "RN002",
        "vorigReferentieNummer": "RN001",
        "toewijzingNummer": 20072,
    }


def test_an_id_never_changes_once_it_was_given() -> None:
    assert read(prestatie()).events[0]["id"] == "8f37c9f8-8e4d-58b7-90c7-324aac8edcfd"


def test_ids_rest_on_what_a_row_says_and_not_on_how_the_file_is_written() -> None:
    content = declaration((prestatie(), prestatie(**CREDIT)))
    events = read_declaratie(content, OWN).events
    tree = etree.fromstring(content)
    etree.indent(tree, space="\t\t")
    spaced = content.replace(b">4<", b">\n\t 4 \r\n<").replace(
        b"<w:Eenheid>", b"<!-- a remark --><w:Eenheid>"
    )
    strange = content.replace(b"<w:Eenheid>", b'<x:Extra xmlns:x="urn:x">999900006</x:Extra><w:Eenheid>')
    commented = content.replace(b">1250<", b">12<!-- a remark -->50<")
    renamed = content.replace(b"w:", b"wmo323:").replace(b":w=", b":wmo323=")
    utf_16 = content.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16")
    for variant in (etree.tostring(tree), spaced, strange, commented, renamed, utf_16):
        assert read_declaratie(variant, OWN).events == events


def test_the_client_plays_no_part_in_an_id() -> None:
    other_client = declaration((prestatie(),)).replace(b"999900006", b"123456782")
    assert read_declaratie(other_client, OWN).events == read(prestatie()).events


def test_another_content_or_another_provider_has_another_id() -> None:
    days = [{"Begindatum": "2026-03-02"}, {"Einddatum": "2026-03-30"}]
    names = ROW.keys() - {"Begindatum", "Einddatum", "Eenheid", "DebetCredit"}
    changes = [{}, *days, CREDIT, {"Eenheid": "01", "Bedrag": "83"}, *({name: "12"} for name in names)]
    rows = [read(prestatie(**({"Eenheid": "83"} | change))) for change in changes]
    rows.append(
        read_declaratie(declaration((prestatie(Eenheid="83"),), header=HEADER.replace("6560", "6561")), OWN)
    )
    assert len({row.events[0]["id"] for row in rows}) == len(rows)


UNUSABLE = [
    ({"ReferentieNummer": ""}, "ReferentieNummer must stand there once"),
    ({"ReferentieNummer": "R" * 21}, "ReferentieNummer must stand there once"),
    ({"ToewijzingNummer": ""}, "ToewijzingNummer must stand there once"),
    ({"ToewijzingNummer": "0"}, "ToewijzingNummer must stand there once"),
    ({"ToewijzingNummer": "9" * 5000}, "ToewijzingNummer must stand there once"),
    ({"ProductCategorie": "19"}, "ProductCategorie must stand there once"),
    ({"ProductCode": "01-A3"}, "ProductCode, if given, must stand there once"),
    ({"Begindatum": ""}, "Begindatum must stand there once"),
    ({"Begindatum": "20260301"}, "Begindatum must stand there once"),
    ({"Einddatum": "2026-02-30"}, "Einddatum must stand there once"),
    ({"GeleverdVolume": "4.5"}, "GeleverdVolume must stand there once"),
    ({"GeleverdVolume": "9" * 18}, "GeleverdVolume must stand there once"),
    ({"GeleverdVolume": "0"}, "GeleverdVolume must be above zero"),
    ({"GeleverdVolume": "-4"}, "GeleverdVolume must be above zero"),
    ({"Eenheid": "05"}, "Eenheid must stand there once"),
    ({"ProductTarief": "-1250"}, "ProductTarief, if given, must stand there once"),
    ({"Bedrag": "50,00"}, "Bedrag, if given, must stand there once"),
    ({"DebetCredit": ""}, "DebetCredit must stand there once, as D or C"),
    ({"DebetCredit": "X"}, "DebetCredit must stand there once, as D or C"),
    ({"Einddatum": "2026-02-28"}, "Einddatum lies before Begindatum"),
    ({"Einddatum": "2026-04-01"}, "more than one month"),
    ({"Bedrag": "5001"}, "not GeleverdVolume times ProductTarief"),
    ({"Eenheid": "01", "GeleverdVolume": "50", "Bedrag": "1041"}, "not GeleverdVolume times ProductTarief"),
    (CREDIT | {"VorigReferentieNummer": ""}, "VorigReferentieNummer of a credit row must stand there once"),
    (CREDIT | {"ToewijzingNummer": "abc"}, "ToewijzingNummer must stand there once"),
]


@pytest.mark.parametrize(("changes", "reason"), UNUSABLE)
def test_a_row_that_cannot_be_used_is_reported_and_harms_no_other(
    changes: dict[str, str], reason: str
) -> None:
    bad = between_good_rows(prestatie(**changes))
    assert reason in bad.reason
    number = (ROW | changes)["ReferentieNummer"]
    assert bad.referentie_nummer == (number if 0 < len(number) <= 20 else None)


@pytest.mark.parametrize("name", ["ToewijzingNummer", "ProductCode", "ProductTarief"])
def test_a_field_that_stands_twice_or_holds_elements_is_not_guessed(name: str) -> None:
    row, one = prestatie(), leaf(name, ROW[name])
    assert f"{name}" in between_good_rows(row.replace(one, one + one)).reason
    inside = one.replace("</", '<x:b xmlns:x="urn:x"/>1</')
    assert f"{name}" in between_good_rows(row.replace(one, inside)).reason


def test_the_report_says_the_line_on_which_the_row_begins() -> None:
    content = declaration(
        (prestatie(),), (prestatie(ReferentieNummer="R2"), prestatie(Eenheid="")), total="1 D"
    )
    [bad] = read_declaratie(content, OWN).onbruikbaar
    assert bad.place == "Client 2, Prestatie 2"
    assert "Eenheid" not in content.decode().splitlines()[bad.line - 1].partition("</w:Prestatie>")[0]


@pytest.mark.parametrize(
    "other", [{"Bedrag": "10000", "GeleverdVolume": "8"}, CREDIT | {"ReferentieNummer": "RN001"}]
)
def test_of_two_rows_with_one_number_the_second_is_reported(other: dict[str, str]) -> None:
    read_back = read(prestatie(), prestatie(**other))
    assert [event["data"]["referentieNummer"] for event in read_back.events] == ["RN001"]
    assert "already that of Client 1, Prestatie 1" in read_back.onbruikbaar[0].reason


def test_the_same_row_twice_is_the_same_event() -> None:
    first, second = read(prestatie(), prestatie(), total="10000 D").events
    assert first == second


def test_an_unusable_row_does_not_keep_its_number_from_the_row_that_mends_it() -> None:
    read_back = read(prestatie(Bedrag="1"), prestatie())
    assert (len(read_back.events), len(read_back.onbruikbaar)) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "total", "warning"),
    [
        ([prestatie()], "5001 D", "says 5001 eurocents and the rows add up to 5000"),
        ([prestatie(), prestatie(**CREDIT)], "5000 D", "rows add up to 0"),
        ([prestatie()], "5000 C", "says -5000"),
        ([prestatie()], "x D", "could not be checked"),
        ([prestatie(), prestatie(ReferentieNummer="R2", Bedrag="")], "5000 D", "could not be checked"),
        ([], "0 D", "has no rows"),
    ],
)
def test_a_total_that_does_not_fit_is_a_warning(rows: list[str], total: str, warning: str) -> None:
    [said] = read(*rows, total=total).warnings
    assert warning in said


def test_a_row_outside_its_place_is_not_passed_over_in_silence() -> None:
    stray = declaration((prestatie(),)).replace(b"<w:Clienten>", f"<w:Clienten>{prestatie()}".encode())
    assert "outside Client/Prestaties, which were not read: 1" in read_declaratie(stray, OWN).warnings[0]


@pytest.mark.parametrize(("what", "content"), WHOLE_FILES)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(what: str, content: bytes) -> None:
    with pytest.raises(DeclaratieError, match=f"{what}.*: nothing was imported; .*\\."):
        read_declaratie(content, OWN)


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")).filter(lambda c: c < "\ufffe"), max_size=30
)
NASTY = st.sampled_from(
    ["", "0", "-1", "9" * 400, "1e3", "0x1", "٤", "D", "C", "RN001", "2026-03-05", "2026-13-01"]
)
CHANGES = st.dictionaries(st.sampled_from(sorted(ROW)), NASTY | TEXTS, max_size=4)


@settings(deadline=None)
@given(st.lists(CHANGES, max_size=8))
def test_every_row_ends_as_one_event_or_one_report(rows: list[dict[str, str]]) -> None:
    read_back = read(*(prestatie(**changes) for changes in rows))
    assert len(read_back.events) + len(read_back.onbruikbaar) == len(rows)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.binary(max_size=12))
def test_a_damaged_file_is_read_or_refused_and_never_crashes(at: int, gone: int, put: bytes) -> None:
    said = ""
    try:
        read_declaratie(GOOD[:at] + put + GOOD[at + gone :], OWN)
    except DeclaratieError as error:
        said = str(error)
    assert "999900006" not in said


@pytest.mark.parametrize("wrong", [b"&client;", b"\xff", b"</wmo:Nowhere>", b"\x01"])
def test_what_is_no_xml_is_refused_by_its_line(wrong: bytes) -> None:
    good = declaration((prestatie(),), (prestatie(ReferentieNummer="RN002"),))
    at = good.index(b"RN002")
    line = good[:at].count(b"\n") + 1
    with pytest.raises(DeclaratieError, match=rf"not well-formed XML \(line {line}\): nothing was imported"):
        read_declaratie(good[:at] + wrong + good[at:], OWN)
