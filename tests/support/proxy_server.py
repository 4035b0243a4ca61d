"""An HTTP proxy on 127.0.0.1 that opens tunnels and forwards requests."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class ProxyServer:
    """A proxy that knows the ports of some servers by their names.

    Attributes:
        heads: the heads of the requests to the proxy itself.
        seen: all bytes that clients sent, those in tunnels included.
        responses: what to send, instead of opening a tunnel, to the first requests.
    """

    def __init__(self, ports: dict[str, int], *responses: bytes) -> None:
        self.heads: list[str] = []
        self.seen = b""
        self.responses = list(responses)
        self._ports = ports
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Close everything."""
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            while (data := self._receive_head(client)) and self._handle(client, data):
                pass

    def _receive_head(self, client: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = client.recv(65_536)
            if not more:
                return b""
            data += more
        self.seen += data
        return data

    def _handle(self, client: socket.socket, data: bytes) -> bool:
        """Return True if the connection can carry another request."""
        head = data.partition(b"\r\n\r\n")[0].decode()
        self.heads.append(head)
        if self.responses:
            client.sendall(self.responses.pop(0))
            return False
        method, target, _ = head.split("\r\n")[0].split(" ")
        if method == "CONNECT":
            with self._connect(target.rpartition(":")[0]) as server:
                client.sendall(b"HTTP/1.0 200 Connection established\r\n\r\n")
                self._relay(client, server)
            return False
        url = urlsplit(target)
        lines = [line for line in head.split("\r\n")[1:] if not line.startswith("Proxy-")]
        lines = [f"{method} {url.path}?{url.query} HTTP/1.1", *lines, "Connection: close", "", ""]
        with self._connect(str(url.hostname)) as server:
            server.sendall("\r\n".join(lines).encode())
            while received := server.recv(65_536):
                client.sendall(received)
        return True

    def _connect(self, host: str) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._ports[host.strip("[]")]))

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        return_thread = threading.Thread(target=_copy, args=(server, client), daemon=True)
        return_thread.start()
        with contextlib.suppress(OSError):
            while received := client.recv(65_536):
                self.seen += received
                server.sendall(received)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        return_thread.join(5)


class SocksServer(ProxyServer):
    """A SOCKS5 proxy (RFC 1928) that asks for a user and a password (RFC 1929).

    `heads` has user, password, host and port of each connection.
    """

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, client.makefile("rb") as stream:
            stream.read(stream.read(2)[1])
            client.sendall(b"\5\2")
            stream.read(1)
            user, password = (stream.read(stream.read(1)[0]).decode() for _ in range(2))
            client.sendall(b"\1\0")
            stream.read(4)
            host = stream.read(stream.read(1)[0]).decode()
            port = int.from_bytes(stream.read(2), "big")
            self.heads.append(f"{user}:{password}@{host}:{port}")
            with self._connect(host) as server:
                client.sendall(b"\5\0\0\1" + bytes(6))
                self._relay(client, server)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
