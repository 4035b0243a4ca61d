"""FileStorage: a folder of files on this machine or in an object store."""

from __future__ import annotations

import errno
import functools
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from myonlinestore._redaction import redact_passwords, scrub_exception
from myonlinestore.mirror.destinations.files.manifest import MANIFEST_FILE
from myonlinestore.mirror.exceptions import MirrorError

STATE_FILE = "_mirror.sqlite"


class FileStorage(Protocol):
    """A folder in which a file appears complete or not at all."""

    redact: Callable[[str], str]
    """Return an error's text without the keys of the folder's URL; `str` if it has none."""
    work_dir: Path
    """A folder on this machine for the state file and unfinished files."""

    def open(self, *, read_only: bool) -> None:
        """Create the folder unless `read_only`, and download the state file and the manifest.

        Raises:
            MirrorError: the folder cannot be used, or the state file cannot be read completely.
        """

    def list_names(self) -> set[str]:
        """Return the names of the files in the folder."""
        ...

    def put(self, temp_path: Path, name: str) -> None:
        """Move a finished file into the folder, replacing the one with the same name."""

    def remove(self, name: str) -> None:
        """Delete a file of the folder."""

    def save_state(self) -> None:
        """Store the state file in the folder, replacing the previous one."""

    def close(self) -> None:
        """Delete temporary files."""


class LocalStorage:
    """A folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.redact: Callable[[str], str] = str
        self.work_dir = folder

    def __str__(self) -> str:
        return str(self.work_dir)

    def open(self, *, read_only: bool) -> None:
        """See `FileStorage`."""
        with map_storage_errors(self, "cannot open"):
            if self.work_dir.is_file():
                raise MirrorError(f"{self.work_dir} is a file: name a folder")
            if not self.work_dir.parent.is_dir():
                raise MirrorError(
                    f"the folder {self.work_dir.parent} does not exist: make it first"
                )
            if not read_only:
                self.work_dir.mkdir(exist_ok=True)

    def list_names(self) -> set[str]:
        """See `FileStorage`."""
        return {path.name for path in self.work_dir.iterdir()}

    def put(self, temp_path: Path, name: str) -> None:
        """See `FileStorage`."""
        temp_path.replace(self.work_dir / name)

    def remove(self, name: str) -> None:
        """See `FileStorage`."""
        (self.work_dir / name).unlink()

    def save_state(self) -> None:
        """See `FileStorage`. Do nothing, because the state file is in the folder."""

    def close(self) -> None:
        """See `FileStorage`. Do nothing, because all files are in the folder."""


class FsspecStorage:
    """A folder of fsspec, such as ``s3://bucket/catalog``.

    A file is uploaded with the suffix ``.part`` and then moved to its name, which an object store
    does in one step. Its previous content can therefore be read until the new one is complete.
    """

    def __init__(self, url: str, display_url: str) -> None:
        self._url, self._display_url = url, display_url
        has_keys = url != display_url
        self.redact: Callable[[str], str] = (
            functools.partial(redact_passwords, target=url) if has_keys else str
        )
        # An optional dependency without type hints.
        self._fsspec: Any = import_module("fsspec.core")
        self._system: Any = None
        self._root = ""
        self._temp_dir: tempfile.TemporaryDirectory[str] | None = None
        self.work_dir: Path = Path()

    def __str__(self) -> str:
        return self._display_url

    def open(self, *, read_only: bool) -> None:
        """See `FileStorage`."""
        self._temp_dir = tempfile.TemporaryDirectory(prefix="mirror-", ignore_cleanup_errors=True)
        self.work_dir = Path(self._temp_dir.name)
        with map_storage_errors(self, redact=self.redact):
            self._system, self._root = self._fsspec.url_to_fs(self._url)
            # Other destinations of this process share the file system and its cached listings.
            self._system.invalidate_cache()
            if not read_only:
                self._system.makedirs(self._root, exist_ok=True)
        with map_storage_errors(self, "cannot read", self.redact):
            for name in (STATE_FILE, MANIFEST_FILE):
                if self._system.exists(self._path(name)):
                    self._download(name)

    def list_names(self) -> set[str]:
        """See `FileStorage`."""
        names: list[str] = self._system.ls(self._root, detail=False)
        return {name.rpartition("/")[2] for name in names}

    def put(self, temp_path: Path, name: str) -> None:
        """See `FileStorage`."""
        part = self._path(f"{name}.part")
        self._system.put_file(str(temp_path), part)
        self._check_size(part, temp_path)
        self._system.mv(part, self._path(name))

    def remove(self, name: str) -> None:
        """See `FileStorage`."""
        self._system.rm_file(self._path(name))

    def save_state(self) -> None:
        """See `FileStorage`."""
        if (self.work_dir / f"{STATE_FILE}-wal").exists():
            # SQLite deletes it once its content is in the state file.
            raise MirrorError(
                f"the sync state of {self} could not be completed on this machine's disk: "
                "free some space, then run the mirror again"
            )
        with map_storage_errors(self, redact=self.redact):
            self.put(self.work_dir / STATE_FILE, STATE_FILE)

    def close(self) -> None:
        """See `FileStorage`."""
        temp_dir, self._temp_dir = self._temp_dir, None
        if temp_dir is not None:
            temp_dir.cleanup()
        self._system = None
        self.work_dir = Path()

    def _download(self, name: str) -> None:
        """Download a file under another name first, so that half of one is never used."""
        part = self.work_dir / f"{name}.part"
        self._system.get_file(self._path(name), str(part))
        self._check_size(self._path(name), part)
        part.rename(self.work_dir / name)

    def _check_size(self, remote_path: str, local_path: Path) -> None:
        """Raise MirrorError if a file was not transferred completely."""
        size, expected = local_path.stat().st_size, self._system.size(remote_path)
        if size != expected:
            raise MirrorError(
                f"{local_path.name.removesuffix('.part')} was not transferred completely to or "
                f"from {self} ({expected} and {size} bytes): run the mirror again"
            )

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


@contextmanager
def map_storage_errors(
    destination: object,
    failure: str = "cannot write to",
    redact: Callable[[str], str] = str,
) -> Generator[None, None, None]:
    """Raise MirrorError for any error in the block; each fsspec file system has its own ones.

    Args:
        destination: the destination, for the message.
        failure: what failed.
        redact: returns an error's text without the keys of the folder's URL.
    """
    outer_exception = sys.exc_info()[1]
    try:
        yield
    except MirrorError:
        raise
    except Exception as error:
        if redact is not str:
            scrub_exception(error, outer_exception, redact)
        raise MirrorError(f"{failure} {destination}: {_explain(error)}") from error


def _explain(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EFBIG):
        return "the disk is full: free some space, then run the mirror again"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "it may not be written: check its permissions"
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
