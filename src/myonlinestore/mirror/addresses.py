"""Addresses: from a path or URL to the destination that it means, and how it may be shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from myonlinestore.mirror.destination import Destination
from myonlinestore.mirror.errors import MirrorError

SUPPORTED = (
    "name a file such as catalog.sqlite or catalog.duckdb, or a URL that begins with sqlite:///, "
    "duckdb:/// or postgresql://"
)
_EXTRA = "pip install 'myonlinestore-connect[mirror]'"
_SUFFIXES = {
    **dict.fromkeys((".sqlite", ".sqlite3", ".db", ".db3"), "sqlite"),
    **dict.fromkeys((".duckdb", ".ddb"), "duckdb"),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.]+):")
# Greedy: whatever stands before the last @ may be a part of a password with an @ in it.
_PASSWORD = re.compile(r"(//[^:@/?#]*:).*@|([?&](?:ssl)?password=)[^&]*", re.DOTALL)


def masked(target: str | os.PathLike[str]) -> str:
    """A path or URL as it may be shown: with *** for a password."""
    return _PASSWORD.sub(_mask, os.fspath(target))


def _mask(found: re.Match[str]) -> str:
    return f"{found[1]}***@" if found[1] else f"{found[2]}***"


def destination_at(target: str | os.PathLike[str]) -> Destination:
    """The destination that a path or URL means. Raises MirrorError for one it cannot write."""
    scheme = _SCHEME.match(target) if isinstance(target, str) else None
    if scheme is not None:
        return _of_url(scheme[1].lower(), str(target))
    path = Path(target)
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise MirrorError(f"cannot tell what kind of database {masked(target)} is: {SUPPORTED}")
    return _FILES[kind](path)


def _of_url(scheme: str, url: str) -> Destination:
    if scheme in ("postgresql", "postgres"):
        return _postgres(url)
    if scheme not in _FILES:
        raise MirrorError(f"cannot copy into a {scheme} database: {SUPPORTED}")
    path = url.partition(":///")[2]
    if not path:
        raise MirrorError(f"the URL {masked(url)} names no file: {SUPPORTED}")
    return _FILES[scheme](Path(path))


def _sqlite(path: Path) -> Destination:
    from myonlinestore.mirror.sqlite import SqliteDestination  # noqa: PLC0415 - only if asked for

    return SqliteDestination(path)


def _duckdb(path: Path) -> Destination:
    try:
        from myonlinestore.mirror.duckdb import DuckdbDestination  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise _missing("duckdb", error) from error
    return DuckdbDestination(path)


def _postgres(url: str) -> Destination:
    try:
        from myonlinestore.mirror.postgres import PostgresDestination  # noqa: PLC0415 - an extra
    except ImportError as error:  # psycopg raises its own when libpq is missing.
        raise _missing("psycopg", error) from error
    return PostgresDestination(url)


def _missing(library: str, error: ImportError) -> MirrorError:
    """One sentence for a library that is not installed. Raises `error` if it speaks of another."""
    if error.name is not None and error.name.partition(".")[0] != library:
        raise error
    return MirrorError(f"this destination needs {library}: {_EXTRA}")


_FILES: dict[str, Callable[[Path], Destination]] = {"sqlite": _sqlite, "duckdb": _duckdb}
