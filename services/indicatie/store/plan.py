"""SQL for support plans and their evaluations."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.indicatie.domain import Aanvraag, Plan
from shared.db import Connection, refusing
from shared.refused import Fout


async def insert_plan(tx: Connection, plan_id: UUID, aanvraag: Aanvraag) -> None:
    """Keep that this aanvraag has this plan. Raises RefusedError where it has one, or the id is another's."""
    with refusing(
        {
            "plan_pkey": Fout("planId", "Dit plan is al vastgelegd."),
            "een_plan_per_aanvraag": Fout(
                "aanvraagId", "Bij deze aanvraag is al een plan; wijzig dat met PUT."
            ),
        }
    ):
        await tx.execute(
            "insert into plan (plan_id, aanvraag_id, client_id) values ($1, $2, $3)",
            plan_id,
            aanvraag.aanvraag_id,
            aanvraag.client_id,
        )


async def add_plan_versie(
    tx: Connection, told: Mapping[str, Any], doelen: Sequence[Mapping[str, Any]]
) -> None:
    """Keep a versie of a plan: what is told of it, and its goals in words."""
    await tx.execute(
        "insert into plan_versie (plan_id, versie, datum, akkoord_client, doelen, acties, wording)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        told["plan_id"],
        told["versie"],
        told["datum"],
        told["akkoord_client"],
        told["doelen"],
        json.dumps(told["acties"]),
        json.dumps(doelen),
    )


async def lock_plan(tx: Connection, plan_id: UUID) -> Plan | None:
    """A plan of a client who is known, as it is now, changed by nobody else before this transaction ends."""
    await tx.execute("select from plan where plan_id = $1 for no key update", plan_id)
    row = await tx.fetchrow(
        """
        select plan_id, c.client_id, versie, v.datum, doelen, a.event ->> 'traceparent' as traceparent
        from plan p join client c using (client_id) join plan_versie v using (plan_id)
        left join aanvraag a using (aanvraag_id)
        where plan_id = $1 order by versie desc limit 1 for key share of c
        """,
        plan_id,
    )
    return Plan(**row) if row else None


async def find_plan(connection: Connection, plan_id: UUID) -> dict[str, Any] | None:
    """What is told of a plan as it is now, by the names of the contract."""
    row = await connection.fetchrow(
        """
        select p.plan_id, v.versie, p.client_id, v.datum, v.akkoord_client, v.doelen, v.acties
        from plan p join client c using (client_id) join plan_versie v using (plan_id)
        where p.plan_id = $1 order by v.versie desc limit 1
        """,
        plan_id,
    )
    return {**row, "acties": json.loads(row["acties"])} if row else None


async def insert_evaluatie(tx: Connection, told: Mapping[str, Any]) -> None:
    """Keep an evaluation. Raises RefusedError where its id is another's, or the plan has one of that day."""
    with refusing(
        {
            "evaluatie_pkey": Fout("evaluatieId", "Deze evaluatie is al vastgelegd."),
            "een_evaluatie_per_plan_en_dag": Fout("datum", "Een evaluatie van deze dag is al vastgelegd."),
        }
    ):
        await tx.execute(
            "insert into evaluatie (evaluatie_id, plan_id, datum, behaald) values ($1, $2, $3, $4)",
            told["evaluatie_id"],
            told["plan_id"],
            told["datum"],
            json.dumps(told["behaald"]),
        )


async def find_evaluatie(connection: Connection, evaluatie_id: UUID) -> dict[str, Any] | None:
    """What is told of an evaluation, by the names of the contract."""
    row = await connection.fetchrow(
        """
        select e.plan_id, e.evaluatie_id, p.client_id, e.datum, e.behaald
        from evaluatie e join plan p using (plan_id) where e.evaluatie_id = $1
        """,
        evaluatie_id,
    )
    return {**row, "behaald": json.loads(row["behaald"])} if row else None
