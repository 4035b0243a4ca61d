"""Event loops of asyncio and trio: which one runs the caller, and callbacks and tasks on it."""

from __future__ import annotations

import contextlib
import contextvars
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

CoroutineFunction = Callable[[], Coroutine[Any, Any, None]]


class AsyncioLoop:
    """An asyncio event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def is_closed(self) -> bool:
        """Return True if nothing can run on the loop any more."""
        return self._loop.is_closed()

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Schedule the callback on the loop, from any thread.

        It runs in a new context: in a copy of trio's, sniffio would detect trio.
        """
        try:
            self._loop.call_soon_threadsafe(callback, context=contextvars.Context())
        except RuntimeError:  # The loop has been closed.
            return

    def spawn(self, coroutine_function: CoroutineFunction) -> object:
        """Run a coroutine as a task. The caller must keep the result: the loop does not."""
        return self._loop.create_task(coroutine_function())


class TrioLoop:
    """A run of trio."""

    def __init__(self, token: Any) -> None:
        self._token = token

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Schedule the callback on the loop, from any thread."""
        import trio  # noqa: PLC0415  not a dependency; a trio token implies that it is installed

        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(callback)

    def spawn(self, coroutine_function: CoroutineFunction) -> object:
        """Run a coroutine as a task, which a cancellation of the caller does not reach."""
        import trio  # noqa: PLC0415

        context = contextvars.copy_context()
        return trio.lowlevel.spawn_system_task(coroutine_function, context=context)


EventLoop = AsyncioLoop | TrioLoop


def running_loop() -> EventLoop:
    """Return the loop that runs the caller. Raises RuntimeError outside asyncio and trio."""
    if _in_trio():
        return TrioLoop(sys.modules["trio"].lowlevel.current_trio_token())
    return AsyncioLoop(_asyncio_loop())


def in_loop() -> bool:
    """Return True if an event loop runs the caller."""
    return _in_trio() or _running_asyncio_loop() is not None


def _asyncio_loop() -> asyncio.AbstractEventLoop:
    loop = _running_asyncio_loop()
    if loop is None:
        raise RuntimeError("no running event loop")
    return loop


def _running_asyncio_loop() -> asyncio.AbstractEventLoop | None:
    # If asyncio is not loaded, no loop runs.
    get_running_loop = getattr(sys.modules.get("asyncio"), "get_running_loop", None)
    if get_running_loop is None:
        return None
    try:
        loop: asyncio.AbstractEventLoop = get_running_loop()
    except RuntimeError:
        return None
    return loop


def _in_trio() -> bool:
    # Another thread may be importing trio, which is incomplete then.
    lowlevel = getattr(sys.modules.get("trio"), "lowlevel", None)
    current_token = getattr(lowlevel, "current_trio_token", None)
    if current_token is None:
        return False
    try:
        current_token()
    except RuntimeError:
        return False
    return True
