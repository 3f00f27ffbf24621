"""Poison between good records: each has its verdict or its dead letter, and its neighbours never notice."""

import json
import struct
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.record.util import calc_crc32c

from shared.contracts.contract import GEBRUIK, INDICATIE, INTAKE, ONTVANGST
from shared.contracts.event import MESSAGE_BYTES_MAX
from shared.messaging.producer import Message
from tests.e2e import crowd, samples
from tests.harness import Wijkzorg

Headers = Sequence[tuple[str, bytes | None]]
UNREADABLE_NAME = b"\xff\xfe"
CRC_AT, CRC_FROM = 17, 21


def changed(changes: dict[str, Any], **content: Any) -> bytes:
    """A good delivery with something changed."""
    event = samples.use("RN900", samples.TOEWIJZINGEN[samples.CLIENTS[0]][0])
    return json.dumps(event | {"data": event["data"] | content} | changes).encode()


class Foreigner:
    """A provider's own producer: nothing of ours stands between it and the broker; `async with`."""

    def __init__(self, kafka: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=kafka, compression_type="gzip", max_request_size=2**22
        )

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send(self, topic: str, value: bytes | None, headers: Headers = (), key: bytes = b"k") -> int:
        """Send a record; its offset."""
        sent = await self._producer.send_and_wait(topic, value, key=key, headers=list(headers), partition=0)
        return int(sent.offset)

    async def send_with_unreadable_header(self, topic: str, value: bytes) -> int:
        """Send a record with a header whose name is no UTF-8, as aiokafka itself never would."""
        batch = self._producer.create_batch()
        batch.append(timestamp=None, key=b"k", value=value, headers=[("@@", None)])
        raw = bytearray(bytes(batch._build()).replace(b"@@", UNREADABLE_NAME))
        struct.pack_into(">I", raw, CRC_AT, calc_crc32c(raw[CRC_FROM:]))
        batch._buffer = bytes(raw)
        sent = await (await self._producer.send_batch(batch, topic, partition=0))
        return int(sent.offset)


POISON: dict[str, tuple[bytes | None, str, str]] = {
    "not JSON": (b"\x00\xff{", "afgewezen", "onleesbaar"),
    "empty": (b"", "afgewezen", "onleesbaar"),
    "null value": (None, "afgewezen", "onleesbaar"),
    "JSON, but no event": (b"[]", "afgewezen", "onleesbaar"),
    "wrong type of a field": (changed({}, toewijzingNummer="20072"), "afgewezen", "onleesbaar"),
    "wrong version": (
        changed({"type": "nl.wijkzorg.gebruik-geregistreerd.v9"}),
        "afgewezen",
        "onbekend-type",
    ),
    "unknown type": (changed({"type": "nl.wijkzorg.iets-anders.v1"}), "afgewezen", "onbekend-type"),
    "not a provider's type": (
        json.dumps(samples.household(0, list(samples.CLIENTS))).encode(),
        "afgewezen",
        "onbekend-type",
    ),
    "another provider's name": (changed({}, aanbieder="12345678"), "afgewezen", "andere-aanbieder"),
    "another provider's source": (
        changed({"source": "urn:nld:agb:12345678:systeem:ecd"}),
        "afgewezen",
        "verkeerde-bron",
    ),
    "negative volume": (changed({}, volume=-4), "afgewezen", "volume-niet-positief"),
    "a number beyond all bounds": (changed({}, volume=10**30), "afgewezen", "onleesbaar"),
    "a character no database takes": (changed({}, referentieNummer="a\x00b"), "afgewezen", "onleesbaar"),
    "half a character": (changed({}).replace(b"RN900", b"\\ud800"), "afgewezen", "onleesbaar"),
    "deep": (b"[" * 60_000, "afgewezen", "onleesbaar"),
    "unpacked larger than allowed": (
        changed({"extra": "x" * MESSAGE_BYTES_MAX}),
        "afgewezen",
        "onleesbaar",
    ),
}


