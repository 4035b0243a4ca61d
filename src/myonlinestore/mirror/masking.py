"""Masking: how a path or URL may be shown."""

from __future__ import annotations

import os
import re

# Greedy: whatever stands before the last @ may be a part of a password with an @ in it.
_PASSWORD = re.compile(r"(//[^:@/?#]*:).*@|([?&](?:ssl)?password=)[^&]*", re.DOTALL)


def masked(target: str | os.PathLike[str]) -> str:
    """A path or URL as it may be shown: with *** for a password."""
    return _PASSWORD.sub(_mask, os.fspath(target))


def _mask(found: re.Match[str]) -> str:
    return f"{found[1]}***@" if found[1] else f"{found[2]}***"
