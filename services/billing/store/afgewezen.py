"""SQL for verdicts on a fault in the event itself, which a person may mend: what shared/messaging asks of them."""

from datetime import datetime

from services.billing.store import feiten, oordeel, werk
from shared.db import Connection
from shared.messaging.dead_letter import Groups, Kept, Wanted
from shared.messaging.delivery import Place
from shared.messaging.handler import Outcome
from shared.messaging.topics import agb_of
from shared.messaging.workbench import ONBEKEND
from shared.refused import refuse


async def find(tx: Connection, place: Place) -> Kept | None:
    """The verdict at this place, where it is such a one; of the event what was read."""
    row = await tx.fetchrow(
        "select event, type, code, veld, uitleg from oordeel"
        " where aanbieder = $1 and plaats = $2 and sleutel is null and oordeel = 'afgewezen'",
        agb_of(place.partition.topic),
        place.offset,
    )
    if row is None:
        return None
    event = row["event"].encode() if row["event"] else None
    return Kept(place, None, event, row["type"], row["code"], row["veld"] or None, row["uitleg"])


async def listed(tx: Connection, wanted: Wanted, after: Place, limit: int) -> list[Kept]:
    """Such records that lie in no dead letter, in order of their places from `after` on, without what was read of them."""
    rows = await tx.fetch(
        """
        select topic, partition, "offset", type, code, field, reason from refusal
        where ($1::text is null or code = $1) and ($2::text is null or type = $2) and ($3::text is null or topic = $3)
            and ($4::text is null or aanbieder = $4) and coalesce($5, 'open') = 'open'
            and ($6::timestamptz is null or judged_at < $6) and (topic, partition, "offset") > ($7, $8, $9)
        order by topic, partition, "offset" limit $10
        """,
        *wanted,
        *after.partition,
        after.offset,
        limit,
    )
    return [Kept(Place.at(*row[:3]), None, None, *row[3:]) for row in rows]


async def groups(tx: Connection, wanted: Wanted, limit: int) -> Groups:
    """Such records counted by topic, type and code: the largest groups, with when the first verdict was given."""
    rows = await tx.fetch(
        """
        select topic, type, code, count(*), min(judged_at), sum(count(*)) over (), count(*) over () from refusal
        where ($1::text is null or code = $1) and ($2::text is null or type = $2) and ($3::text is null or topic = $3)
            and ($4::text is null or aanbieder = $4) and coalesce($5, 'open') = 'open'
            and ($6::timestamptz is null or judged_at < $6)
        group by topic, type, code order by count(*) desc, topic, type, code limit $7
        """,
        *wanted,
        limit,
    )
    return Groups.of(rows)


async def verdict(tx: Connection, place: Place) -> Outcome:
    """The verdict that a record has now."""
    row = (await oordeel.judged_at(tx, {agb_of(place.partition.topic): [place.offset]}))[0]
    is_refused = await find(tx, place) is not None
    return Outcome(row["oordeel"], row["code"], row["veld"] or None, row["uitleg"], is_refused)


async def retract(tx: Connection, place: Place) -> int:
    """Take such a verdict away, so that its record can be judged again; the versie it had. Raises RefusedError where there is none."""
    versie = await tx.fetchval(
        "delete from oordeel where aanbieder = $1 and plaats = $2 and sleutel is null and oordeel = 'afgewezen'"
        " returning versie",
        agb_of(place.partition.topic),
        place.offset,
    )
    if versie is None:
        raise refuse("plaats", ONBEKEND)
    return int(versie)


async def forget(tx: Connection, place: Place, moment: datetime) -> bool:
    """Make the verdict on a mended record such a one, so that it can be mended again; whether nothing hangs on what it says now.

    Nothing does where another record is the fact that it claims; or where it waits or does not fit, takes nothing back,
    and no other record claims the same fact or takes it back. What the work list said of it lapses.
    """
    at = agb_of(place.partition.topic), place.offset
    await feiten.lock_facts_shared(tx)
    found = await tx.fetchval(
        """
        update oordeel o set oordeel = 'afgewezen', sleutel = null, toewijzingnummer = null
        where o.aanbieder = $1 and o.plaats = $2 and o.sleutel is not null
            and (o.oordeel = 'dubbel' or o.code in ('referentienummer-in-gebruik', 'id-in-gebruik')
                 or o.oordeel in ('in_afwachting', 'afgewezen') and o.vorig_referentienummer is null
                 and not exists (select from oordeel a where a.sleutel = o.sleutel and a.aanbieder = o.aanbieder
                                 and a.plaats <> o.plaats)
                 and not exists (select from gebruik g join intrekking i using (aanbieder, referentienummer)
                                 where g.aanbieder = o.aanbieder and g.plaats = o.plaats))
        returning old.sleutel
        """,
        *at,
    )
    if found is None:
        return False
    await tx.execute("delete from gebruik where aanbieder = $1 and plaats = $2", *at)
    await werk.lapse_double(tx, found, moment)
    return True
