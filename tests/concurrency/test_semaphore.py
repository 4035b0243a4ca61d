"""The gate: at most so many in flight, first come first served, and no permit lost."""

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


def _waiting(semaphore: FairSemaphore) -> int:
    return len(semaphore.waiters)


def test_permits_are_counted() -> None:
    """As many enter as there are permits; the next one waits in vain."""
    semaphore = FairSemaphore(2)
    held = [semaphore.acquire_sync(1), semaphore.acquire_sync(1)]
    assert semaphore.in_flight == 2
    assert not semaphore.acquire_sync(0.01)
    assert (semaphore.in_flight, _waiting(semaphore)) == (2, 0)
    release(held.pop())
    assert semaphore.in_flight == 1
    assert semaphore.acquire_sync(0)
    release(held.pop())


def test_a_thread_that_waits_is_let_in() -> None:
    """A permit that is given back goes to the thread that waits."""
    semaphore, entered = FairSemaphore(1), list[object]()
    held = semaphore.acquire_sync(1)
    waiter = threading.Thread(target=lambda: entered.append(semaphore.acquire_sync(3)))
    waiter.start()
    assert wait_until(lambda: _waiting(semaphore) == 1)
    release(held)
    waiter.join()
    assert len(entered) == 1
    assert semaphore.in_flight == 1


def test_the_first_to_come_is_the_first_to_go() -> None:
    """Waiters are served in the order in which they came."""
    semaphore, served = FairSemaphore(1), list[int]()
    held = semaphore.acquire_sync(1)

    def wait(number: int) -> None:
        permit = semaphore.acquire_sync(3)
        served.append(number)
        release(permit)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        assert wait_until(lambda number=number: _waiting(semaphore) == number + 1)  # type: ignore[misc]
    release(held)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]
    assert semaphore.in_flight == 0


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_a_permit_that_comes_in_the_last_moment_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | None
) -> None:
    """A thread that stops waiting just as it is let in has the permit, or passes it on."""
    semaphore = FairSemaphore(1)
    held = semaphore.acquire_sync(1)

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            release(held)
            if error:
                raise error
            return False

    monkeypatch.setattr(threading, "Event", Event)
    if error:
        with pytest.raises(error):
            semaphore.acquire_sync(1)
        assert semaphore.in_flight == 0
    else:
        passed_on = semaphore.acquire_sync(1)
        assert passed_on
        assert semaphore.in_flight == 1


def test_a_thread_that_is_interrupted_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while waiting gives up the place in the queue."""
    semaphore = FairSemaphore(1)
    held = semaphore.acquire_sync(1)

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading, "Event", Event)
    with pytest.raises(KeyboardInterrupt):
        semaphore.acquire_sync(1)
    assert _waiting(semaphore) == 0
    release(held)
    assert semaphore.in_flight == 0


@pytest.mark.anyio
async def test_a_task_that_waits_is_let_in() -> None:
    """A permit that is given back goes to the task that waits."""
    semaphore = FairSemaphore(1)
    passed_on: list[Permit | None] = []

    async def wait() -> None:
        passed_on.append(await semaphore.acquire(3))

    held = await semaphore.acquire(1)
    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert _waiting(semaphore) == 1
        release(held)
    assert (semaphore.in_flight, _waiting(semaphore)) == (1, 0)


@pytest.mark.anyio
async def test_a_task_waits_in_vain() -> None:
    """Without a permit the wait ends as False, and the place in the queue is given up."""
    semaphore = FairSemaphore(1)
    held = await semaphore.acquire(1)
    assert held
    assert not await semaphore.acquire(0.01)
    assert (semaphore.in_flight, _waiting(semaphore)) == (1, 0)


@pytest.mark.anyio
async def test_a_cancelled_wait_loses_no_permit() -> None:
    """A task that is cancelled while it waits leaves the queue."""
    semaphore = FairSemaphore(1)
    held = await semaphore.acquire(1)
    async with anyio.create_task_group() as group:
        group.start_soon(semaphore.acquire, 3)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert _waiting(semaphore) == 0
    release(held)
    assert semaphore.in_flight == 0


@pytest.mark.anyio
async def test_a_permit_that_reaches_a_cancelled_task_is_passed_on() -> None:
    """A task that is let in and cancelled in the same moment gives the permit back."""
    semaphore = FairSemaphore(1)
    held = await semaphore.acquire(1)
    async with anyio.create_task_group() as group:
        group.start_soon(semaphore.acquire, 3)
        await anyio.wait_all_tasks_blocked()
        release(held)
        assert semaphore.in_flight == 1
        group.cancel_scope.cancel()
    assert (semaphore.in_flight, _waiting(semaphore)) == (0, 0)


@pytest.mark.anyio
async def test_a_permit_that_comes_with_the_timeout_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A task whose wait ends just as it is let in has the permit."""
    semaphore = FairSemaphore(1)
    held = await semaphore.acquire(1)

    class Event:
        async def wait(self) -> None:
            release(held)

        def set(self) -> None:
            """Nobody waits for it."""

    monkeypatch.setattr(anyio, "Event", Event)
    passed_on = await semaphore.acquire(1)
    assert passed_on
    assert semaphore.in_flight == 1


