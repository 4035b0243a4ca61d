"""Gate: at most so many requests in flight, over every thread and event loop of one client."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import anyio

from myonlinestore._concurrency.event_loops import running_loop


class _Waiter:
    """One waiter; `granted` is settled under the gate's lock, any thread may call `wake`."""

    __slots__ = ("granted", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.granted = False


class FairSemaphore:
    """First come, first served. A permit is handed to the next waiter rather than put back.

    Attributes:
        lock: guards the others, for who takes several things at once.
        free: permits that may be taken.
        turns: those who wait for one.
    """

    def __init__(self, permits: int) -> None:
        # Whoever holds it may collect garbage, and so close a coroutine that gives a permit back.
        self.lock = threading.RLock()
        self.available = permits
        self.waiters: deque[_Waiter] = deque()
        self._permits = permits

    @property
    def in_flight(self) -> int:
        """How many permits are taken."""
        return self._permits - self.available

    def acquire_sync(self, timeout: float) -> bool:
        """Take a permit, blocking this thread; False after `timeout` seconds without one."""
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
        """Take a permit, suspending this task; False after `timeout` seconds without one."""
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
        """Give the permit to the first waiter, or put it back."""
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
        """Leave the queue; False where the permit came in the same moment."""
        with self.lock:
            if waiter.granted:
                return False
            self.waiters.remove(waiter)
            return True

    def _abandon(self, waiter: _Waiter) -> None:
        if not self._cancel_wait(waiter):
            self.release()
