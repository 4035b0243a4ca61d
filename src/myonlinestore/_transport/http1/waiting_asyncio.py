"""Waiting for a socket on asyncio; sync code and trio do not load this."""

from __future__ import annotations

import asyncio
import socket

from myonlinestore._transport.http1.waiting import AnyioWaiter


class AsyncioWaiter(AnyioWaiter):
    """Suspend the running asyncio task at a fraction of anyio's cost."""

    async def wait_readable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is readable, False after `seconds`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        try:
            loop.add_reader(sock, _set_ready, future)
        except NotImplementedError:  # Windows' proactor loop.
            return await super().wait_readable(sock, seconds)
        try:
            return await _settle(loop, future, seconds)
        finally:
            loop.remove_reader(sock)

    async def wait_writable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is writable, False after `seconds`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        try:
            loop.add_writer(sock, _set_ready, future)
        except NotImplementedError:  # Windows' proactor loop.
            return await super().wait_writable(sock, seconds)
        try:
            return await _settle(loop, future, seconds)
        finally:
            loop.remove_writer(sock)


async def _settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[bool], seconds: float | None
) -> bool:
    """Return the result of the future, or False after `seconds`."""
    if seconds is None:
        return await future
    timer = loop.call_later(seconds, _set_timed_out, future)
    try:
        return await future
    finally:
        timer.cancel()


def _set_ready(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(True)


def _set_timed_out(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(False)
