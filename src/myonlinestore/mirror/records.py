"""Rows as they were sent: those with their bytes, and those that are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from myonlinestore._codec.decode import decode, decode_any
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Model


@dataclass(frozen=True)
class Reject:
    """What cannot be decoded, in the place where it stood on its page.

    Attributes:
        body: its bytes as they were sent.
        reason: why it is no row.
        request: the call that it came with, such as ``GET /articles?limit=100``.
        key: what the row is known by, if that can be read.
    """

    body: bytes
    reason: str
    request: str
    key: int | str | None = None

    row_keys: ClassVar[tuple[str, ...]] = ("key",)


@dataclass(frozen=True)
class Kept:
    """A row, and its bytes as they were sent."""

    row: Model
    raw: bytes
    key: int | str | None = None

    row_keys: ClassVar[tuple[str, ...]] = ("key",)


def unwrap(row: Any) -> Any:
    """The row itself, without its bytes."""
    return row.row if isinstance(row, Kept) else row


def key_of(row: Any, key: str) -> object:
    """What a row is known by, also one that is none; None if that cannot be told."""
    return row.key if isinstance(row, Reject) else getattr(unwrap(row), key, None)


def decode_row(body: bytes, model: type[Model], key: str | None, request: str) -> Kept | Reject:
    """The row that these bytes are, or why they are none."""
    try:
        row = decode(body, model)
    except DecodeError as error:
        return Reject(body, str(error), request, _key_in(body, model, key))
    known_by = None if key is None else getattr(row, key)
    if key is not None and known_by is None:
        return Reject(body, f"it came without {key}, by which the copy knows a row", request)
    return Kept(row, body, known_by)


def _key_in(body: bytes, model: type[Model], key: str | None) -> int | str | None:
    """What a row is known by, where that much of it can be read."""
    try:
        sent = decode_any(body)
        (field,) = (f for f in msgspec.structs.fields(model) if f.name == key)
        found = msgspec.convert(sent[field.encode_name], field.type, strict=False)
    except (DecodeError, msgspec.ValidationError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, (int, str)) else None


def partition_rejects(rows: Sequence[Any]) -> tuple[list[Any], list[Reject]]:
    """The rows, and those that are none."""
    rejects = [row for row in rows if isinstance(row, Reject)]
    return [row for row in rows if not isinstance(row, Reject)], rejects
