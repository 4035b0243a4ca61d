"""Orders, their comments, and their payments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import (
    CountResponse,
    CreditOrderCreate,
    Order,
    OrderCreate,
    OrderUpdate,
    Payment,
    PaymentCreate,
    PaymentUpdate,
)
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.pagination._count import attach_count
from myonlinestore.resources.base import Resource, coalesce, pop_deprecated_kwargs

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from myonlinestore.resources.filters import OrderFilters

# The published client has the other names under this module's name too.
__all__ = ["CountResponse", "OrdersResource", "Payment", "Resource"]

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
        """List all payments of an order (getOrderPayments).

        Args:
            order_number: the order's number.
            embed: what to include: ``"properties"``, ``"mutations"``, ``"order"``, or several,
                separated by commas.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        payments = build_path("orders", order_number, "payments")
        query = {"embed": embed}
        return await self._list_all(
            Request(
                "GET",
                payments,
                list[Payment],
                query,
                envelope="payments",
                operation="getOrderPayments",
            ),
            model=model,
        )

    async def acreate_payment(
        self, *, order_number: int | str, body: Mapping[str, Any] | PaymentCreate
    ) -> Payment:
        """Create a payment for an order (postOrderPayment) and return it as stored.

        `create_payment_raw` also returns the URL where the customer pays.
        """
        payments = build_path("orders", order_number, "payments")
        return await self._send(
            Request(
                "POST",
                payments,
                Payment,
                body=body,
                envelope="payment",
                operation="postOrderPayment",
            )
        )

    async def acreate_payment_raw(
        self, *, order_number: int | str, body: Mapping[str, Any] | PaymentCreate
    ) -> dict[str, Any]:
        """Create a payment for an order (postOrderPayment) and return the whole response.

        Returns:
            ``{"payment": {…}, "url": "…"}``; the customer pays at `url`.
        """
        payments = build_path("orders", order_number, "payments")
        return await self._send(
            Request("POST", payments, dict[str, Any], body=body, operation="postOrderPayment")
        )

    async def aupdate_payment(
        self,
        *,
        order_number: int | str,
        payment_id: int | str,
        body: Mapping[str, Any] | PaymentUpdate,
    ) -> Payment:
        """Change a payment of an order (patchOrderPayment) and return it as stored."""
        payment = build_path("orders", order_number, "payments", payment_id)
        return await self._send(
            Request(
                "PATCH",
                payment,
                Payment,
                body=body,
                envelope="payment",
                operation="patchOrderPayment",
            )
        )

    async def adelete_payment(self, *, order_number: int | str, payment_id: int | str) -> None:
        """Delete a payment of an order (deleteOrderPayment)."""
        payment = build_path("orders", order_number, "payments", payment_id)
        await self._send(Request("DELETE", payment, NoneType, operation="deleteOrderPayment"))

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


