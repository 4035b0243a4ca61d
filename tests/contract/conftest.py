"""The facts of the vendor's document and of the published client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.vendor_document import VendorDocument

PUBLISHED = Path(__file__).with_name("published.json")


@pytest.fixture(scope="session")
def document() -> VendorDocument:
    """Return the facts of the vendor's document."""
    return VendorDocument()


@pytest.fixture(scope="session")
def published() -> dict[str, Any]:
    """Return the published client's names, signatures and fields."""
    facts: dict[str, Any] = json.loads(PUBLISHED.read_text("utf-8"))
    return facts
