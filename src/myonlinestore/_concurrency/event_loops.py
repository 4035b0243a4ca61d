"""Handles on asyncio and trio event loops, to identify them and to run callbacks on them."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    import asyncio

CoroutineFunction = Callable[[], Coroutine[Any, Any, None]]

logger = logging.getLogger("myonlinestore")

# A call waits at most this long for another loop, which may be blocked.
_GRACE_SECONDS = 0.5

# Event loops hold only weak references to their tasks.
_tasks: set[asyncio.Task[Any]] = set()


class AsyncioLoop:
    """An asyncio event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.identity: object = loop
        self._loop = loop
        self._thread = threading.get_ident()

    def is_closed(self) -> bool:
        """Return True if nothing can run on the loop any more."""
        return self._loop.is_closed()

    def is_running(self) -> bool:
        """Return True if the loop will run a spawned coroutine soon."""
        return self._loop.is_running()

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Schedule the callback on the loop, from any thread.

        It runs in a new context: in a copy of trio's, sniffio would detect trio.
        """
        try:
            self._loop.call_soon_threadsafe(callback, context=contextvars.Context())
        except RuntimeError:  # The loop has been closed.
            return

    def spawn(self, coroutine_function: CoroutineFunction) -> None:
        """Run a coroutine on the loop: as a task, or immediately if the loop does not run."""
        if _running_asyncio_loop() is self._loop:
            self._start(coroutine_function)
        elif self._can_run_here():
            self._loop.run_until_complete(coroutine_function())
        else:
            self.call_soon(lambda: self._start(coroutine_function))

    def _can_run_here(self) -> bool:
        """Return True if this is the loop's thread and no loop runs here.

        From another thread, a loop that does not run cannot be used: it may soon run or close.
        """
        idle = not (self._loop.is_running() or self._loop.is_closed() or in_loop())
        return idle and self._thread == threading.get_ident()

    def _start(self, coroutine_function: CoroutineFunction) -> None:
        task = self._loop.create_task(coroutine_function())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


class TrioLoop:
    """A run of trio."""

    def __init__(self, token: Any) -> None:
        self.identity: object = token
        self._token = token
        self._closed = False

    def is_closed(self) -> bool:
        """Return True if nothing can run on the loop any more."""
        if not self._closed:
            self.call_soon(lambda: None)
        return self._closed

    def is_running(self) -> bool:
        """Return True if the loop will run a spawned coroutine soon."""
        return not self.is_closed()

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Schedule the callback on the loop, from any thread."""
        import trio  # noqa: PLC0415  not a dependency; a trio token implies that it is installed

        try:
            self._token.run_sync_soon(callback)
        except trio.RunFinishedError:
            self._closed = True

    def spawn(self, coroutine_function: CoroutineFunction) -> None:
        """Run a coroutine on the loop as a task, unless the run is about to end."""
        import trio  # noqa: PLC0415

        def start() -> None:
            # trio would end the whole run for an error here.
            with contextlib.suppress(RuntimeError):
                context = contextvars.copy_context()
                trio.lowlevel.spawn_system_task(coroutine_function, context=context)

        if _in_trio() and trio.lowlevel.current_trio_token() is self._token:
            start()  # A callback scheduled with `call_soon` could come too late.
        else:
            self.call_soon(start)


EventLoop = AsyncioLoop | TrioLoop


def running_loop() -> EventLoop:
    """Return the loop that runs the caller. Raises RuntimeError outside asyncio and trio."""
    if _in_trio():
        return TrioLoop(sys.modules["trio"].lowlevel.current_trio_token())
    return AsyncioLoop(_asyncio_loop())


def in_loop() -> bool:
    """Return True if an event loop runs the caller."""
    return _in_trio() or _running_asyncio_loop() is not None


def run_on_loop(loop: EventLoop, callbacks: Sequence[CoroutineFunction]) -> None:
    """Run functions on a loop, and wait briefly for them unless that would block a loop."""
    done = threading.Semaphore(0)
    for callback in callbacks:
        loop.spawn(_with_callback(callback, done.release))
    if loop.is_running() and not in_loop():
        deadline = time.monotonic() + _GRACE_SECONDS
        for _ in callbacks:
            done.acquire(timeout=max(0, deadline - time.monotonic()))


async def arun_on_loop(loop: EventLoop, callbacks: Sequence[CoroutineFunction]) -> None:
    """Run functions on a loop, and wait briefly for them if the loop runs."""
    own_loop, done, all_done = running_loop(), count(1), anyio.Event()

    def on_task_done() -> None:
        if next(done) == len(callbacks):
            all_done.set()

    for callback in callbacks:
        loop.spawn(_with_callback(callback, lambda: own_loop.call_soon(on_task_done)))
    if loop.is_running():
        with anyio.move_on_after(_GRACE_SECONDS):
            await all_done.wait()


def _with_callback(callback: CoroutineFunction, on_done: Callable[[], object]) -> CoroutineFunction:
    """Return a function that calls `on_done` at the end, and raises no exception.

    trio would end the whole run for an exception.
    """

    async def wrapped() -> None:
        try:
            await callback()
        except Exception as error:  # noqa: BLE001  a caller's transport may raise anything
            logger.debug("an error occurred while closing a connection: %s", type(error).__name__)
        finally:
            on_done()

    return wrapped


def discard_closed_loops() -> None:
    """Discard the tasks of closed loops, which never end and keep their connections alive."""
    for task in tuple(_tasks):
        if task.get_loop().is_closed():
            unfinished: Any = task
            unfinished._log_destroy_pending = False  # noqa: SLF001  nothing can end it now
            unfinished.get_coro().close()
            _tasks.discard(task)


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
