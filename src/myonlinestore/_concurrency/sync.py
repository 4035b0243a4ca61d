"""Sync methods made from async ones: the same coroutine, driven without an event loop."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class SupportsSync(Protocol):
    """An object with a view on which no coroutine ever suspends."""

    @property
    def sync_view(self) -> Any:
        """The view whose coroutines run on the calling thread."""


S = TypeVar("S", bound=SupportsSync)


def run_sync(coroutine: Coroutine[Any, Any, R]) -> R:
    """Return the result of a coroutine that never suspends. Raises RuntimeError if it does."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError(
        "a sync call met an await that suspends: call the method with the prefix 'a' and await it"
    )


def sync_method(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[[Callable[[S], None]], Callable[Concatenate[S, P], R]]:
    """Replace the decorated stub by a sync `method`, with its signature and docstring."""

    def decorate(stub: Callable[[S], None]) -> Callable[Concatenate[S, P], R]:
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return run_sync(method(self.sync_view, *args, **kwargs))

        functools.update_wrapper(call, method)
        call.__name__ = stub.__name__
        call.__qualname__ = stub.__qualname__
        return call

    return decorate


def sync_method_overloaded(
    method: Callable[..., Coroutine[Any, Any, object]],
) -> Callable[[Callable[[Any], None]], Callable[..., Any]]:
    """Do as `sync_method` for overloads, which not every type checker carries by ParamSpec."""
    return sync_method(method)
