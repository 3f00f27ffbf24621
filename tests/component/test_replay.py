"""A database rebuilt from the log beside the live one, and compared with it: equal, or what differs is found."""

import re
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from local import Backends
from services.billing.handlers.aanbieder import AanbiederHandler
from shared.contracts.contract import GEBRUIK
from tests.component.replayed import EVENTS, Answer, Replayed, differing
from tests.conftest import database_dsn
from tests.e2e import crowd
from tests.e2e.dumped import dump, restore
from tests.harness import Wijkzorg
from tests.oracle.world import AANBIEDERS
from wijkzorg import databases, replay
from wijkzorg.common import CommandError

BOTH = ("billing", "reporting")
TECHNICAL = {
    "dead_letter",
    "horizon",
    "inhalen",
    "intervention",
    "lacking",
    "ontvangst",
    "outbox",
    "position",
    "schema_migration",
    "told",
    "told_versie",
    "verteld_oordeel",
    "verteld_regel",
    "vuil",
}


@pytest.fixture
async def replayed(wijkzorg: Wijkzorg, backends: Backends) -> AsyncIterator[Replayed]:
    """Replays of this test's own services."""
    own = Replayed(wijkzorg, backends)
    yield own
    for service in wijkzorg.dsns:
        place = own.place(service)
        await databases.drop(place.admin_dsn, [place.shadow, place.before])


async def test_billing_and_reporting_are_what_follows_from_the_log_and_nothing_is_told_from_a_shadow(
    replayed: Replayed,
) -> None:
    await replayed.play(*BOTH)
    ends = await replayed.ends()
    for service in BOTH:
        answer = await replayed.run(service)
        assert answer["gelijk"], differing(answer)
        empty = {one["naam"] for one in answer["vergeleken"] if not one["rijen"]}
        assert empty <= {"zonder_tarief", "melding", "oplossing"}  # which these events have none of
        assert await replayed.databases(service) == {"live"}
    assert await replayed.ends() == ends


async def test_what_was_altered_by_hand_is_found_by_its_key_alone(replayed: Replayed) -> None:
    await replayed.play(*BOTH)
    wijkzorg = replayed.wijkzorg
    line, *_ = await wijkzorg.fetch(
        "select huishouden_id || '/' || maand, bijdrage_regel_id from bijdrage_regel where soort = 'bijdrage'"
    )
    await wijkzorg.fetch("alter table bijdrage_regel disable trigger user")
    await wijkzorg.fetch(
        "update bijdrage_regel set bedrag_cent = bedrag_cent - 1 where bijdrage_regel_id = $1", line[1]
    )
    use, *_ = await wijkzorg.fetch(
        "delete from gebruik where ctid = (select ctid from gebruik where past limit 1)"
        " returning aanbieder || '/' || plaats"
    )
    answer = await replayed.run("billing")
    found = differing(answer)
    assert found["bijdrage_regel"] == [(line[0], "anders")]
    assert found["gebruik"] == [(use[0], "alleen-herbouwd")]
    assert not answer["gelijk"]
    assert await replayed.databases("billing") == {"live", "shadow"}

    owed, *_ = await wijkzorg.fetch(
        "update bijdrage set totaal_cent = 1 where (huishouden_id, maand) = (select huishouden_id, maand from bijdrage"
        " limit 1) returning huishouden_id || '/' || maand",
        service="reporting",
    )
    await wijkzorg.fetch(
        "insert into oordeel values ('65656055', 1000000, 1, false, '', 0, 0)", service="reporting"
    )
    assert differing(await replayed.run("reporting")) == {
        "bijdrage": [(owed[0], "anders")],
        "oordeel": [("65656055/1000000", "alleen-live")],
    }


