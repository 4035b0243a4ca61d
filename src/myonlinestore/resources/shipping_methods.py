"""Shipping methods."""

from __future__ import annotations

from myonlinestore._blocking import blocking
from myonlinestore._request import Request, path
from myonlinestore.models import ShippingMethod
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource


class ShippingMethodsResource(Resource):
    """``client.shipping_methods``."""

    async def alist(self) -> PaginatedResponse[ShippingMethod]:
        """All shipping methods (getShippingMethods); the vendor does not page them."""
        return await self._whole(Request("GET", path("shipping", "methods"), list[ShippingMethod]))

    @blocking(alist)
    def list(self) -> None: ...
