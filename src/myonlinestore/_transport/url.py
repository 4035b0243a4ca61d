"""URLs, parsed and quoted by the rules of httpx: RFC 3986, with the WHATWG's sets of characters."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote

from myonlinestore._transport.http1.request import Server

Origin = tuple[str, str, int | None]

# As httpx.
_MAX_CHARS = 65_536
_MAX_PORT = 65_535
_DEFAULT_PORTS = {"http": 80, "https": 443}
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
# The sets of https://url.spec.whatwg.org/#percent-encoded-bytes. "%" is safe: quoted text stays.
_SAFE_IN_QUERY = re.sub('["#<>]', "", _VISIBLE)
_SAFE_IN_PATH = re.sub('["#<>?`{}]', "", _VISIBLE)
_SAFE_IN_HOST = "!$&'()*+,;=\"`{}%|\\"

_is_printable = re.compile(r"[^\x00-\x1f\x7f]*").fullmatch
_is_ipv4_style = re.compile(r"[0-9]+(?:\.[0-9]+){3}").fullmatch
_parse = re.compile(
    r"(?P<scheme>https?)://(?:[^/?#]*@)?(?P<host>\[[^]/?#@]*\]|[^][/?#@:]+)(?::(?P<port>[0-9]*))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
).fullmatch


class ParsedUrl(NamedTuple):
    """The parts of a URL that are sent; all are in ASCII.

    Attributes:
        scheme: ``http`` or ``https``.
        host: in lower case, without the brackets of an IPv6 address.
        port: None for the default of the scheme.
        target: the path and the query.
    """

    scheme: str
    host: str
    port: int | None
    target: str

    @property
    def origin(self) -> Origin:
        """Scheme, host and port."""
        return self[:3]

    @property
    def authority(self) -> str:
        """Host and port, as the header ``Host`` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def server(self) -> Server:
        """The server to connect to."""
        return Server(
            self.host, self.port or _DEFAULT_PORTS[self.scheme], is_tls=self.scheme == "https"
        )


def parse_url(text: str) -> ParsedUrl:
    """Parse an absolute URL; a user, a password and a fragment are dropped.

    Raises ValueError, whose message does not contain the URL, as that may hold tokens.
    """
    if len(text) > _MAX_CHARS:
        raise ValueError("URL too long")
    if not _is_printable(text):
        raise ValueError("the URL has a character that cannot be printed")
    match = _parse(text)
    if match is None:
        raise ValueError("the URL must be http:// or https:// with a host")
    scheme, query = match["scheme"].lower(), match["query"]
    host, port = _encode_host(match["host"]), _parse_port(match["port"], scheme)
    target = quote(_remove_dot_segments(match["path"] or ""), safe=_SAFE_IN_PATH) or "/"
    if query is not None:
        target += "?" + quote(query, safe=_SAFE_IN_QUERY)
    return ParsedUrl(scheme, host, port, target)


def _encode_host(host: str) -> str:
    if _is_ipv4_style(host):
        return str(ipaddress.IPv4Address(host))
    if host.startswith("["):
        ipaddress.IPv6Address(host[1:-1])
        return host[1:-1]
    if host.isascii():
        return quote(host.lower(), safe=_SAFE_IN_HOST)
    import idna  # noqa: PLC0415  few hosts need it

    return idna.encode(host.lower()).decode("ascii")


def _parse_port(text: str | None, scheme: str) -> int | None:
    if not text:
        return None
    port = int(text)
    if port > _MAX_PORT:
        raise ValueError(f"the port must be at most {_MAX_PORT}")
    return None if port == _DEFAULT_PORTS[scheme] else port


def _remove_dot_segments(path: str) -> str:
    """Resolve the segments ``.`` and ``..`` (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment != "..":
            kept += [segment] if segment != "." else []
        elif kept not in ([], [""]):
            kept.pop()
    return "/".join(kept)
