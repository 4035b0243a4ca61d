"""The sync twin of a coroutine method: the same coroutine, run to its end on a blocking wire."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class SupportsSync(Protocol):
    """An object with a second face on which no coroutine ever suspends."""

    @property
    def sync_view(self) -> Any:
        """The face whose coroutines run on the blocking wire."""


S = TypeVar("S", bound=SupportsSync)


def run_sync(coroutine: Coroutine[Any, Any, R]) -> R:
    """The result of a coroutine that never suspends. Raises RuntimeError if it does."""
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
    """Make the decorated stub the sync twin of `method`, with its signature and docstring."""

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
    """`blocking` for a method with overloads, which a ParamSpec does not carry to every checker."""
    return sync_method(method)
