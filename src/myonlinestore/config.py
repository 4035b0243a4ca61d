"""Configuration of a client. It holds the tokens and never shows them."""

from __future__ import annotations

import functools
import json
import math
import os
import re
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from typing_extensions import Self

API_VERSIONS = ("1", "2-beta")
ENGINES = ("auto", "fast", "httpx")
MAX_LIMIT = 100
DEFAULT_BASE_URL = "https://api.myonlinestore.com"
# The API's name, and its older one.
VENDOR_HOSTS = ("api.myonlinestore.com", "api.mijnwebwinkel.nl")
TOKEN_VARIABLE = "MYONLINESTORE_TOKEN"  # noqa: S105 - a name, not a token
PARTNER_TOKEN_VARIABLE = "MYONLINESTORE_PARTNER_TOKEN"  # noqa: S105
BASE_URL_VARIABLE = "MYONLINESTORE_BASE_URL"
_MASK = "***"
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TOKENS = ("store_token", "partner_token")
_MIN_LENGTH_FOR_SUBSTRING_MATCH = 8
_WORD_BOUNDARY = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))"
_BASE_URL = re.compile(
    r"https?://(?:\[[0-9a-f:.]+\]|[^][\s/?#@:]+)(?::\d+)?(?:/[^\s?#]*)?", re.IGNORECASE
)
# As `html.escape` writes them. Importing html loads the whole table of HTML entities.
_IN_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*").fullmatch
_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")  # RFC 9110, 5.6.2: a token


class FromEnvironment(str):
    """A default value that an environment variable overrides, unlike the same text if passed."""

    __slots__ = ("variable",)
    variable: str

    def __new__(cls, variable: str, default: str = "") -> Self:
        """Return the default as text that remembers its variable."""
        text = super().__new__(cls, default)
        text.variable = variable
        return text

    def read(self) -> str:
        """Return the value of the variable, or the default if it is unset or empty."""
        return os.environ.get(self.variable) or str(self)


