"""RFC 7807 problems, the sandbox's error responses (the vendor's ApiProblem)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from myonlinestore._codec.encode import encode


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An error response: HTTP status, one sentence of detail, optional Retry-After."""

    def __init__(self, status: int, detail: str, *, retry_after: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after

    def response(self) -> Response:
        """Return the response for this problem."""
        body = {
            "type": "about:blank",
            "title": _reason_phrase(self.status),
            "detail": self.detail,
            "status": self.status,
        }
        headers = None if self.retry_after is None else {"Retry-After": self.retry_after}
        media_type = "application/problem+json"
        return Response(encode(body), self.status, headers, media_type=media_type)


def _reason_phrase(status: int) -> str:
    """Return the reason phrase of a status; some, such as 520, are not in any standard."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def not_found(kind: str, key: object) -> Problem:
    """Return a 404 for an unknown key."""
    return Problem(404, f"There is no {kind} {key!r} in this store.")


def invalid(where: str, reason: str) -> Problem:
    """Return a 422 for an invalid field or parameter."""
    return Problem(422, f"{where}: {reason}")
