"""Dead letters in real processes: mended by command, the same in a replay, and a version that is stopped in time."""

import base64
import json
import signal
from pathlib import Path

import pytest

from local import Backends
from shared.contracts.contract import GEBRUIK, ONTVANGST
from shared.messaging.aside import PUT_ASIDE_MIN
from shared.messaging.producer import Message, Producer
from tests.conftest import own_database
from tests.e2e import samples
from tests.e2e.command import Place, place_on, up
from tests.harness import Wijkzorg, eventually

AGBS = tuple(f"1234567{digit}" for digit in range(5))
BY = {"door": "B. Beheerder", "reden": "overleg met de aanbieder"}
WRONG, RIGHT = samples.use("RN001", 20072, bedragCent=1), samples.use("RN001", 20072)


async def told(wijkzorg: Wijkzorg) -> dict[int, str]:
    """What the provider knows of each of its records: the verdict with the highest versie."""
    lines = [line for data in await wijkzorg.told(ONTVANGST, samples.AGB) for line in data["oordelen"]]
    return {line["plaats"]: line["oordeel"] for line in sorted(lines, key=lambda line: line["versie"])}


async def test_what_was_mended_stands_in_an_empty_database_that_hears_all_again(
    wijkzorg: Wijkzorg, backends: Backends
) -> None:
    await wijkzorg.register(samples.AGB)
    topic = wijkzorg.topic(GEBRUIK, samples.AGB)
    await wijkzorg.publish(samples.facts())
    await wijkzorg.send([Message(topic, "k", b"{"), wijkzorg.message(WRONG), Message(topic, "k", b"}")])
    first = await wijkzorg.billing()
    await wijkzorg.handled()
    assert await wijkzorg.ledger() == {}
    for place, mended in ((0, samples.use("RN002", 20074)), (1, RIGHT)):
        body = BY | {"bytes": base64.b64encode(json.dumps(mended).encode()).decode()}
        answer = await first.post(f"/v1/dood/{topic}/0/{place}/herstel", body)
        assert answer.json() == {"uitgevoerd": True, "oordeel": "geaccepteerd"}
    await wijkzorg.handled()
    ledger = await wijkzorg.ledger()
    assert list(ledger.values()) == [1900]
    expected = {0: "geaccepteerd", 1: "geaccepteerd", 2: "afgewezen"}
    assert await wijkzorg.verdicts(samples.AGB) == await told(wijkzorg) == expected
    first.signal(signal.SIGTERM)
    await first.ended()
    acts = await wijkzorg.fetch(
        'select topic, partition, "offset", act, door, reden, moment, value from intervention'
    )
    async with own_database(backends, "billing") as empty:
        wijkzorg.dsns["billing"] = empty
        for act in acts:
            await wijkzorg.fetch(
                'insert into intervention (topic, partition, "offset", act, door, reden, moment, value)'
                " values ($1, $2, $3, $4, $5, $6, $7, $8)",
                *act,
            )
        second = await wijkzorg.billing(WIJKZORG_DATABASE_DSN=empty)
        await wijkzorg.handled()
        assert await wijkzorg.ledger() == ledger
        assert await wijkzorg.verdicts(samples.AGB) == await told(wijkzorg) == expected
        second.kill()


async def test_one_provider_s_rubbish_stops_nobody_and_that_of_most_stops_billing_before_it_is_put_aside(
    wijkzorg: Wijkzorg,
) -> None:
    await wijkzorg.register(*AGBS, samples.AGB)
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    billing = await wijkzorg.billing()
    rubbish = {agb: [Message(wijkzorg.topic(GEBRUIK, agb), "k", b"{")] * PUT_ASIDE_MIN for agb in AGBS}
    await wijkzorg.send(rubbish[AGBS[0]] * 4)
    await wijkzorg.handled()
    assert list((await wijkzorg.ledger()).values()) == [1900]
    for agb in AGBS[1:]:
        await wijkzorg.send(rubbish[agb])
    assert await billing.ended() == 1
    assert "This looks like a fault of this version" in billing.log.read_text()
    aside = len(await wijkzorg.fetch("select from dead_letter"))
    assert aside < PUT_ASIDE_MIN * 6
    again = await wijkzorg.billing(ready=False)
    assert await again.ended() == 1
    assert len(await wijkzorg.fetch("select from dead_letter")) <= PUT_ASIDE_MIN * 6, "no more at each start"
    await wijkzorg.billing(WIJKZORG_PUT_ASIDE_PERCENT_MAX="100")
    await wijkzorg.handled()
    assert len(await wijkzorg.fetch("select from dead_letter")) == PUT_ASIDE_MIN * 8


@pytest.fixture
def place(backends: Backends, tmp_path: Path) -> Place:
    return place_on(backends, tmp_path / "data", WIJKZORG_CLOCK="2023-06-15T10:00:00Z")


USAGE = 2
AS = "--door", "B. Beheerder", "--reden", "overleg"


