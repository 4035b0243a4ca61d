"""A fair semaphore that bounds the requests in flight over all threads and event loops."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Callable

import anyio

from myonlinestore._concurrency.event_loops import AsyncioLoop, EventLoop, running_loop


class Permit:
    """The right to send one request, from its acquisition to `release`.

    A permit that an interrupt lost, between its acquisition and a ``try``, is released with the
    last reference to it.
    """

    __slots__ = ("__weakref__", "_semaphore", "key", "loop", "wake")

    def __init__(
        self,
        semaphore: FairSemaphore,
        loop: EventLoop | None = None,
        wake: Callable[[], object] = bool,
    ) -> None:
        self._semaphore = semaphore
        self.loop = loop
        self.wake = wake
        self.key = semaphore.make_key(self)

    def release(self) -> None:
        """Release the permit to the first waiter; do nothing if it is released already."""
        self._semaphore.release(self)


class FairSemaphore:
    """First come, first served. A released permit passes to the next waiter directly.

    The holders are the only record of what is acquired, and each change of them is one atomic
    operation. So an interrupt between two lines leaves a permit either held or free. A waiter
    that was granted a permit, but not woken because of an interrupt, finds it when its wait ends.

    Attributes:
        lock: guards the others, for callers that acquire several things at once.
        waiters: the permits that callers wait for.
    """

    def __init__(self, permits: int) -> None:
        # Garbage collection may run while it is held, close a coroutine, and so release a permit.
        self.lock = threading.RLock()
        self.waiters: deque[Permit] = deque()
        self._permits = permits
        # Weak references, which leave with a permit that was lost: no line of Python runs then,
        # in which an interrupt would be ignored.
        self._holders: set[weakref.ref[Permit]] = set()

    def make_key(self, permit: Permit) -> weakref.ref[Permit]:
        """Return the reference that represents a permit among the holders."""
        key = weakref.ref(permit, self._holders.discard)
        hash(key)  # It is computed once, while the permit is there.
        return key

    @property
    def in_flight(self) -> int:
        """The number of acquired permits."""
        return len(self._holders)

    def has_free(self) -> bool:
        """Return True if a permit can be acquired without waiting. The caller holds the lock."""
        return len(self._holders) < self._permits or self._release_abandoned()

    def take(self, permit: Permit) -> None:
        """Acquire a free permit. The caller holds the lock."""
        self._holders.add(permit.key)

    def acquire_sync(self, timeout: float) -> Permit | None:
        """Return a permit, blocking this thread; None after `timeout` seconds without one."""
        wakeup = threading.Event()
        permit = Permit(self, None, wakeup.set)
        try:
            if not self._take_or_enqueue(permit):
                wakeup.wait(timeout)
        except BaseException:
            self._leave(permit)
            raise
        return permit if self._stop_waiting(permit) else None

    async def acquire(self, timeout: float) -> Permit | None:  # noqa: ASYNC109
        """Return a permit, suspending this task; None after `timeout` seconds without one."""
        loop, wakeup = running_loop(), anyio.Event()
        permit = Permit(self, loop, lambda: loop.call_soon(wakeup.set))
        try:
            if not self._take_or_enqueue(permit):
                with anyio.move_on_after(timeout):
                    await wakeup.wait()
        except BaseException:
            self._leave(permit)
            raise
        return permit if self._stop_waiting(permit) else None

    def release(self, permit: Permit) -> None:
        """Release a permit, and grant it to the first waiter whose event loop can still use it."""
        with self.lock:
            self._holders.discard(permit.key)
            granted = self._grant() if self.waiters else ()
        for waiter in granted:  # Outside the lock, as this takes locks of the event loops.
            waiter.wake()

    def _take_or_enqueue(self, permit: Permit) -> bool:
        with self.lock:
            if self.has_free():
                self.take(permit)
                return True
            self.waiters.append(permit)
            return False

    def _stop_waiting(self, permit: Permit) -> bool:
        """Leave the queue; return True if the permit is held."""
        with self.lock:
            if permit.key not in self._holders:
                self.waiters.remove(permit)
                if not self.has_free():
                    return False
                self.take(permit)
            return True

    def _leave(self, permit: Permit) -> None:
        with self.lock, contextlib.suppress(ValueError):
            self.waiters.remove(permit)
        permit.release()

    def _grant(self) -> list[Permit]:
        """Grant the free permits to waiters; return these, to be woken."""
        granted: list[Permit] = []
        while self.waiters and self.has_free():
            permit = self.waiters[0]
            if not _is_closed(permit):
                granted.append(permit)
                self.take(permit)
            self.waiters.popleft()
        return granted

    def _release_abandoned(self) -> bool:
        """Release the permits of closed event loops, as their tasks never will."""
        permits = [key() for key in list(self._holders)]
        abandoned = [permit for permit in permits if permit is not None and _is_closed(permit)]
        for permit in abandoned:
            self._holders.discard(permit.key)
        return bool(abandoned)


def _is_closed(permit: Permit) -> bool:
    # A trio run ends its tasks before it ends itself, and asking it would take its lock.
    return isinstance(permit.loop, AsyncioLoop) and permit.loop.is_closed()
