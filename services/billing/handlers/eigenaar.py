"""Take in the facts of intake and indicatie: the newest state of each, and whom it touches."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote
from uuid import UUID

from services.billing.announce import Announcer, versie_of
from services.billing.domain import vertaling
from services.billing.domain.oordeel import Uitspraak, on_misfit
from services.billing.domain.toewijzing import Toewijzing, misfit
from services.billing.handlers.aanbieder import fault_among_facts, load_toewijzingen
from services.billing.store import feiten, gebruik, oordeel
from services.billing.store.oordeel import Verdict
from shared.contracts.contract import INDICATIE, INTAKE, TYPE_PREFIX
from shared.contracts.event import AnyEvent, canonical_data, contract_of, parse
from shared.db import Connection
from shared.kalender import Month
from shared.messaging import dead_letter
from shared.messaging.delivery import Delivery
from shared.settings import Clock

CLIENT, HUISHOUDEN, VRIJSTELLING, INDICATIE_AFGEGEVEN, TOEWIJZING_GEWIJZIGD = (
    TYPE_PREFIX + name
    for name in (
        "client-vastgesteld",
        "huishouden-vastgesteld",
        "vrijstelling-vastgesteld",
        "indicatie-afgegeven",
        "toewijzing-gewijzigd",
    )
)
GIVING = (INDICATIE_AFGEGEVEN, TOEWIJZING_GEWIJZIGD)
STATES = (CLIENT, HUISHOUDEN, VRIJSTELLING)
VERKEERD_TOPIC = "Dit type gebeurtenis hoort niet op dit topic."
KEY_ONLEESBAAR = "Dit bericht is leeg, en zijn sleutel noemt geen feit."
log = logging.getLogger("wijkzorg.billing")


class EigenaarHandler:
    """The handler of the topics of intake and indicatie."""

    def __init__(self, clock: Clock, announcer: Announcer) -> None:
        self._clock, self._announcer = clock, announcer

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Take in a batch; types that billing has no use for are passed over."""
        await feiten.lock_facts(tx)
        letters: list[tuple[Delivery, str, str | None, str]] = []
        batch = _Batch()
        for delivery in deliveries:
            event, error = delivery.event, delivery.error
            if error is not None:
                letters.append((delivery, error.code, error.veld, error.uitleg))
            elif event is None:
                if not batch.erase(delivery.key):
                    letters.append((delivery, "onleesbaar", None, KEY_ONLEESBAAR))
            elif contract_of(event).topic not in (INTAKE, INDICATIE):
                letters.append((delivery, "verkeerd-topic", "type", VERKEERD_TOPIC))
            else:
                batch.add(event)
        await dead_letter.bury(tx, letters, self._clock())
        await _change_clienten(tx, batch.states[CLIENT])
        await _change_huishoudens(tx, batch.states[HUISHOUDEN])
        await _change_vrijstellingen(tx, batch.states[VRIJSTELLING])
        await self._change_toewijzingen(tx, batch)

    async def put_aside(self, tx: Connection, delivery: Delivery, reason: str) -> None:
        """Keep the one record that cannot be handled, with its bytes."""
        uitleg = f"Dit bericht kon niet worden verwerkt ({reason})."
        await dead_letter.bury(tx, [(delivery, "onleesbaar", None, uitleg)], self._clock())

    async def _change_toewijzingen(self, tx: Connection, batch: "_Batch") -> None:
        said = [(feit, versie) for feit, event in batch.given for versie in vertaling.versies(event)]
        nummers = {versie.nummer for _, versie in said}
        nummers |= await feiten.nummers_of(tx, batch.given_erased)
        if not nummers:
            return
        before = await load_toewijzingen(tx, nummers)
        await feiten.erase_versies(tx, batch.given_erased)
        await feiten.add_versies(tx, said)
        after = await load_toewijzingen(tx, nummers)
        await feiten.settle(tx, after.values())
        await self._judge_again(tx, after, nummers)
        causes = {versie.nummer: versie.event_id for _, versie in said}
        clients = {(t.huidig.client_id, causes.get(n)) for known in (before, after) for n, t in known.items()}
        await feiten.mark_clienten(tx, clients)

    async def _judge_again(
        self, tx: Connection, toewijzingen: Mapping[int, Toewijzing], nummers: Iterable[int]
    ) -> None:
        """Every verdict that hangs on these toewijzingen, as what is known now makes it."""
        verdicts: list[Verdict] = []
        fits: list[tuple[str, int, bool]] = []
        months: list[tuple[int, Month]] = []
        for row in await gebruik.judged_of(tx, list(nummers)):
            toewijzing = toewijzingen.get(row["toewijzingnummer"])
            fault = misfit(
                toewijzing, row["aanbieder"], row["categorie"], row["begindatum"], row["einddatum"]
            )
            uitspraak = on_misfit(row["plaats"], fault)
            if (uitspraak.oordeel, fault and fault.code) != (row["oordeel"], row["code"]):
                event = gebruik.use_event(row)
                key = contract_of(event).natural_key(event)
                verdicts.append(Verdict(row["aanbieder"], uitspraak, event, key, row["versie"]))
            if row["past"] != (fault is None):
                fits.append((row["aanbieder"], row["plaats"], fault is None))
                months.append((row["toewijzingnummer"], Month(row["maand"])))
        for row in await oordeel.meldingen_of(tx, list(nummers)):
            fault = fault_among_facts(parse(row["event"]), toewijzingen, set())
            uitspraak = on_misfit(row["plaats"], fault)
            if (uitspraak.oordeel, fault and fault.code) != (row["oordeel"], row["code"]):
                verdicts.append(Verdict(row["aanbieder"], Uitspraak(row["plaats"], uitspraak.oordeel, fault)))
        if fits:
            await gebruik.set_past(tx, fits)
            await gebruik.resum(tx, months)
        revised = await oordeel.put(tx, verdicts, versie_of(self._clock()))
        await self._announcer.revised(tx, revised)


