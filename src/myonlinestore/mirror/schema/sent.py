"""What a page of rows brings: each row, what it is known by, and its text if that is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.table import Table

if TYPE_CHECKING:
    from myonlinestore.models import Model


class Sent(NamedTuple):
    """A row, and the JSON that it was sent as where the table keeps that."""

    row: Model
    raw: bytes | None = None

    def digest(self, person: bytes) -> bytes:
        """A digest of all that is kept of it; `person` tells one way to make it from another."""
        held = hashlib.blake2b(encode(self.row), digest_size=16, person=person)
        held.update(self.raw or b"")
        return held.digest()


def index_by_key(
    table: Table, rows: Sequence[Model], raws: Sequence[bytes] | None
) -> dict[Any, Sent]:
    """The rows of a page by what the copy knows them by; the last one with a key counts.

    Raises:
        MirrorError: a row came without its key.
        ValueError: raws are missing, or there are some that the table does not keep.
    """
    if table.keeps_raw != (raws is not None) or (raws is not None and len(raws) != len(rows)):
        raise ValueError(f"{table.name} takes raws for all rows if it keeps them, and else none")
    if raws is None:
        return {key_of(table, row): Sent(row) for row in rows}
    return {key_of(table, row): Sent(row, raw) for row, raw in zip(rows, raws, strict=True)}


def decode_utf8(table: Table, raw: bytes) -> str:
    """The JSON of a row as text. Raises MirrorError if it is none.

    A decoder does not look into fields that it skips, so a row may be decoded all the same.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MirrorError(
            f"a row of {table.name} is not UTF-8, as JSON has to be: leave {table.name} out, "
            "and report it to the vendor"
        ) from error


def key_of(table: Table, row: object) -> Any:
    """What the copy knows a row by. Raises MirrorError for one that came without it."""
    name = table.keys[0].name
    key = getattr(row, name)
    if key is None:
        raise MirrorError(
            f"a row of {table.name} came without {name}, by which the copy knows it: "
            f"leave {table.name} out, and report it to the vendor"
        )
    return key
