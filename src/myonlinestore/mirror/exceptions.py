"""MirrorError, for failures of the copy, and NoCopyError."""

from __future__ import annotations

from myonlinestore.exceptions import ConnectError


class MirrorError(ConnectError):
    """The copy cannot be read or written, or a row has no key; the cause is chained."""


class NoCopyError(MirrorError):
    """The destination does not exist, is empty, or belongs to another program."""
