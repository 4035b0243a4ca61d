"""Filter that redacts tokens in the log records of the HTTP libraries.

At level DEBUG httpcore logs response headers, in which a redirect may repeat a URL with tokens.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from typing import Protocol

# A logger's filter does not apply to the records of its children.
_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "hpack.hpack",
    "hpack.table",
)


class SupportsRedact(Protocol):
    """An object that holds tokens."""

    def redact(self, text: str) -> str:
        """Return the text with ``***`` for each token."""
        ...


# Reentrant, because garbage collection and signals run other code at any line.
_lock = threading.RLock()
_owners: tuple[weakref.ref[SupportsRedact], ...] = ()


def install_log_filter(owner: SupportsRedact) -> None:
    """Redact the tokens of `owner` in log records, until it is garbage-collected."""
    global _owners  # noqa: PLW0603  readers take no lock, so that it is replaced as a whole
    with _lock:
        _owners = (*(ref for ref in _owners if ref() is not None), weakref.ref(owner))
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_redact_record)


def _redact_record(record: logging.LogRecord) -> bool:
    text = redacted = record.getMessage()
    for owner in [ref() for ref in _owners]:
        redacted = redacted if owner is None else owner.redact(redacted)
    if redacted != text:
        record.msg, record.args = redacted, ()
    return True


def _replace_lock() -> None:
    """Replace the lock in a forked child: a thread that it does not have may hold it."""
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch  Windows cannot fork
    os.register_at_fork(after_in_child=_replace_lock)
