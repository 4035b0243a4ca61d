"""Waiting for a socket in sync code, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
import time

import pytest

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._concurrency.sync import run_sync
from myonlinestore._transport.http1 import waiting, waiting_asyncio
from myonlinestore._transport.http1.client import get_waiter
from myonlinestore._transport.http1.errors import CallTimedOutError, ReadTimedOutError
from myonlinestore._transport.http1.waiting import Timeouts, poll_socket


@pytest.mark.parametrize("has_poll", [True, False])
def test_sync_code_waits_for_sockets(monkeypatch: pytest.MonkeyPatch, has_poll: bool) -> None:
    """A sync wait for a socket ends when it is ready, or after the timeout."""
    if not has_poll:
        monkeypatch.delattr(select, "poll", raising=False)
    left, right = socket.socketpair()
    with left, right:
        assert not poll_socket(left, for_writing=False, seconds=0.01)
        assert poll_socket(left, for_writing=True, seconds=None)
        right.send(b"x")
        assert poll_socket(left, for_writing=False, seconds=None)


@pytest.mark.anyio
async def test_tasks_wait_for_sockets() -> None:
    """A task's wait for a socket ends when it is ready, or after the timeout."""
    waiter = get_waiter(running_loop())
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        assert not await waiter.wait_readable(left, 0.01)
        assert await waiter.wait_writable(left, None)
        assert await waiter.wait_writable(left, 1)
        with pytest.raises(BlockingIOError):
            while True:
                left.send(b"x" * 65_536)
        assert not await waiter.wait_writable(left, 0.01)
        right.send(b"x")
        assert await waiter.wait_readable(left, None)


@pytest.mark.anyio
async def test_tasks_resolve_hosts_and_run_functions() -> None:
    """A task gets the addresses of a host, and the result of a function from another thread."""
    waiter = get_waiter(running_loop())
    (address, *_) = await waiter.resolve("127.0.0.1", 81, 5)
    assert (address[1], address[4]) == (socket.SOCK_STREAM, ("127.0.0.1", 81))
    assert await waiter.run(threading.get_ident) != threading.get_ident()


def test_the_calling_thread_waits_for_sockets_and_resolves_hosts() -> None:
    """Without an event loop, the same waits block the thread."""
    waiter = get_waiter(None)
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        assert not run_sync(waiter.wait_readable(left, 0.01))
        assert run_sync(waiter.wait_writable(left, None))
        with pytest.raises(BlockingIOError):
            while True:
                left.send(b"x" * 65_536)
        assert not run_sync(waiter.wait_writable(left, 0.01))
        right.send(b"x")
        assert run_sync(waiter.wait_readable(left, None))
    (address, *_) = run_sync(waiter.resolve("127.0.0.1", 81, None))
    assert (address[1], address[4]) == (socket.SOCK_STREAM, ("127.0.0.1", 81))
    assert run_sync(waiter.run(threading.get_ident)) == threading.get_ident()


def test_a_wait_is_limited_by_its_phase_and_by_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shorter timeout applies, and none if neither is set."""
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    seconds = {"connect": 1.0, "read": 2.0, "write": 3.0}
    timeouts = Timeouts.from_mapping(seconds, 105.0)
    assert (timeouts.connect, timeouts.read, timeouts.write) == (1, 2, 3)
    assert [timeouts.limit(wait) for wait in (None, 4, 6)] == [5, 4, 5]
    unlimited = Timeouts.from_mapping(seconds)
    assert [unlimited.limit(wait) for wait in (None, 4)] == [None, 4]


@pytest.mark.parametrize(("deadline", "is_over"), [(None, False), (100.5, False), (100.0, True)])
def test_a_call_times_out_at_its_deadline(
    monkeypatch: pytest.MonkeyPatch, deadline: float | None, is_over: bool
) -> None:
    """From the deadline on, the call has timed out rather than its phase."""
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    timeouts = Timeouts(deadline=deadline)
    expected = CallTimedOutError if is_over else ReadTimedOutError
    assert type(timeouts.error(ReadTimedOutError)) is expected
    with pytest.raises(CallTimedOutError) if is_over else contextlib.nullcontext():
        timeouts.limit(7)


def test_a_loop_without_watchers_uses_those_of_anyio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' proactor loop cannot watch sockets; anyio can, with a thread."""
    waits: list[tuple[socket.socket, float | None]] = []

    async def return_true(_waiter: object, sock: socket.socket, seconds: float | None) -> bool:
        waits.append((sock, seconds))
        return True

    def raise_not_implemented(*args: object) -> None:
        raise NotImplementedError

    async def main() -> list[bool]:
        loop, waiter = asyncio.get_running_loop(), get_waiter(running_loop())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "add_reader", raise_not_implemented)
            patch.setattr(loop, "add_writer", raise_not_implemented)
            left, right = socket.socketpair()
            with left, right:
                found = [await waiter.wait_readable(left, 1), await waiter.wait_writable(left, 2)]
                assert waits == [(left, 1), (left, 2)]
                return found

    monkeypatch.setattr(waiting.AnyioWaiter, "wait_readable", return_true)
    monkeypatch.setattr(waiting.AnyioWaiter, "wait_writable", return_true)
    assert asyncio.run(main()) == [True, True]


def test_a_wait_has_one_result() -> None:
    """A socket that becomes ready at its timeout changes nothing."""

    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        waiting_asyncio._set_timed_out(future)
        waiting_asyncio._set_ready(future)
        waiting_asyncio._set_timed_out(future)
        assert await future is False

    asyncio.run(main())
