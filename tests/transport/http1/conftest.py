"""Clients and parsers for the tests of the HTTP/1.1 client."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore._transport.http1 import head
from tests.support.calls import connect
from tests.support.raw_server import RawServer

PARSERS: dict[str, head.HeadParser] = {
    "httptools": head.HttptoolsParser(),
    "h11": head.H11Parser(),
}


@contextlib.contextmanager
def use_parser(name: str) -> Iterator[None]:
    """Parse the heads of responses with one of the parsers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head, "get_parser", lambda: PARSERS[name])
        yield


# Not of function scope, which would not fit tests of hypothesis.
@pytest.fixture(scope="module", params=PARSERS)
def parser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a module's tests with each parser."""
    with use_parser(request.param):
        yield


def connect_fast(server: RawServer | str, **values: Any) -> ConnectClient:
    """Return a client on the fast engine."""
    url = server if isinstance(server, str) else server.url
    return connect(url, engine="fast", **values)
