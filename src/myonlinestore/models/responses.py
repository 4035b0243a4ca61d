"""Responses that are not part of a store: counts and errors."""

from __future__ import annotations

from myonlinestore.models.base import Model

__all__ = [
    "ApiError",
    "ApiProblem",
    "CountResponse",
]


class CountResponse(Model):
    """How many items match a filter.

    Attributes:
        count: number of items.
    """

    count: int


class ApiProblem(Model):
    """An error in the form of RFC 7807.

    Attributes:
        type: URI or name of the kind of error.
        title: the kind of error in a few words.
        detail: what went wrong this time.
        status: the HTTP status.
    """

    type: str | None = None
    title: str | None = None
    detail: str | None = None
    status: int | None = None


class ApiError(Model):
    """An error in the vendor's older form (schema ``Error``).

    Attributes:
        code: the vendor's number for this error.
        message: the error in a few words.
        description: what went wrong this time.
    """

    code: int | None = None
    message: str | None = None
    description: str | None = None