async def test_poison_on_a_providers_topic_gets_its_verdict_and_harms_nobody(wijkzorg: Wijkzorg) -> None:
    topic = wijkzorg.topic(GEBRUIK, samples.AGB)
    await wijkzorg.register(samples.AGB)
    await wijkzorg.publish(samples.facts())
    expected: dict[int, tuple[str, str | None]] = {}
    good = [json.dumps(event).encode() for event in samples.declaration()]
    async with Foreigner(wijkzorg.kafka) as says:
        expected[await says.send(topic, good[0])] = ("geaccepteerd", None)
        for value, oordeel, code in POISON.values():
            expected[await says.send(topic, value)] = (oordeel, code)
        expected[await says.send(topic, good[1], [("traceparent", None)])] = ("geaccepteerd", None)
        expected[await says.send(topic, good[2], [("x", b"\xff\xfe")], b"\xff")] = ("geaccepteerd", None)
        expected[await says.send_with_unreadable_header(topic, good[3])] = ("geaccepteerd", None)
        expected[await says.send(topic, good[3])] = ("dubbel", None)
    await wijkzorg.billing()
    await wijkzorg.handled()
    judged = await wijkzorg.judged(samples.AGB)
    assert {place: (line["oordeel"], line.get("code")) for place, line in judged.items()} == expected
    assert list((await wijkzorg.ledger()).values()) == [1900]
    await crowd.require_told(wijkzorg, samples.AGB)
    await bytes_are_kept(wijkzorg, topic)


async def bytes_are_kept(wijkzorg: Wijkzorg, topic: str) -> None:
    """Whatever could not be read lies in dead_letter as it came, and nowhere else."""
    kept = await wijkzorg.fetch("select value, code from dead_letter where topic = $1", topic)
    unreadable = [
        (value, code)
        for name, (value, _, code) in POISON.items()
        if code in ("onleesbaar", "onbekend-type") and name != "not a provider's type"
    ]
    assert {(row["value"], row["code"]) for row in kept} == set(unreadable)
    for record in await wijkzorg.records(wijkzorg.topic(ONTVANGST, samples.AGB)):
        assert b"x" * 200 not in record.value


async def test_poison_on_the_topics_of_intake_and_indicatie_lies_apart(wijkzorg: Wijkzorg) -> None:
    await wijkzorg.register(samples.AGB)
    intake, indicatie = wijkzorg.topic(INTAKE), wijkzorg.topic(INDICATIE)
    home = json.dumps(samples.household(0, list(samples.CLIENTS)))
    poison: list[tuple[str, bytes | None, bytes]] = [
        (intake, b"{", b"k"),
        (intake, b"", b"k"),
        (intake, None, b"no key of a fact"),
        (intake, None, b"nl.wijkzorg.client-vastgesteld/no-uuid"),
        (intake, None, b"\xff"),
        (intake, home.replace('"versie": 1', '"versie": "one"').encode(), b"k"),
        (intake, home.replace(".v1", ".v9").encode(), b"k"),
        (intake, json.dumps(samples.use("RN1", 1)).encode(), b"k"),
        (indicatie, b"\xff\xfe", b"k"),
        (indicatie, None, b""),
    ]
    async with Foreigner(wijkzorg.kafka) as says:
        for topic, value, key in poison:
            await says.send(topic, value, [("x", None)], key)
        await says.send_with_unreadable_header(intake, home.encode())
    await wijkzorg.publish([*samples.facts()[1:], *samples.declaration()])
    strangers = await made_by_strangers(wijkzorg)
    await wijkzorg.billing()
    standing = await wijkzorg.handled()
    assert standing["doodgelopen"] == len(poison)
    assert not strangers & {position["topic"] for position in standing["posities"]}
    assert not strangers & {row["topic"] for row in await wijkzorg.fetch("select topic from position")}
    assert list((await wijkzorg.ledger()).values()) == [1900]
    kept = await wijkzorg.fetch("select topic, value, key from dead_letter")
    assert {(row["topic"], row["value"], row["key"]) for row in kept} == set(poison)


async def made_by_strangers(wijkzorg: Wijkzorg) -> frozenset[str]:
    """Topics whose names merely begin or end like one that billing reads, with poison on each."""
    real = wijkzorg.topic(GEBRUIK, samples.AGB)
    names = {
        *(real + more for more in ("1", "x", ".x", "-1")),
        *(real[:-1], f"x-{real}", wijkzorg.topic(INTAKE) + "s", wijkzorg.topic(INDICATIE) + ".1"),
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=wijkzorg.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name=name, num_partitions=1, replication_factor=1) for name in names])
    await admin.close()
    await wijkzorg.send([Message(name, "k", b"{") for name in sorted(names)])
    return frozenset(names)
