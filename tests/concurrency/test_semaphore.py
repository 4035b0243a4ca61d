"""The semaphore: permits in the order of the requests, and none of them lost."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
import trio

from myonlinestore._concurrency import semaphore as semaphore_module
from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._concurrency.semaphore import FairSemaphore, Permit
from tests.support.waiting import wait_until


def release(permit: Permit | None) -> None:
    """Release a permit that must have been acquired."""
    assert permit is not None
    permit.release()


def _count_waiters(semaphore: FairSemaphore) -> int:
    return len(semaphore.waiters)


def test_permits_are_counted() -> None:
    """There are as many permits as given; the next caller times out."""
    semaphore = FairSemaphore(2)
    permits = [semaphore.acquire_sync(1), semaphore.acquire_sync(1)]
    assert semaphore.in_flight == 2
    assert not semaphore.acquire_sync(0.01)
    assert (semaphore.in_flight, _count_waiters(semaphore)) == (2, 0)
    release(permits.pop())
    assert semaphore.in_flight == 1
    assert semaphore.acquire_sync(0)
    release(permits.pop())


def test_a_waiting_thread_gets_a_released_permit() -> None:
    """A released permit goes to the waiting thread."""
    semaphore, entered = FairSemaphore(1), list[object]()
    permit = semaphore.acquire_sync(1)
    waiter = threading.Thread(target=lambda: entered.append(semaphore.acquire_sync(3)))
    waiter.start()
    assert wait_until(lambda: _count_waiters(semaphore) == 1)
    release(permit)
    waiter.join()
    assert len(entered) == 1
    assert semaphore.in_flight == 1


def test_waiters_are_served_in_order() -> None:
    """Waiters get permits in the order in which they arrived."""
    semaphore, served = FairSemaphore(1), list[int]()
    permit = semaphore.acquire_sync(1)

    def wait(number: int) -> None:
        permit = semaphore.acquire_sync(3)
        served.append(number)
        release(permit)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        assert wait_until(lambda number=number: _count_waiters(semaphore) == number + 1)  # type: ignore[misc]
    release(permit)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]
    assert semaphore.in_flight == 0


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_a_permit_granted_at_the_timeout_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | None
) -> None:
    """A thread that gets a permit as its wait ends keeps it, or passes it on."""
    semaphore = FairSemaphore(1)
    permit = semaphore.acquire_sync(1)

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            release(permit)
            if error:
                raise error
            return False

    monkeypatch.setattr(threading, "Event", Event)
    if error:
        with pytest.raises(error):
            semaphore.acquire_sync(1)
        assert semaphore.in_flight == 0
    else:
        second_permit = semaphore.acquire_sync(1)
        assert second_permit
        assert semaphore.in_flight == 1


def test_an_interrupted_thread_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during a wait removes the thread from the queue."""
    semaphore = FairSemaphore(1)
    permit = semaphore.acquire_sync(1)

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading, "Event", Event)
    with pytest.raises(KeyboardInterrupt):
        semaphore.acquire_sync(1)
    assert _count_waiters(semaphore) == 0
    release(permit)
    assert semaphore.in_flight == 0


@pytest.mark.anyio
async def test_a_waiting_task_gets_a_released_permit() -> None:
    """A released permit goes to the waiting task."""
    semaphore = FairSemaphore(1)
    acquired: list[Permit | None] = []

    async def wait() -> None:
        acquired.append(await semaphore.acquire(3))

    permit = await semaphore.acquire(1)
    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert _count_waiters(semaphore) == 1
        release(permit)
    assert (semaphore.in_flight, _count_waiters(semaphore)) == (1, 0)


@pytest.mark.anyio
async def test_a_task_times_out() -> None:
    """Without a permit the wait returns False, and the task leaves the queue."""
    semaphore = FairSemaphore(1)
    permit = await semaphore.acquire(1)
    assert permit
    assert not await semaphore.acquire(0.01)
    assert (semaphore.in_flight, _count_waiters(semaphore)) == (1, 0)


@pytest.mark.anyio
async def test_a_cancelled_wait_loses_no_permit() -> None:
    """A task that is cancelled while it waits leaves the queue."""
    semaphore = FairSemaphore(1)
    permit = await semaphore.acquire(1)
    async with anyio.create_task_group() as group:
        group.start_soon(semaphore.acquire, 3)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert _count_waiters(semaphore) == 0
    release(permit)
    assert semaphore.in_flight == 0


