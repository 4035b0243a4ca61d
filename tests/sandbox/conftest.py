"""A sandbox to read from, one to write to, and plain HTTP clients of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from myonlinestore.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


def connect(sandbox: Sandbox, version: str = "v1") -> httpx.Client:
    """A plain HTTP client with the store's tokens."""
    tokens = {"token": sandbox.store_token, "partner_token": sandbox.partner_token}
    return httpx.Client(base_url=f"{sandbox.url}/{version}", params=tokens)


@pytest.fixture(scope="session")
def shop() -> Iterator[Sandbox]:
    """A store that no test changes."""
    with Sandbox(articles=360) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def read(shop: Sandbox) -> Iterator[httpx.Client]:
    """A client of the store that no test changes."""
    with connect(shop) as client:
        yield client


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A store that the tests of one module change."""
    with Sandbox(articles=60) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client of the store that the tests of one module change."""
    with connect(sandbox) as client:
        yield client
