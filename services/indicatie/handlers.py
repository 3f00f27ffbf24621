"""Take in the facts of intake: who is known, and what they applied for."""

from collections.abc import Sequence
from uuid import UUID

from services.indicatie.store import aanvraag
from shared.contracts.contract import INTAKE, TYPE_PREFIX
from shared.db import Connection
from shared.messaging import dead_letter
from shared.messaging.delivery import Delivery
from shared.messaging.states import Newest, newest_by_kind, sift
from shared.settings import Clock

CLIENT, AANVRAAG = TYPE_PREFIX + "client-vastgesteld", TYPE_PREFIX + "aanvraag-ingediend"
STATES = {CLIENT: UUID, AANVRAAG: str}


class IntakeHandler:
    """The handler of intake's topic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Take in a batch; types that indicatie has no use for are passed over."""
        said, letters = sift(deliveries, (INTAKE,), STATES)
        await dead_letter.bury(tx, letters, self._clock())
        states = newest_by_kind(said, STATES)
        await _know_clienten(tx, states[CLIENT])
        await _know_aanvragen(tx, states[AANVRAAG])

    async def put_aside(self, tx: Connection, delivery: Delivery, reason: str) -> None:
        """Keep the one record that cannot be handled, with its bytes."""
        await dead_letter.put_aside(tx, delivery, reason, self._clock())


async def _know_clienten(tx: Connection, change: Newest[UUID]) -> None:
    change.drop_older(await aanvraag.clienten(tx, change.ids))
    await aanvraag.erase_clienten(tx, change.erased)
    await aanvraag.put_clienten(tx, change.events.values())


async def _know_aanvragen(tx: Connection, change: Newest[str]) -> None:
    change.drop_older(await aanvraag.aanvragen(tx, change.ids))
    await aanvraag.erase_aanvragen(tx, change.erased)
    await aanvraag.put_aanvragen(tx, change.events.values())
