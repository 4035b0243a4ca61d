"""Resolve a path or URL to its destination."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from myonlinestore._redaction import redact_url
from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT, Destination
from myonlinestore.mirror.exceptions import MirrorError

if TYPE_CHECKING:
    from myonlinestore.mirror.destinations.files.formats import FileFormat
    from myonlinestore.mirror.destinations.files.storage import FileStorage

SUPPORTED = (
    "name a file such as catalog.sqlite or catalog.duckdb, a URL that begins with sqlite:///, "
    "duckdb:/// or postgresql://, or a folder after jsonl: or parquet:"
)
_SUFFIXES = {
    **dict.fromkeys((".sqlite", ".sqlite3", ".db", ".db3"), "sqlite"),
    **dict.fromkeys((".duckdb", ".ddb"), "duckdb"),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.]+):")


def resolve_destination(
    target: str | os.PathLike[str], *, busy_timeout: float = BUSY_TIMEOUT
) -> Destination:
    """Return the destination of a path or URL, without opening it.

    Args:
        target: the path or URL.
        busy_timeout: seconds after which a database that another program has locked is an error.

    Raises:
        MirrorError: the path or URL is not supported, or its extra is not installed.
    """
    name = redact_url(target)
    if not name:
        raise MirrorError(f"the name of the destination is empty: {SUPPORTED}")
    if "\0" in name:
        raise MirrorError(f"the name {name!r} contains a NUL character: {SUPPORTED}")
    if name == ":memory:":
        raise MirrorError(f"{name} ends with this process: {SUPPORTED}")
    scheme = _SCHEME.match(target) if isinstance(target, str) else None
    if scheme is not None:
        return _from_url(scheme[1].lower(), str(target), busy_timeout)
    path = Path(target)
    database = _SUFFIXES.get(path.suffix.lower())
    if database is None:
        raise MirrorError(f"unknown kind of destination {name}: {SUPPORTED}")
    return _FILES[database](path, busy_timeout)


def _from_url(scheme: str, url: str, busy_timeout: float) -> Destination:
    if scheme in ("postgresql", "postgres"):
        return _postgres(url, busy_timeout)
    if scheme in _FORMATS:
        location = url.partition(":")[2].removeprefix("///")
        return _folder(url, location, _FORMATS[scheme], busy_timeout)
    if scheme not in _FILES:
        raise MirrorError(f"cannot copy into a {scheme} database: {SUPPORTED}")
    path = url.partition(":///")[2]
    if path == ":memory:":
        raise MirrorError(f"{redact_url(url)} ends with this process: {SUPPORTED}")
    if not path:
        raise MirrorError(f"the URL {redact_url(url)} names no file: {SUPPORTED}")
    return _FILES[scheme](Path(path), busy_timeout)


def _sqlite(path: Path, busy_timeout: float) -> Destination:
    from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination  # noqa: PLC0415 - only if needed

    return SqliteDestination(path, busy_timeout=busy_timeout)


def _duckdb(path: Path, busy_timeout: float) -> Destination:
    with _require_extra("duckdb", extra="mirror"):
        from myonlinestore.mirror.destinations.sql.duckdb import DuckdbDestination  # noqa: PLC0415 - an extra
    return DuckdbDestination(path, busy_timeout=busy_timeout)


def _postgres(url: str, busy_timeout: float) -> Destination:
    with _require_extra("psycopg", extra="mirror"):
        from myonlinestore.mirror.destinations.sql.postgres import PostgresDestination  # noqa: PLC0415 - an extra
    return PostgresDestination(url, busy_timeout=busy_timeout)


def _folder(
    url: str, location: str, create_format: Callable[[], FileFormat], busy_timeout: float
) -> Destination:
    from myonlinestore.mirror.destinations.files.destination import FolderDestination  # noqa: PLC0415 - only if needed
    from myonlinestore.mirror.destinations.files.storage import FsspecStorage, LocalStorage  # noqa: PLC0415 - as well

    if not location or location.startswith("//"):
        raise MirrorError(f"the URL {redact_url(url)} names no folder: {SUPPORTED}")
    if "://" not in location:
        storage: FileStorage = LocalStorage(Path(location))
    else:
        with _require_extra("fsspec", extra="parquet"):
            storage = FsspecStorage(location, redact_url(location))
    return FolderDestination(storage, create_format(), busy_timeout=busy_timeout)


def _json_lines() -> FileFormat:
    from myonlinestore.mirror.destinations.files.formats import JsonLines  # noqa: PLC0415 - only if needed

    return JsonLines()


def _parquet() -> FileFormat:
    from myonlinestore.mirror.destinations.files.formats import Parquet  # noqa: PLC0415 - only if needed

    with _require_extra("pyarrow", extra="parquet"):
        return Parquet()


@contextmanager
def _require_extra(library: str, *, extra: str) -> Generator[None, None, None]:
    """Raise MirrorError that names the extra if importing the library fails."""
    try:
        yield
    except ImportError as error:
        # The name of another library means a broken installation; psycopg's own error has no name.
        if error.name is not None and error.name.partition(".")[0] != library:
            raise
        raise MirrorError(
            f"this destination needs {library}: pip install 'myonlinestore-connect[{extra}]'"
        ) from error


_FILES: dict[str, Callable[[Path, float], Destination]] = {"sqlite": _sqlite, "duckdb": _duckdb}
_FORMATS: dict[str, Callable[[], FileFormat]] = {"jsonl": _json_lines, "parquet": _parquet}
