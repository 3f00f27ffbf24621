"""What a service does with records: by the batch as they come, and one alone that a person has judged again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.db import Connection
from shared.messaging.dead_letter import Groups, Kept, Wanted
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


class Refusals(Protocol):
    """The verdicts that a handler gives its records one by one: those on a fault in the event itself may be mended."""

    async def find(self, tx: Connection, place: Place) -> Kept | None:
        """The verdict at this place, where it is on a fault in the event itself."""

    async def listed(self, tx: Connection, wanted: Wanted, after: Place, limit: int) -> list[Kept]:
        """Such verdicts whose records lie in no dead letter, in order of their places, without what was read."""

    async def groups(self, tx: Connection, wanted: Wanted, limit: int) -> Groups:
        """The same, counted by topic, type and code: the largest groups."""

    async def verdict(self, tx: Connection, place: Place) -> Outcome:
        """The verdict that the record at this place has now, whatever it is."""

    async def forget(self, tx: Connection, place: Place, moment: datetime) -> bool:
        """Make the verdict on a mended record such a one, so that it can be mended again; whether nothing hangs on what it says now."""


class Handler(Protocol):
    """What a service does with deliveries, inside the transaction that also moves their positions.

    `counts`: all that it may ever count, so that what has not come yet is known to be none. `refusals`: its verdicts,
    where it gives any; else what it refuses lies in dead letters alone.
    """

    counts: Sequence[str]
    refusals: Refusals | None

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> Counted:
        """Handle all of them, or raise and leave nothing; what is to be counted of it once it is committed."""

    async def put_aside(self, tx: Connection, delivery: Delivery, reason: str) -> Counted:
        """Keep the one delivery that `apply` cannot handle, with the reason; what is to be counted of it."""

    async def judge_again(self, tx: Connection, delivery: Delivery) -> Outcome:
        """Judge the record whose refusal this is to replace. Raises RefusedError where that cannot be."""
