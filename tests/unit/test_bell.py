"""A loop that rests is woken by what another has done, and misses nothing between looking and resting."""

import asyncio
from collections.abc import Sequence

from shared.messaging.bell import Bell
from shared.messaging.loop import Worker

AN_HOUR_SECONDS = 3600.0


def test_a_bell_is_heard_by_who_listened_before_it_was_rung() -> None:
    bell = Bell()
    before = bell.listen()
    bell.ring()
    assert before.is_set()
    assert not bell.listen().is_set()


class Work:
    """Something to do now and then; it counts how often it is looked for."""

    def __init__(self) -> None:
        self.waiting, self.looks = 0, 0
        self.looked = asyncio.Event()

    async def do(self) -> int:
        self.looks += 1
        done, self.waiting = self.waiting, 0
        self.looked.set()
        return done

    async def until_looked(self, times: int = 1) -> None:
        async with asyncio.timeout(10):
            while self.looks < times:
                await self.looked.wait()
                self.looked.clear()


def worker_of(work: Work, *, woken: bool) -> Worker:
    """One that would rest for an hour."""
    return Worker("worker", work.do, AN_HOUR_SECONDS, lambda: True, woken=woken)


async def ended(workers: Sequence[Worker], running: Sequence[asyncio.Task[None]]) -> None:
    """Tell them to stop, and wait until they have."""
    for worker in workers:
        worker.stop()
    await asyncio.wait_for(asyncio.gather(*running), 10)


async def meeting(first: Worker, own: Work, second: Worker, other: Work) -> list[asyncio.Task[None]]:
    """Both run on one bell, and the first has done what it found while the second rested, which looked again."""
    second.bell = first.bell
    running = [asyncio.create_task(second.run())]
    await other.until_looked()
    own.waiting = 1
    running.append(asyncio.create_task(first.run()))
    await other.until_looked(2)
    return running


class Sure(Worker):
    """One that knows that it leaves nothing."""

    def goes_on(self, done: int) -> bool:
        return done > 1


async def test_the_bell_ends_the_rest_of_who_is_woken_and_stopping_that_of_both() -> None:
    woken, left = Work(), Work()
    workers = [worker_of(woken, woken=True), worker_of(left, woken=False)]
    bell = workers[1].bell = workers[0].bell
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await woken.until_looked()
    await left.until_looked()
    bell.ring()
    await woken.until_looked(2)
    assert (woken.looks, left.looks) == (2, 1)
    await ended(workers, running)


async def test_who_knows_that_all_is_done_does_not_wake_itself() -> None:
    first, second = Work(), Work()
    sure = Sure("worker", first.do, AN_HOUR_SECONDS, lambda: True, woken=True)
    workers = [sure, worker_of(second, woken=True)]
    running = await meeting(workers[0], first, workers[1], second)
    assert (first.looks, second.looks) == (1, 2)
    workers[0].bell.ring()
    await first.until_looked(2)
    await ended(workers, running)


async def test_who_is_rung_for_while_at_work_looks_again() -> None:
    work, at_it, go_on = Work(), asyncio.Event(), asyncio.Event()

    async def do() -> int:
        at_it.set()
        await go_on.wait()
        return await work.do()

    worker = Sure("worker", do, AN_HOUR_SECONDS, lambda: True, woken=True)
    work.waiting = 1
    running = asyncio.create_task(worker.run())
    await at_it.wait()
    worker.bell.ring()
    go_on.set()
    await work.until_looked(2)
    await ended([worker], [running])


async def test_who_has_done_something_rings_for_others() -> None:
    first, second = Work(), Work()
    workers = [worker_of(first, woken=True), worker_of(second, woken=True)]
    running = await meeting(workers[0], first, workers[1], second)
    await ended(workers, running)
