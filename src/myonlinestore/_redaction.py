"""Redaction of secrets in exception chains and in URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

# Greedy: a password may contain an "@", so everything up to the last one belongs to it.
_PASSWORD = re.compile(r"(//[^:@/?#]*:).*@|([?&](?:ssl)?password=)[^&]*", re.DOTALL)


def redact_url(target: str | os.PathLike[str]) -> str:
    """Return a path or URL with ``***`` for its password."""
    return _PASSWORD.sub(_redact_match, os.fspath(target))


def _redact_match(match: re.Match[str]) -> str:
    return f"{match[1]}***@" if match[1] else f"{match[2]}***"


def iter_exception_chain(
    error: BaseException, outer_exception: BaseException | None
) -> Iterator[BaseException]:
    """Yield the error and each of its causes, contexts and group members, once.

    Python also chains `outer_exception`, which the caller was handling before the call. It belongs
    to the caller, so the iteration ends there.
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
    """Redact the messages of an exception chain, and drop its frames.

    The local variables of a frame may hold a token.
    """
    for current in iter_exception_chain(error, outer_exception):
        current.__traceback__ = None
        redacted = tuple(redact(arg) if isinstance(arg, str) else arg for arg in current.args)
        if redacted != current.args:
            current.args = redacted
