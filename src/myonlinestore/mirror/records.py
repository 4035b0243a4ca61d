"""Rows with their raw JSON, and rows that could not be decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from myonlinestore._codec.decode import decode, decode_any
from myonlinestore._codec.encode import encode
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Model


@dataclass(frozen=True)
class Reject:
    """A row that cannot be decoded, at its position among the rows of its page.

    Attributes:
        body: the row's JSON as it was received.
        reason: why it cannot be decoded.
        request: the request that returned it, such as ``GET /articles?limit=100``.
        key: the row's key, if that can be read.
    """

    body: bytes
    reason: str
    request: str
    key: int | str | None = None

    row_keys: ClassVar[tuple[str, ...]] = ("key",)


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
    """Decode one row, or return the reason why that fails."""
    try:
        row = decode(body, model)
    except DecodeError as error:
        return Reject(body, str(error), request, _find_key(body, model, key))
    value = None if key is None else getattr(row, key)
    if key is not None and value is None:
        return Reject(body, f"the row has no {key}, which identifies it in the copy", request)
    return RawRow(row, body, value)


def _find_key(body: bytes, model: type[Model], key: str | None) -> int | str | None:
    """Return the key of a row that cannot be decoded, if that field is valid."""
    try:
        values = decode_any(body)
        (field,) = (f for f in msgspec.structs.fields(model) if f.name == key)
        value = msgspec.convert(values[field.encode_name], field.type, strict=False)
    except (DecodeError, msgspec.ValidationError, ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, (int, str)) else None


def partition_rejects(rows: Sequence[Any]) -> tuple[list[Any], list[Reject]]:
    """Return the decoded rows, and the others."""
    rejects = [row for row in rows if isinstance(row, Reject)]
    return [row for row in rows if not isinstance(row, Reject)], rejects