@pytest.mark.anyio
async def test_a_permit_between_two_looks_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A permit that comes back between the first look and the queue is taken without a wait."""
    semaphore = FairSemaphore(1)
    held = await semaphore.acquire(1)
    real = running_loop

    def leaving() -> object:
        release(held)
        return real()

    monkeypatch.setattr(semaphore_module, "running_loop", leaving)
    with anyio.fail_after(0.5):
        passed_on = await semaphore.acquire(5)
    assert passed_on
    assert (semaphore.in_flight, _waiting(semaphore)) == (1, 0)


class _Room:
    """Counts who is inside, and the most who were."""

    def __init__(self) -> None:
        self.inside = self.most = self.served = 0
        self._lock = threading.Lock()

    def acquire_sync(self) -> None:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def release(self, permit: Permit | None) -> None:
        with self._lock:
            self.inside -= 1
            self.served += 1
        release(permit)


def test_threads_and_loops_share_the_permits() -> None:
    """asyncio, trio and threads together hold as many permits as there are, and all get one."""
    semaphore = FairSemaphore(3)
    room = _Room()

    def thread() -> None:
        for _ in range(20):
            permit = semaphore.acquire_sync(5)
            room.acquire_sync()
            time.sleep(0.0005)
            room.release(permit)

    async def task() -> None:
        for _ in range(5):
            permit = await semaphore.acquire(5)
            room.acquire_sync()
            await anyio.sleep(0.0005)
            room.release(permit)

    async def tasks() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(task)

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(thread), pool.submit(thread), pool.submit(trio.run, tasks)]
        jobs += [pool.submit(lambda: asyncio.run(tasks())) for _ in range(2)]
    for job in jobs:
        job.result()
    assert (room.served, room.most) == (2 * 20 + 3 * 30, 3)
    assert (semaphore.in_flight, _waiting(semaphore)) == (0, 0)


def test_a_permit_for_a_loop_that_is_gone_is_passed_on() -> None:
    """A loop that ends while one of its tasks waits takes no permit along."""
    semaphore = FairSemaphore(1)
    held = semaphore.acquire_sync(1)

    async def waiting() -> None:
        task = asyncio.ensure_future(semaphore.acquire(5))
        await asyncio.sleep(0)
        assert not task.done()

    asyncio.run(waiting())
    assert _waiting(semaphore) == 0
    release(held)
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
    held = semaphore.acquire_sync(1)
    assert held
    assert semaphore.in_flight == 1
    release(held)
    release(held)
    assert semaphore.in_flight == 0
