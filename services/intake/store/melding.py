"""SQL of meldingen, the onderzoek that follows, and the aanvraag; and what is counted."""

from datetime import date
from uuid import UUID

from services.intake.domain.faults import Gemeld
from services.intake.domain.verzoek import Aanvraag, Melding, Onderzoek
from shared.db import Connection


async def add(
    tx: Connection,
    melding_id: UUID,
    client_id: UUID,
    melding: Melding,
    uiterlijk: date,
    traceparent: str | None,
) -> None:
    """Record a melding, and the trace in which what follows from it is seen."""
    await tx.execute(
        "insert into melding values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        melding_id,
        client_id,
        melding.datum,
        melding.kanaal,
        melding.domein,
        melding.spoed,
        melding.toelichting,
        uiterlijk,
        traceparent,
    )


async def lock(tx: Connection, melding_id: UUID) -> Gemeld | None:
    """A melding and when its onderzoek ended, held until the end of the transaction."""
    row = await tx.fetchrow(
        """
        select m.client_id, m.datum, m.uiterlijk, o.datum as afgerond, m.traceparent
        from melding m left join onderzoek o using (melding_id) where melding_id = $1 for no key update of m
        """,
        melding_id,
    )
    return Gemeld(*row) if row else None


async def close(tx: Connection, onderzoek: Onderzoek) -> None:
    """Record the end of an onderzoek, with its needs."""
    await tx.execute("insert into onderzoek values ($1, $2)", onderzoek.melding_id, onderzoek.datum)
    await tx.copy_records_to_table(
        "behoefte",
        records=[
            (onderzoek.melding_id, number, need.oplossing, need.productcategorie, need.omschrijving)
            for number, need in enumerate(onderzoek.behoeften)
        ],
        columns=("melding_id", "nummer", "oplossing", "productcategorie", "omschrijving"),
    )


async def file(
    tx: Connection, aanvraag_id: UUID, asked: Onderzoek | Aanvraag, client_id: UUID, uiterlijk: date
) -> None:
    """Record an aanvraag, or one that an onderzoek leads to."""
    await tx.execute(
        "insert into aanvraag values ($1, $2, $3, $4, $5, $6)",
        aanvraag_id,
        asked.melding_id,
        client_id,
        asked.datum,
        uiterlijk,
        asked.gevraagd,
    )
