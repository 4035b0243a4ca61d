"""Measure how many pages of 100 articles the sandbox serves per second, compared with a baseline.

The baseline is a minimal asyncio server: it parses no request, and sends the same bytes as the
sandbox. Both serve from this process, in alternation, to a load generator in another process over
keep-alive connections.

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
    """A connection, and the number of bytes missing from its response."""

    socket: socket.socket
    left: int


def load(port: int, request: bytes, size: int, connections: int, seconds: float) -> float:
    """Return the responses of `size` bytes per second to `connections` busy connections."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        opened = socket.create_connection(("127.0.0.1", port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(request)
        selector.register(opened, selectors.EVENT_READ, Connection(opened, size))
    responses, buffer, start = 0, bytearray(BUFFER), time.perf_counter()
    while time.perf_counter() - start < seconds:
        for key, _ in selector.select(timeout=5):
            responses += _read(key.data, buffer, request, size)
    elapsed = time.perf_counter() - start
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return responses / elapsed


def _read(connection: Connection, buffer: bytearray, request: bytes, size: int) -> int:
    """Read available bytes; after the last byte of a response, send a request and return 1."""
    received = connection.socket.recv_into(buffer)
    if not received:
        raise ConnectionError("the server closed a connection")
    connection.left -= received
    if connection.left > 0:
        return 0
    if connection.left < 0:
        raise ValueError("an response was longer than the first one")
    connection.left = size
    connection.socket.sendall(request)
    return 1


def get_first_response(port: int, request: bytes) -> bytes:
    """Return a complete response with its head; it must be a page of 100 articles."""
    with socket.create_connection(("127.0.0.1", port)) as opened:
        opened.sendall(request)
        response = b""
        while b"\r\n\r\n" not in response:
            response += opened.recv(BUFFER)
        head, _, body = response.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += opened.recv(BUFFER)
    if len(json.loads(body)) != ROWS:
        raise ValueError(f"the sandbox did not response with {ROWS} articles: {head!r}")
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def run_baseline(response: bytes) -> Iterator[int]:
    """Run a server that sends one response to every request, and yield its port."""

    class BaselineProtocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:  # noqa: ARG002
            self.transport.write(response)  # type: ignore[attr-defined]

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(BaselineProtocol, "127.0.0.1", 0))
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
    """Alternate between the two servers, and report."""
    with Sandbox(articles=1_000) as sandbox, multiprocessing.get_context("spawn").Pool(1) as pool:
        request = (
            f"GET /v1/articles?limit={ROWS}&offset=200&token={sandbox.store_token} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{sandbox.port}\r\nAccept: application/json\r\n\r\n"
        ).encode()
        response = get_first_response(sandbox.port, request)

        def measure_rate(port: int) -> float:
            args = (port, request, len(response), options.connections, options.seconds)
            return pool.apply(load, args)

        with run_baseline(response) as baseline_port:
            rounds = [
                (measure_rate(baseline_port), measure_rate(sandbox.port))
                for _ in range(options.rounds)
            ]
    print_report(rounds, len(response))


def print_report(rounds: list[tuple[float, float]], size: int) -> None:
    """Print the median of each server, and their ratio."""
    bare, served = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"page       {ROWS} articles, {size / 1000:.0f} kB")
    print(f"sandbox    {served:8.0f} pages/s  {served * size / 1e6:6.0f} MB/s")
    print(f"baseline   {bare:8.0f} pages/s  {bare * size / 1e6:6.0f} MB/s")
    print(f"a page     {1e6 / served:8.0f} µs, of which {1e6 / bare:.0f} µs is the baseline")


def _parse_above_zero(kind: Callable[[str], float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if (value := kind(text)) <= 0:
            raise argparse.ArgumentTypeError("must be more than zero")
        return value

    return parse


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seconds", type=_parse_above_zero(float), default=2.0, help="for each measurement"
    )
    parser.add_argument("--rounds", type=_parse_above_zero(int), default=3)
    parser.add_argument("--connections", type=_parse_above_zero(int), default=4)
    measure(parser.parse_args())
