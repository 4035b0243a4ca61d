"""A small HTTP server on 127.0.0.1, with scripted responses and connection failures."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

ConnectionAction = Literal["keep", "close", "reset"]


@dataclass(frozen=True)
class ReceivedRequest:
    """A received request; `target` is that of the request line."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        """The target's path, still quoted."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, unquoted, in order."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


@dataclass(frozen=True)
class ScriptedResponse:
    """Bytes to write once `wait_for` is set, and what to do with the connection after that."""

    data: bytes = b""
    then: ConnectionAction = "keep"
    wait_for: threading.Event | None = None


Script = ScriptedResponse | Callable[[ReceivedRequest], ScriptedResponse]


def make_response(
    body: Any = b"[]",
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    then: ConnectionAction = "keep",
    wait_for: threading.Event | None = None,
) -> ScriptedResponse:
    """Return a well-formed response; a body other than bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return ScriptedResponse(head + content, then, wait_for)


def make_redirect(location: str, status: int = 302) -> ScriptedResponse:
    """Return a redirect."""
    return make_response(b"", status, headers={"Location": location})


class Server:
    """A server that sends the responses of a script in order, and repeats the last one."""

    def __init__(self, *script: Script) -> None:
        self.script: list[Script] = list(script) or [make_response()]
        self.received: list[ReceivedRequest] = []
        self.max_open = 0
        self.accepted = 0
        self._changed = threading.Condition()
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        """The number of connections that the client has open."""
        with self._changed:
            self._remove_closed()
            return len(self._open)

    def listen(self) -> Server:
        """Start to accept connections; those made before are refused."""
        self._listener.listen(128)
        self._run(self._accept)
        return self

    def stop(self) -> None:
        """Close all connections and wait for every thread."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._changed:
            connections = list(self._open.values())
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(15)

    def wait_for(self, condition: Callable[[Server], bool], seconds: float = 15) -> None:
        """Wait until the condition is true; fail after `seconds`."""
        with self._changed:
            is_met = self._changed.wait_for(lambda: condition(self), seconds)
        assert is_met, f"{self.open_connections} open, {len(self.received)} received"

    def wait_until_all_closed(self) -> None:
        """Wait until the client has closed every connection."""
        self.wait_for(lambda server: not server._open)

    def _run(self, function: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._remove_closed()
                self.accepted += 1
                number = self.accepted
                self._open[number] = connection
                self.max_open = max(self.max_open, len(self._open))
            self._run(self._serve, connection, number)

    def _remove_closed(self) -> None:
        """Remove closed connections whose threads have not yet noticed it."""
        for number, connection in list(self._open.items()):
            if _is_ended(connection):
                del self._open[number]

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            for received in _read_requests(stream, number):
                if not self._respond(connection, received):
                    break
        with self._changed:
            self._open.pop(number, None)
            self._changed.notify_all()

    def _respond(self, connection: socket.socket, received: ReceivedRequest) -> bool:
        with self._changed:
            self.received.append(received)
            script = self.script[0] if len(self.script) == 1 else self.script.pop(0)
            self._changed.notify_all()
        response = script(received) if callable(script) else script
        if response.wait_for is not None:
            response.wait_for.wait(10)
        connection.sendall(response.data)
        if response.then == "reset":
            # Closing with a linger time of 0 sends a reset instead of an end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif response.then == "close":
            connection.shutdown(socket.SHUT_WR)
        return response.then == "keep"


def _is_ended(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _read_requests(stream: Any, number: int) -> Iterator[ReceivedRequest]:
    while first := stream.readline():
        method, target, _ = first.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := stream.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            twice = f"{headers[name.lower()]}, " if name.lower() in headers else ""
            headers[name.lower()] = twice + value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        yield ReceivedRequest(method, target, headers, body, number)


@contextlib.contextmanager
def run_server(*script: Script) -> Iterator[Server]:
    """Run a server during a block."""
    server = Server(*script).listen()
    try:
        yield server
    finally:
        server.stop()
