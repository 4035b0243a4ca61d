"""Counts and errors."""

from __future__ import annotations

from myonlinestore.models.base import Model

__all__ = [
    "ApiError",
    "ApiProblem",
    "CountResponse",
]


class CountResponse(Model):
    """The number of items that match a filter.

    Attributes:
        count: number of items.
    """

    count: int


class ApiProblem(Model):
    """An error in the form of RFC 7807.

    Attributes:
        type: URI or name of the error's type.
        title: short summary of the error's type.
        detail: the cause of this error.
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
        message: short summary of the error.
        description: the cause of this error.
    """

    code: int | None = None
    message: str | None = None
    description: str | None = None
