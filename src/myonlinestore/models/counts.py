"""The answer of the count operations."""

from __future__ import annotations

from myonlinestore.models.base import Model


class CountResponse(Model):
    """How many items match a filter.

    Attributes:
        count: number of items.
    """

    count: int
