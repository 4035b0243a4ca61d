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
from myonlinestore.resources.base import Resource, identifier

T = TypeVar("T")


class StoreResource(Resource):
    """``client.store``."""

    async def aget(self) -> Store:
        """The store of the token (getStore)."""
        return await self._send(Request("GET", build_path("store"), Store))

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
        """All points of sale (getOfflineLocations).

        Args:
            deleted: only inactive (soft-deleted) locations, or only others.
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        query = {"deleted": deleted}
        return await self._list_all(
            Request("GET", build_path("offlinelocations"), list[OfflineLocation], query),
            model=model,
        )

    async def aget(self, /, *, id: int | str | None = None, **kwargs: Any) -> OfflineLocation:
        """One point of sale (getOfflineLocation).

        Args:
            id: the location's UUID.
            kwargs: `location_id`, an older name of `id`.
        """
        location = build_path("offlinelocations", identifier(id, kwargs, "location_id"))
        return await self._send(Request("GET", location, OfflineLocation))

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


class PaymentGatewaysResource(Resource):
    """``client.payment_gateways``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[PaymentGateway]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[PaymentGateway] | PaginatedResponse[Any]:
        """All payment gateways that the vendor offers (getGateways).

        Args:
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        gateways = build_path("payment", "gateways")
        return await self._list_all(
            Request("GET", gateways, list[PaymentGateway], envelope="gateways"), model=model
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
        """The payment gateways of a store, with its settings for each method (getStoreGateways).

        Args:
            store: the store's UUID, or ``"me"`` for the store of the token.
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        gateways = build_path("payment", "stores", store, "gateways")
        return await self._list_all(
            Request("GET", gateways, list[PaymentGateway], envelope="gateways"), model=model
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


class TaxPolicyResource(Resource):
    """``client.tax_policy``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[TaxPolicyRegion]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[TaxPolicyRegion] | PaginatedResponse[Any]:
        """The tax policy of every region (TaxPolicyRegionList); the vendor does not page them.

        Args:
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        regions = build_path("tax-policy", "regions")
        return await self._list_all(
            Request("GET", regions, list[TaxPolicyRegion], envelope="regions"), model=model
        )

    async def aget(self, *, code: str) -> TaxPolicyRegion:
        """The tax policy of one region (getTaxPolicyRegion).

        Args:
            code: the country's ISO 3166-1 alpha-2 code, such as ``"NL"``.
        """
        region = build_path("tax-policy", "regions", code)
        return await self._send(Request("GET", region, TaxPolicyRegion, envelope="region"))

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[TaxPolicyRegion]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...
