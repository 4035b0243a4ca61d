"""Shipping methods."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import ShippingMethod
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

T = TypeVar("T")


class ShippingMethodsResource(Resource):
    """``client.shipping_methods``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[ShippingMethod]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[ShippingMethod] | PaginatedResponse[Any]:
        """All shipping methods (getShippingMethods); the vendor does not page them.

        Args:
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        return await self._list_all(
            Request("GET", build_path("shipping", "methods"), list[ShippingMethod]), model=model
        )

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[ShippingMethod]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...
