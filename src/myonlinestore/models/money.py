"""Prices with their tax, as orders carry them."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import DecimalView, Model


class TaxPrice(Model):
    """An amount and the tax on it; all three are exact text as sent.

    Attributes:
        rate: tax in percent, such as ``"21.00"``.
        amount: major units, tax excluded, up to six decimals.
        amount_including_tax: major units, tax included, two decimals.
    """

    map_fields: ClassVar[tuple[str, str]] = ("rate", "amount")

    rate: str | None = None
    amount: str | None = None
    amount_including_tax: str | None = None

    rate_decimal: ClassVar[DecimalView] = DecimalView("rate")
    amount_decimal: ClassVar[DecimalView] = DecimalView("amount")
    amount_including_tax_decimal: ClassVar[DecimalView] = DecimalView("amount_including_tax")


class OrderArticlePrice(TaxPrice):
    """What one ordered article costs.

    Attributes:
        purchase_price: what the merchant paid for it, in major units, tax excluded.
    """

    purchase_price: str | None = None

    purchase_price_decimal: ClassVar[DecimalView] = DecimalView("purchase_price")


class OrderPrice(Model):
    """What a whole order costs.

    Attributes:
        tax: the tax charged, one entry for each rate.
        total: major units, tax included.
    """

    tax: list[TaxPrice] | None = None
    total: str | None = None

    total_decimal: ClassVar[DecimalView] = DecimalView("total")
