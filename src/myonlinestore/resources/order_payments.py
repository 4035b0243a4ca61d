"""The payments of an order; they are part of ``client.orders``."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import Payment, PaymentCreate, PaymentUpdate
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

T = TypeVar("T")


class OrderPayments(Resource):
    """The payment operations of ``client.orders``."""

    @overload
    async def alist_payments(
        self, *, order_number: int | str, embed: str | None = None, model: None = None
    ) -> PaginatedResponse[Payment]: ...
    @overload
    async def alist_payments(
        self, *, order_number: int | str, embed: str | None = None, model: type[T]
    ) -> PaginatedResponse[T]: ...
    async def alist_payments(
        self, *, order_number: int | str, embed: str | None = None, model: type[Any] | None = None
    ) -> PaginatedResponse[Payment] | PaginatedResponse[Any]:
        """All payments of an order (getOrderPayments).

        Args:
            order_number: the order's number.
            embed: what to include: ``"properties"``, ``"mutations"``, ``"order"``, or several,
                separated by commas.
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        payments = build_path("orders", order_number, "payments")
        query = {"embed": embed}
        return await self._list_all(
            Request("GET", payments, list[Payment], query, envelope="payments"), model=model
        )

    async def acreate_payment(
        self, *, order_number: int | str, body: Mapping[str, Any] | PaymentCreate
    ) -> Payment:
        """Start a payment for an order (postOrderPayment).

        The vendor also answers the URL where the customer pays: `create_payment_raw` returns it.
        """
        payments = build_path("orders", order_number, "payments")
        return await self._send(Request("POST", payments, Payment, body=body, envelope="payment"))

    async def acreate_payment_raw(
        self, *, order_number: int | str, body: Mapping[str, Any] | PaymentCreate
    ) -> dict[str, Any]:
        """Start a payment for an order (postOrderPayment) and return the whole answer.

        Returns:
            ``{"payment": {…}, "url": "…"}``; `url` is where the customer pays.
        """
        payments = build_path("orders", order_number, "payments")
        return await self._send(Request("POST", payments, dict[str, Any], body=body))

    async def aupdate_payment(
        self,
        *,
        order_number: int | str,
        payment_id: int | str,
        body: Mapping[str, Any] | PaymentUpdate,
    ) -> Payment:
        """Change a payment of an order (patchOrderPayment) and return it as stored."""
        payment = build_path("orders", order_number, "payments", payment_id)
        return await self._send(Request("PATCH", payment, Payment, body=body, envelope="payment"))

    async def adelete_payment(self, *, order_number: int | str, payment_id: int | str) -> None:
        """Remove a payment of an order (deleteOrderPayment)."""
        payment = build_path("orders", order_number, "payments", payment_id)
        await self._send(Request("DELETE", payment, NoneType))

    @overload
    def list_payments(
        self, *, order_number: int | str, embed: str | None = None, model: None = None
    ) -> PaginatedResponse[Payment]: ...
    @overload
    def list_payments(
        self, *, order_number: int | str, embed: str | None = None, model: type[T]
    ) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist_payments)
    def list_payments(self) -> None: ...

    @sync_method(acreate_payment)
    def create_payment(self) -> None: ...

    @sync_method(acreate_payment_raw)
    def create_payment_raw(self) -> None: ...

    @sync_method(aupdate_payment)
    def update_payment(self) -> None: ...

    @sync_method(adelete_payment)
    def delete_payment(self) -> None: ...
