"""A request: the server that it goes to, and its bytes (RFC 9112, section 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from myonlinestore._transport.http1.errors import InvalidRequestError

# As httpx; servers refuse shorter targets than this.
MAX_TARGET_BYTES = 65_536

_METHODS_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
# The client frames the message itself: by the length of the body.
_FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding"})
_is_token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_is_target = re.compile(r"[!-~]+").fullmatch
# RFC 9110, section 5.5: visible characters with spaces and tabs between them.
_is_value = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?").fullmatch


class Proxy(NamedTuple):
    """An HTTP proxy. Its repr does not show the password.

    Attributes:
        host: in ASCII, without the brackets of an IPv6 address.
        port: the port.
        header_line: the line with user and password, or nothing.
    """

    host: str
    port: int
    header_line: bytes

    def __repr__(self) -> str:
        return f"Proxy({format_address(self)!r})"


class Server(NamedTuple):
    """A server; `host` is in ASCII, without the brackets of an IPv6 address."""

    host: str
    port: int
    is_tls: bool
    proxy: Proxy | None = None


class WireRequest(msgspec.Struct, frozen=True, gc=False):
    """A request as bytes. The head may hold tokens, so it is kept out of every message."""

    method: str
    head: bytes
    content: bytes | None

    def __repr__(self) -> str:
        return f"WireRequest(method={self.method!r})"


def format_address(peer: Server | Proxy) -> str:
    """Return host and port, as a request to a proxy names them."""
    host = f"[{peer.host}]" if ":" in peer.host else peer.host
    return f"{host}:{peer.port}"


def serialize_connect(server: Server, proxy: Proxy) -> bytes:
    """Return the request to a proxy for a tunnel to a server (RFC 9110, section 9.3.6)."""
    address = format_address(server).encode("ascii")
    return b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (address, address, proxy.header_line)


def serialize_headers(
    host: str, defaults: Mapping[str, str], headers: Mapping[str, str] | None
) -> bytes:
    """Return the header lines of a request; `headers` replace the defaults of the same name.

    Raises InvalidRequestError for a header that would be read as something else.
    """
    lines = {"host": f"Host: {host}"}
    lines |= {name: f"{name}: {value}" for name, value in defaults.items()}
    for name, value in (headers or {}).items():
        if not (_is_token(name) and _is_value(value)):
            raise InvalidRequestError("a header has an invalid name or value")
        if name.lower() not in _FRAMING_HEADERS:
            lines[name.lower()] = f"{name}: {value}"
    return "".join(f"{line}\r\n" for line in lines.values()).encode("ascii")


def serialize_head(method: str, target: str, header_lines: bytes, content: bytes | None) -> bytes:
    """Return everything that precedes the body. Raises InvalidRequestError.

    No message of an error contains the target, which may hold tokens.
    """
    if len(target) > MAX_TARGET_BYTES:
        raise InvalidRequestError("URL too long")
    if not (_is_token(method) and _is_target(target)):
        raise InvalidRequestError("the method or the path has an invalid character")
    length = b""
    if content or method in _METHODS_WITH_LENGTH:
        length = b"Content-Length: %d\r\n" % len(content or b"")
    request_line = f"{method} {target} HTTP/1.1\r\n".encode("ascii")
    return b"%b%b%b\r\n" % (request_line, header_lines, length)
