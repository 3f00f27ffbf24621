"""The determination: for households that a fact has touched, what the rule says, and the difference into the ledger.

One copy of the service determines at a time; many households at once. A household is determined together with all
that it hangs together with: whoever was ever named by it, and every household that ever named one of those. Whom no
household names is determined by himself: he owes nothing, and a person has to know.
"""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from uuid import UUID

from services.billing.announce import Announcer
from services.billing.domain.bijdrage import PRICED, Bepaling, wet_of
from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.inning import to_tell
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.lagen import Lagen, differing
from services.billing.domain.maandreeks import eindpunten
from services.billing.domain.signalen import OF_CLIENTS, signalen, told_otherwise
from services.billing.domain.werk import Signaal
from services.billing.instellingen.force import Force, lagen_of
from services.billing.store import bijdrage as ledger
from services.billing.store import circle, inning, maand, rebuilt, verteld, werk
from services.billing.store import feiten as store
from services.billing.store import instellingen as settings
from services.billing.store.aanleiding import causes
from services.billing.store.bijdrage import Dirty, Kwijtgescholden, Line, Mark
from shared import db
from shared.contracts.event import derived_id
from shared.kalender import Month, local_month
from shared.messaging import outbox
from shared.messaging.echo import next_versie
from shared.messaging.loop import Worker
from shared.settings import Clock

DIRTY_MAX = 2000
"""How many households are determined in one transaction."""
SETTLE_SECONDS = 30.0
"""How long a round waits while uses are behind: what touches a household many times is then determined once."""
AANLEIDING_MAX = 500
AANLEIDING_BYTES_MAX = 60_000
AANLEIDING_FEW = 50
"""Of so many ids none has to be left out, however long they are."""
IDLE_SECONDS = 0.25
"""What another copy marked; what this one did rings."""
log = logging.getLogger("wijkzorg.bepalen")


