"""Why a target is not reached, where it is not, and what was tried; by experiment and line."""

from __future__ import annotations

FINDINGS: dict[tuple[str, str], str] = {}
