"""URLs: the same parts, and the same refusals, as with httpx."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myonlinestore import ConnectClient
from myonlinestore._transport.auth import parse_base_url
from myonlinestore._transport.http1.request import Server
from myonlinestore._transport.url import parse_url

_hosts = st.one_of(
    st.from_regex(r"[a-zA-Z0-9<>~_.|%{-]{1,12}", fullmatch=True),
    st.ip_addresses().map(lambda address: f"[{address}]" if address.version == 6 else str(address)),
    st.text("abé漢字ßx-.🎉İ0", min_size=1, max_size=8),
    st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,4}){3}", fullmatch=True),
    st.from_regex(r"\[[0-9a-fA-F:.%]{1,12}\]", fullmatch=True),
)
_ports = st.one_of(
    st.sampled_from(["", ":", ":0080", ":443", ":x"]),
    st.integers(0, 65_535).map(lambda port: f":{port}"),
)
_paths = st.text(st.sampled_from("/.a%2é '\"<>`{}[]|^\\~;:@漢"), max_size=12)
_queries = st.text(st.sampled_from("a=&%2?é \"<>`{}[]|^'\t"), max_size=9)


@given(
    scheme=st.sampled_from(["http", "https"]),
    user=st.sampled_from(["", "u@", "u:p@", "u:p@x@", ":@"]),
    host=_hosts,
    port=_ports,
    path=_paths.map(lambda path: f"/{path}") | st.just(""),
    query=_queries.map(lambda query: f"?{query}") | st.just(""),
    fragment=st.sampled_from(["", "#", "#a?b#c"]),
)
@example(scheme="http", user="", host="x", port="", path="/../a/../../b", query="", fragment="")
@example(
    scheme="https",
    user="",
    host="Bücher.example",
    port=":443",
    path="/a b/../%zz/é%41/.",
    query="?q='x'",
    fragment="#f",
)
def test_a_url_has_the_parts_that_httpx_finds(
    scheme: str, user: str, host: str, port: str, path: str, query: str, fragment: str
) -> None:
    """Host, port, path and query are normalized and quoted as httpx does; both refuse the same."""
    text = f"{scheme}://{user}{host}{port}{path}{query}{fragment}"
    try:
        expected = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        with pytest.raises(ValueError):
            parse_url(text)
        return
    url = parse_url(text)
    assert (url.scheme, url.host, url.port) == (
        expected.scheme,
        expected.raw_host.decode(),
        expected.port,
    )
    assert (url.authority, url.target) == (expected.netloc.decode(), expected.raw_path.decode())
    port_number = url.port or {"http": 80, "https": 443}[scheme]
    assert url.server == Server(url.host, port_number, is_tls=scheme == "https")


def test_a_scheme_has_any_case() -> None:
    """A default port is that of the scheme in any case; httpx takes it for another origin."""
    assert parse_url("HTTP://Host:80/x").origin == ("http", "host", None)


def test_the_parts_of_a_url() -> None:
    """The parts are those that are sent, without user and fragment."""
    url = parse_url("HTTPS://u:p@[::1]:8443/a/./b/../X c?d=e f#g")
    assert url == ("https", "::1", 8443, "/a/X%20c?d=e%20f")
    assert url.authority == "[::1]:8443"
    assert url.server == Server("::1", 8443, is_tls=True)
    plain = parse_url("http://Host")
    assert plain == ("http", "host", None, "/")
    assert plain.authority == "host"
    assert plain.server == Server("host", 80, is_tls=False)


NO_URL = "the URL must be http:// or https:// with a host"
UNUSABLE = {
    **dict.fromkeys(["", "x", "/x", "ftp://x", "http:x", "http://", "http://:80"], NO_URL),
    "http://x:-1": NO_URL,
    "http://x:65536": "the port must be at most 65535",
    "http://x/\0": "the URL has a character that cannot be printed",
    "https://[x]": ".+",
    "https://[::1::]": ".+",
}


@pytest.mark.parametrize(("text", "reason"), UNUSABLE.items())
def test_an_unusable_url_is_refused(text: str, reason: str) -> None:
    """A URL without an HTTP scheme, a host or a possible port raises."""
    with pytest.raises(ValueError, match=f"^{reason}$"):
        parse_url(text)


def test_a_long_url_is_refused() -> None:
    """The limit is that of httpx."""
    assert parse_url("http://x/" + "y" * (65_536 - 9)).target
    with pytest.raises(ValueError, match="URL too long"):
        parse_url("http://x/" + "y" * (65_536 - 8))


@pytest.mark.parametrize("host", ["1.2.3.999", "[::1::]", "x\x7f", "xn--\u2603x", "x:65536"])
def test_an_invalid_base_url_is_refused_at_creation(host: str) -> None:
    """A base URL with an impossible host or port raises before the first call."""
    with pytest.raises(ValueError, match=r"^base_url is not a valid URL: .+"):
        ConnectClient("t0ken", base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("text", "host", "prefix"),
    [
        ("https://api.example", "api.example", ""),
        ("https://api.example/", "api.example", ""),
        ("http://h:81/a/v1", "h:81", "/a/v1"),
    ],
)
def test_requests_to_a_base_url_share_their_start(text: str, host: str, prefix: str) -> None:
    """A base URL gives the server, the first header line, and the start of each path."""
    base = parse_base_url(text)
    assert (base.host, base.prefix) == (host, prefix)
    assert base.header_lines.startswith(f"Host: {host}\r\n".encode())
    assert (base.origin, base.server) == (parse_url(text).origin, parse_url(text).server)
