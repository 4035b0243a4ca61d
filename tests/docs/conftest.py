"""The fixtures that the examples of the documents run on."""

from __future__ import annotations

from tests.mirror.conftest import postgres, sandbox

__all__ = ["postgres", "sandbox"]
