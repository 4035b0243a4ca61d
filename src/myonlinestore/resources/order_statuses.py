"""The order statuses of the store."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import OrderStatus
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

T = TypeVar("T")


class OrderStatusesResource(Resource):
    """``client.order_statuses``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[OrderStatus]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[OrderStatus] | PaginatedResponse[Any]:
        """All order statuses (getOrderStatuses); the vendor does not page them.

        Args:
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        return await self._list_all(
            Request("GET", build_path("orderstatuses"), list[OrderStatus]), model=model
        )

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[OrderStatus]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...
