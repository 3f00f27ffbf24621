"""What a service does with records: by the batch as they come, and one alone that a person has judged again."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from shared.db import Connection
from shared.messaging.dead_letter import Kept
from shared.messaging.delivery import Counted, Delivery, Place

AFGEWEZEN, VERWERKT = "afgewezen", "verwerkt"
ONGEWIJZIGD, ONTHOUDEN = "ongewijzigd", "onthouden"


class Outcome(NamedTuple):
    """What judging a record again comes to; `is_refused`: for a fault of its own, so that nothing of it is kept."""

    oordeel: str
    code: str | None = None
    field: str | None = None
    reason: str | None = None
    is_refused: bool = False


class Handler(Protocol):
    """What a service does with deliveries, inside the transaction that also moves their positions.

    `counts`: all that it may ever count, so that what has not come yet is known to be none.
    """

    counts: Sequence[str]

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> Counted:
        """Handle all of them, or raise and leave nothing; what is to be counted of it once it is committed."""

    async def put_aside(self, tx: Connection, delivery: Delivery, reason: str) -> Counted:
        """Keep the one delivery that `apply` cannot handle, with the reason; what is to be counted of it."""

    async def refusal(self, tx: Connection, place: Place) -> Kept | None:
        """The verdict at this place, where it is one for a fault in the event itself and lies in no dead letter."""

    async def judge_again(self, tx: Connection, delivery: Delivery) -> Outcome:
        """Judge the record whose refusal this is to replace. Raises RefusedError where that cannot be."""
