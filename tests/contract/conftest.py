"""The vendor's document and the published client's surface, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.vendor_document import VendorDocument

SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "spec"


def spec_file(name: str) -> Path:
    """Return a file of the vendor's description; skip the test if it is not available."""
    path = SPEC / name
    if not path.is_file():
        pytest.skip(f"the vendor's description is not beside this checkout (../shared/spec/{name})")
    return path


@pytest.fixture(scope="session")
def document() -> VendorDocument:
    """Return the vendor's OpenAPI document."""
    yaml = pytest.importorskip("yaml", reason="reading the vendor's document needs PyYAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = spec_file("openapi.yaml").read_text(encoding="utf-8")
    return VendorDocument(yaml.load(text, Loader=loader))


@pytest.fixture(scope="session")
def published() -> dict[str, Any]:
    """Return the published client's names and behaviour."""
    found: dict[str, Any] = json.loads(spec_file("published-surface.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="session")
def surface(published: dict[str, Any]) -> dict[str, Any]:
    """Return the published client's names, by module."""
    modules: dict[str, Any] = published["modules"]
    return modules
