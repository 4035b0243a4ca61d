"""How many rows a list has, where another call beside it tells."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def attach_count(name: str) -> Callable[[F], F]:
    """Mark an async list method: the method `name` of the same resource counts its rows.

    The sync twin carries the mark as well. Its count is `name`, that of the async method has the
    prefix ``a``, and both take the list's filters, or refuse one as any function does.
    """

    def mark(method: F) -> F:
        vars(method)["attach_count"] = name
        return method

    return mark


def find_count(
    fetch_page: Callable[..., Any], filters: dict[str, Any], prefix: str = ""
) -> Callable[[], Any] | None:
    """The call that counts what a list call gives; ``None`` where there is none, or none is known.

    Only a resource's own method has one: what a function of the caller's leaves out of the list,
    nobody counts.
    """
    name = getattr(fetch_page, "attach_count", None)
    if not (isinstance(fetch_page, MethodType) and isinstance(name, str)):
        return None
    return functools.partial(getattr(fetch_page.__self__, prefix + name), **filters)
