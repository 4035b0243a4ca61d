"""Responses: pure functions that parse status, headers and body to a value or an error."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from http import HTTPStatus
from types import NoneType
from typing import Any, TypeVar, cast
from urllib.parse import urljoin, urlsplit

import msgspec

from myonlinestore._codec.decode import decode, decode_any, decode_empty, decode_fields
from myonlinestore._codec.error_payload import get_error_reason
from myonlinestore._redaction import scrub_exception
from myonlinestore._request import Request, origin
from myonlinestore._retry import READ_METHODS, parse_retry_after
from myonlinestore.config import VENDOR_HOSTS, ConnectConfig
from myonlinestore.exceptions import (
    MIN_ERROR_STATUS,
    ConnectError,
    DecodeError,
    RedirectError,
    error_for_status,
)

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_EXCERPT_CHARS = 500
_MAX_REASON_CHARS = 300
_MAX_ERROR_BODY_BYTES = 65_536
_HTML_TITLE = re.compile(r"<title[^>]*>([^<]*)</title>", re.IGNORECASE)
_UTF8_BOM = b"\xef\xbb\xbf"
_is_markup = re.compile(rb"\s*<").match


class RawResponse(msgspec.Struct, gc=False):
    """A complete response. Its repr omits headers and body, in which a server may repeat a token.

    Attributes:
        status: HTTP status.
        headers: names are case-insensitive.
        buffer: the decompressed body. A large one is a bytearray, which is decoded where the
            connection has written it; nothing changes it.
        wire_size: size of the body in bytes before decompression.
    """

    status: int
    headers: Mapping[str, str]
    buffer: bytes | bytearray
    wire_size: int = 0

    def __repr__(self) -> str:
        return f"RawResponse(status={self.status})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("status", self.status)]

    @property
    def body(self) -> bytes:
        """The decompressed body."""
        return bytes(self.buffer)

    @property
    def is_error(self) -> bool:
        """True if the status is 300 or more: redirects that are not followed are errors."""
        return self.status >= MIN_ERROR_STATUS


def parse_response(request: Request[T], response: RawResponse, config: ConnectConfig) -> T:
    """Decode a successful response. Raises DecodeError with status, path and an excerpt."""
    # Some reports about errors show each expression of a frame, so that no frame of the traceback
    # may name the body.
    try:
        return _decode_body(request, response)
    except BaseException as error:  # noqa: BLE001  it is raised again
        failure = error
    # After the `except` block, sys.exc_info() is again the exception that the caller handles.
    failure = _to_error(failure, sys.exc_info()[1], request, response, config)
    raise failure


def _to_error(
    failure: BaseException,
    outer_exception: BaseException | None,
    request: Request[Any],
    response: RawResponse,
    config: ConnectConfig,
) -> BaseException:
    """Return a failure as the exception to raise: a DecodeError unless it is Ctrl-C or the like."""
    error = failure
    if isinstance(failure, DecodeError):
        error = _with_context(failure, request, response, config)
        error.__cause__ = failure.__cause__ or failure
    elif isinstance(failure, Exception):  # The caller's own row type may raise anything.
        reason = f"the row type raised {type(failure).__name__}: {failure}"
        error = _with_context(DecodeError(reason), request, response, config)
        error.__cause__ = failure
    scrub_exception(error, outer_exception, config.redact)
    return error


def _with_context(
    error: DecodeError, request: Request[Any], response: RawResponse, config: ConnectConfig
) -> DecodeError:
    reason = _excerpt(error.reason, _MAX_REASON_CHARS, config)
    operation = f"{request.method} {config.redact(request.path)}"
    message = (
        f"{operation} returned {response.status} with a body that does not match the API "
        "documentation: "
    )
    if request.method not in READ_METHODS:
        message = (
            f"the server accepted {operation} ({response.status}), but its response does not match "
            "the API documentation (check the result before you send the request again): "
        )
    described = DecodeError(
        message + reason,
        response.status,
        _excerpt(response.body, _MAX_EXCERPT_CHARS, config),
        json_path=error.json_path,
        index=error.index,
        malformed=error.malformed,
    )
    described.headers = _redact_headers(response.headers, config)
    return described


def _decode_body(request: Request[T], response: RawResponse) -> T:
    body = response.buffer
    if body.startswith(_UTF8_BOM):  # noqa: FURB188  `removeprefix` copies a bytearray
        body = body[len(_UTF8_BOM) :]
    if not body or body.isspace():
        return cast("T", decode_empty(request.response_type))
    if _is_markup(body):
        raise DecodeError("expected JSON, got HTML or XML")
    if request.response_type is NoneType:
        decode(body, cast("type[Any]", Any))
        return cast("T", None)
    return decode(body, request.response_type, request.envelope)


_VENDOR_ORIGINS = {("https", host, 443) for host in VENDOR_HOSTS}


def redirect_target(method: str, url: str, response: RawResponse) -> str | None:
    """Return the URL to follow, or None: only reads are repeated, and only to the same API."""
    location = response.headers.get("location")
    if response.status not in _REDIRECTS or method not in ("GET", "HEAD") or not location:
        return None
    try:
        target = urljoin(url, location)
        origins = {origin(url), origin(target)}
        return target if len(origins) == 1 or origins <= _VENDOR_ORIGINS else None
    except ValueError:  # It is not a URL.
        return None


def error_from_response(
    method: str, url: str, response: RawResponse, config: ConnectConfig
) -> ConnectError:
    """Return the typed error for a failed response, with the vendor's words and no token."""
    body = _json_or_excerpt(response.body, config)
    operation = f"{response.status} {method} {config.redact(urlsplit(url).path)}"
    reason = _get_reason(response.status, body)[:_MAX_REASON_CHARS]
    message = f"{operation}: {reason}" if reason else operation
    if response.status == HTTPStatus.UNAUTHORIZED:
        message += f" (the token came from {config.describe_token_source()})"
    retry_after = parse_retry_after(response.headers.get("retry-after"))
    error = error_for_status(message, response.status, body, retry_after)
    if isinstance(error, RedirectError):
        location = _excerpt(response.headers.get("location", ""), _MAX_EXCERPT_CHARS, config)
        error.args = (f"{operation}: a redirect to {location!r} is not followed: check base_url",)
    error.headers = _redact_headers(response.headers, config)
    return error


