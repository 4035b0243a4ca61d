"""The journal: the latest requests to the sandbox, with secrets redacted."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from myonlinestore._codec.decode import decode_any
from myonlinestore.exceptions import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from starlette.types import Scope

MAX_ENTRIES = 10_000
MAX_BODY_BYTES = 16 * 1024 * 1024
"""The maximum total size of the bodies in a journal."""
REDACTED = "***"
TOKENS = frozenset({"token", "partner_token"})
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


class Entry:
    """A request and its outcome.

    Attributes:
        operation: the vendor's operationId; None for an unknown path.
        status: the status of the response, even if a fault dropped it; None if the connection was
            dropped before the operation ran.
        fault: the triggered rules as text; None if there were none.
        at: the time of the request, by the sandbox's clock.
    """

    __slots__ = ("_body", "_scope", "_secrets", "at", "fault", "operation", "status")

    def __init__(
        self,
        scope: Scope,
        body: bytes,
        *,
        operation: str | None,
        status: int | None,
        fault: str | None,
        at: datetime,
        secrets: Sequence[str],
    ) -> None:
        self.operation: str | None = operation
        self.status: int | None = status
        self.fault: str | None = fault
        self.at: datetime = at
        # Parsed on access: most entries are never read.
        self._scope = {name: scope[name] for name in ("method", "path", "query_string", "headers")}
        self._body = body
        self._secrets = secrets

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self._scope["method"])

    @property
    def path(self) -> str:
        """The path, including the version."""
        return self._redact(self._scope["path"])

    @property
    def query(self) -> dict[str, list[str]]:
        """The query: each parameter with its values, tokens redacted."""
        parameters = parse_qs(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return {
            name: [REDACTED] * len(values) if name in TOKENS else [self._redact(v) for v in values]
            for name, values in parameters.items()
        }

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lowercase name, secrets redacted."""
        headers = [
            (name.decode("latin-1").lower(), value) for name, value in self._scope["headers"]
        ]
        return {
            name: REDACTED if name in SECRET_HEADERS else self._redact(value.decode("latin-1"))
            for name, value in headers
        }

    @property
    def body(self) -> Any:
        """The body's JSON; its text if it is not JSON; None if it is empty."""
        text = self._redact(self._body.decode("utf-8", "replace"))
        try:
            return decode_any(text.encode()) if text else None
        except DecodeError:
            return text

    @property
    def size(self) -> int:
        """The size of the body in bytes."""
        return len(self._body)

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as in the admin endpoint's JSON."""
        return {
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "status": self.status,
            "fault": self.fault,
            "at": self.at.isoformat(),
        }

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text

    def __repr__(self) -> str:
        fault = f", fault={self.fault!r}" if self.fault else ""
        return f"<{self.method} {self.path} {self.operation} {self.status}{fault}>"


class Journal:
    """The requests of a sandbox, oldest first; a full journal drops the oldest."""

    def __init__(
        self,
        secrets: Iterable[str] = (),
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        # Longest first: a secret may be part of another.
        forms = {form for secret in secrets if secret for form in (secret, quote(secret, ""))}
        self._secrets = sorted(forms, key=len, reverse=True)
        self._entries: deque[Entry] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        # The server's thread writes, a test's thread reads.
        self._lock = threading.Lock()

    def record(
        self,
        scope: Scope,
        body: bytes,
        *,
        operation: str | None,
        status: int | None,
        fault: str | None,
        at: datetime,
    ) -> None:
        """Record a request, and drop the oldest ones if the journal is full."""
        entry = Entry(
            scope,
            body,
            operation=operation,
            status=status,
            fault=fault,
            at=at,
            secrets=self._secrets,
        )
        with self._lock:
            self._entries.append(entry)
            self._bytes += entry.size
            while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
                self._bytes -= self._entries.popleft().size

    def requests(
        self,
        operation: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
    ) -> list[Entry]:
        """Return the entries, oldest first, optionally by operation, method, path or status."""
        filters = {"operation": operation, "method": method, "path": path, "status": status}
        active_filters = {name: value for name, value in filters.items() if value is not None}
        return [
            entry
            for entry in self
            if all(getattr(entry, name) == value for name, value in active_filters.items())
        ]

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))
