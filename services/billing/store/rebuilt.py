"""SQL by which a rebuilt database is compared with the live one, and for what no event says and the rebuilding needs."""

from collections.abc import Mapping
from uuid import UUID

from services.billing.store import circle, verteld
from shared.db import Connection
from shared.messaging.delivery import FatalError

LEDGER, UNPRICED = "bijdrage_regel", "zonder_tarief"

KEPT = (
    "bevroren",
    "cak_bestand",
    "inning",
    "instellingen",
    "keten",
    "keten_eind",
    "maand",
    "overzicht",
    "overzicht_regel",
    "tarief",
    "vastgehouden",
    "werk",
)
"""What people decided, what was in force then, and what was made and told of it; and so are waivers in the ledger."""

COMPARED: Mapping[str, str] = {
    "client": """
        select client_id::text collate "C" as sleutel, md5(c::text) collate "C" as inhoud from client c order by 1, 2
    """,
    "huishouden": """
        select huishouden_id::text collate "C" as sleutel, md5(h::text) collate "C" as inhoud
        from huishouden h order by 1, 2
    """,
    "lid": """
        select concat_ws('/', huishouden_id, client_id, van) collate "C" as sleutel, md5(l::text) collate "C" as inhoud
        from lid l order by 1, 2
    """,
    "vrijstelling": """
        select vrijstelling_id::text collate "C" as sleutel, md5(v::text) collate "C" as inhoud
        from vrijstelling v order by 1, 2
    """,
    "toewijzing_versie": """
        select concat_ws('/', nummer, toegewezen_op, event_id) collate "C" as sleutel,
               md5(t::text) collate "C" as inhoud
        from toewijzing_versie t order by 1, 2
    """,
    "gebruik": """
        select concat_ws('/', aanbieder, plaats) collate "C" as sleutel,
               md5((to_jsonb(g) - 'versie')::text) collate "C" as inhoud
        from gebruik g order by 1, 2
    """,
    "oordeel": """
        select concat_ws('/', coalesce(o.aanbieder, g.aanbieder), coalesce(o.plaats, g.plaats)) collate "C" as sleutel,
               md5(concat_ws('/', coalesce(o.oordeel, 'geaccepteerd'), o.code)) collate "C" as inhoud
        from oordeel o full join gebruik g on g.aanbieder = o.aanbieder and g.plaats = o.plaats order by 1, 2
    """,
    "intrekking": """
        select concat_ws('/', aanbieder, referentienummer) collate "C" as sleutel, '' collate "C" as inhoud
        from intrekking order by 1, 2
    """,
    "gebruik_maand": """
        select concat_ws('/', toewijzingnummer, maand) collate "C" as sleutel, md5(g::text) collate "C" as inhoud
        from gebruik_maand g where aantal <> 0 order by 1, 2
    """,
    # What a household owes for a month, without waivers, which no event says; but for months of which facts were erased.
    LEDGER: """
        select concat_ws('/', huishouden_id, maand) collate "C" as sleutel, sum(bedrag_cent)::text collate "C" as inhoud
        from bijdrage_regel r
        where soort <> 'kwijtschelding' and not exists (
            select from bevroren b where b.huishouden_id = r.huishouden_id and b.tot_maand >= r.maand)
        group by huishouden_id, maand having sum(bedrag_cent) <> 0 order by 1, 2
    """,
    UNPRICED: """
        select concat_ws('/', huishouden_id, maand) collate "C" as sleutel, '' collate "C" as inhoud
        from zonder_tarief order by 1, 2
    """,
}


async def unsettled(live: Connection) -> Mapping[str, set[str]]:
    """The households that wait to be determined, with all that they hang together with.

    Raises FatalError while it catches up after a restore: its ledger is that of facts which it has not read again yet.
    """
    if await verteld.is_catching_up(live):
        raise FatalError(
            "Billing catches up after a restore. Nothing was compared. "
            "Wait until it is there (`wijkzorg status --wait 600`), and ask again."
        )
    rows = await live.fetch("select distinct huishouden_id, client_id from vuil")
    dirty, alone = ({row[column] for row in rows if row[column]} for column in range(2))
    together: set[UUID] = (await circle.around(live, dirty, alone))[0] if rows else set()
    ids = {str(id_) for id_ in together}
    return {LEDGER: ids, UNPRICED: ids}


async def take_over(live: Connection, shadow: Connection) -> None:
    """What was decided and no event says, as far as the rule needs it; all of it may be taken over again.

    That is: settings, tariffs, which months are definitive by which settings, and of whom facts were erased after that.
    """
    settings = await live.fetch("select versie, inhoud, sinds from instellingen order by sinds")
    tarief = await live.fetch("select maand, bedrag_cent from tarief")
    months = await live.fetch("select maand, begonnen_op, instellingen from maand order by maand")
    frozen = await live.fetch("select huishouden_id, tot_maand from bevroren")
    await shadow.executemany(
        "insert into instellingen values ($1, $2, $3) on conflict do nothing", map(tuple, settings)
    )
    await shadow.execute("delete from tarief where maand <> all($1::int[])", [row["maand"] for row in tarief])
    await shadow.executemany(
        "insert into tarief as t values ($1, $2) on conflict (maand) do update set bedrag_cent = excluded.bedrag_cent"
        " where t.bedrag_cent <> excluded.bedrag_cent",
        map(tuple, tarief),
    )
    await shadow.executemany(
        "insert into maand (maand, begonnen_op, tot_regel, instellingen) values ($1, $2, 0, $3) on conflict do nothing",
        map(tuple, months),
    )
    await shadow.execute("delete from bevroren")
    await shadow.executemany("insert into bevroren values ($1, $2)", map(tuple, frozen))
