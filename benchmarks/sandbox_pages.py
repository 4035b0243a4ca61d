"""How many hundred-article pages the sandbox serves in a second, beside a floor.

The floor is the barest asyncio server there can be: it reads nothing of a request, and answers each
with the very bytes that the sandbox answers with. Both serve from this process, to a loader in
another one, on raw connections that are kept alive, in turns.

    python benchmarks/sandbox_pages.py [--seconds 2] [--rounds 3] [--connections 4]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from myonlinestore.sandbox import Sandbox

ROWS = 100
BUFFER = 1 << 20


@dataclass
class Connection:
    """One connection, and how many bytes of its answer are still to come."""

    socket: socket.socket
    left: int


def load(port: int, request: bytes, size: int, connections: int, seconds: float) -> float:
    """Answers of `size` bytes each second, to `connections` that ask as soon as they may."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        opened = socket.create_connection(("127.0.0.1", port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(request)
        selector.register(opened, selectors.EVENT_READ, Connection(opened, size))
    answers, room, start = 0, bytearray(BUFFER), time.perf_counter()
    while time.perf_counter() - start < seconds:
        for key, _ in selector.select(timeout=5):
            answers += _read(key.data, room, request, size)
    elapsed = time.perf_counter() - start
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return answers / elapsed


def _read(connection: Connection, room: bytearray, request: bytes, size: int) -> int:
    """Read what there is; after the last byte of an answer, ask again and count it."""
    received = connection.socket.recv_into(room)
    if not received:
        raise ConnectionError("the server closed a connection")
    connection.left -= received
    if connection.left > 0:
        return 0
    if connection.left < 0:
        raise ValueError("an answer was longer than the first one")
    connection.left = size
    connection.socket.sendall(request)
    return 1


def first_answer(port: int, request: bytes) -> bytes:
    """One whole answer, head and body; it must be a page of a hundred articles."""
    with socket.create_connection(("127.0.0.1", port)) as opened:
        opened.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += opened.recv(BUFFER)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += opened.recv(BUFFER)
    if len(json.loads(body)) != ROWS:
        raise ValueError(f"the sandbox did not answer with {ROWS} articles: {head!r}")
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def floor(answer: bytes) -> Iterator[int]:
    """A server that knows one answer; gives its port."""

    class Barest(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:  # noqa: ARG002
            self.transport.write(answer)  # type: ignore[attr-defined]

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(Barest, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


def measure(options: argparse.Namespace) -> None:
    """Alternate between the two, so that both have the same neighbours."""
    with Sandbox(articles=1_000) as sandbox, multiprocessing.get_context("spawn").Pool(1) as pool:
        request = (
            f"GET /v1/articles?limit={ROWS}&offset=200&token={sandbox.store_token} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{sandbox.port}\r\nAccept: application/json\r\n\r\n"
        ).encode()
        answer = first_answer(sandbox.port, request)

        def rate(port: int) -> float:
            args = (port, request, len(answer), options.connections, options.seconds)
            return pool.apply(load, args)

        with floor(answer) as floor_port:
            rounds = [(rate(floor_port), rate(sandbox.port)) for _ in range(options.rounds)]
    report(rounds, len(answer))


def report(rounds: list[tuple[float, float]], size: int) -> None:
    """The median of each, and how they compare."""
    bare, served = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"page       {ROWS} articles, {size / 1000:.0f} kB")
    print(f"sandbox    {served:8.0f} pages/s  {served * size / 1e6:6.0f} MB/s")
    print(f"floor      {bare:8.0f} pages/s  {bare * size / 1e6:6.0f} MB/s")
    print(f"a page     {1e6 / served:8.0f} µs, of which {1e6 / bare:.0f} µs is the floor")


def _above(kind: Callable[[str], float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if (value := kind(text)) <= 0:
            raise argparse.ArgumentTypeError("must be more than zero")
        return value

    return parse


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=_above(float), default=2.0, help="for each measurement")
    parser.add_argument("--rounds", type=_above(int), default=3)
    parser.add_argument("--connections", type=_above(int), default=4)
    measure(parser.parse_args())
