"""Redaction of secrets in exception chains and URLs, and escapes for a server's text."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import unquote

# Greedy: a password may contain an "@", so everything up to the last one belongs to it.
# In PostgreSQL's "host=db password=secret", a value may be in single quotes. Its parameters in a
# query may have percent-encoded names.
_PASSWORD = re.compile(
    r"(//[^:@/?#]*:)(.*)@"
    r"|([?&](?:ssl)?password=)([^&]*)"
    r"|((?:^|\s)(?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|\S*)"
    r"|([?&][^=&]*%[^=&]*=)([^&]*)"
    r"|(^(?!(?:jsonl|parquet|sqlite|duckdb):)[^/\\:@?#\s]+:)([^/\\\s][^/]*)@",
    re.DOTALL | re.IGNORECASE,
)
_REDACTED = "***"


def redact_url(target: str | os.PathLike[str]) -> str:
    """Return a path or URL with ``***`` for its password."""
    return _PASSWORD.sub(_redact_match, os.fspath(target))


def redact_passwords(text: str, target: str) -> str:
    """Return a library's message with ``***`` for the passwords of a path or URL.

    The message may repeat them without what precedes them in the URL, or decoded.
    """
    found = _PASSWORD.finditer(target)
    values = {_split_match(match)[1].strip("'") for match in found}
    spellings = {*values, *map(unquote, values)} - {""}
    for password in sorted(spellings, key=len, reverse=True):
        text = text.replace(password, _REDACTED)
    return redact_url(text)


def _redact_match(match: re.Match[str]) -> str:
    prefix, _ = _split_match(match)
    return f"{prefix}{_REDACTED}@" if match[0].endswith("@") else f"{prefix}{_REDACTED}"


def _split_match(match: re.Match[str]) -> tuple[str, str]:
    """Return what precedes a password, and the password."""
    prefix, password = (group for group in match.groups() if group is not None)
    return prefix, password


def iter_exception_chain(
    error: BaseException, outer_exception: BaseException | None
) -> Iterator[BaseException]:
    """Yield the error and each of its causes, contexts, attributes and group members, once.

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
        pending += (value for value in vars(current).values() if isinstance(value, BaseException))


def escape_control_characters(text: str) -> str:
    """Return text in one line: line ends, terminal codes and the like become escapes.

    A server could otherwise forge lines in a log.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


class RedactedError(Exception):
    """A stand-in for an exception whose text holds a token and cannot be changed."""


def scrub_exception(
    error: BaseException, outer_exception: BaseException | None, redact: Callable[[str], str]
) -> None:
    """Redact the messages and attributes of an exception chain, and drop its frames.

    The local variables of a frame may hold a token. A cause that cannot be redacted is replaced by
    a `RedactedError`.
    """
    chain = list(iter_exception_chain(error, outer_exception))
    for current in chain:
        current.__traceback__ = None
        _redact_attributes(current, redact)
    for current in chain:
        _replace_unredactable_causes(current, outer_exception, redact)


def _redact_attributes(error: BaseException, redact: Callable[[str], str]) -> None:
    args = tuple(_redact_value(arg, redact) for arg in error.args)
    if isinstance(error, (UnicodeDecodeError, UnicodeEncodeError)):
        # The whole text, of which the message shows one character.
        error.object = cast("Any", type(error.object)())
        args = (error.encoding, error.object, error.start, error.end, error.reason)
    error.args = tuple(
        escape_control_characters(arg) if isinstance(arg, str) else arg for arg in args
    )
    attributes = vars(error)
    attributes.update({name: _redact_value(value, redact) for name, value in attributes.items()})


def _redact_value(value: Any, redact: Callable[[str], str]) -> Any:
    """Redact the texts in a value, also those in lists, tuples and dicts."""
    if isinstance(value, bytearray):
        value = bytes(value)
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bytes):
        return redact(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if type(value) in (list, tuple):
        return type(value)(_redact_value(item, redact) for item in value)
    if type(value) is dict:
        return {_redact_value(k, redact): _redact_value(v, redact) for k, v in value.items()}
    return value


def _replace_unredactable_causes(
    error: BaseException, outer_exception: BaseException | None, redact: Callable[[str], str]
) -> None:
    for link in ("__cause__", "__context__"):
        linked = getattr(error, link)
        if linked is None or linked is outer_exception:
            continue
        text = f"{type(linked).__name__}: {linked}"
        if redact(text) != text or redact(repr(linked)) != repr(linked):
            replacement = RedactedError(escape_control_characters(redact(text)))
            replacement.__cause__ = linked.__cause__
            setattr(error, link, replacement)
