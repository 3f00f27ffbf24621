"""Faults to plant in what a system shows: each is a promise that is broken, and what the checker must say of it."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from tests.chaos.checker import ledger
from tests.chaos.evidence import Evidence, Wire

NOBODY = "00000000-0000-4000-8000-00000000000f"
PERIODE = {"wijk": {"jaar": 2024, "code": "WK063705"}, "leeftijdsgroep": "75-84"}
Plant = Callable[[Evidence], None]


def _first_month(of: Evidence) -> tuple[str, Wire]:
    """The first household that has a line, and the first month in which it has one."""
    return next((huishouden, months[0]) for huishouden, months in of.households.items() if months)


def _first_charge(of: Evidence) -> Wire:
    """The event of the first line of that month."""
    huishouden, month = _first_month(of)
    return next(
        event
        for event in of.lines
        if event["type"] == ledger.CHARGE
        and (event["data"]["huishoudenId"], event["data"]["maand"]) == (huishouden, month["maand"])
    )


def _first_verdicts(of: Evidence) -> list[Wire]:
    return next(lines for lines in of.verdicts.values() if lines)


def _a_record_is_lost(of: Evidence) -> None:
    next(found for found in of.sent.values() if found).pop()


def _a_verdict_is_told_otherwise(of: Evidence) -> None:
    _first_verdicts(of).append(_first_verdicts(of)[0] | {"uitleg": "anders"})


def _a_verdict_is_answered_otherwise(of: Evidence) -> None:
    next(found for found in of.judged.values() if found)[0]["versie"] += 1


def _a_verdict_is_answered_twice(of: Evidence) -> None:
    found = next(found for found in of.judged.values() if found)
    found.append(found[0])


def _every_verdict(of: Evidence, name: str, wrong: str) -> None:
    """Told and answered alike."""
    for line in (line for found in (*of.verdicts.values(), *of.judged.values()) for line in found):
        if name in line:
            line[name] = wrong


def _a_verdict_was_refused_on_the_way(of: Evidence) -> None:
    _first_verdicts(of).append(_first_verdicts(of)[0] | {"versie": 1, "oordeel": "afgewezen", "code": "x"})


def _a_line_is_not_told(of: Evidence) -> None:
    of.lines.remove(_first_charge(of))


def _a_line_is_lost(of: Evidence) -> None:
    _first_month(of)[1]["regels"].clear()


def _a_line_is_answered_otherwise(of: Evidence) -> None:
    _first_month(of)[1]["regels"][0]["wet"] = "Wmo 2015, art. 1"


def _a_line(of: Evidence, **says: Any) -> None:
    """It says this in the ledger and on the topic alike."""
    _first_month(of)[1]["regels"][0].update(says)
    _first_charge(of)["data"].update(says)


def _a_line_of_others(of: Evidence) -> None:
    """It is explained by events that there are, but about another household."""
    other = max(of.lines, key=lambda event: str(event["data"]["huishoudenId"]))
    _a_line(of, aanleiding=other["data"]["aanleiding"])


def _lines_more(of: Evidence, *times: int) -> None:
    """Corrections by so many times the charge, which come to nothing together, told and answered alike."""
    month, charge = _first_month(of)[1], _first_charge(of)
    line = month["regels"][0]
    for number, cent in enumerate((line["totaalCent"] * one for one in times), 1):
        totaal = line["totaalCent"] * (1 + sum(times[:number]))
        more = {"versie": line["versie"] + number, "totaalCent": totaal}
        month["regels"].append(line | more | {"soort": "correctie", "bedragCent": cent})
        data = charge["data"] | more | {"verschilCent": cent}
        data.pop("bedragCent")
        of.lines.append(charge | {"id": f"planted{number}", "type": ledger.CORRECTION, "data": data})


def _a_charge_has_two_ids(of: Evidence) -> None:
    of.lines.append(deepcopy(_first_charge(of)) | {"id": "planted"})


def _a_month_is_closed(of: Evidence) -> None:
    of.lines.append(_first_charge(of) | {"id": "planted", "type": f"{TYPE_PREFIX}maand-gesloten.v1"})


def _a_zero_row(of: Evidence) -> None:
    of.ledger.append(((NOBODY, "2026-05"), 0))


def _a_line_of_nobody(of: Evidence) -> None:
    """A line of no cents, of a household that there is not, told and answered alike."""
    zero = {"bedragCent": 0, "totaalCent": 0}
    charge, month = deepcopy(_first_charge(of)), deepcopy(_first_month(of)[1])
    charge["id"] = "planted"
    charge["data"] |= zero | {"huishoudenId": NOBODY}
    of.lines.append(charge)
    of.households[NOBODY] = [month | {"bedragCent": 0, "regels": [month["regels"][0] | zero]}]


def _every_fact_is_lost(name: str, of: Evidence) -> None:
    """Of one kind."""
    of.told = [one for one in of.told if not one[0].startswith(f"{TYPE_PREFIX}{name}/")]


def _a_fact(of: Evidence, name: str, key: str | None = None, **says: Any) -> None:
    """The first of a kind is told once more: by another id, under another key perhaps, saying this."""
    kept, value = next(one for one in of.told if one[0].startswith(f"{TYPE_PREFIX}{name}/"))
    event = json.loads(value or b"")
    told = event | {"id": "planted", "data": event["data"] | says}
    of.told.append((kept if key is None else f"{TYPE_PREFIX}{name}/{key}", json.dumps(told).encode()))


def _a_fact_says_otherwise(of: Evidence) -> None:
    """And it is told but once."""
    name = f"{TYPE_PREFIX}indicatie-afgegeven/"
    place, (key, value) = next((place, one) for place, one in enumerate(of.told) if one[0].startswith(name))
    event = json.loads(value or b"")
    event["data"]["besluit"] = "afgewezen" if event["data"]["besluit"] != "afgewezen" else "toegekend"
    of.told[place] = key, json.dumps(event).encode()


def _one_change_more(of: Evidence) -> None:
    """A toewijzing was changed once more than was asked, by a key and a moment of its own."""
    name = f"{TYPE_PREFIX}toewijzing-gewijzigd/"
    event = json.loads(next(value for key, value in of.told if value and key.startswith(name)))
    toewijzing = event["data"]["toewijzing"] | {"toegewezenOp": "2030-01-01T00:00:00Z"}
    key = f"{toewijzing['toewijzingNummer']}/2030-01-01T00%3A00%3A00Z"
    _a_fact(of, "toewijzing-gewijzigd", key, **event["data"] | {"toewijzing": toewijzing})


def _a_fact_is_only_erased(of: Evidence) -> None:
    """What was told once only."""
    name = f"{TYPE_PREFIX}melding-ontvangen/"
    of.told = [(key, None if key.startswith(name) else value) for key, value in of.told]


def _a_name(of: Evidence, where: str) -> None:
    """Somewhere; in a record with its letters escaped, as JSON may."""
    match where:
        case "record":
            escaped = "".join(f"\\u{ord(letter):04x}" for letter in "Verzonnen")
            of.told.append(("planted", f'{{"id": "planted", "data": {{"naam": "{escaped}"}}}}'.encode()))
        case "key":
            of.told.append(("planted/Verzonnen", of.told[0][1]))
        case "header":
            of.around.append("(('baggage', b'Verzonnen'),)")
        case "answer":
            _first_month(of)[1]["uitleg"] = "Verzonnen"


def _a_wijk_is_answered_twice(of: Evidence) -> None:
    of.wijken["wijken"].append(deepcopy(of.wijken["wijken"][0]))


def _a_total(of: Evidence, row: Callable[[Wire], Wire]) -> None:
    row(of.wijken)["gebruik"] += 1


def _used(rows: Wire) -> Wire:
    row: Wire = next(row for row in rows["wijken"] if row["gebruik"])
    return row


def _a_letter_is_gone(of: Evidence) -> None:
    of.dead["billing"].pop()


def _a_letter_is_of_another_record(of: Evidence) -> None:
    of.dead["billing"][0]["plaats"] += 1


def _another_has_a_letter(of: Evidence) -> None:
    of.dead["reporting"].append(of.dead["billing"][0])


UNEXPLAINED, PRIVATE = "does not explain itself", "1 records or answers hold a name"
PLANTED: dict[str, tuple[Plant, str]] = {
    "lost": (_a_record_is_lost, "records are not on its topic"),
    "two verdicts": (_a_verdict_is_told_otherwise, "has two verdicts of versie"),
    "another verdict answered": (_a_verdict_is_answered_otherwise, "is answered otherwise"),
    "a verdict answered twice": (_a_verdict_is_answered_twice, "answers 1 verdicts twice"),
    "verdicts on other events": (
        lambda of: _every_verdict(of, "eventId", NOBODY),
        "is about another record",
    ),
    "verdicts on other numbers": (
        lambda of: _every_verdict(of, "referentieNummer", "X"),
        "is about another record",
    ),
    "verdicts for no reason": (lambda of: _every_verdict(of, "code", "verzonnen"), "by its code"),
    "verdicts for another reason": (
        lambda of: _every_verdict(of, "code", "verkeerde-bron"),
        ", and should have ",
    ),
    "a refusal on the way": (_a_verdict_was_refused_on_the_way, "is no afgewezen by its code"),
    "a line untold": (_a_line_is_not_told, "was never told"),
    "a line lost": (_a_line_is_lost, "is not in the ledger"),
    "a line changed": (_a_line_is_answered_otherwise, "is told otherwise than it is"),
    "a line without causes": (lambda of: _a_line(of, aanleiding=[]), UNEXPLAINED),
    "a line caused by nothing": (lambda of: _a_line(of, aanleiding=["nothing"]), UNEXPLAINED),
    "a line caused by others": (_a_line_of_others, UNEXPLAINED),
    "a line of no rule": (lambda of: _a_line(of, regel=99), UNEXPLAINED),
    "a line of a rule that costs nothing": (lambda of: _a_line(of, regel=5), UNEXPLAINED),
    "a line of no article": (lambda of: _a_line(of, wet="Wmo 2015 art. 99"), UNEXPLAINED),
    "more and less": (lambda of: _lines_more(of, 1, -1), "came to what no month costs"),
    "less and more": (lambda of: _lines_more(of, -1, 1), UNEXPLAINED),
    "a line of nothing": (lambda of: _lines_more(of, 0), "a line that changes nothing"),
    "a total out of nowhere": (lambda of: _a_line(of, totaalCent=0), "do not follow from each other"),
    "two charges": (_a_charge_has_two_ids, "was told twice as versie"),
    "a month closed": (_a_month_is_closed, "no month was closed"),
    "a row of nobody": (_a_zero_row, "of which no line was told"),
    "a line of nobody": (_a_line_of_nobody, UNEXPLAINED),
    **{
        f"every {name}": (partial(_every_fact_is_lost, name), f"{TYPE_PREFIX}{name}/")
        for name in (
            "client-vastgesteld",
            "huishouden-vastgesteld",
            "vrijstelling-vastgesteld",
            "melding-ontvangen",
            "klanthouder-toegewezen",
            "onderzoek-afgerond",
            "aanvraag-ingediend",
            "indicatie-afgegeven",
            "toewijzing-gewijzigd",
            "plan-vastgesteld",
            "plan-geevalueerd",
        )
    },
    "only erased": (_a_fact_is_only_erased, "was granted, and never told"),
    "a birthday": (
        lambda of: _a_fact(of, "client-vastgesteld", perioden=[PERIODE | {"van": "2015-05-14"}]),
        "by which a birth date can be known",
    ),
    "a versie twice": (lambda of: _a_fact(of, "client-vastgesteld"), "was told 2 times as versie"),
    "a melding twice": (lambda of: _a_fact(of, "melding-ontvangen", kanaal="website"), "was told 2 times"),
    "another besluit": (_a_fact_says_otherwise, "was told otherwise than it was asked"),
    "a client of nobody": (
        lambda of: _a_fact(of, "client-vastgesteld", NOBODY, clientId=NOBODY),
        f"{NOBODY} was told, and never asked",
    ),
    "a household of nobody": (
        lambda of: _a_fact(of, "huishouden-vastgesteld", NOBODY, huishoudenId=NOBODY, perioden=[]),
        f"{NOBODY} was told, and never asked",
    ),
    "a change more": (_one_change_more, "was told, and never asked"),
    "another's key": (lambda of: _a_fact(of, "toewijzing-gewijzigd", "9"), "is not the key of what it says"),
    "a name": (partial(_a_name, where="record"), PRIVATE),
    "a name in a key": (partial(_a_name, where="key"), PRIVATE),
    "a name in a header": (partial(_a_name, where="header"), PRIVATE),
    "a name in an answer": (partial(_a_name, where="answer"), PRIVATE),
    "a BSN": (lambda of: of.around.append("999990019"), "1 records or answers hold a burger"),
    "an e-mail address": (
        lambda of: of.around.append("iemand@voorbeeld.nl"),
        "1 records or answers hold an e-mail",
    ),
    "a phone number": (lambda of: of.around.append("0612345678"), "1 records or answers hold a tele"),
    "a field of its own": (lambda of: _a_fact(of, "plan-vastgesteld", doel="x"), "1 events say what"),
    "a line's own field": (lambda of: _first_charge(of)["data"].update(straat="x"), "1 events say what"),
    "a total of a wijk": (lambda of: _a_total(of, _used), "gebruik of WK"),
    "a figure of a wijk": (lambda of: _a_total(of, lambda rows: _used(rows)["maanden"][-1]), "reporting has"),
    "a total of the city": (
        lambda of: _a_total(of, lambda rows: rows["totaal"]),
        "of the city in all months",
    ),
    "a figure of the city": (
        lambda of: _a_total(of, lambda rows: rows["totaal"]["maanden"][0]),
        "of the city in 20",
    ),
    "a wijk twice": (_a_wijk_is_answered_twice, "in all months twice"),
    "a dead letter gone": (_a_letter_is_gone, "dead letters, which are not"),
    "another dead letter": (_a_letter_is_of_another_record, "dead letters, which are not"),
    "no controls": (lambda of: of.controls.clear(), "says nothing of its own database"),
    "a dead letter elsewhere": (_another_has_a_letter, "reporting has 1 dead letters"),
}
