"""FileStorage: a folder of files on this machine or in an object store."""

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

STATE_FILE = "_mirror.sqlite"


class FileStorage(Protocol):
    """A folder in which a file appears complete or not at all."""

    work_dir: Path
    """A folder on this machine for the state file and unfinished files."""

    def open(self, *, read_only: bool) -> None:
        """Create the folder unless `read_only`, and download the state file if there is one."""

    def put(self, temp_path: Path, name: str) -> None:
        """Move a finished file into the folder, replacing the one with the same name."""

    def close(self) -> None:
        """Upload the state file and delete temporary files."""


class LocalStorage:
    """A folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.work_dir = folder

    def __str__(self) -> str:
        return str(self.work_dir)

    def open(self, *, read_only: bool) -> None:
        """See `FileStorage`."""
        if self.work_dir.is_file():
            raise MirrorError(f"{self.work_dir} is a file: name a folder")
        if not self.work_dir.parent.is_dir():
            raise MirrorError(f"the folder {self.work_dir.parent} does not exist: make it first")
        with map_storage_errors(self):
            if not read_only:
                self.work_dir.mkdir(exist_ok=True)

    def put(self, temp_path: Path, name: str) -> None:
        """See `FileStorage`."""
        temp_path.replace(self.work_dir / name)

    def close(self) -> None:
        """See `FileStorage`. Does nothing, because the state file is in the folder."""


class FsspecStorage:
    """A folder of fsspec, such as ``s3://bucket/catalog``."""

    def __init__(self, url: str, display_url: str) -> None:
        self._url, self._display_url = url, display_url
        # An optional dependency without type hints.
        self._fsspec: Any = import_module("fsspec.core")
        self._system: Any = None
        self._root = ""
        self._read_only = False
        self.work_dir: Path = Path()

    def __str__(self) -> str:
        return self._display_url

    def open(self, *, read_only: bool) -> None:
        """See `FileStorage`."""
        self._read_only = read_only
        self.work_dir = Path(tempfile.mkdtemp(prefix="mirror-"))
        with map_storage_errors(self):
            self._system, self._root = self._fsspec.url_to_fs(self._url)
            if not read_only:
                self._system.makedirs(self._root, exist_ok=True)
            if self._system.exists(f"{self._root}/{STATE_FILE}"):
                self._system.get_file(f"{self._root}/{STATE_FILE}", str(self.work_dir / STATE_FILE))

    def put(self, temp_path: Path, name: str) -> None:
        """See `FileStorage`."""
        self._system.put_file(str(temp_path), f"{self._root}/{name}")
        temp_path.unlink()

    def close(self) -> None:
        """See `FileStorage`."""
        try:
            if (
                not self._read_only
                and self._system is not None
                and (self.work_dir / STATE_FILE).exists()
            ):
                with map_storage_errors(self):
                    self._system.put_file(
                        str(self.work_dir / STATE_FILE), f"{self._root}/{STATE_FILE}"
                    )
        finally:
            if self.work_dir != Path():
                shutil.rmtree(self.work_dir, ignore_errors=True)
            self._system = None
            self.work_dir = Path()


@contextmanager
def map_storage_errors(destination: object) -> Generator[None, None, None]:
    """Raise MirrorError for any error in the block; each fsspec file system has its own ones."""
    try:
        yield
    except MirrorError:
        raise
    except Exception as error:
        raise MirrorError(f"cannot write to {destination}: {_explain(error)}") from error


def _explain(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EFBIG):
        return "the disk is full: free some space, then run the mirror again"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "it may not be written: check its permissions"
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
