"""Order lines for items, discount, shipping and payment costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import discounts, lines, payments, tax
from myonlinestore.sandbox.api.orders.pricing import distribute, total
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.api.orders.discounts import Discount
    from myonlinestore.sandbox.store.store import Row, Store

PICKUP_TYPES = (5, 6)
FREE_TYPES = (*PICKUP_TYPES, 8)
SHIPPING_TYPE = validators.one_of(1, 2, 3, 5, 6, 7, 8)


@dataclass(frozen=True)
class Checkout:
    """An order being created: the request body and the values derived from it."""

    store: Store
    payload: Row
    debtor: Row
    tax_strategy: str
    day: str
    ships: bool
    override_minimum: bool

    @property
    def shipping_type(self) -> object:
        """The vendor's number for the shipping type."""
        return SHIPPING_TYPE(self.payload.get("shipping_type", 1), "shipping_type")

    @property
    def destination(self) -> str:
        """The country code of the delivery address."""
        return str(self.debtor["address"]["delivery"]["country_code"])


def build_lines(checkout: Checkout) -> list[Row]:
    """Return the lines of items, then those of discount, shipping and payment costs."""
    payload = validators.objects(checkout.payload, "orderlines")
    items = [lines.build_line(checkout.store, row, checkout.tax_strategy) for row in payload]
    _check_minimum(checkout, items)
    discount = _discount(checkout, items)
    shipping = _shipping(checkout, items) if _charges_shipping(checkout, discount) else []
    rows = [*_apply_discount(checkout, discount, items, shipping), *shipping]
    return [*rows, *_payment_costs(checkout, rows)]


def _check_minimum(checkout: Checkout, items: Sequence[Row]) -> None:
    minimum = checkout.store.minimum_order_total
    if total(lines.collect_amounts(items)) < Decimal(minimum) and not checkout.override_minimum:
        raise invalid("orderlines", f"the minimum order total of this store is {minimum}.")


def _discount(checkout: Checkout, items: Sequence[Row]) -> Discount | None:
    code = checkout.payload.get("discountcode")
    if not code:
        return None
    return discounts.find(checkout.store, str(code), items, checkout.debtor, checkout.day)


def _apply_discount(
    checkout: Checkout, discount: Discount | None, items: Sequence[Row], shipping: Sequence[Row]
) -> list[Row]:
    """Return the items with the discount in their prices, or as an extra line."""
    if discount is None:
        return list(items)
    in_lines = discount.is_for_products
    rows = discount.in_lines(items) if in_lines else list(items)
    amounts = discount.amounts(shipping, on_items=not in_lines)
    title = f"Korting {discount.code['code']}"
    return [
        *rows,
        *([lines.build_cost_line(checkout.store, "discount", title, amounts)] if amounts else []),
    ]


def _charges_shipping(checkout: Checkout, discount: Discount | None) -> bool:
    """Return True if shipping is charged: not in shops, nor if waived by code, type or caller."""
    waived = discount is not None and discount.code["free_shipping"]
    at_counter = bool(checkout.payload.get("offline_location_id"))
    return (
        checkout.ships
        and not waived
        and not at_counter
        and checkout.shipping_type not in FREE_TYPES
    )


def _shipping(checkout: Checkout, items: Sequence[Row]) -> list[Row]:
    method = _shipping_method(checkout)
    if method is None:
        return []
    above = method["no_costs_above"]
    if above is not None and total(lines.collect_amounts(items)) > Decimal(above):
        return []
    cost = Decimal(checkout.store.shipping_costs[method["id"]])
    amount = tax.to_amount(
        checkout.store, cost, tax.general_rate(checkout.store), checkout.tax_strategy
    )
    return [lines.build_cost_line(checkout.store, "shipping", method["display_name"], [amount])]


def _shipping_method(checkout: Checkout) -> Row | None:
    """Return the requested method, or the first one for the country (changelog 1.0.6)."""
    method_id = checkout.payload.get("shipping_method_id")
    if method_id:
        record = checkout.store.shipping_methods.find(str(method_id))
        if record is None:
            raise invalid("shipping_method_id", f"there is no shipping method {method_id!r}.")
        return record.body
    methods = checkout.store.shipping_methods.bodies()
    return next((method for method in methods if checkout.destination in method["countries"]), None)


def _payment_costs(checkout: Checkout, rows: Sequence[Row]) -> list[Row]:
    """Return the line of payment costs, taxed in proportion to the rest (transactionTaxMethod)."""
    amounts = lines.collect_amounts(rows)
    cost = payments.cost(checkout.store, checkout.payload.get("payment"), total(amounts))
    if not cost or not amounts:
        return []
    return [
        lines.build_cost_line(
            checkout.store, "payment", "Transactiekosten", distribute(cost, amounts)
        )
    ]