class OrdersResource(OrderPayments):
    """``client.orders``."""

    @overload
    async def alist(
        self, /, *, model: None = None, **filters: Unpack[OrderFilters]
    ) -> PaginatedResponse[Order]: ...
    @overload
    async def alist(
        self, /, *, model: type[T], **filters: Unpack[OrderFilters]
    ) -> PaginatedResponse[T]: ...
    @attach_count("acount", unsupported=("ordering",))
    async def alist(
        self,
        /,
        *,
        limit: int | None = None,
        offset: int | None = None,
        status_id: int | None = None,
        debtor_email: str | None = None,
        debtor_id: int | str | None = None,
        archived: bool | None = None,
        test: bool | None = None,
        start_date: str | date | datetime | None = None,
        end_date: str | date | datetime | None = None,
        ordering: str | None = None,
        status_changed_start_date: str | date | datetime | None = None,
        status_changed_end_date: str | date | datetime | None = None,
        model: type[Any] | None = None,
        **legacy_filters: Any,
    ) -> PaginatedResponse[Order] | PaginatedResponse[Any]:
        """List a page of orders, by order number (getOrders).

        Args:
            limit: rows on the page, 1 to 100; the configuration's `default_limit` if omitted.
            offset: rows to skip.
            status_id: only orders with this status.
            debtor_email: only orders of this email address, or (with `debtor_id`) of that debtor.
            debtor_id: only orders of this customer, by UUID.
            archived: only archived orders, or only the others.
            test: whether to include test orders.
            start_date: placed on or after this day.
            end_date: placed on or before this day.
            ordering: ``"asc"`` or ``"desc"``, by order number.
            status_changed_start_date: status changed at or after this time, in store time.
            status_changed_end_date: status changed at or before this time.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
            legacy_filters: keywords of version 1.0: `created_start_date` and `created_end_date`
                (now `start_date` and `end_date`), `changed_start_date` and `changed_end_date`.

        Raises:
            ConnectError: the call failed.
            TypeError: rows cannot be decoded to `model`.
            ValueError: `limit` or `offset` is out of range.
        """
        created_start, created_end, changed_start, changed_end = pop_deprecated_kwargs(
            legacy_filters,
            "created_start_date",
            "created_end_date",
            "changed_start_date",
            "changed_end_date",
        )
        query = {
            "status_id": status_id,
            "debtor_email": debtor_email,
            "debtor_id": debtor_id,
            "archived": archived,
            "test": test,
            "start_date": coalesce(start_date, created_start),
            "end_date": coalesce(end_date, created_end),
            "ordering": ordering,
            "status_changed_start_date": status_changed_start_date,
            "status_changed_end_date": status_changed_end_date,
            "changed_start_date": changed_start,
            "changed_end_date": changed_end,
        }
        return await self._list_page(
            Request("GET", build_path("orders"), list[Order], query, operation="getOrders"),
            limit,
            offset,
            model,
        )

    async def acount(
        self,
        /,
        *,
        status_id: int | None = None,
        archived: bool | None = None,
        test: bool | None = None,
        start_date: str | date | datetime | None = None,
        end_date: str | date | datetime | None = None,
        status_changed_start_date: str | date | datetime | None = None,
        status_changed_end_date: str | date | datetime | None = None,
        **legacy_filters: Any,
    ) -> int:
        """Return the number of orders (getOrderCount), with the filters of `list`."""
        email, debtor_id, created_start, created_end, changed_start, changed_end = (
            pop_deprecated_kwargs(
                legacy_filters,
                "debtor_email",
                "debtor_id",
                "created_start_date",
                "created_end_date",
                "changed_start_date",
                "changed_end_date",
            )
        )
        query = {
            "status_id": status_id,
            "archived": archived,
            "test": test,
            "start_date": coalesce(start_date, created_start),
            "end_date": coalesce(end_date, created_end),
            "status_changed_start_date": status_changed_start_date,
            "status_changed_end_date": status_changed_end_date,
            "debtor_email": email,
            "debtor_id": debtor_id,
            "changed_start_date": changed_start,
            "changed_end_date": changed_end,
        }
        return await self._send(
            Request(
                "GET",
                build_path("orders", "count"),
                int,
                query,
                envelope="count",
                operation="getOrderCount",
            )
        )

    async def aget(self, *, order_number: int | str) -> Order:
        """Return an order (getOrder).

        Raises:
            NotFoundError: the store has no such order.
            ConnectError: the call failed otherwise.
        """
        return await self._send(
            Request("GET", build_path("orders", order_number), Order, operation="getOrder")
        )

    async def acreate(
        self,
        *,
        body: Mapping[str, Any] | OrderCreate,
        override_stock: bool | None = None,
        disable_shipping: bool | None = None,
        send_customer_notification: bool | None = None,
        send_merchant_notification: bool | None = None,
    ) -> Order:
        """Place an order (postOrder) and return it as stored.

        Args:
            body: the order.
            override_stock: ignore stock limits; stock is still changed (special access).
            disable_shipping: do not calculate shipping costs.
            send_customer_notification: send the customer a confirmation.
            send_merchant_notification: notify the merchant, if enabled in their settings.

        Raises:
            ValidationError: the API rejected the order.
            ConnectError: the call failed otherwise.
        """
        query = {
            "override_stock": override_stock,
            "disable_shipping": disable_shipping,
            "send_customer_notification": send_customer_notification,
            "send_merchant_notification": send_merchant_notification,
        }
        return await self._send(
            Request("POST", build_path("orders"), Order, query, body, operation="postOrder")
        )

    async def aupdate(
        self,
        *,
        order_number: int | str,
        body: Mapping[str, Any] | OrderUpdate,
        override_minimum: bool | None = None,
        override_stock: bool | None = None,
        mutate_stock: bool | None = None,
    ) -> Order:
        """Change the given fields of an order (patchOrder) and return it as stored.

        Args:
            order_number: the order's number.
            body: the fields to change.
            override_minimum: ignore the minimum order price (special access).
            override_stock: ignore stock limits; stock is still changed (special access).
            mutate_stock: return the articles of a credit order to stock; only for credit orders.
        """
        query = {
            "override_minimum": override_minimum,
            "override_stock": override_stock,
            "mutate_stock": mutate_stock,
        }
        return await self._send(
            Request(
                "PATCH",
                build_path("orders", order_number),
                Order,
                query,
                body,
                operation="patchOrder",
            )
        )

    async def acreate_credit(
        self, *, body: Mapping[str, Any] | CreditOrderCreate, mutate_stock: bool | None = None
    ) -> Order:
        """Credit an order in whole or in part (postCreditOrder) and return the credit order.

        Args:
            body: the order to credit, a credit status and the returned lines, quantities positive.
            mutate_stock: whether to return the articles to stock.
        """
        query = {"mutate_stock": mutate_stock}
        return await self._send(
            Request(
                "POST",
                build_path("orders", "credit"),
                Order,
                query,
                body,
                operation="postCreditOrder",
            )
        )

    @overload
    def list(
        self, /, *, model: None = None, **filters: Unpack[OrderFilters]
    ) -> PaginatedResponse[Order]: ...
    @overload
    def list(
        self, /, *, model: type[T], **filters: Unpack[OrderFilters]
    ) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(acount)
    def count(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(aupdate)
    def update(self) -> None: ...

    @sync_method(acreate_credit)
    def create_credit(self) -> None: ...
