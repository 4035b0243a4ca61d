"""A fair semaphore for threads and event loops, which limits the requests of a client."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import anyio

from myonlinestore._concurrency.event_loops import running_loop


class _Waiter:
    """A caller in the queue. `granted` is set under the lock; any thread may call `wake`."""

    __slots__ = ("granted", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.granted = False


class FairSemaphore:
    """A semaphore that passes each released permit to the caller that has waited longest.

    Attributes:
        lock: guards the other attributes; callers may hold it for several operations.
        available: the number of free permits.
        waiters: the callers that wait for a permit.
    """

    def __init__(self, permits: int) -> None:
        # Reentrant: the thread that holds it may run the garbage collector, which may close a
        # coroutine that releases a permit.
        self.lock = threading.RLock()
        self.available = permits
        self.waiters: deque[_Waiter] = deque()
        self._permits = permits

    @property
    def in_flight(self) -> int:
        """The number of acquired permits."""
        return self._permits - self.available

    def acquire_sync(self, timeout: float) -> bool:
        """Acquire a permit, blocking this thread. Return False after `timeout` seconds."""
        wakeup = threading.Event()
        waiter = self._acquire_or_enqueue(wakeup.set)
        if waiter.granted:
            return True
        try:
            wakeup.wait(timeout)
        except BaseException:
            self._abandon(waiter)
            raise
        return waiter.granted or not self._cancel_wait(waiter)

    async def acquire(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Acquire a permit, suspending this task. Return False after `timeout` seconds."""
        loop, wakeup = running_loop(), anyio.Event()
        waiter = self._acquire_or_enqueue(lambda: loop.call_soon(wakeup.set))
        if waiter.granted:
            return True
        try:
            with anyio.move_on_after(timeout):
                await wakeup.wait()
        except BaseException:
            self._abandon(waiter)
            raise
        return waiter.granted or not self._cancel_wait(waiter)

    def release(self) -> None:
        """Release a permit: pass it to the first waiter, if there is one."""
        with self.lock:
            waiter = self.waiters.popleft() if self.waiters else None
            if waiter is None:
                self.available += 1
                return
            waiter.granted = True
        waiter.wake()

    def _acquire_or_enqueue(self, wake: Callable[[], object]) -> _Waiter:
        waiter = _Waiter(wake)
        with self.lock:
            if self.available:
                self.available -= 1
                waiter.granted = True
            else:
                self.waiters.append(waiter)
        return waiter

    def _cancel_wait(self, waiter: _Waiter) -> bool:
        """Leave the queue. Return False if the permit was granted before that."""
        with self.lock:
            if waiter.granted:
                return False
            self.waiters.remove(waiter)
            return True

    def _abandon(self, waiter: _Waiter) -> None:
        if not self._cancel_wait(waiter):
            self.release()
