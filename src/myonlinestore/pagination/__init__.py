"""Pages, and walks over all of them that survive a store which changes meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar, overload

from myonlinestore.config import check_limit, is_integer
from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator, find_count

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
    """Every row of a list call, page by page, such as ``iterate_all(client.articles.list)``.

    Yields no row twice, and none that was there throughout is skipped, when rows are added or
    deleted between pages: each page overlaps the one before by a row, and the walk reads back when
    that row is gone. It remembers the keys of the rows it has seen, and nothing else of them.

    Args:
        fetch_page: a list method of a resource, or any function like it.
        page_size: rows per request, 1 to 100. A walk of 1 row a page asks for 2.
        concurrency: how many pages may be in flight, or held until it is their turn. With more than
            1, `fetch_page` is called from as many threads (from tasks, in `aiterate_all`). Rows
            come in the same order. An error comes in the place of its page's rows, and ends the
            walk. Articles, categories, orders and newsletter subscribers can be counted: the count
            is asked for together with the first page, by the same filters, and the pages within it
            are asked for at once. Elsewhere, or where the count fails or is not told yet, pages are
            read ahead from the second on, up to ``concurrency - 1`` of them beyond the last. Pages
            that were read ahead are asked for again when rows were deleted.
        model: what each row is decoded to, as for the list method. Let it have the field that
            identifies a row (`id` or `uuid`; `number` of an order, `email` of a subscriber):
            without, rows that shift while the store changes may be missed or come twice.
        kwargs: filters for the list method.

    Raises:
        ValueError: `page_size` is not from 1 to 100, or `concurrency` is less than 1.
    """
    walk = _walk(fetch_page, page_size, concurrency)
    as_asked = _with_model(kwargs, model)

    def fetch(offset: int) -> PaginatedResponse[Any]:
        return fetch_page(**walk.page_params(offset), **as_asked)

    if concurrency > 1:
        from myonlinestore.pagination._prefetch import rows_by_threads  # noqa: PLC0415  as few do

        return rows_by_threads(fetch, walk, concurrency, find_count(fetch_page, kwargs))
    return _rows(fetch, walk)


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
    """The async twin of `iterate_all`, for the methods with the prefix ``a``.

    ``async for article in aiterate_all(client.articles.alist): …``

    It is an async generator: on trio, read one that you leave half way within ``aclosing(…)``.
    """
    walk = _walk(fetch_page, page_size, concurrency)
    as_asked = _with_model(kwargs, model)

    def fetch(offset: int) -> Coroutine[Any, Any, PaginatedResponse[Any]]:
        return fetch_page(**walk.page_params(offset), **as_asked)

    if concurrency > 1:
        from myonlinestore.pagination._prefetch import rows_by_tasks  # noqa: PLC0415  it loads anyio

        return rows_by_tasks(fetch, walk, concurrency, find_count(fetch_page, kwargs, "a"))
    return _arows(fetch, walk)


def _with_model(kwargs: dict[str, Any], model: type[Any] | None) -> dict[str, Any]:
    """The keywords for a list function, which need not know of `model` unless it is given."""
    return kwargs if model is None else {**kwargs, "model": model}


def _walk(fetch_page: Callable[..., Any], page_size: int, concurrency: int) -> OffsetPaginator[Any]:
    check_limit(page_size, "page_size")
    if not is_integer(concurrency) or concurrency < 1:
        raise ValueError(f"concurrency must be a whole number, 1 or more, got {concurrency!r}")
    return OffsetPaginator(fetch_page, page_size)


def _rows(fetch: Callable[[int], PaginatedResponse[T]], walk: OffsetPaginator[T]) -> Iterator[T]:
    while not walk.done:
        yield from walk.accept(fetch(walk.offset))


async def _arows(
    fetch: Callable[[int], Coroutine[Any, Any, PaginatedResponse[T]]], walk: OffsetPaginator[T]
) -> AsyncIterator[T]:
    while not walk.done:
        for row in walk.accept(await fetch(walk.offset)):
            yield row
