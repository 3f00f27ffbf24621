"""Take in the facts of intake and indicatie: the newest state of each, and whom it touches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from services.billing.announce import Announcer
from services.billing.domain import vertaling
from services.billing.domain.oordeel import Uitspraak, on_misfit
from services.billing.domain.toewijzing import Toewijzing, Versie, misfit
from services.billing.domain.werk import Signaal
from services.billing.handlers.aanbieder import count, fault_among_facts, load_toewijzingen
from services.billing.store import bijdrage as ledger
from services.billing.store import circle, feiten, gebruik, oordeel, werk
from services.billing.store.oordeel import Verdict
from shared.contracts.contract import INDICATIE, INTAKE, TYPE_PREFIX
from shared.contracts.event import AnyEvent, contract_of, parse
from shared.db import Connection
from shared.kalender import Month
from shared.messaging.delivery import Counted, Delivery
from shared.messaging.echo import next_versie
from shared.messaging.states import Erasure, FactsHandler, Newest, Said, newest_by_kind, of_kinds
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
STATES = dict.fromkeys((CLIENT, HUISHOUDEN, VRIJSTELLING), UUID)


class EigenaarHandler(FactsHandler):
    """The handler of the topics of intake and indicatie."""

    def __init__(self, clock: Clock, announcer: Announcer) -> None:
        super().__init__(clock)
        self._announcer = announcer

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> Counted:
        """Take in a batch; types that billing has no use for are passed over. How many verdicts that revised."""
        await feiten.lock_facts(tx)
        said = await self.said(tx, deliveries, (INTAKE, INDICATIE), STATES)
        states, given = newest_by_kind(said, STATES), _Given(said)
        await _freeze(tx, states, given.erased)
        await _change_clienten(tx, states[CLIENT])
        await _change_huishoudens(tx, states[HUISHOUDEN])
        await _change_vrijstellingen(tx, states[VRIJSTELLING])
        await werk.signal(tx, [_tie(event) for one in states.values() for event in one.ties], self._clock())
        return await self._change_toewijzingen(tx, given)

    async def _change_toewijzingen(self, tx: Connection, given: "_Given") -> Counted:
        said = [(feit, versie) for feit, event in given.events for versie in vertaling.versies(event)]
        nummers = {versie.nummer for _, versie in said}
        nummers |= await feiten.nummers_of(tx, given.erased)
        if not nummers:
            return None
        before = await load_toewijzingen(tx, nummers)
        await feiten.erase_versies(tx, given.erased)
        await feiten.add_versies(tx, said)
        after = await load_toewijzingen(tx, nummers)
        await feiten.settle(tx, after.values())
        ties = [_contradicted(t.huidig) for t in after.values() if t.is_contradicted]
        await werk.signal(tx, ties, self._clock())
        revised = await self._judge_again(tx, after, nummers)
        causes = {versie.nummer: versie.event_id for _, versie in said}
        clients = {(t.huidig.client_id, causes.get(n)) for known in (before, after) for n, t in known.items()}
        await feiten.mark_clienten(tx, clients)
        return revised

    async def _judge_again(
        self, tx: Connection, toewijzingen: Mapping[int, Toewijzing], nummers: Iterable[int]
    ) -> Counted:
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
        revised = await oordeel.put(tx, verdicts, await next_versie(tx, self._clock()))
        await self._announcer.revised(tx, revised)
        return count(verdicts, set(), revised)


class _Given:
    """What a batch gave of toewijzingen, by natural key; an erasure strikes what came before it."""

    def __init__(self, said: Iterable[Said]) -> None:
        self.events: list[tuple[str, AnyEvent]] = []
        self.erased: set[str] = set()
        for what in of_kinds(said, GIVING):
            if isinstance(what, Erasure):
                self.events = [given for given in self.events if given[0] != what.key]
                self.erased.add(what.key)
            else:
                self.events.append((contract_of(what).natural_key(what), what))


def _tie(event: AnyEvent) -> Signaal:
    data = event["data"]
    key = f"{contract_of(event).natural_key(event)}/{data['versie']}"
    about = data.get("huishouden_id"), data.get("client_id")
    return Signaal("dubbele-versie", key, *about, gegevens={"type": event["type"], "versie": data["versie"]})


def _contradicted(huidig: Versie) -> Signaal:
    return Signaal(
        "dubbele-versie",
        f"toewijzing/{huidig.nummer}",
        client_id=huidig.client_id,
        gegevens={"toewijzingNummer": huidig.nummer},
    )


def _causes(newest: Newest[UUID]) -> list[feiten.Cause[UUID]]:
    """Every id that may change, and the event that is the cause."""
    return [(id_, newest.events[id_]["id"] if id_ in newest.events else None) for id_ in newest.ids]


async def _freeze(tx: Connection, states: Mapping[str, Newest[UUID]], erased: Collection[str]) -> None:
    """Before facts are erased: whoever hangs together with whom they are about keeps every definitive month."""
    vrij = (await feiten.vrijstellingen(tx, states[VRIJSTELLING].erased)).values()
    huishoudens = states[HUISHOUDEN].erased | {e["data"].get("huishouden_id") for e in vrij}
    clienten = states[CLIENT].erased | {e["data"].get("client_id") for e in vrij}
    clienten |= await feiten.clienten_of(tx, erased)
    about = huishoudens - {None}, clienten - {None}
    if any(about):
        together, _ = await circle.around(tx, *about)
        await ledger.lock(tx)
        await ledger.freeze(tx, together)


async def _change_clienten(tx: Connection, change: Newest[UUID]) -> None:
    change.drop_older(await feiten.clienten(tx, change.ids))
    if causes := _causes(change):
        before = await feiten.one_with(tx, causes)
        await feiten.replace_clienten(tx, change.ids, change.events.values())
        await feiten.mark_clienten(tx, before)


async def _change_huishoudens(tx: Connection, change: Newest[UUID]) -> None:
    change.drop_older(await feiten.huishoudens(tx, change.ids))
    if causes := _causes(change):
        before = await feiten.named_by(tx, causes)
        await feiten.replace_huishoudens(tx, change.ids, list(change.events.values()))
        await feiten.mark(tx, causes)
        await feiten.mark_clienten(tx, before | await feiten.named_by(tx, causes))


async def _change_vrijstellingen(tx: Connection, change: Newest[UUID]) -> None:
    known = await feiten.vrijstellingen(tx, change.ids)
    change.drop_older(known)
    if causes := _causes(change):
        await feiten.replace_vrijstellingen(tx, change.ids, change.events.values())
        huishoudens, clienten = (
            {
                (event["data"][field], event_id)
                for id_, event_id in causes
                for event in (known.get(id_), change.events.get(id_))
                if event and event["data"].get(field)
            }
            for field in ("huishouden_id", "client_id")
        )
        await feiten.mark(tx, huishoudens)
        await feiten.mark_clienten(tx, clienten)
