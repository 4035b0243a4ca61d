"""The order statuses of the store."""

from __future__ import annotations

from myonlinestore._blocking import blocking
from myonlinestore._request import Request, path
from myonlinestore.models import OrderStatus
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource


class OrderStatusesResource(Resource):
    """``client.order_statuses``."""

    async def alist(self) -> PaginatedResponse[OrderStatus]:
        """All order statuses (getOrderStatuses); the vendor does not page them."""
        return await self._whole(Request("GET", path("orderstatuses"), list[OrderStatus]))

    @blocking(alist)
    def list(self) -> None: ...