@pytest.mark.city
async def test_dead_letters_are_dealt_with_by_command(
    place: Place, backends: Backends, tmp_path: Path
) -> None:
    async def all_is_judged() -> bool:
        return running.oordelen() == ["afgewezen", "afgewezen", "afgewezen"]

    async def it_is_owed() -> bool:
        return running.bijdragen() == [1900]

    prefix = place.environment["WIJKZORG_TOPIC_PREFIX"]
    topic = f"{prefix}.gebruik.{samples.AGB}"
    with up(place, "billing", "reporting") as running:
        assert place.run("feiten", "publiceer", "samples/facts.jsonl").code == 0
        assert place.run("aanbieder", "registreer", samples.AGB).code == 0
        async with Producer(backends.kafka_bootstrap_servers) as producer:
            values = b"{", json.dumps(WRONG).encode(), b"}"
            await producer.send(Message(topic, "k", value) for value in values)
            await producer.send([Message(f"{prefix}.intake", "k", b"{")])
        await eventually(all_is_judged, "all to be judged")
        assert place.run("status", "--wait", "60").code == 0
        listed = place.run("dood", "list")
        assert f"billing: 2 onleesbaar on {topic}" in listed.err
        assert listed.out == "4 dead letters.\n"
        refused = place.run("dood", "list", "--afgewezen", "--aanbieder", samples.AGB)
        assert f"1 bedrag-klopt-niet nl.wijkzorg.gebruik-geregistreerd.v1 on {topic}" in refused.err
        assert refused.out == "1 refused record.\n"
        assert place.run("dood", "list", "--ouder-dan", "99999999999").code == USAGE
        lies_elsewhere_too(place, prefix)
        one_is_mended(place, f"{topic}/0/1", tmp_path / "mended.json")
        await eventually(it_is_owed, "the household to owe a month")
        the_rest_stays_refused(place, f"{topic}/0/0", tmp_path / "export")


def lies_elsewhere_too(place: Place, prefix: str) -> None:
    """A record of an owner is dealt with in each service that has it: the command says which still does."""
    record = next(
        f"{one['topic']}/{one['partitie']}/{one['plaats']}"
        for one in place.run("dood", "list", "--dienst", "reporting", "--json").json["brieven"]
        if one["topic"].startswith(f"{prefix}.intake")
    )
    said = place.run("dood", "verwerp", "billing", record, *AS, "--execute", "--json")
    assert said.json["ookOpen"] == [
        f"reporting still has 1 of these open, the first {record}: it needs the same act there."
    ]
    assert place.run("dood", "verwerp", "reporting", record, *AS, "--execute").err.count("open") == 0


def one_is_mended(place: Place, record: str, file: Path) -> None:
    """A record with a verdict is shown masked, tried, mended, and mended again."""
    shown = place.run("dood", "toon", "billing", record)
    assert "bedrag-klopt-niet" in shown.out
    assert "RN001" not in shown.out
    file.write_text(json.dumps(samples.use("RN001", 30001)))
    mend = "dood", "herstel", "billing", record, file, *AS
    assert "would be geaccepteerd. Nothing was changed" in place.run(*mend).out
    wrong = place.run("dood", "herstel", "billing", record, "-", *AS, typed=json.dumps(WRONG).encode())
    assert (wrong.code, "this will be refused (bedrag-klopt-niet" in wrong.out) == (1, True)
    assert "bedrag-klopt-niet" in place.run("dood", "toon", "billing", record).out
    assert place.run(*mend, "--execute", "--json").json == {"uitgevoerd": True, "oordeel": "geaccepteerd"}
    assert "done before" in place.run(*mend, "--execute").out


def the_rest_stays_refused(place: Place, record: str, file: Path) -> None:
    """The dead letters are looked into, not redelivered, left refused all at once, and carried over."""
    assert place.run("dood", "toon", "billing", record, "--bytes").is_one_sentence("--door", "--reden")
    assert place.run("dood", "toon", "billing", record, "--bytes", *AS).out == "{"
    redeliver = "dood", "herlever", "billing", record, *AS
    tried = place.run(*redeliver)
    assert (tried.code, tried.out) == (1, "1 record: 1 geweigerd. Nothing was changed.\n")
    refused = place.run(*redeliver, "--execute")
    assert (refused.code, refused.out) == (1, "1 record: 1 geweigerd.\n")
    assert place.run("dood", "verwerp", "billing", *AS).is_one_sentence("--alles")
    tried = place.run("dood", "verwerp", "billing", "--alles", "--code", "onleesbaar", *AS)
    assert tried.out == "2 records: 2 afgewezen. Nothing was changed; do it with --execute.\n"
    assert place.run("dood", "verwerp", "billing", "--alles", *AS, "--execute").code == 0
    assert place.run("dood", "list", "--json").json == {
        "groepen": [],
        "brieven": [],
        "aantal": 0,
        "aantalGroepen": 0,
    }
    of_provider = "--aanbieder", samples.AGB
    left = place.run("dood", "list", "--besluit", "verworpen", *of_provider, "--json").json["brieven"]
    assert [letter["plaats"] for letter in left] == [0, 2]
    assert "verworpen by B. Beheerder: overleg" in place.run("dood", "toon", "billing", record).out
    file.write_text(place.run("dood", "export", "billing", *AS).out)
    again = place.run("dood", "import", "billing", file, "--execute")
    assert (again.code, again.out) == (0, "4 records: 4 ongewijzigd.\n")
    file.write_text("{}")
    assert place.run("dood", "import", "billing", file).is_one_sentence("dood export")
