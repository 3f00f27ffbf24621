"""SQL for verdicts: kept by the hundreds, and with every change the count of uses by toewijzing and month."""

from collections.abc import Collection, Iterable

from services.reporting.domain.feiten import Oordeel
from shared.db import Connection

OUT, IN = -1, 1


async def keep(tx: Connection, verdicts: Iterable[Oordeel]) -> None:
    """Take in verdicts: of each place the highest versie counts (a tie: the higher content).

    A provider's verdicts lie in one partition, so one transaction at a time has its rows; the counts, which several
    providers may touch, are changed in one order.
    """
    newest: dict[tuple[str, int], Oordeel] = {}
    for verdict in verdicts:
        key = verdict.aanbieder, verdict.plaats
        newest[key] = max(newest.get(key, verdict), verdict)
    if not newest:
        return
    await _stage(tx, newest.values())
    await _count(tx, OUT)
    await tx.execute(
        """
        insert into oordeel select * from nieuw
        on conflict (aanbieder, plaats) do update
        set versie = excluded.versie, intrekking = excluded.intrekking,
            referentienummer = excluded.referentienummer, toewijzingnummer = excluded.toewijzingnummer,
            maand = excluded.maand
        """
    )
    await _count(tx, IN)
    await tx.execute(
        """
        insert into gebruik_maand (toewijzingnummer, maand, aantal)
        select toewijzingnummer, maand, sum(aantal) from verschil
        group by toewijzingnummer, maand having sum(aantal) <> 0
        order by toewijzingnummer, maand
        on conflict (toewijzingnummer, maand) do update set aantal = gebruik_maand.aantal + excluded.aantal
        """
    )


async def _stage(tx: Connection, verdicts: Collection[Oordeel]) -> None:
    """Lay ready what is newer than what is known, and which numbers that touches."""
    await tx.execute(
        "create temporary table if not exists nieuw (like oordeel);"
        'create temporary table if not exists geraakt (aanbieder text collate "C", referentienummer text collate "C");'
        "create temporary table if not exists verschil (like gebruik_maand);"
        "truncate nieuw, geraakt, verschil"
    )
    await tx.copy_records_to_table("nieuw", records=verdicts, columns=Oordeel._fields)
    await tx.execute(
        """
        delete from nieuw n using oordeel o
        where o.aanbieder = n.aanbieder and o.plaats = n.plaats
          and (o.versie, o.intrekking, o.referentienummer, o.toewijzingnummer, o.maand)
              >= (n.versie, n.intrekking, n.referentienummer, n.toewijzingnummer, n.maand)
        """
    )
    await tx.execute(
        """
        insert into geraakt
        select aanbieder, referentienummer from nieuw where referentienummer <> ''
        union
        select o.aanbieder, o.referentienummer from oordeel o
        join nieuw n on n.aanbieder = o.aanbieder and n.plaats = o.plaats where o.referentienummer <> ''
        """
    )
    await tx.execute("analyze nieuw, geraakt")


async def _count(tx: Connection, sign: int) -> None:
    """Add to the difference, or take from it, the uses with a touched number that count as things stand."""
    await tx.execute(
        """
        insert into verschil (toewijzingnummer, maand, aantal)
        select o.toewijzingnummer, o.maand, $1 * count(*)
        from geraakt g join oordeel o using (aanbieder, referentienummer)
        where not o.intrekking and o.referentienummer <> '' and not exists (
            select from oordeel i
            where i.aanbieder = o.aanbieder and i.referentienummer = o.referentienummer
              and i.referentienummer <> '' and i.intrekking
        )
        group by o.toewijzingnummer, o.maand
        """,
        sign,
    )
