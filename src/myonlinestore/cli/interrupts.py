"""Ctrl-C: the first ends a command in order, the second at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

EXIT_INTERRUPTED = 130
_ENDING = b"Interrupting: press Ctrl-C again to end at once.\n"
_ENDED = b"Interrupted again: ended at once. What was committed stays.\n"


def ignore_interrupts() -> None:
    """Let a further Ctrl-C have no effect, while the process exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def exit_interrupted() -> NoReturn:
    """Print a message and exit."""
    ignore_interrupts()
    sys.stderr.write("Interrupted.\n")
    sys.exit(EXIT_INTERRUPTED)


def exit_at_second_interrupt() -> None:
    """Let the second Ctrl-C end the process; the present handler handles the first.

    Call it in the event loop, because the loop installs its own handler at its start, which cancels
    the main task. A thread may still be in a call of the database's library then. A regular exit
    would close the connection below that call, so the process ends without closing anything, as
    after a crash.
    """
    handle_first = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handle_first):
        return
    has_been_interrupted = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal has_been_interrupted
        if has_been_interrupted:  # pragma: no cover  a process that ends so reports no coverage
            os.write(2, _ENDED)
            os._exit(EXIT_INTERRUPTED)
        has_been_interrupted = True
        os.write(2, _ENDING)
        handle_first(number, frame)

    signal.signal(signal.SIGINT, handle)


@contextmanager
def restored_interrupts() -> Generator[None, None, None]:
    """Restore the handler of Ctrl-C at the end of the block."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)
