"""Resource, the base class of every resource, and its helpers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from myonlinestore._codec.normalize import get_item_type, wire_names
from myonlinestore._codec.row_type import check_row_type
from myonlinestore._concurrency.sync import run_sync
from myonlinestore.config import MAX_LIMIT, check_limit, is_integer
from myonlinestore.pagination import PaginatedResponse

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from myonlinestore._request import Request
    from myonlinestore.http import CallOptions, HttpTransport

T = TypeVar("T")


class Resource:
    """A group of operations; each is an attribute of the client."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._send = transport.send
        self._sync_view: Self | None = None
        # The resource that a sync view is of; None for that resource itself.
        self._origin: Self | None = None

    @property
    def sync_view(self) -> Self:
        """The same resource for sync calls, whose coroutines never suspend."""
        # A cached_property of Python 3.10 and 3.11 has a lock, which a fork could leave locked.
        if self._sync_view is None:
            self._sync_view = type(self)(self._transport.sync_view)
            self._sync_view._origin = self  # noqa: SLF001 - it is of the same class
        return self._sync_view

    def with_options(self, **options: Unpack[CallOptions]) -> Self:
        """Return this resource with other options on the same connections.

        Args:
            options: those of `ConnectClient.with_options`.
        """
        origin = self.async_view
        return type(self)(origin._transport.with_options(**options))  # noqa: SLF001 - the same class

    @property
    def async_view(self) -> Self:
        """The same resource for calls on an event loop."""
        return self if self._origin is None else self._origin

    async def _list_page(
        self,
        request: Request[list[Any]],
        limit: int | None,
        offset: int | None,
        model: type[Any] | None,
    ) -> PaginatedResponse[Any]:
        """Request a page of an endpoint that supports `limit` and `offset`."""
        size = self._transport.config.default_limit if limit is None else limit
        check_limit_offset(size, offset)
        typed, keys = set_row_type(request, model)
        if typed.matches_nothing:
            return PaginatedResponse([], size, offset or 0, total=0)
        if limit is None and offset is None and (key_filter := typed.key_filter):
            return await self._list_by_keys(typed, key_filter, keys)
        rows = await self._send(typed.with_query(limit=size, offset=offset))
        source = _PageSource(
            lambda resource, start: resource._list_page(  # noqa: SLF001 - it is the same class
                request, size, start, model
            ),
            self,
        )
        return PaginatedResponse(rows, size, offset or 0, row_keys=keys, source=source)

    async def _list_by_keys(
        self, request: Request[list[Any]], key_filter: str, row_keys: tuple[str, ...]
    ) -> PaginatedResponse[Any]:
        """Request the rows with the keys in a filter, 100 keys at a time, as one page."""
        values: Any = request.query[key_filter]
        keys, rows = list(values), list[Any]()
        for start in range(0, len(keys), MAX_LIMIT):
            chunk = keys[start : start + MAX_LIMIT]
            query = {key_filter: chunk, "limit": len(chunk)}
            found: list[Any] = await self._send(request.with_query(**query))
            rows += found
        return PaginatedResponse(rows, len(keys), 0, total=len(rows), row_keys=row_keys)

    async def _list_all(
        self,
        request: Request[list[Any]],
        limit: int | None = None,
        offset: int | None = None,
        *,
        model: type[Any] | None,
    ) -> PaginatedResponse[Any]:
        """Request all rows of an endpoint that ignores `limit` and `offset`; both are sent."""
        size = self._transport.config.default_limit if limit is None else limit
        check_limit_offset(size, offset)
        request, keys = set_row_type(request, model)
        rows = await self._send(request.with_query(limit=limit, offset=offset))
        return PaginatedResponse(rows, size, offset or 0, paged=False, row_keys=keys)


class _PageSource:
    """The list call of a page, for the pages after it.

    Args:
        fetch: returns the page at an offset, given the resource to call.
        resource: the resource of the page.
    """

    def __init__(
        self,
        fetch: Callable[[Resource, int], Coroutine[Any, Any, PaginatedResponse[Any]]],
        resource: Resource,
    ) -> None:
        self._fetch = fetch
        self._resource = resource

    def fetch(self, offset: int) -> PaginatedResponse[Any]:
        """Return the page at an offset."""
        return run_sync(self._fetch(self._resource.sync_view, offset))

    async def afetch(self, offset: int) -> PaginatedResponse[Any]:
        """Return the page at an offset, on an event loop."""
        return await self._fetch(self._resource.async_view, offset)


def set_row_type(
    request: Request[list[Any]], model: Any
) -> tuple[Request[list[Any]], tuple[str, ...]]:
    """Return a list request that decodes rows to `model`, if given, and their key fields.

    Raises TypeError if rows cannot be decoded to `model`.
    """
    documented = get_item_type(request.response_type)
    if model is None:
        return request, documented.row_keys
    check_row_type(model)
    own = msgspec.structs.replace(request, response_type=list[model])
    return own, _row_keys(model, documented)


@functools.lru_cache
def _row_keys(model: Any, documented: Any) -> tuple[str, ...]:
    """Return the fields of `model` that hold the key of a documented row."""
    names = wire_names(documented)
    own = _fields_by_wire_name(model)
    keys = (names[key][0] for key in documented.row_keys if key in names)
    return tuple(own.get(key, key) for key in keys)


def _fields_by_wire_name(model: Any) -> dict[str, str]:
    if not (isinstance(model, type) and issubclass(model, msgspec.Struct)):
        return {}
    return {field.encode_name: field.name for field in msgspec.structs.fields(model)}


def check_limit_offset(limit: int, offset: int | None) -> None:
    """Raise ValueError if the API would not serve a page with this limit and offset."""
    check_limit(limit)
    if offset is not None and (not is_integer(offset) or offset < 0):
        raise ValueError(f"offset must be a whole number, 0 or more, got {offset!r}")


def unset_if_none(value: T | None) -> T | UnsetType:
    """Return the value of a body's field, UNSET if the caller omitted it."""
    return UNSET if value is None else value


def pop_deprecated_kwargs(kwargs: dict[str, Any], *names: str) -> list[Any]:
    """Return the values of deprecated keywords by position. Raises TypeError for other keywords."""
    unexpected = ", ".join(sorted(kwargs.keys() - set(names)))
    if unexpected:
        raise TypeError(f"Unexpected keyword argument(s): {unexpected}")
    return [kwargs.get(name) for name in names]


def coalesce(*values: T | None) -> T | None:
    """Return the first value that is not ``None``."""
    return next((value for value in values if value is not None), None)


def resolve_id(value: int | str | None, kwargs: dict[str, Any], alias: str) -> int | str:
    """Return the `id` of a call, which 1.0 names by an alias. Raises TypeError without one."""
    aliased: int | str | None = pop_deprecated_kwargs(kwargs, alias)[0]
    if value is not None and aliased is not None:
        raise TypeError(f"Pass either id= or {alias}=, not both")
    resolved = value if value is not None else aliased
    if resolved is None:
        raise TypeError("Missing required argument: id")
    return resolved
