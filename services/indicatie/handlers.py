"""Take in the facts of intake: who is known, and what they applied for."""

from collections.abc import Sequence
from uuid import UUID

from services.indicatie.store import aanvraag
from shared.contracts.contract import INTAKE, TYPE_PREFIX
from shared.db import Connection
from shared.messaging.delivery import Delivery
from shared.messaging.states import FactsHandler, Newest, newest_by_kind

CLIENT, AANVRAAG = TYPE_PREFIX + "client-vastgesteld", TYPE_PREFIX + "aanvraag-ingediend"
STATES = {CLIENT: UUID, AANVRAAG: str}


class IntakeHandler(FactsHandler):
    """The handler of intake's topic."""

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Take in a batch; types that indicatie has no use for are passed over."""
        states = newest_by_kind(await self.said(tx, deliveries, (INTAKE,), STATES), STATES)
        await _know_clienten(tx, states[CLIENT])
        await _know_aanvragen(tx, states[AANVRAAG])


async def _know_clienten(tx: Connection, change: Newest[UUID]) -> None:
    change.drop_older(await aanvraag.clienten(tx, change.ids))
    await aanvraag.erase_clienten(tx, change.erased)
    await aanvraag.put_clienten(tx, change.events.values())


async def _know_aanvragen(tx: Connection, change: Newest[str]) -> None:
    change.drop_older(await aanvraag.aanvragen(tx, change.ids))
    await aanvraag.erase_aanvragen(tx, change.erased)
    await aanvraag.put_aanvragen(tx, change.events.values())
