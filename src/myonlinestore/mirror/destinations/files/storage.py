"""Shelves: where the files of a folder stand, on this machine or in an object store."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from myonlinestore.mirror.exceptions import MirrorError

STATE = "_mirror.sqlite"


class Shelf(Protocol):
    """A folder of files that are put there whole or not at all."""

    work: Path
    """A folder on this machine, for the state and for files that are not finished yet."""

    def open(self, *, to_read: bool) -> None:
        """Make the folder, unless it is only read, and bring the state that is there."""

    def put(self, part: Path, name: str) -> None:
        """Put a finished file there under its name, in the place of the one before."""

    def close(self) -> None:
        """Leave the state there, and nothing else of ours anywhere."""


class LocalShelf:
    """A folder on this machine. A file takes its name only when all of it is written."""

    def __init__(self, folder: Path) -> None:
        self.work = folder

    def __str__(self) -> str:
        return str(self.work)

    def open(self, *, to_read: bool) -> None:
        """See `Shelf`."""
        if self.work.is_file():
            raise MirrorError(f"{self.work} is a file: name a folder")
        if not self.work.parent.is_dir():
            raise MirrorError(f"the folder {self.work.parent} does not exist: make it first")
        with told(self):
            if not to_read:
                self.work.mkdir(exist_ok=True)

    def put(self, part: Path, name: str) -> None:
        """See `Shelf`."""
        part.replace(self.work / name)

    def close(self) -> None:
        """See `Shelf`: the state stands there already."""


class RemoteShelf:
    """A place of fsspec's, such as ``s3://bucket/catalog``: an upload shows when it is complete."""

    def __init__(self, url: str, shown: str) -> None:
        self._url, self._shown = url, shown
        # It has no types, and is needed for nothing else.
        self._fsspec: Any = import_module("fsspec.core")
        self._system: Any = None
        self._root = ""
        self._to_read = False
        self.work: Path = Path()

    def __str__(self) -> str:
        return self._shown

    def open(self, *, to_read: bool) -> None:
        """See `Shelf`."""
        self._to_read = to_read
        self.work = Path(tempfile.mkdtemp(prefix="mirror-"))
        with told(self):
            self._system, self._root = self._fsspec.url_to_fs(self._url)
            if not to_read:
                self._system.makedirs(self._root, exist_ok=True)
            if self._system.exists(f"{self._root}/{STATE}"):
                self._system.get_file(f"{self._root}/{STATE}", str(self.work / STATE))

    def put(self, part: Path, name: str) -> None:
        """See `Shelf`."""
        self._system.put_file(str(part), f"{self._root}/{name}")
        part.unlink()

    def close(self) -> None:
        """See `Shelf`."""
        try:
            if not self._to_read and self._system is not None and (self.work / STATE).exists():
                with told(self):
                    self._system.put_file(str(self.work / STATE), f"{self._root}/{STATE}")
        finally:
            if self.work != Path():
                shutil.rmtree(self.work, ignore_errors=True)
            self._system = None
            self.work = Path()


@contextmanager
def told(shelf: object) -> Generator[None, None, None]:
    """Whatever goes wrong while files are written is a MirrorError."""
    try:
        yield
    except MirrorError:
        raise
    # Each file system behind fsspec has errors of its own.
    except Exception as error:
        raise MirrorError(f"cannot write to {shelf}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EFBIG):
        return "the disk is full: make room, then run the mirror again"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "it may not be written: check its permissions"
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
