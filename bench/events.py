"""Events to measure with: invented clients, each alone in a household, and a year of their deliveries."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from uuid import UUID, uuid5

from shared.contracts.event import contract_of, parse
from shared.messaging.producer import Message

PROVIDERS = tuple(f"{90000001 + number:08d}" for number in range(20))
USES_A_CLIENT = 24
DUPLICATE_EVERY = 50
BAD_EVERY = 100
SPREAD = 1000
"""From one toewijzing to the next: between them is room for those of others (see `past.py`), and of later turns."""
SPACE = UUID("b1c3a1de-6a3a-4a52-9a37-0b0a7c0f2c55")
OWNER = "urn:nld:oin:00000001009999999000:systeem:bench"
RECORDED = "2025-12-31T12:00:00Z"


def _message(topic: str, wire: dict[str, object]) -> Message:
    value = json.dumps(wire, separators=(",", ":")).encode()
    event = parse(value)
    return Message(topic, contract_of(event).natural_key(event), value)


def _event(kind: str, id_: str, data: Mapping[str, object], source: str = OWNER) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": f"nl.wijkzorg.{kind}.v1",
        "time": RECORDED,
        "datacontenttype": "application/json",
        "data": data,
    }


def clients(uses: int) -> int:
    """How many clients that many uses are spread over."""
    return max(1, uses // USES_A_CLIENT)


def facts(uses: int, intake: str, indicatie: str, turn: int = 0) -> Iterator[Message]:
    """A household and a toewijzing for every client, on these topics; of other clients each turn."""
    people = clients(uses)
    for number in range(turn * people, (turn + 1) * people):
        client, household = (str(uuid5(SPACE, f"{kind}{number}")) for kind in ("client", "household"))
        lives = {
            "huishoudenId": household,
            "versie": 1,
            "perioden": [{"van": "2020-01-01", "leden": [client]}],
        }
        yield _message(intake, _event("huishouden-vastgesteld", f"h{number}", lives))
        given: dict[str, object] = {
            "beschikkingNummer": f"B{number}",
            "aanvraagId": str(uuid5(SPACE, f"aanvraag{number}")),
            "clientId": client,
            "besluit": "toegekend",
            "besluitdatum": "2024-12-01",
            "uiterlijk": "2024-12-15",
            "toewijzingen": [
                {
                    "toewijzingNummer": _toewijzing(number - turn * people, turn),
                    "aanbieder": PROVIDERS[(number - turn * people) % len(PROVIDERS)],
                    "productcategorie": "01",
                    "ingangsdatum": "2025-01-01",
                    "leveringsvorm": "zin",
                    "toegewezenOp": "2024-12-01T12:00:00Z",
                }
            ],
        }
        yield _message(indicatie, _event("indicatie-afgegeven", f"i{number}", given))


def uses(count: int, turn: int = 0) -> Iterator[tuple[str, bytes]]:
    """That many records as (AGB, bytes): 2 % the one before again, 1 % with a volume of nothing.

    Each client's month comes after the other clients' same month, as declarations do. Of other clients each turn.
    """
    people = clients(count)
    record = ("", b"")
    for number in range(count):
        if number % DUPLICATE_EVERY == DUPLICATE_EVERY - 1:
            yield record
            continue
        client, earlier = number % people, number // people
        month, half = earlier // 2 % 12 + 1, earlier % 2
        volume = 0 if number % BAD_EVERY == BAD_EVERY // 2 else 4
        begin = date(2025, month, 1 + 14 * half)
        place = _toewijzing(client, turn), f"R{client:07d}{earlier:03d}T{turn}"
        record = _use(turn * count + number, client, place, begin, volume)
        yield record


def first_uses(count: int) -> Iterator[tuple[str, str, bytes]]:
    """That many uses as (id, AGB, bytes), each the only one of its client and month, so that each makes a contribution.

    Of twice as many uses' clients (see `facts`): a year of months, and no more.
    """
    people = clients(2 * count)
    for number in range(count):
        begin = date(2025, number // people % 12 + 1, 1)
        client = number % people
        agb, value = _use(number, client, (_toewijzing(client, 0), f"R{number:012d}"), begin, 4)
        yield use_id(number), agb, value


def use_id(number: int) -> str:
    """The id of the event of a use."""
    return str(uuid5(SPACE, str(number)))


def _toewijzing(client: int, turn: int) -> int:
    """The number of the toewijzing of a client of a turn: even, and beside that of the same client of another turn."""
    return 2 * ((client + 1) * SPREAD + turn)


def _use(number: int, client: int, place: tuple[int, str], begin: date, volume: int) -> tuple[str, bytes]:
    """`place`: the number of its toewijzing, and its own reference."""
    agb = PROVIDERS[client % len(PROVIDERS)]
    data: dict[str, object] = {
        "aanbieder": agb,
        "referentieNummer": place[1],
        "toewijzingNummer": place[0],
        "productcategorie": "01",
        "productcode": "01A03",
        "begindatum": begin.isoformat(),
        "einddatum": (begin + timedelta(days=13)).isoformat(),
        "volume": volume,
        "eenheid": "04",
        "tariefCent": 1250,
        "bedragCent": 5000,
    }
    source = f"urn:nld:agb:{agb}:systeem:ecd"
    wire = _event("gebruik-geregistreerd", use_id(number), data, source)
    return agb, json.dumps(wire, separators=(",", ":")).encode()
