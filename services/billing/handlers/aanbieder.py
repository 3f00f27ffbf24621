"""Judge what providers publish: every record gets one verdict, uses become months, months make households dirty.

A batch is a few set-based statements whatever its size; only what cannot simply be accepted is looked at one by
one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, get_args

from services.billing.announce import Announcer
from services.billing.domain.faults import Fault, fault_of
from services.billing.domain.oordeel import (
    ID_IN_GEBRUIK,
    IN_GEBRUIK,
    INTREKKING_ONBEKEND,
    NIET_HIER,
    START,
    STOP,
    USE,
    WITHDRAWAL,
    Melding,
    Uitspraak,
    belongs_here,
    choose,
    on_misfit,
)
from services.billing.domain.toewijzing import ONBEKEND, Toewijzing, judge_fit
from services.billing.domain.toewijzing import settle as settle_toewijzing
from services.billing.domain.werk import Signaal
from services.billing.handlers import trace
from services.billing.store import afgewezen, feiten, gebruik, oordeel, werk
from services.billing.store.oordeel import Verdict
from shared.contracts.gebruik import Oordeel
from shared.db import Connection
from shared.kalender import Month
from shared.messaging import dead_letter
from shared.messaging.dead_letter import Letter
from shared.messaging.delivery import Counted, Delivery
from shared.messaging.echo import next_versie, raise_versie
from shared.messaging.handler import Outcome, Refusals
from shared.messaging.topics import agb_of
from shared.settings import Clock

ONLEESBAAR = "onleesbaar"
LEEG = "Dit bericht is leeg."
Resum = tuple[tuple[int, Month], str]
"""A month of a toewijzing to be summed anew, and the id of the event that made it so."""


class AanbiederHandler:
    """The handler of all providers' topics."""

    counts: Sequence[str] = get_args(Oordeel)
    refusals: Refusals | None = afgewezen

    def __init__(self, clock: Clock, announcer: Announcer) -> None:
        self._clock, self._announcer = clock, announcer

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> Counted:
        """Judge a batch; how many of each verdict, on these records and anew on earlier ones."""
        await feiten.lock_facts_shared(tx)
        batch = _Batch(tx, await next_versie(tx, self._clock()))
        uses: list[Melding] = []
        others: list[Melding] = []
        letters: list[Letter] = []
        for delivery in deliveries:
            agb = agb_of(delivery.partition.topic)
            fault = batch.admit(delivery, agb)
            if delivery.event is None:
                error = delivery.error
                reason = (error.code, error.veld, error.uitleg) if error else (ONLEESBAAR, None, LEEG)
                letters.append(Letter(delivery, *reason))
            elif fault is None:
                chosen = uses if delivery.event["type"] == USE else others
                chosen.append(Melding(delivery.offset, delivery.event))
        await dead_letter.bury(tx, letters, self._clock())
        await batch.take_back(others)
        await batch.take_uses(uses)
        await trace.show(tx, uses)
        await batch.take_others(others)
        await batch.signal(self._clock())
        topics = {delivery.partition.topic for delivery in deliveries}
        await oordeel.expect_receipts(tx, [(agb_of(topic), topic) for topic in sorted(topics)])
        revised = await oordeel.put(tx, batch.verdicts, batch.versie)
        await self._announcer.revised(tx, revised)
        return count(batch.verdicts, {(agb_of(d.partition.topic), d.offset) for d in deliveries}, revised)

    async def put_aside(self, tx: Connection, delivery: Delivery, reason: str) -> Counted:
        """Refuse the one record that cannot be handled, and keep its bytes."""
        agb = agb_of(delivery.partition.topic)
        letter = await dead_letter.put_aside(tx, delivery, reason, self._clock())
        await oordeel.expect_receipts(tx, [(agb, delivery.partition.topic)])
        refusal = Uitspraak(delivery.offset, "afgewezen", Fault(ONLEESBAAR, "", letter.reason))
        await oordeel.put(tx, [Verdict(agb, refusal)], await next_versie(tx, self._clock()))
        return {refusal.oordeel: 1}

    async def judge_again(self, tx: Connection, delivery: Delivery) -> Outcome:
        """Give the record a verdict under a higher versie, and tell its provider. Raises RefusedError where it was not refused."""
        agb, at = agb_of(delivery.partition.topic), delivery.offset
        await feiten.lock_facts_shared(tx)
        await raise_versie(tx, await afgewezen.retract(tx, delivery.place))
        await self.apply(tx, [delivery])
        await self._announcer.revised(tx, {agb: [at]})
        return await afgewezen.verdict(tx, delivery.place)


