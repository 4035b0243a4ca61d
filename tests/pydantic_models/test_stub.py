"""The stub with the static types of the pydantic models."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import pydantic as pydantic_models

GENERATOR = Path(__file__).parents[2] / "tools" / "pydantic_stub.py"


def _load_generator() -> Any:
    if not GENERATOR.exists():
        pytest.skip("tools/ is not part of this copy of the project")
    spec = importlib.util.spec_from_file_location("pydantic_stub", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stub_is_up_to_date() -> None:
    """The stub matches the models; `python tools/pydantic_stub.py` updates it."""
    stub = Path(pydantic_models.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    assert stub == _load_generator().render_stub()
