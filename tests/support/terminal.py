"""A pseudo terminal: runs a command in it, and shows what a user sees on the screen."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import pyte

# Sequences that move the cursor, erase, scroll or set a mode; those for colors end with "m".
CONTROL_SEQUENCE = re.compile(rb"\x1b(\[[0-9;?]*[@-ln-~]|[^\[])")
# With these, rich does not ask the terminal.
_OVERRIDES = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
_TIMEOUT_SECONDS = 60.0


class Terminal:
    """A command in a pseudo terminal, which ends with the `with` block.

    Args:
        command: its arguments, run with `python -m myonlinestore.cli`.
        width: the columns of the terminal.
        folder: the working directory.
        height: its lines.
        environment: variables to add.
    """

    def __init__(
        self,
        command: Sequence[str],
        width: int,
        folder: Path,
        *,
        height: int = 30,
        **environment: str,
    ) -> None:
        import fcntl
        import termios

        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self.output: bytes = b""
        self._main, terminal = os.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in _OVERRIDES and not name.startswith("MYONLINESTORE_")
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "myonlinestore.cli", *command],
            cwd=folder,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            # Without a controlling terminal, a prompt reads from standard input.
            start_new_session=True,
            env=inherited | {"TERM": "xterm-256color", **environment},
        )
        os.close(terminal)

    @property
    def lines(self) -> list[str]:
        """The lines of the screen that are not empty."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def wait_for(self, condition: Callable[[list[str]], bool]) -> list[str]:
        """Return the lines of the screen as soon as a condition is true for them."""
        while not condition(self.lines):
            assert self._read(), f"the command has ended: {self.lines}"
        return self.lines

    def send(self, text: str) -> None:
        """Type a text."""
        os.write(self._main, text.encode())

    def wait(self) -> int:
        """Read to the end of the command, and return its exit code."""
        while self._read():
            pass
        return self._process.wait(_TIMEOUT_SECONDS)

    def _read(self) -> bool:
        """Read what the command has written. Return False at its end."""
        ready, _, _ = select.select([self._main], [], [], _TIMEOUT_SECONDS)
        assert ready, f"no output for {_TIMEOUT_SECONDS:.0f} seconds: {self.lines}"
        try:
            data = os.read(self._main, 65_536)
        except OSError:  # Linux raises EIO once the terminal has no process.
            return False
        self.output += data
        self._stream.feed(data)
        return bool(data)

    def __enter__(self) -> Terminal:  # noqa: PYI034 - Self is not in 3.10
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._main)