@dataclass
class ConnectConfig:
    """The configuration for one store. Invalid values raise ValueError.

    Args:
        store_token: the merchant's API token (shop backend, Settings, API); ``MYONLINESTORE_TOKEN``
            if omitted. White space around a token is removed.
        partner_token: your application's token, if you are a partner;
            ``MYONLINESTORE_PARTNER_TOKEN`` if both tokens are omitted.
        api_version: ``"1"`` or ``"2-beta"``.
        base_url: scheme and host of the API, without ``/v1``; ``MYONLINESTORE_BASE_URL`` if omitted
            and set.
        language: language of the store's texts, such as ``"nl_NL"`` or ``"en_GB"``.
        response_format: only ``"json"`` is supported.
        timeout: seconds for each phase of a request without its own timeout below.
        connect_timeout: seconds to open a connection; `timeout` if ``None``.
        read_timeout: seconds to wait for bytes of the response; `timeout` if ``None``.
        pool_timeout: seconds to wait for a free connection.
        max_connections: maximum connections in use, over all threads and event loops.
        max_keepalive: maximum idle connections in a pool.
        default_limit: page size of a list call without ``limit``, 1 to 100.
        max_retries: maximum retries of a failed request; 0 for none.
        max_retry_delay: maximum seconds before a retry. A longer ``Retry-After`` raises
            immediately.
        idempotency_key_header: header for the idempotency key of POST and PATCH requests, which
            are retried only with a key; ``None`` to send no key and never retry them.
        max_rate: maximum requests per second, over all threads and event loops; ``None`` for
            no limit. A 429 reduces the rate temporarily in both cases.
        engine: the HTTP client: ``"auto"`` for this package's own, with the parser of the extra
            `fast` if it is installed; ``"fast"`` to require that extra; or ``"httpx"``. Transports
            of your own, and proxies whose scheme is not ``http``, always use httpx.
        max_response_bytes: maximum size of a response's body in bytes, decompressed; a larger one
            raises `ResponseTooLargeError`.
        deadline: seconds for a whole call, with its retries and everything that it waits for;
            then it raises `DeadlineExceededError`. ``None`` for no limit.
    """

    store_token: str = FromEnvironment(TOKEN_VARIABLE)
    partner_token: str | None = None
    api_version: str = "1"
    base_url: str = FromEnvironment(BASE_URL_VARIABLE, DEFAULT_BASE_URL)
    language: str = "nl_NL"
    response_format: str = "json"
    timeout: float = 30.0
    connect_timeout: float | None = None
    read_timeout: float | None = None
    pool_timeout: float = 30.0
    max_connections: int = 100
    max_keepalive: int = 20
    default_limit: int = 50
    max_retries: int = 3
    max_retry_delay: float = 60.0
    idempotency_key_header: str | None = "Idempotency-Key"
    max_rate: float | None = None
    engine: str = "auto"
    max_response_bytes: int = 256 * 1024 * 1024
    deadline: float | None = None

    def __post_init__(self) -> None:
        self._read_environment()
        self._check_tokens()
        self._check_seconds()
        self._check_numbers()
        self._check_address()

    def _read_environment(self) -> None:
        """Replace defaults by the values of their environment variables."""
        if isinstance(self.store_token, FromEnvironment) and self.partner_token is None:
            self.partner_token = os.environ.get(PARTNER_TOKEN_VARIABLE) or None
        for name in ("store_token", "base_url"):
            value = getattr(self, name)
            if isinstance(value, FromEnvironment):
                setattr(self, name, value.read())

    def _check_tokens(self) -> None:
        for name in _TOKENS:
            token = getattr(self, name)
            if token and not isinstance(token, str):
                raise ValueError(f"{name} must be text, got {type(token).__name__}")
            # Files and environment variables often end in a line end.
            stripped = token.strip() if token else token
            if stripped and _CONTROL_CHARACTER.search(stripped):
                raise ValueError(
                    f"{name} contains a control character, such as a line end: check the place "
                    "that it was copied from"
                )
            if not (stripped or name == "partner_token"):
                raise ValueError("store_token is required (or pass a ConnectConfig via config=)")
            setattr(self, name, stripped)

    def _check_seconds(self) -> None:
        for name in ("timeout", "connect_timeout", "read_timeout", "pool_timeout", "deadline"):
            seconds = getattr(self, name)
            if seconds is not None and not (is_finite(seconds) and seconds > 0):
                raise ValueError(f"{name} must be more than 0 seconds, got {seconds!r}")
        max_delay = self.max_retry_delay
        if not (is_finite(max_delay) and max_delay >= 0):
            raise ValueError(f"max_retry_delay must be 0 or more seconds, got {max_delay!r}")

    def _check_numbers(self) -> None:
        for name, minimum in (
            ("max_connections", 1),
            ("max_keepalive", 0),
            ("max_retries", 0),
            ("max_response_bytes", 1),
        ):
            number = getattr(self, name)
            if not is_integer(number) or number < minimum:
                raise ValueError(
                    f"{name} must be a whole number, {minimum} or more, got {number!r}"
                )
        check_limit(self.default_limit, "default_limit")
        rate = self.max_rate
        if rate is not None and not (is_finite(rate) and rate > 0):
            raise ValueError(f"max_rate must be more than 0 requests per second, got {rate!r}")

    def _check_address(self) -> None:
        if self.api_version not in API_VERSIONS:
            raise ValueError(
                f"api_version must be one of {', '.join(API_VERSIONS)}, got {self.api_version!r}"
            )
        if self.engine not in ENGINES:
            raise ValueError(f"engine must be one of {', '.join(ENGINES)}, got {self.engine!r}")
        if self.response_format != "json":
            raise ValueError(
                f'response_format must be "json", got {self.response_format!r}: '
                "this client decodes JSON only"
            )
        if not _BASE_URL.fullmatch(self.base_url):
            # The value is not shown: it may contain a password, or a token in a query.
            raise ValueError(
                "base_url must be http:// or https:// with a host, and optionally a port and a "
                "path, such as 'https://api.myonlinestore.com'"
            )
        header = self.idempotency_key_header
        if header is not None and not _HEADER_NAME.fullmatch(header):
            raise ValueError(
                f"idempotency_key_header must be the name of a header, or None, got {header!r}"
            )

    @classmethod
    def from_env(cls) -> ConnectConfig:
        """Return a configuration with the values of the environment, and the other defaults.

        It reads ``MYONLINESTORE_TOKEN``, ``MYONLINESTORE_PARTNER_TOKEN`` and
        ``MYONLINESTORE_BASE_URL``, as ``ConnectConfig()`` does.

        Raises:
            ValueError: ``MYONLINESTORE_TOKEN`` is not set, or a value is invalid.
        """
        return cls()

    def auth_params(self) -> dict[str, str]:
        """Return the query parameters that authenticate a request: the tokens."""
        params = {"token": self.store_token}
        if self.partner_token:
            params["partner_token"] = self.partner_token
        return params

    def default_params(self) -> dict[str, str]:
        """Return the query parameters of every request: the tokens, language and format."""
        return {**self.auth_params(), **self.public_params()}

    def public_params(self) -> dict[str, str]:
        """Return the query parameters of every request that are not secret."""
        return {"language": self.language, "format": self.response_format}

    def versioned_url(self, path: str, version: str | None = None) -> str:
        """Return the URL of a path such as ``/articles``, without a query.

        Raises ValueError for a version that would change the path.
        """
        version = version or self.api_version
        if not _VERSION(version):
            raise ValueError(f"version must be like '1' or '2-beta', got {version!r}")
        return f"{self.base_url.rstrip('/')}/v{version}{path}"

    def redact(self, text: str) -> str:
        """Return the text with ``***`` for each token, in any of its encodings."""
        for pattern in _patterns(self.store_token, self.partner_token):
            text = pattern.sub(_MASK, text)
        return text

    def describe_token_source(self) -> str:
        """Return where the store's token was passed, for the message of an error."""
        from_environment = os.environ.get(TOKEN_VARIABLE, "").strip() == self.store_token
        return f"the variable {TOKEN_VARIABLE}" if from_environment else "the argument store_token"

    def __repr__(self) -> str:
        values = (
            f"{field.name}={_MASK if field.name in _TOKENS and value else value!r}"
            for field in fields(self)
            for value in [getattr(self, field.name)]
        )
        return f"ConnectConfig({', '.join(values)})"

    def __copy__(self) -> ConnectConfig:
        return replace(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> ConnectConfig:
        return replace(self)

    def __getstate__(self) -> NoReturn:
        raise TypeError(
            "a ConnectConfig holds tokens and cannot be pickled: create it in the other process, "
            "for example from the environment variable MYONLINESTORE_TOKEN"
        )


class ConfigOptions(TypedDict, total=False):
    """The values of `ConnectConfig` that a client takes as further keywords."""

    response_format: str
    connect_timeout: float | None
    read_timeout: float | None
    pool_timeout: float
    max_connections: int
    max_keepalive: int
    default_limit: int
    max_retries: int
    max_retry_delay: float
    idempotency_key_header: str | None
    max_rate: float | None
    max_response_bytes: int


def check_limit(limit: int, name: str = "limit") -> None:
    """Raise ValueError for a page size that the API does not support (`limit`, at most 100)."""
    if not is_integer(limit) or not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"{name} must be a whole number from 1 to {MAX_LIMIT}, got {limit!r}")