async def test_a_version_that_cannot_handle_what_others_could_says_so_and_leaves_all_as_it_was(
    replayed: Replayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await replayed.play("billing")

    async def cannot(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as patch:
        patch.setattr(AanbiederHandler, "apply", cannot)
        with pytest.raises(CommandError, match="fault of the version of this command"):
            await replayed.run("billing")
    assert (await replayed.run("billing", anew=True))["gelijk"]


async def test_households_that_wait_to_be_determined_are_counted_apart(replayed: Replayed) -> None:
    await replayed.play("billing")
    replayed.wijkzorg.running[0].kill()
    await replayed.wijkzorg.fetch(
        "with een as (select huishouden_id from bijdrage_regel limit 1),"
        " vuil as (insert into vuil (huishouden_id) select * from een)"
        " insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel,"
        " wet, aanleiding, geschreven_op) select huishouden_id, 2021 * 12, 1, 'bijdrage', 1, 1, huishouden_id, 7, '', '{}',"
        " now() from een"
    )
    answer = await replayed.run("billing")
    assert answer["gelijk"], differing(answer)
    assert {one["naam"]: one["wachtOpBepaling"] for one in answer["vergeleken"]}["bijdrage_regel"] == 1


async def test_a_replay_that_was_broken_off_goes_on_where_it_was(replayed: Replayed) -> None:
    await replayed.play("billing")
    totals: list[int] = []

    def breaks_off(done: int, total: int) -> None:
        totals.append(total)
        raise KeyboardInterrupt(done)

    def looks_on(_done: int, total: int) -> None:
        totals.append(total)

    place = replayed.place("billing", batch_records_max=20)
    with pytest.raises(KeyboardInterrupt):
        await replayed.run_at(place, breaks_off)
    assert (await replayed.run_at(place, looks_on))["gelijk"]
    assert 0 < totals[1] < totals[0]


async def test_a_log_that_begins_after_what_was_read_of_it_is_refused_unless_a_backup_begins_with_it(
    replayed: Replayed, tmp_path: Path
) -> None:
    await replayed.play("billing")
    wijkzorg, place = replayed.wijkzorg, replayed.place("billing")
    dumped = await dump(wijkzorg.dsn, tmp_path / "billing")
    await wijkzorg.send(crowd.messages(wijkzorg, EVENTS[::3]))
    await replayed.handled("billing")
    topic = wijkzorg.topic(GEBRUIK, AANBIEDERS[0])
    await replayed.delete_before(topic, 3)
    with pytest.raises(CommandError, match=rf"Topic {re.escape(topic)} partition 0 holds offsets 3 to .*"):
        await replayed.run("billing")
    assert (await wijkzorg.running[0].get("/readyz")).status_code == httpx.codes.OK
    await restore(database_dsn(place.admin_dsn, place.shadow), dumped)
    answer = await replayed.run("billing")
    assert answer["gelijk"], differing(answer)


async def test_a_shadow_that_is_ahead_of_a_live_database_that_was_restored_begins_anew(
    replayed: Replayed, tmp_path: Path
) -> None:
    await replayed.play("billing")
    wijkzorg = replayed.wijkzorg
    dumped = await dump(wijkzorg.dsn, tmp_path / "billing")
    wijkzorg.running[0].kill()
    await wijkzorg.fetch("delete from gebruik_maand")
    assert not (await replayed.run("billing"))["gelijk"]
    await wijkzorg.fetch("update position set next = next - 1 where next > 0")
    with pytest.raises(CommandError, match="Begin from the first record by --anew"):
        await replayed.run("billing")
    await restore(wijkzorg.dsn, dumped)
    assert (await replayed.run("billing", anew=True))["gelijk"]


async def test_reporting_is_swapped_while_it_runs_and_goes_on(replayed: Replayed) -> None:
    await replayed.play(*BOTH)
    wijkzorg = replayed.wijkzorg
    reporting = wijkzorg.running_of("reporting")[0]
    whole = (await reporting.get("/v1/wijken")).json()
    await wijkzorg.fetch("delete from bijdrage", service="reporting")
    await wijkzorg.fetch(
        "insert into dead_letter values ('gone.intake', 0, 7, now(), null, null, 'onleesbaar', null, '', now())",
        service="reporting",
    )
    assert (await reporting.get("/v1/wijken")).json() != whole
    answer: Answer = await replayed.run("reporting", execute=True)
    assert list(differing(answer)) == ["bijdrage"]
    await replayed.handled("reporting")
    assert (await reporting.get("/v1/wijken")).json() == whole
    assert await wijkzorg.fetch("select from dead_letter where topic = 'gone.intake'", service="reporting")
    assert await replayed.databases("reporting") == {"live", "before"}
    with pytest.raises(CommandError, match="swapped out, is still there"):
        await replayed.run("reporting", execute=True)
    assert (await replayed.run("reporting"))["gelijk"]
    with pytest.raises(CommandError, match="compared, and never swapped"):
        await replayed.run("billing", execute=True)


@pytest.mark.parametrize("service", ["billing", "reporting", "indicatie"])
async def test_of_every_table_is_known_whether_it_follows_from_the_log(
    wijkzorg: Wijkzorg, service: str
) -> None:
    await wijkzorg.database(service)
    rows = await wijkzorg.fetch(
        "select tablename from pg_tables where schemaname = 'public'", service=service
    )
    store: ModuleType = import_module(f"services.{service}.store.rebuilt")
    known = TECHNICAL | set(store.COMPARED) | set(getattr(store, "KEPT", ()))
    assert {row[0] for row in rows} - known == set(), (
        "Compare these in store/rebuilt.py, or say in its KEPT that no event says them"
    )


@pytest.mark.parametrize(
    ("service", "why"),
    [("intake", "intake owns all that is in its database"), ("cak", "There is no service cak.")],
)
def test_what_has_nothing_to_rebuild_is_refused_with_a_sentence(
    tmp_path: Path, service: str, why: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(why)):
        replay.replay(service, tmp_path)
