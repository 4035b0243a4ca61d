"""Exact amounts of money with and without tax: tax rates, multiply, scale, add, distribute.

The vendor's TaxPrice has `amount` without tax in up to 6 decimals, and `amount_including_tax` in
exactly 2. An order's total is the sum of the latter; its tax is the difference, rate by rate. The
strategy and the rates are those of the vendor's guide "Tax rules".
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myonlinestore.sandbox.store.store import Row, Store

CENT = Decimal("0.01")
MICRO = Decimal("0.000001")
ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Amount(NamedTuple):
    """A price: the tax percentage, without tax (6 decimals), with tax (2 decimals)."""

    rate: Decimal
    net: Decimal
    gross: Decimal

    def multiply(self, quantity: int) -> Amount:
        """Multiply the price by a number of items."""
        return Amount(self.rate, self.net * quantity, self.gross * quantity)

    def scale(self, factor: Decimal) -> Amount:
        """Return a fraction of the price."""
        return Amount(
            self.rate, round_to_micros(self.net * factor), round_to_cents(self.gross * factor)
        )

    def add(self, other: Amount) -> Amount:
        """Add two prices of the same rate."""
        return Amount(self.rate, self.net + other.net, self.gross + other.gross)


def round_to_cents(value: Decimal) -> Decimal:
    """Round to two decimals, halves away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def round_to_micros(value: Decimal) -> Decimal:
    """Round to six decimals."""
    return value.quantize(MICRO, ROUND_HALF_UP)


def from_gross(gross: Decimal, rate: Decimal) -> Amount:
    """Return the amount for a price with tax."""
    whole = round_to_cents(gross)
    return Amount(rate, round_to_micros(whole * HUNDRED / (HUNDRED + rate)), whole)


def from_net(net: Decimal, rate: Decimal) -> Amount:
    """Return the amount for a price without tax. At rate 0, both prices are whole cents."""
    if not rate:
        return Amount(rate, round_to_micros(round_to_cents(net)), round_to_cents(net))
    return Amount(rate, round_to_micros(net), round_to_cents(net * (HUNDRED + rate) / HUNDRED))


def sum_by_rate(amounts: Iterable[Amount]) -> list[Amount]:
    """Return the sum of the amounts for each rate, lowest rate first."""
    sums: dict[Decimal, Amount] = {}
    for amount in amounts:
        group = sums.get(amount.rate)
        sums[amount.rate] = group.add(amount) if group else amount
    return [sums[rate] for rate in sorted(sums)]


def distribute(gross: Decimal, over: Sequence[Amount]) -> list[Amount]:
    """Divide an amount over the rates of others, in proportion; the parts add up exactly."""
    groups = sum_by_rate(over)
    total = sum((group.gross for group in groups), ZERO)
    parts: list[Amount] = []
    left = gross
    for group in groups[:-1]:
        part = round_to_cents(gross * group.gross / total) if total else ZERO
        parts.append(from_gross(part, group.rate))
        left -= part
    parts.append(from_gross(left, groups[-1].rate))
    return [part for part in parts if part.gross] or parts[-1:]


def to_tax_price(amount: Amount) -> Row:
    """Convert an amount to the vendor's TaxPrice."""
    return {
        "amount": str(round_to_micros(amount.net)),
        "amount_including_tax": str(round_to_cents(amount.gross)),
        "rate": str(round_to_cents(amount.rate)),
    }


def read_tax_price(row: Row) -> Amount:
    """Convert a TaxPrice to an amount."""
    return Amount(
        Decimal(row["rate"]), Decimal(row["amount"]), Decimal(row["amount_including_tax"])
    )


def line_amounts(line: Row) -> list[Amount]:
    """Return the amounts of an order line, whose price is one TaxPrice or a list of them."""
    price = line["price"]
    return [read_tax_price(row) for row in (price if isinstance(price, list) else [price])]


def total(amounts: Iterable[Amount]) -> Decimal:
    """Return the sum of the amounts, with tax."""
    return sum((amount.gross for amount in amounts), ZERO)


def to_prices(amounts: Iterable[Amount]) -> Row | list[Row]:
    """Return one TaxPrice for a single rate, a list of them for several."""
    rows = list(map(to_tax_price, sum_by_rate(amounts)))
    return rows[0] if len(rows) == 1 else rows


def replace_price(line: Row, amounts: Iterable[Amount]) -> Row:
    """Return the order line with another price."""
    return {**line, "price": to_prices(amounts)}


def compute_order_price(lines: Iterable[Row]) -> Row:
    """Return an order's tax per rate, and its total."""
    amounts = [amount for line in lines for amount in line_amounts(line)]
    groups = sum_by_rate(amounts)
    return {
        "tax": [
            {
                "amount": str(round_to_micros(group.gross - group.net)),
                "rate": str(round_to_cents(group.rate)),
            }
            for group in groups
        ],
        "total": str(round_to_cents(sum((amount.gross for amount in amounts), ZERO))),
    }


# fmt: off
EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on


def choose_strategy(origin: str, destination: str, business_model: str) -> str:
    """Return the tax strategy: "" (regular), "zero_percent" or "reverse_charged_vat"."""
    if origin == destination:
        return ""
    if (origin in EU) != (destination in EU):
        return "zero_percent"
    if business_model == "B2B" and origin in EU:
        return "reverse_charged_vat"
    return ""


def home_region(store: Store) -> Row:
    """Return the store's own tax region."""
    return store.regions[store.settings["region_code"]].body


def general_rate(store: Store) -> Decimal:
    """Return the store's general rate as a percentage."""
    return percentage(home_region(store)["taxRate"])


def percentage(fraction: str | None) -> Decimal:
    """Convert 0.21 to 21: regions have fractions, prices have percentages."""
    return Decimal(fraction) * 100 if fraction is not None else ZERO


def article_rate(store: Store, article: Row) -> Decimal:
    """Return an article's rate: an override for it or one of its pages, else its region's."""
    if not article["taxable"]:
        return ZERO
    region = home_region(store)
    names = {
        "product": {str(article["id"])},
        "collection": {str(page["category_id"]) for page in article["categories"]},
    }
    for override in region["overrides"]:
        for item in override["items"]:
            if not names[item["type"]].isdisjoint(item["references"]):
                return percentage(override["taxRate"])
    return percentage(region["taxRate"])


def to_amount(store: Store, price: Decimal, rate: Decimal, tax_strategy: str) -> Amount:
    """Return the amount for a listed price, with or without tax (prices_include_tax)."""
    included = store.settings["prices_include_tax"]
    amount = from_gross(price, rate) if included else from_net(price, rate)
    return from_net(amount.net, ZERO) if tax_strategy else amount
