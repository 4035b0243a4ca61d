"""Gate: at most so many requests in flight, over every thread and event loop of one client."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import anyio

from myonlinestore._concurrency.event_loops import running_loop


class _Turn:
    """One waiter; `granted` is settled under the gate's lock, any thread may call `wake`."""

    __slots__ = ("granted", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.granted = False


class Gate:
    """First come, first served. A permit is handed to the next waiter rather than put back.

    Attributes:
        lock: guards the others, for who takes several things at once.
        free: permits that may be taken.
        turns: those who wait for one.
    """

    def __init__(self, permits: int) -> None:
        # Whoever holds it may collect garbage, and so close a coroutine that gives a permit back.
        self.lock = threading.RLock()
        self.free = permits
        self.turns: deque[_Turn] = deque()
        self._permits = permits

    @property
    def in_flight(self) -> int:
        """How many permits are taken."""
        return self._permits - self.free

    def enter(self, timeout: float) -> bool:
        """Take a permit, blocking this thread; False after `timeout` seconds without one."""
        woken = threading.Event()
        turn = self._queue(woken.set)
        if turn.granted:
            return True
        try:
            woken.wait(timeout)
        except BaseException:
            self._give_up(turn)
            raise
        return turn.granted or not self._withdraw(turn)

    async def enter_async(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Take a permit, suspending this task; False after `timeout` seconds without one."""
        loop, woken = running_loop(), anyio.Event()
        turn = self._queue(lambda: loop.call_soon(woken.set))
        if turn.granted:
            return True
        try:
            with anyio.move_on_after(timeout):
                await woken.wait()
        except BaseException:
            self._give_up(turn)
            raise
        return turn.granted or not self._withdraw(turn)

    def leave(self) -> None:
        """Give the permit to the first waiter, or put it back."""
        with self.lock:
            turn = self.turns.popleft() if self.turns else None
            if turn is None:
                self.free += 1
                return
            turn.granted = True
        turn.wake()

    def _queue(self, wake: Callable[[], object]) -> _Turn:
        turn = _Turn(wake)
        with self.lock:
            if self.free:
                self.free -= 1
                turn.granted = True
            else:
                self.turns.append(turn)
        return turn

    def _withdraw(self, turn: _Turn) -> bool:
        """Leave the queue; False where the permit came in the same moment."""
        with self.lock:
            if turn.granted:
                return False
            self.turns.remove(turn)
            return True

    def _give_up(self, turn: _Turn) -> None:
        if not self._withdraw(turn):
            self.leave()