class Determination(Worker):
    """The loop that determines dirty households as long as the service runs."""

    def __init__(
        self,
        pool: db.Pool,
        instellingen: Instellingen,
        clock: Clock,
        announcer: Announcer,
        may_begin: Callable[[], bool] = lambda: True,
        is_behind: Callable[[], bool] = lambda: False,
        dirty_max: int = DIRTY_MAX,
    ) -> None:
        super().__init__("bepalen", self.determine, IDLE_SECONDS, self._may_begin, woken=True)
        self._heard, self._is_behind, self._dirty_max = may_begin, is_behind, dirty_max
        self._round_ends: int | None = None
        self._rests_until, self._left_some = 0.0, False
        self._pool, self._clock, self._announcer = pool, clock, announcer
        self._instellingen, self._force = instellingen, Force(instellingen)

    def _may_begin(self) -> bool:
        """Whether all that was told is known, and where uses are behind, whether the last round is long enough ago."""
        return self._heard() and not (self._is_behind() and time.monotonic() < self._rests_until)

    def goes_on(self, done: int) -> bool:
        """Whether some were left, or a month was opened; what is marked later rings."""
        return done > 0 and self._left_some

    async def determine(self) -> int:
        """Determine the longest dirty, up to a limit; how many households and clients that were."""
        async with self._pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS) as connection:
            if not await ledger.try_lock(connection):
                return 0
            async with connection.transaction(isolation="repeatable_read"):
                return await self._determine_dirty(connection)

    async def _determine_dirty(self, tx: db.Connection) -> int:
        if not await self._force.applies(tx, self._clock()) or await verteld.is_catching_up(tx):
            return 0
        horizon = local_month(self._clock())
        if await self._open_month(tx, horizon):
            self._left_some = True
            return 1
        dirty = await self._dirty(tx)
        if dirty:
            with self.batch("determine"):
                await self._determine(tx, dirty, horizon, await lagen_of(tx, self._instellingen))
        return len(dirty)

    async def _dirty(self, tx: db.Connection) -> Sequence[Dirty]:
        """Whom to determine now. While uses are behind, a round is what was marked when it began; after it comes a rest."""
        if not self._is_behind():
            self._round_ends = None
        elif self._round_ends is None:
            self._round_ends = await ledger.last_mark(tx)
        dirty, marks = await ledger.dirty(tx, self._round_ends, self._dirty_max)
        self._left_some = marks == self._dirty_max
        if not dirty:
            self._round_ends, self._rests_until = None, time.monotonic() + SETTLE_SECONDS
        return dirty

    async def _open_month(self, tx: db.Connection, horizon: Month) -> bool:
        """A new month: everything that may be owed for it without a new fact is dirty."""
        known = await ledger.horizon(tx)
        if known == horizon:
            return False
        if known is not None:
            lasting = await ledger.lasting(tx, min(known, horizon), self._instellingen.regels.lasting)
            await store.mark_toewijzingen(tx, [(nummer, None) for nummer in lasting])
        await ledger.set_horizon(tx, horizon)
        return True

    async def _determine(
        self, tx: db.Connection, dirty: Sequence[Dirty], horizon: Month, lagen: Lagen
    ) -> None:
        huishoudens, clients = await circle.around(
            tx,
            {one.huishouden_id for one in dirty if one.huishouden_id},
            {one.client_id for one in dirty if one.client_id},
        )
        marks = await ledger.meet(tx, huishoudens, clients)
        given_by: dict[int, str] = {}
        feiten = await circle.feiten(tx, huishoudens, clients, given_by)
        bepaald = lagen.bepaald(feiten, horizon)
        frozen = await ledger.frozen(tx, huishoudens)
        told, drafts = await inning.of_clients(tx, clients, huishoudens)
        wanted, beyond = to_tell(feiten, lagen, told, frozen)
        await inning.redraft(tx, set(drafts) - set(wanted), set(wanted) - set(drafts))
        unpriced = [(b.huishouden_id, b.maand) for b in bepaald.bepalingen if b.bedrag_cent is None]
        await werk.keep_unpriced(tx, huishoudens, unpriced, self._clock())
        await self._signal(tx, clients, [*signalen(feiten, bepaald), *map(told_otherwise, beyond)])
        standen = await ledger.standen(tx, huishoudens)
        changed = differing(bepaald.bepalingen, {key: stand[0] for key, stand in standen.items()}, frozen)
        if not changed:
            return
        behind = await causes(tx, ((b.maand, b.zorg) for b in changed), given_by, lagen)
        touched = _touched(marks, feiten)
        versie = await next_versie(tx, self._clock())
        lines = [_line(b, standen, behind, touched(b.huishouden_id), versie, lagen) for b in changed]
        if charged_before := {line.huishouden_id for line in lines if line.soort == "correctie"}:
            lines += _lapsed(lines, await ledger.waived(tx, charged_before))
        moment = self._clock()
        await ledger.add_lines(tx, lines, moment)
        definitief = await maand.definitive_up_to(tx)
        traces = {(b.huishouden_id, b.maand): _traces(b.zorg) for b in changed}
        await outbox.put(tx, self._announcer.lines(lines, definitief, traces), moment)

    async def _signal(self, tx: db.Connection, clients: set[UUID], found: list[Signaal]) -> None:
        """Put on the work list what a person has to look at, and take off it what has been mended."""
        moment = self._clock()
        await werk.lapse(tx, OF_CLIENTS, clients, found, moment)
        await werk.signal(tx, found, moment)


async def determine_shadow(clock: Clock, announcer: Announcer, pool: db.Pool, live: db.Connection) -> None:
    """Determine all that a shadow has read, by the settings in force in the live database and what was decided there."""
    async with pool.acquire() as connection, connection.transaction():
        await rebuilt.take_over(live, connection)
        held = await settings.held(connection)
    if held is not None:
        determination = Determination(pool, Instellingen.of_content(held.content), clock, announcer)
        while await determination.determine():
            pass