class Change:
    """Of one kind of state: the newest event by id, and which ids were erased before it."""

    def __init__(self) -> None:
        self.newest: dict[UUID, AnyEvent] = {}
        self.erased: set[UUID] = set()

    def add(self, event: AnyEvent) -> None:
        """Keep the newest."""
        id_ = next(event["data"][field] for field in contract_of(event).key)
        held = self.newest.get(id_)
        if held is None or vertaling.supersedes(event, held):
            self.newest[id_] = event

    def erase(self, id_: UUID) -> None:
        """Forget what came before."""
        self.newest.pop(id_, None)
        self.erased.add(id_)

    @property
    def ids(self) -> set[UUID]:
        """Every id that may change."""
        return self.erased | self.newest.keys()

    def drop_older(self, known: Mapping[UUID, AnyEvent]) -> None:
        """Leave out what is not newer than what is known and not erased."""
        for id_, event in list(self.newest.items()):
            held = known.get(id_)
            if held is None or id_ in self.erased:
                continue
            if _tie(event, held):
                log.warning("one versie, other content: %s", contract_of(event).natural_key(event))
            if not vertaling.supersedes(event, held):
                del self.newest[id_]

    @property
    def causes(self) -> list[feiten.Cause[UUID]]:
        """Every id that may change, and the event that is the cause."""
        return [(id_, self.newest[id_]["id"] if id_ in self.newest else None) for id_ in self.ids]


class _Batch:
    """What a batch says, by kind; an erasure strikes what came before it, not what comes after."""

    def __init__(self) -> None:
        self.states = {kind: Change() for kind in STATES}
        self.given: list[tuple[str, AnyEvent]] = []
        self.given_erased: set[str] = set()

    def add(self, event: AnyEvent) -> None:
        name = event["type"].rpartition(".")[0]
        if name in STATES:
            self.states[name].add(event)
        elif name in GIVING:
            self.given.append((contract_of(event).natural_key(event), event))

    def erase(self, key: bytes | None) -> bool:
        """Note an erasure by its key; False where the key names no fact."""
        try:
            feit = (key or b"").decode()
            name, slash, rest = feit.partition("/")
            if name in STATES:
                self.states[name].erase(UUID(unquote(rest)))
        except ValueError:
            return False
        if name in GIVING:
            self.given = [given for given in self.given if given[0] != feit]
            self.given_erased.add(feit)
        return bool(name and slash)


def _tie(event: AnyEvent, held: AnyEvent) -> bool:
    same = event["data"]["versie"] == held["data"]["versie"]
    return same and canonical_data(event) != canonical_data(held)


async def _change_clienten(tx: Connection, change: Change) -> None:
    change.drop_older(await feiten.clienten(tx, change.ids))
    if causes := change.causes:
        before = await feiten.touched_by_clienten(tx, causes)
        await feiten.replace_clienten(tx, change.ids, change.newest.values())
        await feiten.mark(tx, before | await feiten.touched_by_clienten(tx, causes))


async def _change_huishoudens(tx: Connection, change: Change) -> None:
    change.drop_older(await feiten.huishoudens(tx, change.ids))
    if causes := change.causes:
        before = await feiten.touched_by_huishoudens(tx, causes)
        await feiten.replace_huishoudens(tx, change.ids, list(change.newest.values()))
        await feiten.mark(tx, before | await feiten.touched_by_huishoudens(tx, causes))


async def _change_vrijstellingen(tx: Connection, change: Change) -> None:
    known = await feiten.vrijstellingen(tx, change.ids)
    change.drop_older(known)
    if causes := change.causes:
        await feiten.replace_vrijstellingen(tx, change.ids, change.newest.values())
        huishoudens, clienten = (
            {
                (event["data"][field], event_id)
                for id_, event_id in causes
                for event in (known.get(id_), change.newest.get(id_))
                if event and event["data"].get(field)
            }
            for field in ("huishouden_id", "client_id")
        )
        await feiten.mark(tx, huishoudens)
        await feiten.mark_clienten(tx, clienten)
