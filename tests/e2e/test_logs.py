"""What services write while a whole city is played, and while things go wrong with someone's particulars in hand."""

import json
import re
import signal
from typing import Any

import httpx
import pytest

from simulation.play import play
from tests.component.intake import melding, person
from tests.e2e import samples
from tests.e2e.test_simulation_play import CITY, require_true, services
from tests.harness import Copy, Wijkzorg, eventually

pytestmark = pytest.mark.city
SERVICES = ("intake", "indicatie", "billing", "reporting")
WORDS_OF_PEOPLE = """
    select voornamen || ' ' || achternaam || ' ' || geboortedatum || ' ' || to_char(geboortedatum, 'DD-MM-YYYY') from client
    union select postcode from adres
    union select naam from klanthouder
    union select toelichting from melding
    union select omschrijving from behoefte
    union select reden from vrijstelling
"""
COLUMNS_OF_IDS = "select table_name, column_name from information_schema.columns where data_type = 'uuid'"
TRACE = "1234567890abcdef1234567890abcdef"
TRACEPARENT = f"00-{TRACE}-1234567890abcdef-01"
WORD = r"[\w-]+"
"""A name, a postcode, a date or an id."""
SOMEBODY = person("Zonnebloemina", "1947-08-19", achternaam="Kwetterhoek")


def lines(copy: Copy) -> list[dict[str, Any]]:
    """Its log; a line that is no JSON object fails the test."""
    return [json.loads(line) for line in copy.log.read_text().splitlines()]


async def ids(wijkzorg: Wijkzorg, service: str) -> set[str]:
    """Every id of anyone or of anything that someone asked for, in the database of a service."""
    found: set[str] = set()
    for table, column in await wijkzorg.fetch(COLUMNS_OF_IDS, service=service):
        query = f"select distinct {column}::text from {table} where {column} is not null"  # noqa: S608 - its own schema
        found |= {row[0] for row in await wijkzorg.fetch(query, service=service)}
    return found


async def a_statement_fails(wijkzorg: Wijkzorg) -> None:
    """In intake, in the middle of someone's melding."""
    intake = wijkzorg.running_of("intake")[0]
    await wijkzorg.fetch("alter table melding rename to elsewhere", service="intake")
    async with httpx.AsyncClient(base_url=intake.url, headers={"traceparent": TRACEPARENT}) as client:
        assert (await client.post("/v1/meldingen", json=melding(SOMEBODY))).status_code == 500
    await wijkzorg.fetch("alter table elsewhere rename to melding", service="intake")


async def a_row_is_refused(wijkzorg: Wijkzorg) -> None:
    """In billing, which PostgreSQL says with all that is in the row."""
    await wijkzorg.fetch("alter table lid add constraint never check (van < '1900-01-01') not valid")
    await wijkzorg.publish([event | {"traceparent": TRACEPARENT} for event in samples.facts()])

    async def put_aside() -> bool:
        return bool(await wijkzorg.fetch("select from dead_letter where topic like '%intake'"))

    await eventually(put_aside, "billing to put aside what it cannot handle")
    await wijkzorg.fetch("alter table lid drop constraint never")


async def test_no_line_of_a_log_says_anything_of_anyone(wijkzorg: Wijkzorg) -> None:
    doors = await services(wijkzorg)
    await wijkzorg.start("reporting")
    await play(CITY, doors, lambda *_: None)
    await require_true(wijkzorg, CITY)
    await wijkzorg.handled(service="reporting")
    await a_statement_fails(wijkzorg)
    await a_row_is_refused(wijkzorg)
    for copy in wijkzorg.copies:
        copy.signal(signal.SIGTERM)
        assert await copy.ended() == 0
    written = [line for copy in wijkzorg.copies for line in lines(copy)]
    assert all({"event", "level", "logger", "service", "timestamp"} <= line.keys() for line in written)
    for service in SERVICES:
        told = [line["event"] for line in written if line["service"] == service and line["level"] == "info"]
        assert [re.split(r"[,:]", line)[0] for line in told if line.startswith(service)] == [
            f"{service} starts",
            f"{service} is ready",
            f"{service} has stopped",
        ]
    traced = {line["service"]: line["event"] for line in written if line.get("trace_id") == TRACE}
    assert traced["intake"] == "a request could not be answered: POST /v1/meldingen"
    assert traced["billing"].startswith("put aside ")
    assert found_in(written, await personal(wijkzorg)) == set()


async def personal(wijkzorg: Wijkzorg) -> set[str]:
    """Words that say who someone is or what he told, and every id there is."""
    rows = await wijkzorg.fetch(WORDS_OF_PEOPLE, service="intake")
    words = {word for row in rows for word in re.findall(WORD, row[0] or "")}
    words |= {"Zonnebloemina", "Kwetterhoek", "1947-08-19", *(client for client in samples.CLIENTS)}
    assert len(words) > 100
    return {word.casefold() for word in words if len(word) > 1}.union(
        *[await ids(wijkzorg, name) for name in SERVICES]
    )


def found_in(written: list[dict[str, Any]], words: set[str]) -> set[str]:
    """Which of these words stand in a log."""
    text = json.dumps([line | {"timestamp": ""} for line in written], ensure_ascii=False).casefold()
    return words & set(re.findall(WORD, text))