def count(
    verdicts: Iterable[Verdict], first: AbstractSet[gebruik.Place], revised: Mapping[str, Iterable[int]]
) -> Counter[str]:
    """How many there are of each verdict: on records judged for the first time, and on those judged anew."""
    given = {(v.aanbieder, v.uitspraak.plaats): v.uitspraak.oordeel for v in verdicts}
    anew = {(aanbieder, plaats) for aanbieder, plaatsen in revised.items() for plaats in plaatsen}
    counted: Counter[str] = Counter(o for place, o in given.items() if place in first or place in anew)
    return counted + Counter(geaccepteerd=len(first - given.keys()))


class _Batch:
    """One batch being judged: its transaction, and the verdicts that are not simply an accepted use."""

    def __init__(self, tx: Connection, versie: int) -> None:
        self.tx, self.versie = tx, versie
        self.verdicts: list[Verdict] = []

    def admit(self, delivery: Delivery, agb: str) -> Fault | None:
        """The fault that keeps a record from being a fact at all; its verdict is final."""
        event, error = delivery.event, delivery.error
        if event is None:
            fault: Fault | None = (
                Fault(error.code, error.veld or "", error.uitleg) if error else Fault(ONLEESBAAR, "", LEEG)
            )
        else:
            fault = fault_of(event, agb) if belongs_here(event) else NIET_HIER
        if fault is not None:
            self.verdicts.append(Verdict(agb, Uitspraak(delivery.offset, "afgewezen", fault), event))
        return fault

    async def take_back(self, others: Sequence[Melding]) -> None:
        """Withdrawals work whenever they come, before or after what they take back."""
        keys = {
            (m.event["data"]["aanbieder"], m.event["data"]["vorig_referentie_nummer"]): m.event["id"]
            for m in others
            if m.event["type"] == WITHDRAWAL
        }
        if keys:
            months = await gebruik.take_back(self.tx, sorted(keys))
            await self._resum([(months[key], keys[key]) for key in months])

    async def take_uses(self, uses: Sequence[Melding]) -> None:
        """Take in the uses: all at once, and one by one those that share a number or do not fit."""
        if not uses:
            return
        found = await gebruik.stage(self.tx, [gebruik.use_row(m.plaats, m.event) for m in uses])
        exceptional = {e.place: e for e in found}
        losing, deposed = await self._settle_numbers(uses, exceptional)
        if losing:
            await gebruik.drop_staged(self.tx, losing)
        kept = {place: e for place, e in exceptional.items() if place not in losing}
        by_place = {_place(m): m for m in uses} if kept else {}
        misfits = []
        for place, e in kept.items():
            fault = judge_fit(own=e.own, same_kind=e.same_kind, within=e.within) if e.known else ONBEKEND
            if fault is not None:
                misfits.append(place)
                use = by_place[place]
                self.verdicts.append(Verdict(place[0], on_misfit(place[1], fault), use.event, use.sleutel))
        taken_back = await gebruik.accept_staged(self.tx, self.versie, misfits)
        await self._accept_withdrawals(taken_back)
        await self._resum(deposed)

    async def _settle_numbers(
        self, uses: Sequence[Melding], exceptional: Mapping[gebruik.Place, gebruik.Exceptional]
    ) -> tuple[set[gebruik.Place], list[Resum]]:
        """Of uses that claim one number, keep the earliest recorded; which lose, and whose months that changes."""
        taken = {place for place, e in exceptional.items() if e.number_taken}
        keys = [_key(use) for use in uses]
        claimed = Counter(keys)
        contested: dict[gebruik.Key, list[Melding]] = {}
        for key, use in zip(keys, uses, strict=True):
            if claimed[key] > 1 or (taken and _place(use) in taken):
                contested.setdefault(key, []).append(use)
        if not contested:
            return set(), []
        known = {
            (row["aanbieder"], row["referentienummer"]): row
            for row in await gebruik.by_key(self.tx, contested)
        }
        earlier = await oordeel.claims(self.tx, [c[0].sleutel for c in contested.values()])
        losing: set[gebruik.Place] = set()
        deposed: dict[gebruik.Key, Resum] = {}
        for key, claiming in contested.items():
            row = known.get(key)
            everyone = {m.plaats: m for m in [*earlier.get(claiming[0].sleutel, []), *claiming]}
            if row is not None:
                everyone[row["plaats"]] = Melding(row["plaats"], gebruik.use_event(row))
            fact, verdicts = choose(list(everyone.values()))
            if row is not None and fact.plaats != row["plaats"]:
                deposed[key] = (row["toewijzingnummer"], Month(row["maand"])), fact.event["id"]
            vorige = {row["plaats"]: row["versie"]} if row is not None else {}
            self.verdicts += [
                Verdict(key[0], v, everyone[v.plaats].event, fact.sleutel, vorige.get(v.plaats))
                for v in verdicts
            ]
            losing |= {_place(m) for m in claiming if m is not fact}
        await gebruik.delete(self.tx, deposed)
        return losing, list(deposed.values())

    async def _accept_withdrawals(self, keys: Collection[gebruik.Key]) -> None:
        for row in await oordeel.waiting_withdrawals(self.tx, keys) if keys else ():
            self.verdicts.append(Verdict(row["aanbieder"], Uitspraak(row["plaats"], "geaccepteerd")))

    async def _resum(self, months: Sequence[Resum]) -> None:
        if months:
            await gebruik.resum(self.tx, [month for month, _ in months])
            await feiten.mark_toewijzingen(self.tx, {(month[0], event_id) for month, event_id in months})

    async def take_others(self, others: Sequence[Melding]) -> None:
        """Judge starts, stops, withdrawals and capacities, each fact once."""
        if not others:
            return
        claims = await oordeel.claims(self.tx, {m.sleutel for m in others})
        for other in others:
            claims.setdefault(other.sleutel, []).append(other)
        told = {
            (m.event["data"]["toewijzing_nummer"], m.event["id"])
            for claiming in claims.values()
            for m in claiming
            if m.event["type"] in (START, STOP)
        }
        toewijzingen = await load_toewijzingen(self.tx, {nummer for nummer, _ in told})
        known = await self._known_uses(others)
        for claiming in claims.values():
            unique = list({m.plaats: m for m in claiming}.values())
            fact, verdicts = choose(unique)
            fault = fault_among_facts(fact.event, toewijzingen, known)
            verdicts.append(on_misfit(fact.plaats, fault))
            events = {m.plaats: m.event for m in unique}
            self.verdicts += [
                Verdict(fact.event["data"]["aanbieder"], v, events[v.plaats], fact.sleutel) for v in verdicts
            ]
        await feiten.mark_toewijzingen(self.tx, told)

    async def signal(self, moment: datetime) -> None:
        """Put on the work list what claims a number that other content has."""
        double = [
            Signaal(
                "dubbel-nummer",
                verdict.sleutel,
                gegevens={"aanbieder": verdict.aanbieder, "plaats": verdict.uitspraak.plaats},
            )
            for verdict in self.verdicts
            if verdict.uitspraak.fault in (IN_GEBRUIK, ID_IN_GEBRUIK) and verdict.sleutel
        ]
        await werk.signal(self.tx, double, moment)

    async def _known_uses(self, others: Iterable[Melding]) -> set[gebruik.Key]:
        keys = [
            (m.event["data"]["aanbieder"], m.event["data"]["vorig_referentie_nummer"])
            for m in others
            if m.event["type"] == WITHDRAWAL
        ]
        return {(row["aanbieder"], row["referentienummer"]) for row in await gebruik.by_key(self.tx, keys)}


