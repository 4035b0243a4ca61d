"""Rows with their raw JSON, rows that could not be decoded, and batches of both."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias, cast, get_args

import msgspec

from myonlinestore._codec.decode import decode, decode_any
from myonlinestore._codec.encode import encode
from myonlinestore.exceptions import DecodeError
from myonlinestore.mirror.deep_json import find_field
from myonlinestore.models import Model

PAGE_SIZE = 100
MISSING_KEYS = (None, "")
# A transaction needs its rows in memory a second time, as the values of tables.
_MAX_TRANSACTION_ROWS = 900


@dataclass(frozen=True)
class Reject:
    """A row that cannot be decoded, at its position among the rows of its page.

    A destination also keeps the rows that its database refuses as rejects.

    Attributes:
        body: the row's JSON as it was received.
        reason: why it cannot be decoded or written.
        request: the request that returned it, such as ``GET /articles?limit=100``; empty for a row
            that the database refuses.
        key: the row's key, if that can be read.
    """

    body: bytes
    reason: str
    request: str
    key: int | str | None = None

    row_keys: ClassVar[tuple[str, ...]] = ("key",)

    def digest(self) -> bytes:
        """Return a digest of the JSON and the key.

        The responses for the lists of two rows may be the same.
        """
        key = b"" if self.key is None else str(self.key).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(key, digest_size=16)
        digest.update(b"\0" + self.body)
        return digest.digest()


class RawRow(msgspec.Struct, frozen=True, gc=False):
    """A decoded row, with its raw JSON if its table keeps that.

    Attributes:
        row: the row.
        raw: its JSON as it was received, or None.
        key: the value of its key field.
    """

    row: Model
    raw: bytes | None = None
    key: int | str | None = None

    row_keys: ClassVar[tuple[str, ...]] = ("key",)

    def digest(self, version: bytes) -> bytes:
        """Return a digest of the row and its JSON; digests of two versions always differ."""
        result = hashlib.blake2b(encode(self.row), digest_size=16, person=version)
        result.update(self.raw or b"")
        return result.digest()


def unwrap(row: Any) -> Any:
    """Return the row without its raw JSON."""
    return row.row if isinstance(row, RawRow) else row


def row_key(row: Any, name: str) -> Any:
    """Return the value of a row's key field, or a reject's key; None if it has none."""
    return row.key if isinstance(row, Reject) else getattr(unwrap(row), name, None)


def decode_row(body: bytes, model: type[Model], key: str | None, request: str) -> RawRow | Reject:
    """Decode one row, or return the reason why that fails.

    A row without a value for its key gets one that is derived from another field.
    """
    try:
        row = decode(body, model)
    except DecodeError as error:
        return Reject(body, str(error), request, _find_key(body, model, key))
    value = None if key is None else getattr(row, key)
    if key is not None and value in MISSING_KEYS:
        value = _derive_key(row, key)
        if value is None:
            return Reject(body, f"the row has no {key}, which identifies it in the copy", request)
        setattr(row, key, value)
    return RawRow(row, body, value)


def _derive_key(row: Model, key: str) -> int | str | None:
    """Return a key for a row that lacks its own, from another field that identifies it.

    It is text such as ``number:12``, or a negative number if the key is a number.
    """
    names = [name for name in row.row_keys if name != key]
    others = ((name, getattr(row, name, None)) for name in names)
    name, other = next((found for found in others if found[1] not in MISSING_KEYS), ("", None))
    if other is None:
        return None
    (field,) = (f for f in msgspec.structs.fields(row) if f.name == key)
    if int not in get_args(field.type):
        return f"{name}:{other}"
    digest = hashlib.blake2b(str(other).encode(), digest_size=8).digest()
    return -1 - (int.from_bytes(digest, "big") >> 1)


def _find_key(body: bytes, model: type[Model], key: str | None) -> int | str | None:
    """Return the key of a row that cannot be decoded, if that field is valid."""
    try:
        (field,) = (f for f in msgspec.structs.fields(model) if f.name == key)
        found = find_field(body, field.encode_name) or b"null"
        value = msgspec.convert(decode_any(found), field.type, strict=False)
    except (DecodeError, msgspec.ValidationError, ValueError):
        return None
    return value if isinstance(value, (int, str)) else None


def partition_rejects(rows: Sequence[Any]) -> tuple[list[Any], list[Reject]]:
    """Return the decoded rows, and the others."""
    rejects = [row for row in rows if isinstance(row, Reject)]
    return [row for row in rows if not isinstance(row, Reject)], rejects


@dataclass(frozen=True)
class Batch:
    """Rows that were read together.

    Attributes:
        rows: the rows, RawRows or Rejects.
        cursor: all rows before this time are read once these are written; None if there is no
            such time.
        is_complete: False if the store counts more rows before the cursor than it lists.
    """

    rows: Sequence[Any]
    cursor: datetime | None = None
    is_complete: bool = True


BatchHandler: TypeAlias = Callable[[Sequence[Batch]], Awaitable[None]]
"""Processes consecutive batches."""


def merge_batches(batches: Sequence[Batch]) -> Iterator[Batch]:
    """Merge batches into larger ones, since each transaction has a cost.

    A batch with a reject ends a transaction: a later batch may contain the same row without the
    fault, which then replaces the reject.
    """
    pending: list[Batch] = []
    for batch in batches:
        pending.append(batch)
        is_full = sum(len(one.rows) for one in pending) >= _MAX_TRANSACTION_ROWS
        if is_full or any(isinstance(row, Reject) for row in batch.rows):
            yield _merge(pending)
            pending = []
    if pending:
        yield _merge(pending)


def _merge(batches: Sequence[Batch]) -> Batch:
    cursors = [batch.cursor for batch in batches if batch.cursor is not None]
    rows = [row for batch in batches for row in batch.rows]
    is_complete = all(batch.is_complete for batch in batches)
    return Batch(rows, cursors[-1] if cursors else None, is_complete)


async def batch_rows(rows: AsyncIterator[Any]) -> AsyncGenerator[Batch, None]:
    """Group rows into batches of a page each, so that no more than a page is in memory."""
    generator = cast("AsyncGenerator[Any, None]", rows)
    pending: list[Any] = []
    async with aclosing(generator):
        async for row in generator:
            pending.append(row)
            if len(pending) == PAGE_SIZE:
                yield Batch(pending)
                pending = []
    if pending:
        yield Batch(pending)
