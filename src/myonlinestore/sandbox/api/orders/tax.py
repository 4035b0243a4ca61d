"""Tax of an order: strategy and rates (the vendor's guide "Tax rules")."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders.pricing import ZERO, Amount, from_gross, from_net

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

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
