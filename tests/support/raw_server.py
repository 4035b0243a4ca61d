"""A server on 127.0.0.1 whose bytes a test writes itself, in plain text or in TLS records."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any


class Peer:
    """The server's side of a connection, and the request that it has just read.

    Attributes:
        connection: the number of the connection, from 1.
        request: the number of the request on this connection, from 1.
        path: the path of the request, without the query.
    """

    def __init__(self, sock: socket.socket, context: ssl.SSLContext | None, number: int) -> None:
        self.connection = number
        self.request = 0
        self.path = ""
        self.socket = sock
        self._tls: ssl.SSLObject | None = None
        if context is not None:
            self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
            self._run(self._tls.do_handshake)

    def send(self, *parts: bytes) -> None:
        """Send all parts by one system call; with TLS each is a record of its own."""
        if self._tls is None:
            self.socket.sendall(b"".join(parts))
            return
        for part in parts:
            self._tls.write(part)
        self._flush()

    def receive(self) -> bytes:
        """Return some bytes, none at the end."""
        if self._tls is None:
            return self.socket.recv(65_536)
        tls = self._tls
        try:
            return self._run(lambda: tls.read(65_536))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self.socket.sendall(self._outgoing.read())

    def _run(self, step: Callable[[], Any]) -> Any:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:  # noqa: PERF203
                self._flush()
                data = self.socket.recv(65_536)
                self._incoming.write(data) if data else self._incoming.write_eof()
            else:
                self._flush()
                return result


Handler = Callable[[Peer], None]


class RawServer:
    """A server that calls `handler` after each request head and its body."""

    def __init__(
        self, handler: Handler, context: ssl.SSLContext | None = None, *, reads_body: bool = True
    ) -> None:
        self.requests = 0
        self.connections = 0
        self.open: set[socket.socket] = set()
        self.max_open = 0
        self._handler = handler
        self._context = context
        self._reads_body = reads_body
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self.connections += 1
                    self.open.add(sock)
                    self.max_open = max(self.max_open, len(self.open))
                number = self.connections
                threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ssl.SSLError), sock:
            peer = Peer(sock, self._context, number)
            for path in _read_paths(peer, reads_body=self._reads_body):
                self.requests += 1
                peer.path = path
                peer.request += 1
                self._handler(peer)
        with self._lock:
            self.open.discard(sock)

    def stop(self) -> None:
        """Close everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for sock in self.open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


def _read_paths(peer: Peer, *, reads_body: bool) -> Iterator[str]:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = peer.receive()
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        lengths = [
            line[15:] for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"
        ]
        length = int(lengths[0]) if lengths and reads_body else 0
        while len(data) < length:
            data += peer.receive()
        data = data[length:]
        yield head.split(b" ")[1].decode().partition("?")[0]


def encode_response(body: object, *lines: str, status: str = "200 OK") -> bytes:
    """Return a response with a length; a body that is not bytes is JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *lines, "", ""]
    return "\r\n".join(head).encode() + content
