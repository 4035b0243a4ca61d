"""A handle on an event loop, asyncio's or trio's: its identity, and a way in from elsewhere."""

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

# Seconds to wait for another loop to do some work; one that is stuck must not stop a call.
_GRACE_SECONDS = 0.5

# An event loop holds its tasks weakly: these are kept until they are done.
_tasks: set[asyncio.Task[Any]] = set()


class AsyncioLoop:
    """An asyncio event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.identity: object = loop
        self._loop = loop
        self._thread = threading.get_ident()

    def is_closed(self) -> bool:
        """Whether nothing can run there any more."""
        return self._loop.is_closed()

    def is_running(self) -> bool:
        """Whether what is spawned there will run soon."""
        return self._loop.is_running()

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Run the callback there, soon; from any thread.

        In a context of its own: in trio's, sniffio would take asyncio for trio.
        """
        try:
            self._loop.call_soon_threadsafe(callback, context=contextvars.Context())
        except RuntimeError:  # It closed meanwhile: nobody is left to be told.
            return

    def spawn(self, coroutine_function: CoroutineFunction) -> None:
        """Run a coroutine there: as a task of its own, or at once where the loop stands still."""
        if _running_asyncio_loop() is self._loop:
            self._start(coroutine_function)
        elif self._can_run_here():
            self._loop.run_until_complete(coroutine_function())
        else:
            self.call_soon(lambda: self._start(coroutine_function))

    def _can_run_here(self) -> bool:
        """In another thread than its own, a loop that stands still may be about to run or close."""
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
        """Whether nothing can run there any more."""
        if not self._closed:
            self.call_soon(lambda: None)
        return self._closed

    def is_running(self) -> bool:
        """Whether what is spawned there will run soon."""
        return not self.is_closed()

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Run the callback there, soon; from any thread."""
        import trio  # noqa: PLC0415  it is no dependency; whoever has a token has it

        try:
            self._token.run_sync_soon(callback)
        except trio.RunFinishedError:
            self._closed = True

    def spawn(self, coroutine_function: CoroutineFunction) -> None:
        """Run a coroutine there as a task of its own, unless the run is about to end."""
        import trio  # noqa: PLC0415

        def start() -> None:
            # An error here would end the whole run as trio's own.
            with contextlib.suppress(RuntimeError):
                context = contextvars.copy_context()
                trio.lowlevel.spawn_system_task(coroutine_function, context=context)

        if _in_trio() and trio.lowlevel.current_trio_token() is self._token:
            start()  # What is told to a run from outside may come too late for its end.
        else:
            self.call_soon(start)


EventLoop = AsyncioLoop | TrioLoop


def running_loop() -> EventLoop:
    """The loop that runs the caller. Raises RuntimeError outside asyncio and trio."""
    if _in_trio():
        return TrioLoop(sys.modules["trio"].lowlevel.current_trio_token())
    return AsyncioLoop(_asyncio_loop())


def running_identity() -> object:
    """The `key` of the loop that runs the caller. Raises RuntimeError outside asyncio and trio."""
    if _in_trio():
        return sys.modules["trio"].lowlevel.current_trio_token()
    return _asyncio_loop()


def in_loop() -> bool:
    """Whether an event loop runs the caller."""
    return _in_trio() or _running_asyncio_loop() is not None


def run_on_loop(loop: EventLoop, callbacks: Sequence[CoroutineFunction]) -> None:
    """Have a loop do some work; wait a moment for it, unless that would stop a loop."""
    done = threading.Semaphore(0)
    for callback in callbacks:
        loop.spawn(_with_callback(callback, done.release))
    if loop.is_running() and not in_loop():
        deadline = time.monotonic() + _GRACE_SECONDS
        for _ in callbacks:
            done.acquire(timeout=max(0, deadline - time.monotonic()))


async def arun_on_loop(loop: EventLoop, callbacks: Sequence[CoroutineFunction]) -> None:
    """Have a loop do some work; wait a moment for it, if it can come to it."""
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
    """The work, and word of its end; trio would end its whole run for an error in it."""

    async def wrapped() -> None:
        try:
            await callback()
        except Exception as error:  # noqa: BLE001  another's transport may raise anything
            logger.debug("a connection did not close in order: %s", type(error).__name__)
        finally:
            on_done()

    return wrapped


def discard_closed_loops() -> None:
    """Tasks that began in the last moment of a loop never end, and hold what they were to close."""
    for task in tuple(_tasks):
        if task.get_loop().is_closed():
            unfinished: Any = task
            unfinished._log_destroy_pending = False  # noqa: SLF001  nobody can end it now
            unfinished.get_coro().close()
            _tasks.discard(task)


def _asyncio_loop() -> asyncio.AbstractEventLoop:
    loop = _running_asyncio_loop()
    if loop is None:
        raise RuntimeError("no running event loop")
    return loop


def _running_asyncio_loop() -> asyncio.AbstractEventLoop | None:
    # Sync code need not load asyncio to learn that no loop runs.
    get_running_loop = getattr(sys.modules.get("asyncio"), "get_running_loop", None)
    if get_running_loop is None:
        return None
    try:
        loop: asyncio.AbstractEventLoop = get_running_loop()
    except RuntimeError:
        return None
    return loop


def _in_trio() -> bool:
    # Another thread may be in the middle of importing trio.
    lowlevel = getattr(sys.modules.get("trio"), "lowlevel", None)
    current_token = getattr(lowlevel, "current_trio_token", None)
    if current_token is None:
        return False
    try:
        current_token()
    except RuntimeError:
        return False
    return True
