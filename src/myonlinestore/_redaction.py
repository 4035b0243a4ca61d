"""The chain of errors below one: what a traceback would show of it must hold no token."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def iter_exception_chain(
    error: BaseException, outer_exception: BaseException | None
) -> Iterator[BaseException]:
    """The error and every cause, context and member of it, each once.

    `handled` is what the caller was handling before the call, which is the caller's own: Python
    chains it too, and the walk ends there.
    """
    seen = {id(outer_exception)}
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += (current.__cause__, current.__context__, *getattr(current, "exceptions", ()))


def scrub_exception(
    error: BaseException, outer_exception: BaseException | None, redact: Callable[[str], str]
) -> None:
    """Drop the frames of an error and of all below it, whose locals may hold a token, and mask."""
    for current in iter_exception_chain(error, outer_exception):
        current.__traceback__ = None
        redacted = tuple(redact(arg) if isinstance(arg, str) else arg for arg in current.args)
        if redacted != current.args:
            current.args = redacted
