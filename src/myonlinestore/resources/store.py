"""The store and its settings."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import (
    OfflineLocation,
    OrderStatus,
    PaymentGateway,
    ShippingMethod,
    Store,
    TaxPolicyRegion,
)
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource, resolve_id

T = TypeVar("T")


class StoreResource(Resource):
    """``client.store``."""

    async def aget(self) -> Store:
        """Return the store that the token belongs to (getStore)."""
        return await self._send(Request("GET", build_path("store"), Store, operation="getStore"))

    @sync_method(aget)
    def get(self) -> None: ...


class OfflineLocationsResource(Resource):
    """``client.offline_locations``."""

    @overload
    async def alist(
        self, *, deleted: bool | None = None, model: None = None
    ) -> PaginatedResponse[OfflineLocation]: ...
    @overload
    async def alist(
        self, *, deleted: bool | None = None, model: type[T]
    ) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, deleted: bool | None = None, model: type[Any] | None = None
    ) -> PaginatedResponse[OfflineLocation] | PaginatedResponse[Any]:
        """List all points of sale (getOfflineLocations).

        Args:
            deleted: only inactive (soft-deleted) locations, or only active ones.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        query = {"deleted": deleted}
        return await self._list_all(
            Request(
                "GET",
                build_path("offlinelocations"),
                list[OfflineLocation],
                query,
                operation="getOfflineLocations",
            ),
            model=model,
        )

    async def aget(self, /, *, id: int | str | None = None, **kwargs: Any) -> OfflineLocation:
        """Return a point of sale (getOfflineLocation).

        Args:
            id: the location's UUID.
            kwargs: `location_id`, the name of `id` in version 1.0.
        """
        location = build_path("offlinelocations", resolve_id(id, kwargs, "location_id"))
        return await self._send(
            Request("GET", location, OfflineLocation, operation="getOfflineLocation")
        )

    @overload
    def list(
        self, *, deleted: bool | None = None, model: None = None
    ) -> PaginatedResponse[OfflineLocation]: ...
    @overload
    def list(self, *, deleted: bool | None = None, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...


class OrderStatusesResource(Resource):
    """``client.order_statuses``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[OrderStatus]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[OrderStatus] | PaginatedResponse[Any]:
        """List all order statuses (getOrderStatuses); the API does not paginate them.

        Args:
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        return await self._list_all(
            Request(
                "GET", build_path("orderstatuses"), list[OrderStatus], operation="getOrderStatuses"
            ),
            model=model,
        )

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[OrderStatus]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...


class PaymentGatewaysResource(Resource):
    """``client.payment_gateways``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[PaymentGateway]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[PaymentGateway] | PaginatedResponse[Any]:
        """List all payment gateways that the vendor offers (getGateways).

        Args:
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        gateways = build_path("payment", "gateways")
        return await self._list_all(
            Request(
                "GET", gateways, list[PaymentGateway], envelope="gateways", operation="getGateways"
            ),
            model=model,
        )

    @overload
    async def alist_for_store(
        self, *, store: str, model: None = None
    ) -> PaginatedResponse[PaymentGateway]: ...
    @overload
    async def alist_for_store(self, *, store: str, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist_for_store(
        self, *, store: str, model: type[Any] | None = None
    ) -> PaginatedResponse[PaymentGateway] | PaginatedResponse[Any]:
        """List the payment gateways of a store, with its settings per method (getStoreGateways).

        Args:
            store: the store's UUID, or ``"me"`` for the store of the token.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        gateways = build_path("payment", "stores", store, "gateways")
        return await self._list_all(
            Request(
                "GET",
                gateways,
                list[PaymentGateway],
                envelope="gateways",
                operation="getStoreGateways",
            ),
            model=model,
        )

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[PaymentGateway]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @overload
    def list_for_store(
        self, *, store: str, model: None = None
    ) -> PaginatedResponse[PaymentGateway]: ...
    @overload
    def list_for_store(self, *, store: str, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist_for_store)
    def list_for_store(self) -> None: ...


class ShippingMethodsResource(Resource):
    """``client.shipping_methods``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[ShippingMethod]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[ShippingMethod] | PaginatedResponse[Any]:
        """List all shipping methods (getShippingMethods); the API does not paginate them.

        Args:
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        return await self._list_all(
            Request(
                "GET",
                build_path("shipping", "methods"),
                list[ShippingMethod],
                operation="getShippingMethods",
            ),
            model=model,
        )

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[ShippingMethod]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...


class TaxPolicyResource(Resource):
    """``client.tax_policy``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[TaxPolicyRegion]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[TaxPolicyRegion] | PaginatedResponse[Any]:
        """List the tax policies of all regions (TaxPolicyRegionList), which are not paginated.

        Args:
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        regions = build_path("tax-policy", "regions")
        return await self._list_all(
            Request(
                "GET",
                regions,
                list[TaxPolicyRegion],
                envelope="regions",
                operation="TaxPolicyRegionList",
            ),
            model=model,
        )

    async def aget(self, *, code: str) -> TaxPolicyRegion:
        """Return the tax policy of a region (getTaxPolicyRegion).

        Args:
            code: the country's ISO 3166-1 alpha-2 code, such as ``"NL"``.
        """
        region = build_path("tax-policy", "regions", code)
        return await self._send(
            Request(
                "GET", region, TaxPolicyRegion, envelope="region", operation="getTaxPolicyRegion"
            )
        )

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[TaxPolicyRegion]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...