async def load_toewijzingen(tx: Connection, nummers: Iterable[int]) -> dict[int, Toewijzing]:
    """These toewijzingen as all that was said of them makes them."""
    said: dict[int, list[Any]] = {}
    for versie in await feiten.versies(tx, list(nummers)):
        said.setdefault(versie.nummer, []).append(versie)
    return {nummer: settle_toewijzing(versies) for nummer, versies in said.items()}


def fault_among_facts(
    event: Mapping[str, Any], toewijzingen: Mapping[int, Toewijzing], known_uses: set[gebruik.Key]
) -> Fault | None:
    """What keeps a start, stop, withdrawal or capacity from being accepted, by the other facts known."""
    data = event["data"]
    if event["type"] == WITHDRAWAL:
        known = (data["aanbieder"], data["vorig_referentie_nummer"]) in known_uses
        return None if known else INTREKKING_ONBEKEND
    if event["type"] not in (START, STOP):
        return None
    toewijzing = toewijzingen.get(data["toewijzing_nummer"])
    if toewijzing is None or toewijzing.huidig.verwijderd:
        return ONBEKEND
    own = data["aanbieder"] in toewijzing.aanbieders
    return judge_fit(own=own, same_kind=True, within=True)


def _place(melding: Melding) -> gebruik.Place:
    return melding.event["data"]["aanbieder"], melding.plaats


def _key(melding: Melding) -> gebruik.Key:
    return melding.event["data"]["aanbieder"], melding.event["data"]["referentie_nummer"]
