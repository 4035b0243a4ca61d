"""Gate: at most so many requests in flight, over every thread and event loop of one client."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import anyio

from myonlinestore._loop import running_loop


class _Turn:
    """One waiter; `granted` is settled under the gate's lock, any thread may call `wake`."""

    __slots__ = ("granted", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.granted = False


class Gate:
    """First come, first served. A permit is handed to the next waiter rather than put back."""

    def __init__(self, permits: int) -> None:
        self._lock = threading.Lock()
        self._permits = permits
        self._free = permits
        self._turns: deque[_Turn] = deque()

    @property
    def in_flight(self) -> int:
        """How many permits are taken."""
        return self._permits - self._free

    def take(self) -> bool:
        """Take a permit if there is one, without waiting."""
        with self._lock:
            if not self._free:
                return False
            self._free -= 1
            return True

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
        with self._lock:
            turn = self._turns.popleft() if self._turns else None
            if turn is None:
                self._free += 1
                return
            turn.granted = True
        turn.wake()

    def _queue(self, wake: Callable[[], object]) -> _Turn:
        turn = _Turn(wake)
        with self._lock:
            if self._free:
                self._free -= 1
                turn.granted = True
            else:
                self._turns.append(turn)
        return turn

    def _withdraw(self, turn: _Turn) -> bool:
        """Leave the queue; False where the permit came in the same moment."""
        with self._lock:
            if turn.granted:
                return False
            self._turns.remove(turn)
            return True

    def _give_up(self, turn: _Turn) -> None:
        if not self._withdraw(turn):
            self.leave()
