"""The chain of errors below one: what a traceback would show of it must hold no token."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def chained(error: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    """The error and every cause, context and member of it, each once.

    `handled` is what the caller was handling before the call, which is the caller's own: Python
    chains it too, and the walk ends there.
    """
    seen = {id(handled)}
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += (each.__cause__, each.__context__, *getattr(each, "exceptions", ()))


def hide(error: BaseException, handled: BaseException | None, redact: Callable[[str], str]) -> None:
    """Drop the frames of an error and of all below it, whose locals may hold a token, and mask."""
    for each in chained(error, handled):
        each.__traceback__ = None
        masked = tuple(redact(arg) if isinstance(arg, str) else arg for arg in each.args)
        if masked != each.args:
            each.args = masked
