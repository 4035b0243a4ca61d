"""The count of a list, which shows where the list ends and whether rows are missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from types import MethodType
from typing import Any, NamedTuple, TypeAlias, TypeVar

from myonlinestore.exceptions import ConnectError

F = TypeVar("F", bound=Callable[..., Any])

CountRows: TypeAlias = Callable[[], Coroutine[Any, Any, int | None]]
"""The call that counts a list; ``None`` if the count is not available."""

logger = logging.getLogger("myonlinestore")


class _CountMethod(NamedTuple):
    name: str
    unsupported: Collection[str]


def attach_count(name: str, *, unsupported: Collection[str] = ()) -> Callable[[F], F]:
    """Mark an async list method: the async method `name` of the same resource counts its rows.

    The sync method made from it has the mark, too. The count takes the filters of the list, except
    those in `unsupported`: a list with one of these is not counted.
    """

    def mark(method: F) -> F:
        vars(method)["attach_count"] = _CountMethod(name, unsupported)
        return method

    return mark


def find_count(
    fetch_page: Callable[..., Any], filters: Mapping[str, Any], *, is_sync: bool = False
) -> CountRows | None:
    """Return the call that counts the rows of a list call, or ``None`` if there is none.

    Only a method of a resource has one: a function of the caller's may leave out rows. If `is_sync`
    is true, the coroutine of the call never suspends.
    """
    count = getattr(fetch_page, "attach_count", None)
    if not (isinstance(fetch_page, MethodType) and isinstance(count, _CountMethod)):
        return None
    if any(filters.get(name) is not None for name in count.unsupported):
        return None
    supported = {name: filters[name] for name in filters.keys() - {*count.unsupported}}
    resource: Any = fetch_page.__self__
    view = resource.sync_view if is_sync else resource

    async def count_rows() -> int | None:
        try:
            rows: int = await getattr(view, count.name)(**supported)
        except ConnectError as error:
            logger.warning("the list is read without its count, which is not available: %s", error)
            return None
        return rows

    return count_rows
