"""Tax policy: what a store charges in each region; camelCase on the wire."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import DecimalView, Model


class TaxPolicyOverride(Model, rename="camel"):
    """Things that an override holds for.

    Attributes:
        type: ``"product"`` or ``"collection"``.
        references: identifiers of those products or collections.
    """

    map_fields: ClassVar[tuple[str, str]] = ("type", "references")

    type: str | None = None
    references: list[str] | None = None


class TaxPolicyRegionOverride(Model, rename="camel"):
    """A rate that goes before a region's general one.

    Attributes:
        tax_rate: a fraction from 0 to 1, as exact text.
        items: what it holds for.
    """

    map_fields: ClassVar[tuple[str, str]] = ("tax_rate", "items")

    tax_rate: str | None = None
    items: list[TaxPolicyOverride] | None = None

    tax_rate_decimal: ClassVar[DecimalView] = DecimalView("tax_rate")


class TaxPolicyRegion(Model, rename="camel"):
    """What a store charges in one region (TaxPolicyRegionList, getTaxPolicyRegion).

    Rates are fractions from 0 to 1, as exact text: ``"0.21"`` is 21 %.

    Attributes:
        region_code: the country, ISO 3166-1 alpha-2.
        tax_enabled: whether tax is charged.
        tax_number: the store's VAT number there.
        tax_rate: the general rate.
        shipping_tax_method: ``"fixed"`` or ``"proportional"``.
        shipping_tax_rate: rate on shipping costs.
        transaction_tax_method: ``"fixed"`` or ``"proportional"``.
        transaction_tax_rate: rate on payment costs.
        overrides: rates for some products or collections.
    """

    map_fields: ClassVar[tuple[str, str]] = ("region_code", "tax_rate")
    row_keys: ClassVar[tuple[str, ...]] = ("region_code",)

    region_code: str | None = None
    tax_enabled: bool | None = None
    tax_number: str | None = None
    tax_rate: str | None = None
    shipping_tax_method: str | None = None
    shipping_tax_rate: str | None = None
    transaction_tax_method: str | None = None
    transaction_tax_rate: str | None = None
    overrides: list[TaxPolicyRegionOverride] | None = None

    tax_rate_decimal: ClassVar[DecimalView] = DecimalView("tax_rate")
    shipping_tax_rate_decimal: ClassVar[DecimalView] = DecimalView("shipping_tax_rate")
    transaction_tax_rate_decimal: ClassVar[DecimalView] = DecimalView("transaction_tax_rate")
