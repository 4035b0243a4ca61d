"""RFC 7807 problems: how the sandbox says no (the vendor's ApiProblem)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from myonlinestore import _codec


class Problem(Exception):  # noqa: N818 - the RFC's word
    """A refusal: an HTTP status and one sentence of detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

    def response(self) -> Response:
        """The answer that carries this problem."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "detail": self.detail,
            "status": self.status,
        }
        return Response(_codec.encode(body), self.status, media_type="application/problem+json")


def missing(what: str, key: object) -> Problem:
    """404: nothing has this key."""
    return Problem(404, f"There is no {what} {key!r} in this store.")


def invalid(where: str, what: str) -> Problem:
    """422: one field or parameter is wrong."""
    return Problem(422, f"{where}: {what}")
