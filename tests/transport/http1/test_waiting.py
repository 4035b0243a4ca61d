"""Waiting for a socket in sync code, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import select
import socket

import pytest

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._transport.http1 import waiting, waiting_asyncio
from myonlinestore._transport.http1.client import get_waiter
from myonlinestore._transport.http1.waiting import poll_socket


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


def test_a_loop_without_watchers_uses_those_of_anyio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' proactor loop cannot watch sockets; anyio can, with a thread."""

    async def return_true(*args: object) -> bool:
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
                return [await waiter.wait_readable(left, 1), await waiter.wait_writable(left, 1)]

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
