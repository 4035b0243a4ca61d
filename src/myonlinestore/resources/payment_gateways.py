"""Payment gateways and their methods."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import PaymentGateway
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

T = TypeVar("T")


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
