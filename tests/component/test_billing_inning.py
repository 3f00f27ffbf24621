"""Handing over to the CAK: drafts that follow the facts, files that stand, and answers on the work list."""

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from services.billing.app import service
from services.billing.domain.inning import Bericht
from shared.messaging.delivery import Partition
from shared.settings import ServiceSettings
from tests.component.billing import INDICATIE, Billing, billing_on
from tests.component.http import Api, api_of
from tests.component.said import ANNA, HOME, given_to, home, stop, use
from tests.component.test_billing_restored import hear, settled
from tests.unit.wire import AGB, BERT, event

Row = dict[str, str]
BY = {"door": "een medewerker"}


@dataclass
class Cak:
    """Billing, what it is asked, and its files."""

    billing: Billing
    api: Api

    async def made(self, **body: Any) -> dict[str, Any]:
        """A file is made."""
        answer = await self.api.post("/v1/cak/bestanden", json=BY | body)
        assert answer.status_code == 201, answer.text
        assert (await self.api.get(answer.headers["location"])).status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    async def rows(self, nummer: int) -> list[Row]:
        """The lines of a file."""
        answer = await self.api.get(f"/v1/cak/bestanden/{nummer}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))

    async def waiting(self, tot: str = "2026-06-15") -> dict[str, int]:
        """What has yet to be told, where that is not nothing."""
        found = (await self.api.get("/v1/cak/wachtend", params={"tot": tot})).json()
        assert found.pop("tot") == tot
        return {soort: number for soort, number in found.items() if number}

    async def answered(self, *answers: tuple[str, str], execute: bool = True) -> dict[str, Any]:
        """Answers of the CAK are taken in."""
        regels = [{"referentie": reference, "code": code} for reference, code in answers]
        answer = await self.api.post("/v1/cak/retour", json={"regels": regels, "uitvoeren": execute})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def items(self, soort: str) -> list[dict[str, Any]]:
        """What is on the work list."""
        found: list[dict[str, Any]] = (await self.api.get("/v1/werklijst", params={"soort": soort})).json()[
            "werklijst"
        ]
        return found


@pytest.fixture
async def cak(dsn: str) -> AsyncIterator[Cak]:
    """Billing with its API, at the clock of the tests."""
    settings = ServiceSettings(
        database_dsn=dsn, KAFKA_BOOTSTRAP_SERVERS="nowhere:1", clock="2026-06-15T10:00:00Z"
    )
    async with billing_on(dsn) as billing, api_of(service(settings)) as api:
        yield Cak(billing, api)


async def cared_for(cak: Cak) -> None:
    """Anna has help at home since March."""
    await cak.billing.owner(home(ANNA), given_to(ANNA, 1))
    await cak.billing.provider(AGB, use(1, "2026-03-10", "2026-03-31"))
    await cak.billing.determine()


async def test_a_start_goes_in_a_file_once_and_is_told(cak: Cak) -> None:
    await cared_for(cak)
    assert await cak.waiting() == {"start": 1}
    made = await cak.made()
    assert (made["nummer"], made["naam"], made["berichten"]) == (1, "cak-000001-2026-06-15.csv", 1)
    assert await cak.rows(1) == [
        {"referentie": "1-1", "clientId": ANNA, "bericht": "start", "per": "2026-03-10", "kostprijsCent": ""}
    ]
    content = (await cak.api.get("/v1/cak/bestanden/1")).content
    assert hashlib.sha256(content).hexdigest() == made["sha256"]
    (told,) = await cak.api.told("inning-gemeld")
    assert told["data"] == {
        "clientId": ANNA,
        "per": "2026-03-10",
        "soort": "start",
        "huishoudenId": HOME,
        "referentie": "1-1",
    }
    assert await cak.waiting() == {}
    refusal = await cak.api.post("/v1/cak/bestanden", json=BY)
    assert refusal.status_code == 400
    assert "niets te melden" in refusal.text
    assert (await cak.api.get("/v1/cak/bestanden")).json() == {"bestanden": [made], "volgende": None}


async def test_a_draft_follows_the_facts_and_a_stop_waits_for_its_day(cak: Cak) -> None:
    await cared_for(cak)
    await cak.billing.provider(AGB, use(1, "2026-02-05", "2026-02-28"), stop(1, "2026-06-20"))
    await cak.billing.determine()
    assert (await cak.made(datum="2026-06-10"))["berichten"] == 1
    assert [(row["bericht"], row["per"]) for row in await cak.rows(1)] == [("start", "2026-02-05")]
    assert await cak.waiting("2026-06-20") == {}
    assert await cak.waiting("2026-06-21") == {"stop": 1}
    early = await cak.api.post("/v1/cak/bestanden", json=BY | {"datum": "2026-06-21"})
    assert early.status_code == 400


async def test_what_went_in_a_file_is_put_right_by_a_later_one(cak: Cak) -> None:
    await cared_for(cak)
    await cak.made()
    await cak.billing.provider(AGB, stop(1, "2026-05-31"))
    await cak.billing.determine()
    await cak.made()
    await cak.billing.provider(AGB, use(1, "2026-06-01", "2026-06-10"))
    await cak.billing.determine()
    await cak.made()
    rows = [row for nummer in (1, 2, 3) for row in await cak.rows(nummer)]
    assert [(row["bericht"], row["per"]) for row in rows] == [
        ("start", "2026-03-10"),
        ("stop", "2026-06-01"),
        ("start", "2026-06-01"),
        ("stop", "2026-06-11"),
    ]


async def test_what_no_message_can_put_right_is_on_the_work_list_until_it_is_so_again(cak: Cak) -> None:
    await cak.billing.owner(home(ANNA), given_to(ANNA, 1, leveringsvorm="pgb", ingangsdatum="2026-03-01"))
    for nummer, soort in enumerate(("start", "stop"), 1):
        await cak.billing.pool.execute(
            "insert into inning values ($1, '2026-03-01', $2, $3, null, 1, $4, now())",
            ANNA,
            soort,
            HOME,
            nummer,
        )
    await cak.billing.determine()
    (item,) = await cak.items("cak-anders")
    assert (item["clientId"], item["gegevens"]) == (ANNA, {"per": "2026-03-01"})
    assert await cak.waiting() == {}
    await cak.billing.owner(given_to(BERT, 1, leveringsvorm="pgb", toegewezenOp="2026-04-01T00:00:00Z"))
    await cak.billing.determine()
    assert await cak.items("cak-anders") == []


async def test_a_merged_client_is_not_told_again(cak: Cak) -> None:
    await cared_for(cak)
    await cak.made()
    merged = {"clientId": ANNA, "versie": 2, "perioden": [], "opgegaanIn": BERT}
    await cak.billing.owner(event("client-vastgesteld", "merged", merged), home(BERT, versie=2))
    await cak.billing.determine()
    assert await cak.waiting() == {}


async def test_the_database_refuses_a_second_message_and_any_change_of_what_was_told(cak: Cak) -> None:
    await cared_for(cak)
    await cak.made()
    pool = cak.billing.pool
    again = Bericht(
        *(await pool.fetch("select client_id, per, soort, huishouden_id, kostprijs_cent from inning"))[0]
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.copy_records_to_table("inning", records=[again], columns=Bericht._fields)
    for change in (
        "update inning set per = per + 1",
        "delete from inning",
        "truncate inning",
        "update cak_bestand set inhoud = ''",
        "delete from cak_bestand",
    ):
        with pytest.raises(asyncpg.RaiseError, match="what the CAK was told stands"):
            await pool.execute(change)


async def test_a_restored_billing_takes_back_what_was_told_and_makes_the_same_files(cak: Cak) -> None:
    await cared_for(cak)
    made, content = await cak.made(), (await cak.api.get("/v1/cak/bestanden/1")).content
    (said,) = await cak.api.told("inning-gemeld")
    await cak.billing.tell()
    told = [message for message in cak.billing.sent if b"inning-gemeld" in (message.value or b"")]
    await cak.billing.pool.execute(
        "set session_replication_role = replica; truncate inning, cak_bestand; reset session_replication_role"
    )
    await cak.billing.pool.execute("insert into vuil (huishouden_id) values ($1)", HOME)
    await hear(cak.billing, told, {Partition(INDICATIE, 0): 3}, said["source"])
    assert (await cak.api.get("/v1/cak/bestanden/1")).content == content
    (file,) = (await cak.api.get("/v1/cak/bestanden")).json()["bestanden"]
    assert file | {"door": made["door"]} == made
    assert await cak.billing.determination.determine() == 0, "it determined before it had caught up"
    await cak.billing.owner(home(ANNA))
    await settled(cak.billing)
    await cak.billing.determine()
    assert await cak.waiting() == {}


async def test_what_the_cak_refuses_is_on_the_work_list_once_and_what_it_never_got_is_named(cak: Cak) -> None:
    await cared_for(cak)
    await cak.made()
    answers = ("1-1", "9001"), ("1-1", "0200"), ("1-2", "9001"), ("9999999999-1", "9001")
    asked = await cak.answered(*answers, execute=False)
    assert asked == {
        "goedgekeurd": 1,
        "afgewezen": 1,
        "nieuw": 1,
        "onbekend": ["9999999999-1", "1-2"],
    }
    assert await cak.items("cak-afgewezen") == []
    assert await cak.answered(*answers) == asked
    assert (await cak.answered(*answers))["nieuw"] == 0
    (item,) = await cak.items("cak-afgewezen")
    assert (item["clientId"], item["huishoudenId"]) == (ANNA, HOME)
    assert item["gegevens"] == {"referentie": "1-1", "code": "9001", "bericht": "start", "per": "2026-03-10"}
