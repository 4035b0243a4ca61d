"""Addresses: from a path or URL to the destination that it means."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from myonlinestore._redaction import redact_url
from myonlinestore.mirror.destinations.base import Destination
from myonlinestore.mirror.exceptions import MirrorError

if TYPE_CHECKING:
    from myonlinestore.mirror.destinations.files.destination import Format

SUPPORTED = (
    "name a file such as catalog.sqlite or catalog.duckdb, a URL that begins with sqlite:///, "
    "duckdb:/// or postgresql://, or a folder after jsonl: or parquet:"
)
_SUFFIXES = {
    **dict.fromkeys((".sqlite", ".sqlite3", ".db", ".db3"), "sqlite"),
    **dict.fromkeys((".duckdb", ".ddb"), "duckdb"),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.]+):")


def resolve_destination(target: str | os.PathLike[str]) -> Destination:
    """The destination that a path or URL means. Raises MirrorError for one it cannot write."""
    scheme = _SCHEME.match(target) if isinstance(target, str) else None
    if scheme is not None:
        return _of_url(scheme[1].lower(), str(target))
    path = Path(target)
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise MirrorError(f"cannot tell what kind of database {redact_url(target)} is: {SUPPORTED}")
    return _FILES[kind](path)


def _of_url(scheme: str, url: str) -> Destination:
    if scheme in ("postgresql", "postgres"):
        return _postgres(url)
    if scheme in _FORMATS:
        return _folder(url, url.partition(":")[2].removeprefix("///"), _FORMATS[scheme])
    if scheme not in _FILES:
        raise MirrorError(f"cannot copy into a {scheme} database: {SUPPORTED}")
    path = url.partition(":///")[2]
    if not path:
        raise MirrorError(f"the URL {redact_url(url)} names no file: {SUPPORTED}")
    return _FILES[scheme](Path(path))


def _sqlite(path: Path) -> Destination:
    from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination  # noqa: PLC0415 - only if asked for

    return SqliteDestination(path)


def _duckdb(path: Path) -> Destination:
    with _needs("duckdb", extra="mirror"):
        from myonlinestore.mirror.destinations.sql.duckdb import DuckdbDestination  # noqa: PLC0415 - an extra
    return DuckdbDestination(path)


def _postgres(url: str) -> Destination:
    with _needs("psycopg", extra="mirror"):
        from myonlinestore.mirror.destinations.sql.postgres import PostgresDestination  # noqa: PLC0415 - an extra
    return PostgresDestination(url)


def _folder(url: str, place: str, form: Callable[[], Format]) -> Destination:
    from myonlinestore.mirror.destinations.files.destination import FolderDestination  # noqa: PLC0415 - only if asked for
    from myonlinestore.mirror.destinations.files.storage import LocalShelf, RemoteShelf  # noqa: PLC0415 - as well

    if not place or place.startswith("//"):
        raise MirrorError(f"the URL {redact_url(url)} names no folder: {SUPPORTED}")
    if "://" not in place:
        return FolderDestination(LocalShelf(Path(place)), form())
    with _needs("fsspec", extra="parquet"):
        return FolderDestination(RemoteShelf(place, redact_url(place)), form())


def _json_lines() -> Format:
    from myonlinestore.mirror.destinations.files.jsonl import JsonLines  # noqa: PLC0415 - only if asked for

    return JsonLines()


def _parquet() -> Format:
    with _needs("pyarrow", extra="parquet"):
        from myonlinestore.mirror.destinations.files.parquet import Parquet  # noqa: PLC0415 - an extra
    return Parquet()


@contextmanager
def _needs(library: str, *, extra: str) -> Generator[None, None, None]:
    """One sentence for a library that is not installed."""
    try:
        yield
    except ImportError as error:
        # Another library's name would be a fault in an installation; psycopg tells none of its own.
        if error.name is not None and error.name.partition(".")[0] != library:
            raise
        raise MirrorError(
            f"this destination needs {library}: pip install 'myonlinestore-connect[{extra}]'"
        ) from error


_FILES: dict[str, Callable[[Path], Destination]] = {"sqlite": _sqlite, "duckdb": _duckdb}
_FORMATS: dict[str, Callable[[], Format]] = {"jsonl": _json_lines, "parquet": _parquet}
