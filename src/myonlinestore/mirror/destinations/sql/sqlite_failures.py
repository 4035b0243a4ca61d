"""What SQLite's failures mean, in one sentence each."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator
from pathlib import Path

from myonlinestore.mirror.exceptions import MirrorError

_REASONS = {
    "unable to open database file": "it cannot be opened or made: check its folder and permissions",
    "file is not a database": "it is no SQLite database: name another file",
    "malformed": "its content is damaged: restore it, or mirror into a new file",
    "is full": "the disk is full: make room, then run the mirror again",
    "disk I/O error": "the disk is full or fails: make room, then run the mirror again",
    "is locked": "another program is writing to it: close that, then run the mirror again",
    "readonly database": "it is read-only: check the permissions of the file and its folder",
}


def check_place(path: Path) -> None:
    """Refuse a place where no file can be."""
    if path.is_dir():
        raise MirrorError(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise MirrorError(f"the folder {path.parent} does not exist: make it first")


@contextlib.contextmanager
def told(path: Path) -> Generator[None, None, None]:
    """Makes each failure of a database a MirrorError."""
    try:
        yield
    except (sqlite3.Error, OverflowError, OSError) as error:
        raise MirrorError(f"cannot write to {path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What happened and what to do, where it is known."""
    found = (told for sign, told in _REASONS.items() if sign in str(error))
    return next(found, f"{type(error).__name__}: {error}")
