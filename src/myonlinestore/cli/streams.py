"""Standard streams on a disk that is full."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Any, TextIO, cast

FULL_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class BestEffortStream:
    """A text stream that discards what it cannot write, such as a log on a full disk.

    Progress and messages must not end a run whose copy is on another disk.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text, if that is possible."""
        with contextlib.suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is buffered, if that is possible."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def tolerate_full_disk() -> None:
    """Discard what cannot be written to standard error."""
    # It has the methods that Python, click and rich call.
    sys.stderr = cast("TextIO", BestEffortStream(sys.stderr))


def discard_output() -> None:
    """Discard further output, and what is buffered, which Python would write at its exit."""
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - it stays open until the exit
