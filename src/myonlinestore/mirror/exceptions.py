"""MirrorError: what goes wrong on the side of the copy."""

from __future__ import annotations

from myonlinestore.exceptions import ConnectError


class MirrorError(ConnectError):
    """The copy cannot be written, or a row has nothing to be known by; the cause is chained."""
