"""A transaction pooler for PostgreSQL: each transaction of a client may use another session."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_TERMINATE = b"X"


class Pooler:
    """Relays a client to two sessions of a server, to another one after each transaction.

    PgBouncer does so in its transaction mode (`pool_mode = transaction`).

    Args:
        server: the server's socket file.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.transactions = 0

    def serve(self) -> None:
        """Relay clients, one after the other, until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client:
                    # Messages are sent one by one, and the client would delay what confirms each.
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._relay(client)

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _relay(self, client: socket.socket) -> None:
        startup = _read_startup(client)
        sessions = [self._connect(startup) for _ in range(2)]
        client.sendall(sessions[0][1])
        current = 0
        while (sent := client.recv(65536)) and sent[:1] != _TERMINATE:
            session = sessions[current][0]
            session.sendall(sent)
            ready = self._relay_result(session, client)
            if ready == b"I":
                self.transactions += 1
                current = 1 - current
        for session, _ in sessions:
            session.close()

    def _relay_result(self, session: socket.socket, client: socket.socket) -> bytes:
        """Relay messages until the server is ready, and return its transaction status."""
        client.setblocking(False)
        session.setblocking(True)
        try:
            while True:
                ready, _, _ = select.select([session, client], [], [])
                if client in ready:
                    session.sendall(client.recv(65536))
                if session in ready:
                    message = _read_message(session)
                    client.setblocking(True)
                    client.sendall(message)
                    client.setblocking(False)
                    if message[:1] == b"Z":
                        return message[5:]
        finally:
            client.setblocking(True)

    def _connect(self, startup: bytes) -> tuple[socket.socket, bytes]:
        """Open a session and return it with what the server sent until it was ready."""
        session = socket.socket(socket.AF_UNIX)
        session.connect(self._server)
        session.sendall(startup)
        greeting = message = _read_message(session)
        while message[:1] != b"Z":
            message = _read_message(session)
            greeting += message
        return session, greeting


def _read_startup(client: socket.socket) -> bytes:
    """Return the startup message, after refusing encryption."""
    while True:
        header = _read_exactly(client, 8)
        length, code = struct.unpack("!II", header)
        if code not in (_SSL_REQUEST, _GSS_REQUEST):
            return header + _read_exactly(client, length - 8)
        client.sendall(b"N")


def _read_message(session: socket.socket) -> bytes:
    header = _read_exactly(session, 5)
    return header + _read_exactly(session, struct.unpack("!I", header[1:])[0] - 4)


def _read_exactly(source: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = source.recv(size - len(received))
        if not chunk:
            raise ConnectionError("the other side has closed the connection")
        received += chunk
    return received


@contextmanager
def serve_pooler(server: str) -> Iterator[Pooler]:
    """Run a pooler in a thread."""
    pooler = Pooler(server)
    thread = threading.Thread(target=pooler.serve, daemon=True)
    thread.start()
    try:
        yield pooler
    finally:
        pooler.close()
        thread.join(10)
