"""What must hold of billing's database and of all it has told, whatever was delivered to it, in whatever order."""

from collections import defaultdict
from typing import Any

from services.billing.announce import verdict_line
from services.billing.store import oordeel
from services.billing.store.oordeel import Untold
from shared.contracts.event import contract_of, parse, wire_data
from tests.component.billing import BIJDRAGE, INDICATIE, INTAKE, PREFIX, Billing
from tests.oracle.care import Care
from tests.oracle.days import days_of_use, month_of
from tests.oracle.envelope import read_event
from tests.oracle.facts import gather
from tests.oracle.verdicts import IN_ITSELF, judge

Wire = dict[str, Any]
FINAL = {
    "onleesbaar",
    "onbekend-type",
    "verkeerde-bron",
    "andere-aanbieder",
    "volume-niet-positief",
    "einde-voor-begin",
    "meer-dan-een-maand",
    "bedrag-klopt-niet",
}


def delivered(billing: Billing) -> tuple[list[bytes | None], dict[str, list[bytes | None]]]:
    """What owners said, and what each provider said."""
    owners = [raw for topic in (INTAKE, INDICATIE) for raw in billing.delivered.get(topic, [])]
    start = f"{PREFIX}.gebruik."
    providers = {t.removeprefix(start): log for t, log in billing.delivered.items() if t.startswith(start)}
    return owners, providers


async def every_record_has_its_verdict(billing: Billing) -> None:
    """Promise 3, and the verdict is the one that the facts known give."""
    verdicts = await billing.verdicts()
    expected = judge(*delivered(billing))
    assert verdicts.keys() == expected.keys()
    for place, (_, said, code) in verdicts.items():
        if expected[place] == IN_ITSELF:
            assert (said, code in FINAL) == ("afgewezen", True), (place, said, code)
        else:
            assert (said, code) == expected[place], (place, said, code, expected[place])


async def months_are_those_of_the_uses(billing: Billing) -> None:
    """`gebruik_maand` holds of every month with fitting uses what the rule reads, and nothing else."""
    owners, providers = delivered(billing)
    lines = [raw for log in (owners, *providers.values()) for raw in log if raw is not None]
    care = Care(gather([event for event in map(read_event, lines) if event is not None]), 0, {})
    expected = {}
    for nummer in care.facts.uses:
        months = defaultdict(list)
        for use in care.fitting_uses(nummer):
            months[month_of(days_of_use(use)[0])].append(use)
        for month, uses in months.items():
            days = [(use.data["begindatum"], use.data["einddatum"]) for use in uses]
            last = max(day[1] for day in days)
            expected[nummer, month] = (len(uses), *min(days), last, min(use.time for use in uses))
    rows = await billing.pool.fetch(
        "select toewijzingnummer, maand, aantal, eerste_begin::text, eerste_eind::text, laatste_dag::text, vroegst"
        " from gebruik_maand"
    )
    assert {(row[0], row[1]): tuple(row)[2:] for row in rows} == expected


async def ledger_holds(billing: Billing, *, erased: bool = False) -> None:
    """One charge a month, every line explained (but what follows from an erasure, which is no event), the totals are sums."""
    total: dict[tuple[Any, int], int] = defaultdict(int)
    for line in await billing.lines():
        key = line["huishouden_id"], line["maand"]
        assert (line["soort"] == "bijdrage") == (key not in total)
        total[key] += line["bedrag_cent"]
        assert total[key] == line["totaal_cent"] >= 0
        assert line["wet"]
        assert line["aanleiding"] == sorted(set(line["aanleiding"]))
        assert line["aanleiding"] or (erased and line["soort"] == "correctie"), "a line that nothing caused"


async def all_is_told(billing: Billing) -> None:
    """What was sent parses, and the highest versie of all of it is what the database says."""
    verdicts: dict[tuple[str, int], Wire] = {}
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for message in billing.sent:
        assert message.value is not None
        event = parse(message.value)
        assert contract_of(event).natural_key(event) == message.key
        data = wire_data(event)
        if message.topic == BIJDRAGE:
            key = data["huishoudenId"], data["maand"]
            assert totals.get(key, (-1, 0))[0] != data["versie"], "two lines with one versie"
            totals[key] = max(totals.get(key, (-1, 0)), (data["versie"], data["totaalCent"]))
            sums[key] += data["bedragCent"] if "bedragCent" in data else data["verschilCent"]
        else:
            assert message.topic == f"{PREFIX}.ontvangst.{data['aanbieder']}"
            _take_verdicts(verdicts, data)
    assert {key: total for key, (_, total) in totals.items() if total} == await billing.ledger()
    assert {key: cents for key, cents in sums.items() if cents} == await billing.ledger()
    assert verdicts == await _current(billing)


def _take_verdicts(verdicts: dict[tuple[str, int], Wire], data: Wire) -> None:
    for line in data["oordelen"]:
        place = data["aanbieder"], line["plaats"]
        held = verdicts.get(place)
        if held is not None and held["versie"] == line["versie"]:
            assert held == line, "one versie tells two things"
        if held is None or held["versie"] < line["versie"]:
            verdicts[place] = line


async def _current(billing: Billing) -> dict[tuple[str, int], Wire]:
    async with billing.pool.acquire() as connection:
        return {
            (agb, row["plaats"]): verdict_line(row)
            for agb in delivered(billing)[1]
            for row in await oordeel.judged(connection, [Untold(agb, 0)], 1_000_000)
        }
