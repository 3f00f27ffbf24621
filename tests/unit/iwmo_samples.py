"""Declarations of the project's own making, invented, and where those of the standard are."""

from html import escape
from pathlib import Path

import pytest

from wijkzorg.declaratie import FILE_BYTES_MAX, NAMESPACES

OWN = "0637"
BSNS = ("999900006", "999900018", "123456782")
ROW = {
    "ReferentieNummer": "RN001",
    "VorigReferentieNummer": "",
    "ToewijzingNummer": "20072",
    "ProductCategorie": "01",
    "ProductCode": "01A03",
    "Begindatum": "2026-03-01",
    "Einddatum": "2026-03-31",
    "GeleverdVolume": "4",
    "Eenheid": "04",
    "ProductTarief": "1250",
    "Bedrag": "5000",
    "DebetCredit": "D",
}
IWMO_FIELDS = {
    "ReferentieNummer",
    "VorigReferentieNummer",
    "Begindatum",
    "Einddatum",
    "Bedrag",
    "DebetCredit",
}
GROUPS = {
    "ProductReferentie": ("ReferentieNummer", "VorigReferentieNummer"),
    "ProductPeriode": ("Begindatum", "Einddatum"),
    "IngediendBedrag": ("Bedrag", "DebetCredit"),
}
ORDER = (
    "ProductReferentie",
    "ToewijzingNummer",
    "ProductCategorie",
    "ProductCode",
    "ProductPeriode",
    "GeleverdVolume",
    "Eenheid",
    "ProductTarief",
    "IngediendBedrag",
)
CREDIT = {"ReferentieNummer": "RN002", "VorigReferentieNummer": "RN001", "DebetCredit": "C"}
HEADER = "484 3 2 65656055 0637 2026-04-02"


def leaf(name: str, text: str) -> str:
    prefix = "i" if name in IWMO_FIELDS else "w"
    return f"<{prefix}:{name}>{escape(text)}</{prefix}:{name}>" if text else ""


def prestatie(**changes: str) -> str:
    """A row; a field changed to nothing is left out."""
    texts = ROW | changes
    parts = [
        f"<w:{name}>{''.join(leaf(part, texts[part]) for part in GROUPS[name])}</w:{name}>"
        if name in GROUPS
        else leaf(name, texts[name])
        for name in ORDER
    ]
    return f"<w:Prestatie>{''.join(parts)}</w:Prestatie>"


def declaration(*clients: tuple[str, ...], header: str = HEADER, total: str = "5000 D") -> bytes:
    code, versie, subversie, afzender, ontvanger, dagtekening = header.split()
    bedrag, sign = total.split()
    rows = "\n".join(
        f"<w:Client><w:Bsn>{bsn}</w:Bsn><w:Prestaties>\n{chr(10).join(client)}\n</w:Prestaties></w:Client>"
        for bsn, client in zip(BSNS, clients, strict=False)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<w:Bericht xmlns:i="{NAMESPACES["iwmo"]}" xmlns:w="{NAMESPACES["wmo"]}">
<w:Header><w:BerichtCode>{code}</w:BerichtCode><w:BerichtVersie>{versie}</w:BerichtVersie>
<w:BerichtSubversie>{subversie}</w:BerichtSubversie><w:Afzender>{afzender}</w:Afzender>
<w:Ontvanger>{ontvanger}</w:Ontvanger><w:BerichtIdentificatie><i:Identificatie>1</i:Identificatie>
<i:Dagtekening>{dagtekening}</i:Dagtekening></w:BerichtIdentificatie><w:XsdVersie>
<i:BasisschemaXsdVersie>1.0.0</i:BasisschemaXsdVersie><i:BerichtXsdVersie>1.0.0</i:BerichtXsdVersie>
</w:XsdVersie></w:Header><w:Declaratie><w:DeclaratieNummer>D1</w:DeclaratieNummer>
<w:DeclaratiePeriode><i:Begindatum>2026-03-01</i:Begindatum><i:Einddatum>2026-03-31</i:Einddatum>
</w:DeclaratiePeriode><w:DeclaratieDagtekening>2026-04-02</w:DeclaratieDagtekening>
<w:TotaalIngediendBedrag><i:TotaalBedrag>{bedrag}</i:TotaalBedrag><i:DebetCredit>{sign}</i:DebetCredit>
</w:TotaalIngediendBedrag><w:Clienten>
{rows}
</w:Clienten></w:Declaratie></w:Bericht>""".encode()


def standard_file(path: str) -> Path:
    """A file of the iWmo standard, which lies beside the project and not in it."""
    file = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "iwmo32" / path
    if not file.exists():
        pytest.skip(f"The iWmo 3.2 standard ({path}) is not beside this project.")
    return file


GOOD = declaration((prestatie(),))
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


def with_doctype(doctype: str, number: str = "RN001") -> bytes:
    return GOOD.replace(b"?>\n", f"?>\n<!DOCTYPE r [{doctype}]>\n".encode()).replace(
        b"RN001", number.encode()
    )


_WHOLE_FILES = {
    "well-formed": [
        *(b"", b"  ", b"\x00\x01", b"no XML", b"<a>" * 5000, GOOD[:-40]),
        *(GOOD.replace(b"RN001", bad) for bad in (b"\xff", b"&unknown;", b"9" * 11_000_000)),
        GOOD.replace(b"UTF-8", b"no-such"),
    ],
    "DOCTYPE": [
        with_doctype(""),
        with_doctype('<!ENTITY a0 "ha">' + LAUGHS, "&a11;"),
        with_doctype('<!ENTITY a SYSTEM "file:///etc/hostname">', "&a;"),
        with_doctype('<!ENTITY % a SYSTEM "http://localhost:9/a"> %a;'),
        with_doctype("").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
    "no WMO323": [
        b"<a/>",
        GOOD.replace(b"iwmo/3_2/wmo323", b"iwmo/3_1/wmo323"),
        GOOD.replace(b"wmo323", b"wmo301"),
    ],
    "BerichtCode": [declaration(header=HEADER.replace("484", "414")), GOOD.replace(b"w:Header", b"w:Kop")],
    "version": [
        declaration(header=HEADER.replace("3 2", "3 1")),
        declaration(header=HEADER.replace("3 2", "4 2")),
    ],
    "gemeente 0384, and this is gemeente 0637": [declaration(header=HEADER.replace("0637", "0384"))],
    "Ontvanger": [declaration(header=HEADER.replace("0637", "637")), GOOD.replace(b"0637", b"")],
    "Afzender": [
        declaration(header=HEADER.replace("65656055", "6565605")),
        GOOD.replace(b"65656055", b"A1234567"),
    ],
    "Dagtekening": [
        declaration(header=f"484 3 2 65656055 0637 {day}")
        for day in ("2026-02-30", "20260402", "1900-01-01", "2200-01-01", "2026-04-02Z", "x")
    ],
    "larger than": [bytes(FILE_BYTES_MAX + 1)],
}
WHOLE_FILES = [pytest.param(what, file, id=what) for what, files in _WHOLE_FILES.items() for file in files]
"""What is said of a file that cannot be used, and the file."""