def _line(
    bepaling: Bepaling,
    standen: Mapping[tuple[UUID, Month], tuple[int, int]],
    causes: Mapping[tuple[int, Month], Iterable[str]],
    touched: Iterable[str],
    versie: int,
    lagen: Lagen,
) -> Line:
    huishouden_id, maand = bepaling.huishouden_id, bepaling.maand
    stand = standen.get((huishouden_id, maand))
    totaal_cent = bepaling.bedrag_cent or 0
    behind = {id_ for zorg in bepaling.zorg for id_ in causes.get((zorg.nummer, maand), ())}
    if stand is not None:
        behind |= set(touched)
    regel = bepaling.regel or PRICED
    return Line(
        huishouden_id=huishouden_id,
        maand=maand,
        versie=max(stand[1] + 1 if stand else 0, versie),
        soort="correctie" if stand else "bijdrage",
        bedrag_cent=totaal_cent - (stand[0] if stand else 0),
        totaal_cent=totaal_cent,
        bijdrage_id=derived_id(f"bijdrage/{huishouden_id}/{maand}"),
        regel=regel,
        wet=wet_of(regel, maand, lagen.of(maand)),
        aanleiding=_within_bounds(sorted(behind)),
    )


def _traces(zorgen: Iterable[Zorg]) -> list[str]:
    """The traces of the meldingen that this care goes back to: first that of what was given first."""
    first = sorted(zorgen, key=lambda zorg: (zorg.gegeven_op, zorg.nummer))
    return list(dict.fromkeys(zorg.traceparent for zorg in first if zorg.traceparent))


def _lapsed(lines: Iterable[Line], waived: Mapping[tuple[UUID, Month], Kwijtgescholden]) -> list[Line]:
    """What is taken back of waivers, where a month has come to less than was waived of it: nothing is waived twice."""
    return [
        line._replace(
            versie=line.versie + 1,
            soort="kwijtschelding",
            bedrag_cent=kwijt.cent - line.totaal_cent,
            wet=kwijt.wet,
        )
        for line in lines
        if (kwijt := waived.get((line.huishouden_id, line.maand))) and kwijt.cent > line.totaal_cent
    ]


def _within_bounds(event_ids: Sequence[str]) -> list[str]:
    """As many of these as one event may carry: an id is what its sender made of it."""
    if len(event_ids) <= AANLEIDING_FEW:
        return list(event_ids)
    sizes = accumulate(len(json.dumps(event_id)) for event_id in event_ids)
    return [id_ for id_, size in zip(event_ids, sizes, strict=True) if size <= AANLEIDING_BYTES_MAX][
        :AANLEIDING_MAX
    ]


def _touched(marks: Iterable[Mark], feiten: Feiten) -> Callable[[UUID], set[str]]:
    """By household the events that touched it or someone it names, or else those that touched its circle."""
    eind = eindpunten(feiten.opgegaan_in)
    own: dict[UUID, set[str]] = defaultdict(set)
    for mark in marks:
        if mark.aanleiding and (id_ := mark.huishouden_id or mark.client_id):
            own[eind.get(id_, id_)].add(mark.aanleiding)
    for lid in feiten.lidmaatschappen:
        if found := own.get(eind.get(lid.client_id, lid.client_id)):
            own[lid.huishouden_id] |= found
    circles = samenhang(feiten)
    together: dict[UUID, set[str]] = defaultdict(set)
    for id_, event_ids in own.items():
        together[circles.get(id_, id_)] |= event_ids
    return lambda id_: own.get(id_) or together.get(circles.get(id_, id_), set())


def samenhang(feiten: Feiten) -> dict[UUID, UUID]:
    """Of every household and client one that all it hangs together with have in common."""
    ties = [(lid.huishouden_id, lid.client_id) for lid in feiten.lidmaatschappen]
    neighbours: dict[UUID, list[UUID]] = defaultdict(list)
    for one, other in [*ties, *feiten.opgegaan_in.items()]:
        neighbours[one].append(other)
        neighbours[other].append(one)
    found: dict[UUID, UUID] = {}
    for start in neighbours:
        reached = [start] if start not in found else []
        while reached:
            here = reached.pop()
            if here not in found:
                found[here] = start
                reached += neighbours[here]
    return found
