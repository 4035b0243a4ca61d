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


class SupportsRedact(Protocol):
    """Something that knows the tokens."""

    def redact(self, text: str) -> str:
        """The text with the tokens masked."""
        ...


_owners: list[weakref.ref[SupportsRedact]] = []


def install_log_filter(owner: SupportsRedact) -> None:
    """From now on, for as long as the holder lives, mask its tokens in what is logged below."""
    _owners[:] = [ref for ref in _owners if ref() is not None]
    _owners.append(weakref.ref(owner))
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_redact_record)


def _redact_record(record: logging.LogRecord) -> bool:
    text = redacted = record.getMessage()
    for owner in [ref() for ref in _owners]:
        redacted = redacted if owner is None else owner.redact(redacted)
    if redacted != text:
        record.msg, record.args = redacted, ()
    return True
