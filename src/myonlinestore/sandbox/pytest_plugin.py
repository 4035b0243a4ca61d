"""The pytest plugin: a new store for each test that requests one, and a client of it.

pytest loads it wherever this package is installed, so it imports nothing until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from myonlinestore import ConnectClient
    from myonlinestore.sandbox import Sandbox

MARKER = "connect_sandbox"
ARTICLES, SEED = 50, 7
_MARKER_HELP = (
    f"{MARKER}(**options): options of myonlinestore.sandbox.Sandbox for the fixture "
    "connect_sandbox, such as articles=500 or quirks=True"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options, the defaults of `connect_sandbox`."""
    parser.addini(
        f"{MARKER}_articles", "The number of articles of a sandbox.", default=str(ARTICLES)
    )
    parser.addini(f"{MARKER}_seed", "The seed of a sandbox's store.", default=str(SEED))
    parser.addini(
        f"{MARKER}_quirks",
        "Return the malformed shapes seen in live responses.",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, which --strict-markers requires."""
    config.addinivalue_line("markers", _MARKER_HELP)


@pytest.fixture
def connect_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Yield a seeded store over real HTTP for this test; see `myonlinestore.sandbox.Sandbox`.

    The marker ``connect_sandbox`` sets options: ``@pytest.mark.connect_sandbox(articles=500)``.
    """
    from myonlinestore.sandbox import Sandbox  # noqa: PLC0415 - it imports a web server

    with Sandbox(**_options(request)) as sandbox:
        yield sandbox


@pytest.fixture
def connect_client(connect_sandbox: Sandbox) -> Iterator[ConnectClient]:
    """Yield a client of the store in `connect_sandbox`, for sync and async tests."""
    with connect_sandbox.client() as client:
        yield client


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the ini options, overridden by the markers, the nearest last."""
    config = request.config
    options: dict[str, Any] = {
        "articles": _number(config, f"{MARKER}_articles"),
        "seed": _number(config, f"{MARKER}_seed"),
        "quirks": config.getini(f"{MARKER}_quirks"),
    }
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        options |= marker.kwargs
    return options


def _number(config: pytest.Config, name: str) -> int:
    text: Any = config.getini(name)
    try:
        return int(text)
    except ValueError:
        raise pytest.UsageError(f"{name} = {text}: expected an integer") from None