def is_integer(value: object) -> bool:
    """Return True if a value is an integer, also one of numpy; booleans are not."""
    return type(value) is int or (not isinstance(value, bool) and isinstance(value, Integral))


def is_finite(value: object) -> bool:
    """Return True if a value is a finite number."""
    return isinstance(value, Real) and math.isfinite(value)


def _patterns(*tokens: str | None) -> list[re.Pattern[str]]:
    return [_pattern(token) for token in sorted(filter(None, tokens), key=len, reverse=True)]


@functools.lru_cache
def _pattern(token: str) -> re.Pattern[str]:
    """Compile a pattern for each encoding in which a server may repeat the token."""
    pattern = "".join(_build_encodings_pattern(char) for char in token)
    if len(token) >= _MIN_LENGTH_FOR_SUBSTRING_MATCH:
        return re.compile(pattern, re.IGNORECASE)
    # A short token may be part of a word: only the whole word is redacted.
    return re.compile(f"{_WORD_BOUNDARY}{pattern}(?![A-Za-z0-9])")


def _build_encodings_pattern(char: str) -> str:
    """Return a pattern for a character: plain, quoted for a URL, escaped for JSON or HTML."""
    if char.isascii() and char.isalnum():
        return char
    utf8, utf16 = char.encode("utf-8", "surrogatepass"), char.encode("utf-16-be", "surrogatepass")
    encodings = [
        r"\\{0,4}" + re.escape(char),
        r"\\{0,4}" + re.escape(json.dumps(char)[1:-1]),
        re.escape(_IN_HTML.get(char, char)),
        re.escape(quote_plus(char, errors="surrogatepass")),
        f"&#(?:0*{ord(char)}|x0*{ord(char):x});",
        "".join(f"%(?:25)*{byte:02x}" for byte in utf8),
        "".join(rf"\\{{1,4}}x{byte:02x}" for byte in utf8),
        "".join(rf"\\{{1,4}}u{utf16[i : i + 2].hex()}" for i in range(0, len(utf16), 2)),
    ]
    return f"(?i:{'|'.join(encodings)})"
