"""An HTTP server of generated stores: ``/{articles}/{milliseconds}/v1/articles?…``.

The first two segments of the path are the size of the store, with an "s" for small articles, and
the latency. Run as ``python -m comparison.server``; it prints its port, and exits at the end of its
standard input.
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

from comparison.dataset import FakeStore

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
END = b"\r\n\r\n"


@functools.cache
def get_store(articles: str) -> FakeStore:
    """Return the store named by the first segment of a path."""
    return FakeStore(int(articles.removesuffix("s")), small=articles.endswith("s"))


class Connection(asyncio.Protocol):
    """A keep-alive connection that parses only the first line of a request."""

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
            self._respond(request.split(b" ", 2)[1].decode())

    def _respond(self, target: str) -> None:
        path, _, query = target.partition("?")
        _, size, milliseconds, _ = path.split("/", 3)
        body = get_store(size).respond(path, query)
        if milliseconds == "0":
            self._send(body)
        else:
            asyncio.get_running_loop().call_later(int(milliseconds) / 1000, self._send, body)

    def _send(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(HEAD % len(body) + body)


async def serve() -> None:
    """Serve until the end of the standard input."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


@contextlib.contextmanager
def run_server() -> Iterator[str]:
    """Run a server in a process of its own, and yield its URL."""
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
