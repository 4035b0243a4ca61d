"""Pages of a list, and iteration over all rows of a list that changes."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import run_sync
from myonlinestore.config import check_limit, is_integer
from myonlinestore.pagination._count import CountRows, find_count
from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator

__all__ = ["PaginatedResponse", "aiterate_all", "iterate_all"]

T = TypeVar("T")
M = TypeVar("M")


@overload
def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[T]],
    *,
    page_size: int = 100,
    concurrency: int = 1,
    model: None = None,
    **kwargs: Any,
) -> Iterator[T]: ...
@overload
def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[Any]],
    *,
    page_size: int = 100,
    concurrency: int = 1,
    model: type[M],
    **kwargs: Any,
) -> Iterator[M]: ...
def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[Any]],
    *,
    page_size: int = 100,
    concurrency: int = 1,
    model: type[Any] | None = None,
    **kwargs: Any,
) -> Iterator[Any]:
    """Yield every row of a list call, such as ``iterate_all(client.articles.list)``.

    When rows are added or deleted between pages, no row is yielded twice, and no row that exists
    throughout is skipped: each page overlaps the previous one by a row, and the paginator rewinds
    if that row is gone. It keeps the keys of the rows seen, not the rows.

    A page with fewer rows than requested does not end the list. It ends at a page without new rows,
    or when as many rows were read as the count says (for articles, categories, orders and
    newsletter subscribers), which takes one more request.

    Args:
        fetch_page: a list method of a resource, or any function like it.
        page_size: rows per request, 1 to 100; with 1, requests ask for 2 rows.
        concurrency: the maximum number of pages in flight or in memory. With more than 1,
            `fetch_page` is called from up to this many threads (from tasks, in `aiterate_all`).
            Rows keep their order. An error is raised when its page is reached, and ends the
            iteration. For articles, categories, orders and newsletter subscribers, the number of
            rows is requested together with the first page, with the same filters, and the pages
            up to that number are then requested at once. For other lists, and until the count is
            available or if it fails, pages are prefetched from the second on, up to
            ``concurrency - 1`` beyond the last. Prefetched pages are requested again if rows were
            deleted. A count that fails is logged, and the list is read without it.
        model: the type that each row is decoded to, as for the list method. Include the field
            that identifies a row (`id` or `uuid`; `number` of an order, `email` of a subscriber):
            without it, rows may be missed or repeated while the store changes.
        kwargs: filters for the list method.

    Raises:
        TypeError: rows cannot be decoded to `model`; or while iterating: the list method is async.
        ValueError: `page_size` is not from 1 to 100, or `concurrency` is less than 1.
        ConnectError: while iterating: a page failed, or rows are missing although the list was read
            to its end twice, or the server returns the same rows for every offset.
    """
    count = find_count(fetch_page, kwargs, is_sync=True)
    paginator = _create_paginator(fetch_page, page_size, concurrency, has_count=count is not None)
    arguments = _with_model(kwargs, model)

    def fetch(offset: int) -> PaginatedResponse[Any]:
        page = fetch_page(**paginator.page_params(offset), **arguments)
        if inspect.iscoroutine(page):
            page.close()
            raise TypeError(f"{_name(fetch_page)} is async: pass it to aiterate_all")
        return page

    if concurrency > 1:
        from myonlinestore.pagination._prefetch import rows_by_threads  # noqa: PLC0415  loads threads and anyio

        return rows_by_threads(fetch, paginator, concurrency, count)
    return _rows(fetch, paginator, count)


@overload
def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[T]]],
    *,
    page_size: int = 100,
    concurrency: int = 1,
    model: None = None,
    **kwargs: Any,
) -> AsyncIterator[T]: ...
@overload
def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[Any]]],
    *,
    page_size: int = 100,
    concurrency: int = 1,
    model: type[M],
    **kwargs: Any,
) -> AsyncIterator[M]: ...
def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[Any]]],
    *,
    page_size: int = 100,
    concurrency: int = 1,
    model: type[Any] | None = None,
    **kwargs: Any,
) -> AsyncIterator[Any]:
    """Yield every row of an async list call; the async version of `iterate_all`.

    ``async for article in aiterate_all(client.articles.alist): …``

    It is an async generator: on trio, wrap it in ``aclosing(…)`` if you may stop before its end.
    """
    count = find_count(fetch_page, kwargs)
    paginator = _create_paginator(fetch_page, page_size, concurrency, has_count=count is not None)
    arguments = _with_model(kwargs, model)

    def fetch(offset: int) -> Coroutine[Any, Any, PaginatedResponse[Any]]:
        page = fetch_page(**paginator.page_params(offset), **arguments)
        if isinstance(page, PaginatedResponse):
            raise TypeError(f"{_name(fetch_page)} is sync: pass it to iterate_all")
        return page

    if concurrency > 1:
        from myonlinestore.pagination._prefetch import rows_by_tasks  # noqa: PLC0415  it loads anyio

        return rows_by_tasks(fetch, paginator, concurrency, count)
    return _arows(fetch, paginator, count)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", function))


def _with_model(kwargs: dict[str, Any], model: type[Any] | None) -> dict[str, Any]:
    """Return the keywords for a list function, with `model` only if it is given."""
    if model is None:
        return kwargs
    from myonlinestore._codec.row_type import check_row_type  # noqa: PLC0415  it loads msgspec

    check_row_type(model)
    return {**kwargs, "model": model}


def _create_paginator(
    fetch_page: Callable[..., Any], page_size: int, concurrency: int, *, has_count: bool
) -> OffsetPaginator[Any]:
    check_limit(page_size, "page_size")
    if not is_integer(concurrency) or concurrency < 1:
        raise ValueError(f"concurrency must be a whole number, 1 or more, got {concurrency!r}")
    return OffsetPaginator(fetch_page, page_size, has_count=has_count)


def _rows(
    fetch: Callable[[int], PaginatedResponse[T]],
    paginator: OffsetPaginator[T],
    count: CountRows | None,
) -> Iterator[T]:
    while not paginator.done:
        yield from paginator.accept(fetch(paginator.offset))
        if count is not None and paginator.needs_count:
            paginator.accept_count(run_sync(count()))


async def _arows(
    fetch: Callable[[int], Coroutine[Any, Any, PaginatedResponse[T]]],
    paginator: OffsetPaginator[T],
    count: CountRows | None,
) -> AsyncIterator[T]:
    while not paginator.done:
        for row in paginator.accept(await fetch(paginator.offset)):
            yield row
        if count is not None and paginator.needs_count:
            paginator.accept_count(await count())
