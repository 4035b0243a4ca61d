"""Log masks: no token in what the HTTP libraries log, not even one that the server wrote back.

At level DEBUG httpcore logs the headers of an answer as they came, and a redirect may repeat the
signed URL there.
"""

from __future__ import annotations

import logging
import weakref
from typing import Protocol

# A filter sees only what its own logger is given, not what its children are.
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


class Redacts(Protocol):
    """Something that knows the tokens."""

    def redact(self, text: str) -> str:
        """The text with the tokens masked."""
        ...


_holders: list[weakref.ref[Redacts]] = []


def mask_logs_for(holder: Redacts) -> None:
    """From now on, for as long as the holder lives, mask its tokens in what is logged below."""
    _holders[:] = [ref for ref in _holders if ref() is not None]
    _holders.append(weakref.ref(holder))
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_masked)


def _masked(record: logging.LogRecord) -> bool:
    text = shown = record.getMessage()
    for holder in [ref() for ref in _holders]:
        shown = shown if holder is None else holder.redact(shown)
    if shown != text:
        record.msg, record.args = shown, ()
    return True
