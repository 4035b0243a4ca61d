"""The lines of an order: its goods, and what is charged or taken off beside them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import discounts, lines, payments, tax
from myonlinestore.sandbox.api.orders.pricing import spread, total
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.api.orders.discounts import Discount
    from myonlinestore.sandbox.store.store import Row, Store

PICKUP_TYPES = (5, 6)
FREE_TYPES = (*PICKUP_TYPES, 8)
SHIPPING_TYPE = b.one_of(1, 2, 3, 5, 6, 7, 8)


@dataclass(frozen=True)
class Sale:
    """What an order is made of: the posted body, and what was found out about it."""

    store: Store
    posted: Row
    debtor: Row
    tax_strategy: str
    day: str
    ships: bool
    override_minimum: bool

    @property
    def shipping_type(self) -> object:
        """The vendor's number for how the goods travel."""
        return SHIPPING_TYPE(self.posted.get("shipping_type", 1), "shipping_type")

    @property
    def destination(self) -> str:
        """The country that the goods go to."""
        return str(self.debtor["address"]["delivery"]["country_code"])


def ordered_lines(sale: Sale) -> list[Row]:
    """The lines of goods, then those of discount, shipping and payment costs."""
    posted = b.objects(sale.posted, "orderlines")
    goods = [lines.order_line(sale.store, row, sale.tax_strategy) for row in posted]
    _check_minimum(sale, goods)
    discount = _discount(sale, goods)
    shipping = _shipping(sale, goods) if _is_charged(sale, discount) else []
    rows = [*_with_discount(sale, discount, goods, shipping), *shipping]
    return [*rows, *_payment_costs(sale, rows)]


def _check_minimum(sale: Sale, goods: Sequence[Row]) -> None:
    minimum = sale.store.minimum_order_total
    if total(lines.amounts_of(goods)) < Decimal(minimum) and not sale.override_minimum:
        raise invalid("orderlines", f"this store takes no orders below {minimum}.")


def _discount(sale: Sale, goods: Sequence[Row]) -> Discount | None:
    code = sale.posted.get("discountcode")
    if not code:
        return None
    return discounts.find(sale.store, str(code), goods, sale.debtor, sale.day)


def _with_discount(
    sale: Sale, discount: Discount | None, goods: Sequence[Row], shipping: Sequence[Row]
) -> list[Row]:
    """The goods with the discount in their prices, or in a line behind them."""
    if discount is None:
        return list(goods)
    in_lines = discount.is_for_products
    rows = discount.in_lines(goods) if in_lines else list(goods)
    amounts = discount.amounts(shipping, goods=not in_lines)
    title = f"Korting {discount.code['code']}"
    return [*rows, *([lines.cost_line(sale.store, "discount", title, amounts)] if amounts else [])]


def _is_charged(sale: Sale, discount: Discount | None) -> bool:
    """Whether shipping is: not at a counter, not when a code, the type or the caller waives it."""
    waived = discount is not None and discount.code["free_shipping"]
    at_counter = bool(sale.posted.get("offline_location_id"))
    return sale.ships and not waived and not at_counter and sale.shipping_type not in FREE_TYPES


def _shipping(sale: Sale, goods: Sequence[Row]) -> list[Row]:
    method = _shipping_method(sale)
    if method is None:
        return []
    above = method["no_costs_above"]
    if above is not None and total(lines.amounts_of(goods)) > Decimal(above):
        return []
    cost = Decimal(sale.store.shipping_costs[method["id"]])
    amount = tax.listed(sale.store, cost, tax.general_rate(sale.store), sale.tax_strategy)
    return [lines.cost_line(sale.store, "shipping", method["display_name"], [amount])]


def _shipping_method(sale: Sale) -> Row | None:
    """The method that was asked for, or the first that reaches the country (changelog 1.0.6)."""
    asked = sale.posted.get("shipping_method_id")
    if asked:
        record = sale.store.shipping_methods.find(str(asked))
        if record is None:
            raise invalid("shipping_method_id", f"there is no shipping method {asked!r}.")
        return record.body
    methods = sale.store.shipping_methods.bodies()
    return next((method for method in methods if sale.destination in method["countries"]), None)


def _payment_costs(sale: Sale, rows: Sequence[Row]) -> list[Row]:
    """What the payment method costs, taxed in proportion to the rest (transactionTaxMethod)."""
    amounts = lines.amounts_of(rows)
    cost = payments.cost(sale.store, sale.posted.get("payment"), total(amounts))
    if not cost or not amounts:
        return []
    return [lines.cost_line(sale.store, "payment", "Transactiekosten", spread(cost, amounts))]
