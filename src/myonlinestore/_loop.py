"""A handle on the running event loop, asyncio's or trio's: its identity, and a way in from elsewhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

CoroutineFunction = Callable[[], Coroutine[Any, Any, None]]

# An event loop holds its tasks weakly: these are kept until they are done.
_tasks: set[asyncio.Task[Any]] = set()


class AsyncioLoop:
    """An asyncio event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.key: object = loop
        self._loop = loop

    def is_closed(self) -> bool:
        """Whether nothing can run there any more."""
        return self._loop.is_closed()

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Run the callback there, soon; from any thread."""
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:  # It closed meanwhile: nobody is left to be told.
            return

    def spawn(self, coroutine_function: CoroutineFunction) -> None:
        """Run a coroutine there: at once where the loop stands still, else as a task of its own."""
        if self._loop.is_running() or in_loop():
            self.call_soon(lambda: self._start(coroutine_function()))
        else:
            self._loop.run_until_complete(coroutine_function())

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


class TrioLoop:
    """A run of trio."""

    def __init__(self, token: Any) -> None:
        self.key: object = token
        self._token = token
        self._closed = False

    def is_closed(self) -> bool:
        """Whether nothing can run there any more."""
        if not self._closed:
            self.call_soon(lambda: None)
        return self._closed

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Run the callback there, soon; from any thread."""
        import trio

        try:
            self._token.run_sync_soon(callback)
        except trio.RunFinishedError:
            self._closed = True

    def spawn(self, coroutine_function: CoroutineFunction) -> None:
        """Run a coroutine there as a task of its own."""
        import trio

        self.call_soon(lambda: trio.lowlevel.spawn_system_task(coroutine_function))


EventLoop = AsyncioLoop | TrioLoop


def running_loop() -> EventLoop:
    """The loop that runs the caller. Raises RuntimeError outside asyncio and trio."""
    if _in_trio():
        return TrioLoop(sys.modules["trio"].lowlevel.current_trio_token())
    return AsyncioLoop(asyncio.get_running_loop())


def in_loop() -> bool:
    """Whether an event loop runs the caller."""
    if _in_trio():
        return True
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_trio() -> bool:
    # Another thread may be in the middle of importing trio.
    lowlevel = getattr(sys.modules.get("trio"), "lowlevel", None)
    in_trio_run = getattr(lowlevel, "in_trio_run", None)
    return in_trio_run is not None and bool(in_trio_run())
