"""MirrorError, for failures of the copy."""

from __future__ import annotations

from myonlinestore.exceptions import ConnectError


class MirrorError(ConnectError):
    """The copy cannot be read or written, or a row has no key; the cause is chained."""
