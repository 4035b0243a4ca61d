"""One page of a list, and the keys that identify its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, overload

T = TypeVar("T")

_PLAIN_KEYS = {int, str}


class PageSource(Protocol[T]):
    """The call that returned a page, for the pages after it."""

    def fetch(self, offset: int, /) -> PaginatedResponse[T]:
        """Return the page at an offset."""
        ...

    async def afetch(self, offset: int, /) -> PaginatedResponse[T]:
        """Return the page at an offset, on an event loop."""
        ...


@dataclass
class PaginatedResponse(Generic[T]):
    """One page of a list: a sequence of its items, false if it is empty.

    Attributes:
        items: the rows.
        limit: the requested page size.
        offset: the number of rows before this page.
        total: the number of all rows, or ``None`` if the API does not report it.
        paged: False if the endpoint does not paginate, so that `items` has all rows.
        row_keys: the fields that identify a row; the first one with a value is used.
        source: the call that returned this page; ``None`` for a page that you made, and for a copy
            or a pickle, which does not hold the client.
    """

    items: list[T]
    limit: int
    offset: int
    total: int | None = None
    paged: bool = field(default=True, repr=False, compare=False)
    row_keys: tuple[str, ...] = field(default=("uuid", "id"), repr=False, compare=False)
    source: PageSource[T] | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        """Return the number of rows on this page."""
        return len(self.items)

    @overload
    def __getitem__(self, index: int, /) -> T: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[T]: ...
    def __getitem__(self, index: int | slice, /) -> T | list[T]:
        return self.items[index]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "source": None}

    @property
    def has_next(self) -> bool:
        """True if there may be rows after this page: it is full, or `total` is greater."""
        if not self.paged:
            return False
        if self.total is not None:
            return self.offset + self.limit < self.total
        return len(self.items) >= self.limit

    @property
    def next_offset(self) -> int:
        """The offset of the next page."""
        return self.offset + self.limit

    def next(self) -> PaginatedResponse[T] | None:
        """Return the next page of the same list, or ``None`` after the last one.

        The page after a full last page is empty, so ``while page:`` reads all pages. If rows are
        added or deleted between two calls, rows may be missed or repeated: `iterate_all` prevents
        that.

        Raises:
            ConnectError: the call failed.
            TypeError: this page was not returned by a list method of a client.
        """
        return self._get_source().fetch(self.next_offset) if self.has_next else None

    async def anext(self) -> PaginatedResponse[T] | None:
        """Return the next page as `next` does, on an event loop."""
        return await self._get_source().afetch(self.next_offset) if self.has_next else None

    def _get_source(self) -> PageSource[T]:
        if self.source is None:
            raise TypeError("this page was not returned by a list method of a client")
        return self.source

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dicts of plain Python values, such as for a data frame.

        A model is converted as by its `model_dump`: amounts stay the text that the API sent. For a
        row type of your own, names are those in JSON, and a Decimal or a datetime stays one.
        """
        from myonlinestore._codec.encode import to_dict  # noqa: PLC0415  it loads msgspec

        return [to_dict(item) for item in self.items]

    def to_json(self) -> bytes:
        """Return the rows as a JSON array, with the names of the API. It is faster than by row."""
        from myonlinestore._codec.encode import encode  # noqa: PLC0415  it loads msgspec

        return encode(self.items)


def get_keys(page: PaginatedResponse[Any]) -> list[object]:
    """Return the key of each row, or ``None`` for a row without one."""
    rows, names = page.items, page.row_keys
    # Nearly always all rows have a key in the same field.
    if names and len({*map(type, rows)}) == 1 and not isinstance(rows[0], dict):
        first, *_ = getattr(rows[0], "row_keys", names)
        keys: list[object] = [getattr(row, first, None) for row in rows]
        if {*map(type, keys)} <= _PLAIN_KEYS and all(keys):
            return keys
    return [_get_key(row, names) for row in rows]


def _get_key(row: object, names: Sequence[str]) -> object:
    """Return what identifies a row, or ``None``. A Model has its own `row_keys`.

    Empty text and 0 identify nothing: the vendor sends ``"id": 0`` for rows that have a uuid only.
    """
    for name in getattr(row, "row_keys", names):
        value = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if value and _is_hashable(value):
            return value
    return None


def _is_hashable(value: object) -> bool:
    """Return True if a value can be looked up; a tuple with a list in it cannot."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
