"""What of a service follows from the log: rebuilt in a shadow, a database beside the live one, and compared with it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from asyncpg.cursor import Cursor

from shared.db import Connection, Pool

ROWS_AT_ONCE = 5000
KEYS_SHOWN_MAX = 5
COMPARE_SECONDS_MAX = 3600.0
Settle = Callable[[Pool, Connection], Awaitable[None]]
"""In a shadow, beside a view of the live database: what the service derives once it has read."""
Unsettled = Callable[[Connection], Awaitable[Mapping[str, Collection[str]]]]
"""By the name of a comparison, of which first parts of keys the live database has still to derive."""


async def _nothing(_pool: Pool, _live: Connection) -> None:
    """Of a service that derives nothing later."""


async def _all_settled(_live: Connection) -> Mapping[str, Collection[str]]:
    return {}


@dataclass(frozen=True)
class Rebuilt:
    """What of a service is rebuilt.

    `compared`: by name a query of two texts, `sleutel` and `inhoud`, in the order of both by code point; the key is the
    ids by which a row is known, the content a hash. `kept`: the tables with what no event says; where there are none,
    the shadow may take the place of the live database.
    """

    compared: Mapping[str, str]
    kept: Collection[str] = ()
    settle: Settle = _nothing
    unsettled: Unsettled = _all_settled


class Differing(NamedTuple):
    """A row that is not the same: its key, and whether it is live, rebuilt, or both with another content."""

    sleutel: str
    live: bool
    rebuilt: bool


@dataclass
class Compared:
    """What a comparison came to: how many rows are live, how many keys differ and the first of them, and how many wait."""

    rows: int = 0
    differing: int = 0
    waiting: int = 0
    shown: list[Differing] = field(default_factory=list)

    def add(self, one: Differing) -> None:
        """Count a key that differs."""
        self.differing += 1
        if len(self.shown) < KEYS_SHOWN_MAX:
            self.shown.append(one)


class _Rows:
    """The rows of a query, fetched by the thousands, with a look at the next."""

    def __init__(self, cursor: "Cursor") -> None:
        self._cursor, self._rows, self._at = cursor, list[tuple[str, str]](), 0

    @property
    def is_through(self) -> bool:
        """Whether the next row has yet to be fetched."""
        return self._at == len(self._rows)

    async def fetch(self) -> list[tuple[str, str]]:
        """The next rows; none after the last."""
        fetched = await self._cursor.fetch(ROWS_AT_ONCE, timeout=COMPARE_SECONDS_MAX)
        self._rows, self._at = [(row[0], row[1]) for row in fetched], 0
        return self._rows

    async def first(self) -> tuple[str, str] | None:
        """The next row; None after the last."""
        if self.is_through:
            await self.fetch()
        return self._rows[self._at] if self._rows else None

    def drop(self) -> None:
        """Go on to the one after it."""
        self._at += 1

    def drop_fetched(self) -> None:
        """Go on to what comes after all that was fetched."""
        self._at = len(self._rows)


async def compare(
    live: Connection, shadow: Connection, query: str, waiting: Collection[str] = ()
) -> Compared:
    """Row for row, in a transaction of each. Keys that begin with one of `waiting` are counted apart."""
    found = Compared()
    ours = _Rows(await live.cursor(query, timeout=COMPARE_SECONDS_MAX))
    theirs = _Rows(await shadow.cursor(query, timeout=COMPARE_SECONDS_MAX))
    last: Differing | None = None
    async for one in _differing(ours, theirs, found):
        if last and last.sleutel == one.sleutel:
            last = Differing(one.sleutel, last.live or one.live, last.rebuilt or one.rebuilt)
            continue
        _count(found, last, waiting)
        last = one
    _count(found, last, waiting)
    return found


def _count(found: Compared, one: Differing | None, waiting: Collection[str]) -> None:
    if one is None:
        return
    if one.sleutel.partition("/")[0] in waiting:
        found.waiting += 1
    else:
        found.add(one)


async def _pass_equal(ours: _Rows, theirs: _Rows) -> int:
    """As long as all that is fetched is the same on both sides, pass over it at once; how many rows that were."""
    passed = 0
    while ours.is_through and theirs.is_through:
        some, others = await ours.fetch(), await theirs.fetch()
        if some and some == others:
            ours.drop_fetched()
            theirs.drop_fetched()
            passed += len(some)
        elif not some:
            break
    return passed


async def _differing(ours: _Rows, theirs: _Rows, found: Compared) -> AsyncIterator[Differing]:
    """What stands on one side alone, in order of the key."""
    while True:
        found.rows += await _pass_equal(ours, theirs)
        one, other = await ours.first(), await theirs.first()
        if one is None and other is None:
            return
        if one is not None and (other is None or one <= other):
            found.rows += 1
            ours.drop()
            if one == other:
                theirs.drop()
            else:
                yield Differing(one[0], live=True, rebuilt=False)
        elif other is not None:
            theirs.drop()
            yield Differing(other[0], live=False, rebuilt=True)
