"""Answers, read by pure functions over status, headers and body: a value, an error, or a redirect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, TypeVar, cast
from urllib.parse import urljoin, urlsplit

from myonlinestore import _codec
from myonlinestore._request import Request, origin, without_params
from myonlinestore._retry import parse_retry_after
from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import ConnectError, DecodeError, RedirectError, error_for_status

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FIRST_FAILURE = 300
_EXCERPT = 500


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end and unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def failed(self) -> bool:
        """Whether the status is no success; a redirect that is not followed is none."""
        return self.status >= _FIRST_FAILURE


def value_of(request: Request[T], answer: Answer, config: ConnectConfig) -> T:
    """What a successful answer holds. Raises DecodeError with status, path and an excerpt."""
    try:
        return _decoded(request, answer.body)
    except DecodeError as error:
        raise DecodeError(
            f"{request.method} {request.path} answered {answer.status}, but not with what the "
            f"vendor documents: {error.reason}",
            answer.status,
            config.redact(_text(answer.body[:_EXCERPT])),
            json_path=error.json_path,
            index=error.index,
            malformed=error.malformed,
        ) from (error.__cause__ or error)


def _decoded(request: Request[T], body: bytes) -> T:
    if not body.strip():
        return cast("T", _codec.decode_empty(request.reply))
    if body.lstrip().startswith(b"<"):
        raise DecodeError("a page of HTML or XML where JSON belongs")
    if request.reply is NoneType:
        _codec.decode(body, cast("type[Any]", Any))
        return cast("T", None)
    return _codec.decode(body, request.reply, request.envelope)


def redirect_target(method: str, url: str, answer: Answer, config: ConnectConfig) -> str | None:
    """Where to ask again: only reads are repeated, and only within the origin of the tokens."""
    location = answer.headers.get("location")
    if answer.status not in _REDIRECTS or method not in ("GET", "HEAD") or not location:
        return None
    target = urljoin(url, location)
    return without_params(target, config.auth_params()) if origin(target) == origin(url) else None


def error_of(method: str, url: str, answer: Answer, config: ConnectConfig) -> ConnectError:
    """The typed error for an answer that failed; tokens that the server wrote back are masked."""
    text = config.redact(_text(answer.body))
    body = _json_or_excerpt(text)
    place = f"HTTP {answer.status} for {method} {urlsplit(url).path}"
    retry_after = parse_retry_after(answer.headers.get("retry-after"))
    title = _title(body)
    message = f"{title} ({place})" if title else place
    error = error_for_status(message, answer.status, body, retry_after)
    if isinstance(error, RedirectError):
        location = config.redact(answer.headers.get("location", ""))
        error.args = (f"a redirect to {location!r} is not followed ({place}): check base_url",)
    return error


def _json_or_excerpt(text: str) -> Any:
    try:
        return _codec.decode_any(text)
    except DecodeError:
        return text[:_EXCERPT] or None


def _title(body: Any) -> str:
    """What the vendor calls the error: its ApiProblem's `title`, its Error's `message`."""
    said: dict[str, Any] = body if isinstance(body, dict) else {}
    titles = (said.get(key) for key in ("title", "message", "error", "detail"))
    return next((t for t in titles if t and isinstance(t, str)), "")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