def _get_reason(status: int, body: object) -> str:
    """Return what a failed response says, or the reason phrase of its status."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # Such as Cloudflare's 520 to 527.
        phrase = ""
    if not isinstance(body, str):
        return get_error_reason(body, phrase) or phrase
    text = body
    if body.lstrip().startswith("<"):
        title = _HTML_TITLE.search(body)
        text = title[1] if title else ""
    return " ".join(text.split()) or phrase


def _redact_headers(headers: Mapping[str, str], config: ConnectConfig) -> dict[str, str]:
    """Return headers with names in lower case, without cookies and tokens."""
    redacted = {name.lower(): config.redact(value) for name, value in headers.items()}
    return {name: "***" if name == "set-cookie" else redacted[name] for name in redacted}


def _json_or_excerpt(body: bytes, config: ConnectConfig) -> Any:
    body = body.removeprefix(_UTF8_BOM)
    try:
        whole = len(body) <= _MAX_ERROR_BODY_BYTES
        return _redact_json(decode_any(body) if whole else _decode_small_fields(body), config)
    except (DecodeError, RecursionError):
        return _excerpt(body, _MAX_EXCERPT_CHARS, config) or None


def _decode_small_fields(body: bytes) -> dict[str, Any]:
    """Decode a large JSON object without its largest fields, so that the work is bounded.

    Raises DecodeError for other JSON.
    """
    kept: dict[str, Any] = {}
    size = 0
    for name, value in decode_fields(body).items():
        size += len(name)
        if size + len(value) > _MAX_ERROR_BODY_BYTES:
            kept[name] = f"({len(value)} bytes are left out)"
            size += len(kept[name])
        else:
            kept[name] = decode_any(value)
            size += len(value)
        if size > _MAX_ERROR_BODY_BYTES:
            break
    return kept


def _excerpt(content: str | bytes, max_chars: int, config: ConnectConfig) -> str:
    """Return the start of a text, redacted. The work is bounded, whatever its length."""
    start = content[:_MAX_ERROR_BODY_BYTES]
    text = start if isinstance(start, str) else start.decode("utf-8", "replace")
    redacted = config.redact(text)
    if len(content) > _MAX_ERROR_BODY_BYTES and len(redacted) < len(text) // 2:
        # It is full of tokens, and may end within one.
        redacted = redacted[: redacted.rindex("***")]
    return redacted[:max_chars]


def _redact_json(value: Any, config: ConnectConfig) -> Any:
    """Redact tokens in the names, strings and numbers of JSON."""
    if isinstance(value, dict):
        return {config.redact(name): _redact_json(item, config) for name, item in value.items()}
    if isinstance(value, list):
        return [_redact_json(item, config) for item in value]
    redacted = config.redact(str(value))
    return value if redacted == str(value) else redacted
