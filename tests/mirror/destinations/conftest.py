"""The fixture of an open destination."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from myonlinestore.mirror.destinations.base import Destination
from tests.mirror.databases import Database


@pytest.fixture
def destination(database: Database) -> Iterator[Destination]:
    """Yield an open destination."""
    destination = database.make_destination()
    destination.open()
    yield destination
    destination.close()
