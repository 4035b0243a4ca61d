"""The baseline: the same bytes over raw sockets, without decoding."""

from __future__ import annotations

import itertools
import re
import selectors
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from comparison.worker import Timed

PAGE = 100
BUFFER = 1 << 20
LENGTH = re.compile(rb"content-length: (\d+)\r\n")
END = b"\r\n\r\n"


class Connection:
    """A connection with one request in flight."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(BUFFER)
        self._received, self._size = 0, 0

    def send(self, target: str) -> None:
        """Send a request."""
        self._received, self._size = 0, 0
        self.socket.sendall(b"GET %b HTTP/1.1\r\nhost: localhost\r\n\r\n" % target.encode())

    def receive(self) -> bool:
        """Read the available bytes, and return True if the response is complete."""
        self._received += self.socket.recv_into(memoryview(self._buffer)[self._received :])
        if not self._size:
            end = self._buffer.find(END, 0, self._received)
            length = LENGTH.search(self._buffer, 0, end + 2) if end >= 0 else None
            self._size = end + len(END) + int(length[1]) if length else 0
        return bool(self._size) and self._received >= self._size


def request_sequentially(*, url: str, rows: int, latency: int) -> Timed:
    """Request page by page."""

    def iterate() -> None:
        connection = Connection(url)
        for target in _iterate_targets(rows, latency):
            connection.send(target)
            while not connection.receive():
                pass
        connection.socket.close()

    return iterate


def request_concurrently(*, url: str, rows: int, latency: int, concurrency: int) -> Timed:
    """Request pages over several connections."""

    def iterate() -> None:
        targets = _iterate_targets(rows, latency)
        with selectors.DefaultSelector() as selector:
            for target in itertools.islice(targets, concurrency):
                connection = Connection(url)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.send(target)
            while selector.get_map():
                for key, _ in selector.select():
                    if key.data.receive():
                        _send_next(selector, key.data, targets)

    return iterate


def _send_next(
    selector: selectors.BaseSelector, connection: Connection, targets: Iterator[str]
) -> None:
    target = next(targets, None)
    if target is not None:
        connection.send(target)
        return
    selector.unregister(connection.socket)
    connection.socket.close()


def _iterate_targets(rows: int, latency: int) -> Iterator[str]:
    for offset in range(0, rows, PAGE):
        yield f"/{rows}/{latency}/v1/articles?limit={PAGE}&offset={offset}"
