"""The store over HTTP, in a process of its own: ``/{articles}/{milliseconds}/v1/articles?…``.

The first two parts of the path say how large the store is and how long each answer takes; an "s"
after the number is for small articles.
Run as ``python -m comparison.server``; it prints its port, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from comparison.dataset import Store

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
END = b"\r\n\r\n"


@functools.cache
def store_of(articles: str) -> Store:
    """The store that the first part of a path names."""
    return Store(int(articles.removesuffix("s")), small=articles.endswith("s"))


class Connection(asyncio.Protocol):
    """One connection, kept alive; it reads nothing of a request but its first line."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while END in self._received:
            request, _, self._received = self._received.partition(END)
            self._answer(request.split(b" ", 2)[1].decode())

    def _answer(self, target: str) -> None:
        path, _, query = target.partition("?")
        _, size, milliseconds, _ = path.split("/", 3)
        body = store_of(size).answer(path, query)
        if milliseconds == "0":
            self._send(body)
        else:
            asyncio.get_running_loop().call_later(int(milliseconds) / 1000, self._send, body)

    def _send(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(HEAD % len(body) + body)


async def serve() -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    command = [sys.executable, "-m", "comparison.server"]
    folder = Path(__file__).parents[1]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


if __name__ == "__main__":
    asyncio.run(serve())
