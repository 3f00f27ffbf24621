"""Something a service keeps doing: until it is asked to stop, and what others may see of it meanwhile."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from shared import db, tracing
from shared.away import Patience
from shared.messaging.bell import Bell
from shared.messaging.delivery import Partition


class Loop(ABC):
    """A loop of a service, by a name that its operators know it by.

    `bell` is the service's: it is rung where work was committed that another loop may go on with.
    `progress` is the event loop's time of its last turn (0 before the first); `counted` is what its committed work
    came to, by what it counts; `batches` is how many batches it has done, in so many seconds in all.
    """

    def __init__(self, name: str) -> None:
        self.name, self.progress = name, 0.0
        self.counted: Counter[str] = Counter()
        self.batches, self.batch_seconds = 0, 0.0
        self.stopping = asyncio.Event()
        self.patience = Patience(name, self.stopping)
        self.bell = Bell()

    @abstractmethod
    async def run(self) -> None:
        """Go on until stopped. Raises FatalError where only a person can help."""

    def stop(self) -> None:
        """Ask it to end after what it is at."""
        self.stopping.set()
        self.bell.ring()

    async def rest(self, rung: asyncio.Event, seconds: float) -> None:
        """Rest until the bell that was listened to is rung, or it is to stop; no longer than this."""
        if not self.stopping.is_set():
            await db.sleep_or_stop(rung, seconds)

    def turn(self) -> None:
        """Note that it is getting on."""
        self.progress = asyncio.get_running_loop().time()

    @contextmanager
    def batch(self, operation: str, messages: Callable[[], Sequence[str | None]] = tuple) -> Iterator[None]:
        """Note how long it takes to do this with a batch, and show it (`tracing.batch`); one that fails does not count."""
        began = time.monotonic()
        with tracing.batch(operation, self.name, messages):
            yield
        self.batches += 1
        self.batch_seconds += time.monotonic() - began

    @property
    def held(self) -> Collection[Partition]:
        """The partitions that this loop, and no other copy of it, has to handle."""
        return ()

    @property
    def is_dead(self) -> bool:
        """Whether it can never get on, although it runs."""
        return False


class Worker(Loop):
    """A loop that does what there is to do, and rests for a moment where there is nothing or it may not begin.

    `work` does some of it, and says how much that was. Where it is `woken`, the bell ends its rest.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[int]],
        idle_seconds: float,
        may_begin: Callable[[], bool],
        *,
        woken: bool = False,
    ) -> None:
        super().__init__(name)
        self._woken = woken
        self._work, self._idle_seconds, self._may_begin = work, idle_seconds, may_begin

    async def run(self) -> None:
        """Work until stopped; wait while the database is away."""
        while not self.stopping.is_set():
            self.turn()
            rung = self._listen()
            try:
                done = await self._work() if self._may_begin() else 0
            except Exception as error:
                if not db.is_waitable(error):
                    raise
                await self.patience.wait(error)
                continue
            self.patience.over()
            if done:
                rung = self._ring(rung)
            if not self.goes_on(done):
                await self.rest(rung, self._idle_seconds)

    def _listen(self) -> asyncio.Event:
        return self.bell.listen() if self._woken else self.stopping

    def _ring(self, rung: asyncio.Event) -> asyncio.Event:
        """Ring for the others; what tells this loop that one of them rang, or has rung already."""
        heard = rung.is_set()
        self.bell.ring()
        return rung if heard else self._listen()

    def goes_on(self, done: int) -> bool:
        """Whether there may be more at once, after so much was done."""
        return done > 0
