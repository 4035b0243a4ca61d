"""Request bodies for payments of orders; camelCase on the wire, prices in minor units (cents)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from myonlinestore.models.bodies.base import Body, Integer, Text


class PaymentLinePortion(Body, kw_only=True, rename="camel"):
    """An order line, or a part of it, to be paid.

    Attributes:
        id: UUID of the order line.
        quantity: number of pieces, if not all.
        price: minor units, in place of the line's own price.
    """

    id: Text = UNSET
    quantity: Integer = UNSET
    price: Integer = UNSET


class PaymentUpdate(Body, kw_only=True, rename="camel"):
    """Changes to a payment (patchOrderPayment).

    Attributes:
        method: name of the payment method.
        referrer_url: where the buyer returns to; the store's home page unless given.
        order_lines: what is paid; every line unless given.
    """

    method: str
    referrer_url: Text = UNSET
    order_lines: list[PaymentLinePortion] | UnsetType | None = UNSET


class PaymentCreate(PaymentUpdate, kw_only=True, rename="camel"):
    """A new payment of an order (postOrderPayment).

    Attributes:
        gateway: name of the payment gateway.
    """

    gateway: str
