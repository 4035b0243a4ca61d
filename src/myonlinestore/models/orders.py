"""Orders."""

from __future__ import annotations

from typing import Any, ClassVar

from myonlinestore.models.base import DatetimeView, Model
from myonlinestore.models.debtors import OrderDebtor
from myonlinestore.models.money import OrderPrice
from myonlinestore.models.orderlines import OrderDetail


class OrderComment(Model):
    """What was written about an order.

    Attributes:
        customer: by the buyer.
        internal: by the merchant.
    """

    customer: str | None = None
    internal: str | None = None


class OrderShippingCountry(Model):
    """A country that an order ships to.

    Attributes:
        description: name of the country.
        isocode: ISO 3166-1 alpha-2.
    """

    description: str | None = None
    isocode: str | None = None


class OrderShipping(Model):
    """How an order ships.

    Attributes:
        country: where it ships to; ``None`` where the answer has an empty list.
    """

    country: OrderShippingCountry | None = None


class OrderPaymentStatus(Model):
    """Whether an order is paid (deprecated: list the order's payments).

    Attributes:
        id: 0 unknown, 1 successful, 2 cancelled, 3 failed, 4 expired, 5 pending, 6 refused,
            7 refunded.
        text: the same in words.
    """

    id: int | None = None
    text: str | None = None


class OrderPaymentSummary(Model):
    """How an order is paid (deprecated: list the order's payments).

    Attributes:
        gateway_name: name of the payment gateway.
        method_name: name of the payment method.
        status: whether it is paid.
    """

    gateway_name: str | None = None
    method_name: str | None = None
    status: OrderPaymentStatus | None = None


class Order(Model):
    """An order (getOrders, getOrder).

    Attributes:
        number: the order's number, a number or text as sent.
        uuid: identifies the order everywhere.
        date: day of the order, ``yyyy-mm-dd``.
        time: time of the order, ``hh:mm:ss`` in store time.
        status: number of its `OrderStatus`.
        status_changed_date: day of the last change of status.
        status_changed_time: time of the last change of status.
        weight: total weight.
        archived: whether it was put away.
        finished: always true (deprecated).
        taxed: how tax was added, such as ``"include"``.
        locale: the buyer's language, such as ``"nl_NL"``.
        discountcode: the discount code used.
        currency: ISO 4217.
        currency_format_locale: how amounts are written.
        credited_order_number: the order that this one credits.
        credit_order_numbers: the orders that credit this one.
        comments: what was written about it.
        business_model: ``"B2C"`` or ``"B2B"``.
        reference: the buyer's own reference; only B2B.
        tax_region: region whose tax was charged, ISO 3166-1 alpha-2.
        tax_strategy: ``""``, ``"zero_percent"`` or ``"reverse_charged_vat"``.
        partner: the partner that brought it, as ``{"name": …}``.
        payment_status: deprecated: list the order's payments.
        payment: deprecated: list the order's payments.
        debtor: who it is for.
        price: what it costs.
        orderlines: what was ordered, and costs of payment and shipping.
        shipping: how it ships.
        offline_location_id: UUID of the point of sale; ``None`` for an order of the web store.
    """

    map_fields: ClassVar[tuple[str, str]] = ("number", "uuid")
    row_keys: ClassVar[tuple[str, ...]] = ("number", "uuid")

    number: str | int | None = None
    uuid: str | None = None
    date: str | None = None
    time: str | None = None
    status: int | None = None
    status_changed_date: str | None = None
    status_changed_time: str | None = None
    weight: str | None = None
    archived: bool | None = None
    finished: bool | None = None
    taxed: str | None = None
    locale: str | None = None
    discountcode: str | None = None
    currency: str | None = None
    currency_format_locale: str | None = None
    credited_order_number: int | None = None
    credit_order_numbers: list[str | int] | None = None
    comments: OrderComment | None = None
    business_model: str | None = None
    reference: str | None = None
    tax_region: str | None = None
    tax_strategy: str | None = None
    partner: dict[str, Any] | None = None
    payment_status: str | None = None
    payment: OrderPaymentSummary | None = None
    debtor: OrderDebtor | None = None
    price: OrderPrice | None = None
    orderlines: list[OrderDetail] | None = None
    shipping: list[OrderShipping] | None = None
    offline_location_id: str | None = None

    datetime: ClassVar[DatetimeView] = DatetimeView("date", "time")
    status_changed_datetime: ClassVar[DatetimeView] = DatetimeView(
        "status_changed_date", "status_changed_time"
    )
