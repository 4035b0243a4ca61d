"""Order lines for items, discount, shipping and payment costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.customers import find_customer_id
from myonlinestore.sandbox.api.orders import lines, payments
from myonlinestore.sandbox.api.orders.pricing import (
    ZERO,
    Amount,
    distribute,
    general_rate,
    line_amounts,
    replace_price,
    round_to_cents,
    to_amount,
    total,
)
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import Problem, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    shipping = (
        _build_shipping_lines(checkout, items) if _charges_shipping(checkout, discount) else []
    )
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
    return find_discount(checkout.store, str(code), items, checkout.debtor, checkout.day)


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


def _build_shipping_lines(checkout: Checkout, items: Sequence[Row]) -> list[Row]:
    method = _shipping_method(checkout)
    if method is None:
        return []
    above = method["no_costs_above"]
    if above is not None and total(lines.collect_amounts(items)) > Decimal(above):
        return []
    cost = Decimal(checkout.store.shipping_costs[method["id"]])
    amount = to_amount(checkout.store, cost, general_rate(checkout.store), checkout.tax_strategy)
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


@dataclass(frozen=True)
class Discount:
    """A code with the amounts of each line of one order to which it applies."""

    code: Row
    valid: Sequence[Sequence[Amount]]

    @property
    def eligible_amounts(self) -> list[Amount]:
        """All amounts to which the code applies."""
        return [amount for amounts in self.valid for amount in amounts]

    @property
    def items_discount(self) -> Decimal:
        """The discount on the items, at most their price."""
        price = total(self.eligible_amounts)
        return min(price, self._percentage(price) + self._fixed)

    @property
    def shipping_discount(self) -> Decimal:
        """The unused part of the fixed discount, if the code also applies to shipping costs."""
        price = total(self.eligible_amounts)
        remaining = self._percentage(price) + self._fixed - price
        return max(ZERO, min(remaining, self._fixed)) if self.code["applies_to_shipping"] else ZERO

    @property
    def _fixed(self) -> Decimal:
        return Decimal(self.code["fixed_discount"] or "0")

    def _percentage(self, price: Decimal) -> Decimal:
        return round_to_cents(price * Decimal(self.code["percentage_discount"] or "0") / 100)

    @property
    def is_for_products(self) -> bool:
        """True if the discount is in the line prices (changelog 2.0.14)."""
        return bool(_products(self.code))

    def in_lines(self, items: Sequence[Row]) -> list[Row]:
        """Return the lines of items, each with its share of the discount in its price."""
        remaining, remaining_total = self.items_discount, total(self.eligible_amounts)
        result: list[Row] = []
        for line, amounts in zip(items, self.valid, strict=True):
            price = total(amounts)
            part = round_to_cents(remaining * price / remaining_total) if remaining_total else ZERO
            discounts = distribute(-part, amounts) if part else []
            result.append(
                replace_price(line, [*line_amounts(line), *discounts]) if discounts else line
            )
            remaining, remaining_total = remaining - part, remaining_total - price
        return result

    def amounts(self, shipping: Sequence[Row], *, on_items: bool) -> list[Amount]:
        """Return the negative amounts of the discount line, for items and shipping costs."""
        discounts = (
            distribute(-self.items_discount, self.eligible_amounts)
            if on_items and self.items_discount
            else []
        )
        costs = lines.collect_amounts(shipping)
        part = min(self.shipping_discount, total(costs))
        return [*discounts, *(distribute(-part, costs) if part else [])]


def find_discount(store: Store, code: str, items: Sequence[Row], debtor: Row, day: str) -> Discount:
    """Return the discount of a code for these items, debtor and day, or raise a 422."""
    record = store.discount_codes.find(code)
    if record is None:
        raise invalid("discountcode", f"there is no discount code {code!r} in this store.")
    row = record.body
    if (
        not row["active"]
        or not _is_valid_on(row, day)
        or not _is_valid_for_debtor(store, row, debtor)
    ):
        raise invalid("discountcode", f"{code!r} is not valid now, or not for this customer.")
    if row["single_use"] and _was_used(store, code):
        raise invalid("discountcode", f"{code!r} was used, and can be used only once.")
    discount = Discount(row, _valid_amounts(store, row, items))
    _check_minimums(discount, items)
    return discount


def _is_valid_on(row: Row, day: str) -> bool:
    return bool((row["valid_from"] or day) <= day <= (row["valid_until"] or day))


def _is_valid_for_debtor(store: Store, row: Row, debtor: Row) -> bool:
    customer = row["customer_id"]
    return not customer or customer in (debtor["id"], find_customer_id(store, debtor["email"]))


def _was_used(store: Store, code: str) -> bool:
    return any(
        order["discountcode"] == code and order["credited_order_number"] is None
        for order in store.orders.bodies()
    )


def _check_minimums(discount: Discount, items: Sequence[Row]) -> None:
    """Check the price of the eligible articles, but the number of products of the whole order."""
    row = discount.code
    if not discount.eligible_amounts:
        raise invalid("discountcode", f"{row['code']!r} is not valid for any of these articles.")
    if total(discount.eligible_amounts) < Decimal(row["minimum_order_price"] or "0"):
        raise _minimum_not_met(row, f"articles of {row['minimum_order_price']}")
    products = sum(line["quantity"] for line in items if line["type"] == "article")
    if products < (row["minimum_products"] or 0):
        raise _minimum_not_met(row, f"{row['minimum_products']} products")


def _minimum_not_met(row: Row, minimum: str) -> Problem:
    return invalid("discountcode", f"{row['code']!r} needs {minimum} or more in the order.")


def _valid_amounts(store: Store, row: Row, items: Sequence[Row]) -> list[list[Amount]]:
    """Return the amounts of each line to which the code applies: none, some or all."""
    remaining = {
        product["product_id"]: product.get("max_quantity") for product in row["valid_products"]
    }
    return [_valid_line_amounts(store, row, line, remaining) for line in items]


def _valid_line_amounts(
    store: Store, row: Row, line: Row, remaining: dict[str, int | None]
) -> list[Amount]:
    if not _is_valid_for_line(store, row, line):
        return []
    quantity: int = line["quantity"]
    limited = [id for id in _article_names(store, line) if remaining.get(id) is not None]
    counted = min([quantity, *(remaining[id] or 0 for id in limited)])
    remaining.update({id: (remaining[id] or 0) - counted for id in limited})
    amounts = line_amounts(line)
    share = Decimal(counted) / quantity
    return [amount.scale(share) for amount in amounts] if counted < quantity else amounts


def _article_names(store: Store, line: Row) -> list[str]:
    """Return the names by which a code can refer to a line's articles: ids and uuids."""
    articles = [store.articles[item["id"]].body for item in line.get("articles", [])]
    return [str(article[name]) for article in articles for name in ("id", "uuid")]


def _is_valid_for_line(store: Store, row: Row, line: Row) -> bool:
    """Return True if every article is eligible. Custom lines are in no list of articles."""
    if line["type"] != "article":
        return not (_products(row) or row["valid_category_ids"])
    articles = [store.articles[item["id"]].body for item in line["articles"]]
    at_action_price = "price_override" not in line and any(
        article["price"]["action"] for article in articles
    )
    if at_action_price and not row["applies_to_action_prices"]:
        return False
    return all(_is_valid_article(row, article) for article in articles)


def _is_valid_article(row: Row, article: Row) -> bool:
    """Return True if the article is not excluded, and is included if there are inclusions."""
    names = {str(article["id"]), article["uuid"]}
    pages = {str(page["category_id"]) for page in article["categories"]}
    excluded = {*row["invalid_article_ids"], *row["invalid_product_ids"]}
    if names & excluded or pages.intersection(row["invalid_category_ids"]):
        return False
    products, categories = _products(row), row["valid_category_ids"]
    is_named = names & products or pages.intersection(categories)
    return bool(is_named) or not (products or categories)


def _products(row: Row) -> set[str]:
    return {
        *row["valid_article_ids"],
        *(product["product_id"] for product in row["valid_products"]),
    }
