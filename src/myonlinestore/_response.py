"""Answers, read by pure functions over status, headers and body: a value, an error, a place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import NoneType
from typing import Any, TypeVar, cast
from urllib.parse import urljoin, urlsplit

import msgspec

from myonlinestore._codec import decode as _codec
from myonlinestore._redaction import hide
from myonlinestore._request import Request, origin
from myonlinestore._retry import parse_retry_after
from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import ConnectError, DecodeError, RedirectError, error_for_status

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
FIRST_FAILURE = 300
_EXCERPT = 500
_JSON_OPENS = (b"[", b"{")


class Answer(msgspec.Struct, gc=False):
    """What came back, read to its end and unpacked; its repr keeps what may repeat a token.

    `received` is the bytes of the body as they came, before they were unpacked.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: int = 0

    def __repr__(self) -> str:
        return f"Answer(status={self.status})"

    @property
    def failed(self) -> bool:
        """Whether the status is no success; a redirect that is not followed is none."""
        return self.status >= FIRST_FAILURE


def value_of(request: Request[T], answer: Answer, config: ConnectConfig) -> T:
    """What a successful answer holds. Raises DecodeError with status, path and an excerpt."""
    try:
        if answer.body[:1] in _JSON_OPENS and request.reply is not NoneType:
            return _codec.decode(answer.body, request.reply, request.envelope)
        return _other(request, answer.body)
    except DecodeError as error:
        failure = error
    # Past the `except`, what is handled is again what the caller was handling before the call.
    hide(failure, sys.exc_info()[1], config.redact)
    raise _told(failure, request, answer, config) from (failure.__cause__ or failure)


def _told(
    error: DecodeError, request: Request[Any], answer: Answer, config: ConnectConfig
) -> DecodeError:
    return DecodeError(
        f"{request.method} {request.path} answered {answer.status}, but not with what the "
        f"vendor documents: {config.redact(error.reason)}",
        answer.status,
        config.redact(_text(answer.body))[:_EXCERPT],
        json_path=error.json_path,
        index=error.index,
        malformed=error.malformed,
    )


def _other(request: Request[T], body: bytes) -> T:
    if not body.strip():
        return cast("T", _codec.decode_empty(request.reply))
    if body.lstrip().startswith(b"<"):
        raise DecodeError("a page of HTML or XML where JSON belongs")
    if request.reply is NoneType:
        _codec.decode(body, cast("type[Any]", Any))
        return cast("T", None)
    return _codec.decode(body, request.reply, request.envelope)


def redirect_target(method: str, url: str, answer: Answer) -> str | None:
    """Where to ask again: only a read is repeated, only within the origin that has the tokens."""
    location = answer.headers.get("location")
    if answer.status not in _REDIRECTS or method not in ("GET", "HEAD") or not location:
        return None
    try:
        target = urljoin(url, location)
        return target if origin(target) == origin(url) else None
    except ValueError:  # It is no URL.
        return None


def error_of(method: str, url: str, answer: Answer, config: ConnectConfig) -> ConnectError:
    """The typed error for an answer that failed; tokens that the server wrote back are masked."""
    body = _json_or_excerpt(answer.body, config)
    place = f"HTTP {answer.status} for {method} {urlsplit(url).path}"
    retry_after = parse_retry_after(answer.headers.get("retry-after"))
    title = _title(body)
    message = f"{title} ({place})" if title else place
    error = error_for_status(message, answer.status, body, retry_after)
    if isinstance(error, RedirectError):
        location = config.redact(answer.headers.get("location", ""))
        error.args = (f"a redirect to {location!r} is not followed ({place}): check base_url",)
    return error


def _json_or_excerpt(body: bytes, config: ConnectConfig) -> Any:
    try:
        return _masked(_codec.decode_any(body), config)
    except (DecodeError, RecursionError):
        return config.redact(_text(body))[:_EXCERPT] or None


def _masked(value: Any, config: ConnectConfig) -> Any:
    """JSON in which no text, name or number is, or holds, a token."""
    if isinstance(value, dict):
        return {config.redact(name): _masked(held, config) for name, held in value.items()}
    if isinstance(value, list):
        return [_masked(item, config) for item in value]
    shown = config.redact(str(value))
    return value if shown == str(value) else shown


def _title(body: Any) -> str:
    """What the vendor calls the error: its ApiProblem's `title`, its Error's `message`."""
    said: dict[str, Any] = body if isinstance(body, dict) else {}
    titles = (said.get(key) for key in ("title", "message", "error", "detail"))
    return next((t for t in titles if t and isinstance(t, str)), "")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
