"""Payment gateways and their methods."""

from __future__ import annotations

from myonlinestore._blocking import blocking
from myonlinestore._request import Request, path
from myonlinestore.models import PaymentGateway
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource


class PaymentGatewaysResource(Resource):
    """``client.payment_gateways``."""

    async def alist(self) -> PaginatedResponse[PaymentGateway]:
        """All payment gateways that the vendor offers (getGateways)."""
        gateways = path("payment", "gateways")
        return await self._whole(
            Request("GET", gateways, list[PaymentGateway], envelope="gateways")
        )

    async def alist_for_store(self, *, store: str) -> PaginatedResponse[PaymentGateway]:
        """The payment gateways of a store, with its settings for each method (getStoreGateways).

        Args:
            store: the store's UUID, or ``"me"`` for the store of the token.
        """
        gateways = path("payment", "stores", store, "gateways")
        return await self._whole(
            Request("GET", gateways, list[PaymentGateway], envelope="gateways")
        )

    @blocking(alist)
    def list(self) -> None: ...

    @blocking(alist_for_store)
    def list_for_store(self) -> None: ...