@pytest.mark.anyio
async def test_a_permit_granted_to_a_cancelled_task_is_passed_on() -> None:
    """A task that is cancelled as it gets a permit releases it."""
    semaphore = FairSemaphore(1)
    permit = await semaphore.acquire(1)
    async with anyio.create_task_group() as group:
        group.start_soon(semaphore.acquire, 3)
        await anyio.wait_all_tasks_blocked()
        release(permit)
        assert semaphore.in_flight == 1
        group.cancel_scope.cancel()
    assert (semaphore.in_flight, _count_waiters(semaphore)) == (0, 0)


@pytest.mark.anyio
async def test_a_permit_granted_to_a_task_at_the_timeout_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A task that gets a permit as its wait ends keeps it."""
    semaphore = FairSemaphore(1)
    permit = await semaphore.acquire(1)

    class Event:
        async def wait(self) -> None:
            release(permit)

        def set(self) -> None:
            """Do nothing."""

    monkeypatch.setattr(anyio, "Event", Event)
    second_permit = await semaphore.acquire(1)
    assert second_permit
    assert semaphore.in_flight == 1


@pytest.mark.anyio
async def test_a_permit_released_before_queueing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A permit that is released between the first check and the queue is taken immediately."""
    semaphore = FairSemaphore(1)
    permit = await semaphore.acquire(1)
    real = running_loop

    def release_and_get_loop() -> object:
        release(permit)
        return real()

    monkeypatch.setattr(semaphore_module, "running_loop", release_and_get_loop)
    with anyio.fail_after(10):
        second_permit = await semaphore.acquire(60)
    assert second_permit
    assert (semaphore.in_flight, _count_waiters(semaphore)) == (1, 0)


class _HolderCount:
    """The number of permit holders, now and at most."""

    def __init__(self) -> None:
        self.holding = self.most = self.served = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        with self._lock:
            self.holding += 1
            self.most = max(self.most, self.holding)

    def remove(self, permit: Permit | None) -> None:
        with self._lock:
            self.holding -= 1
            self.served += 1
        release(permit)


def test_threads_and_loops_share_the_permits() -> None:
    """asyncio, trio and threads together hold at most all permits, and each gets one."""
    semaphore = FairSemaphore(3)
    holders = _HolderCount()

    def run_sync() -> None:
        for _ in range(20):
            permit = semaphore.acquire_sync(5)
            holders.add()
            time.sleep(0.0005)
            holders.remove(permit)

    async def run_async() -> None:
        for _ in range(5):
            permit = await semaphore.acquire(5)
            holders.add()
            await anyio.sleep(0.0005)
            holders.remove(permit)

    async def run_tasks() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(run_async)

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(run_sync), pool.submit(run_sync), pool.submit(trio.run, run_tasks)]
        jobs += [pool.submit(lambda: asyncio.run(run_tasks())) for _ in range(2)]
    for job in jobs:
        job.result()
    assert (holders.served, holders.most) == (2 * 20 + 3 * 30, 3)
    assert (semaphore.in_flight, _count_waiters(semaphore)) == (0, 0)


def test_a_permit_for_an_ended_loop_is_passed_on() -> None:
    """A loop that ends while one of its tasks waits keeps no permit."""
    semaphore = FairSemaphore(1)
    permit = semaphore.acquire_sync(1)

    async def leave_a_waiter() -> None:
        task = asyncio.ensure_future(semaphore.acquire(5))
        await asyncio.sleep(0)
        assert not task.done()

    asyncio.run(leave_a_waiter())
    assert _count_waiters(semaphore) == 0
    release(permit)
    assert semaphore.in_flight == 0


def test_a_permit_that_an_interrupt_lost_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A permit without a reference is released; a waiter finds it when its wait ends."""
    semaphore = FairSemaphore(1)
    lost = [semaphore.acquire_sync(1)]

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            lost.clear()
            return False

    monkeypatch.setattr(threading, "Event", Event)
    permit = semaphore.acquire_sync(1)
    assert permit
    assert semaphore.in_flight == 1
    release(permit)
    release(permit)
    assert semaphore.in_flight == 0
