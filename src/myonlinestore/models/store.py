"""The store, its settings, and its tax policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from myonlinestore.models.base import Model
from myonlinestore.models.views import DecimalView

__all__ = [
    "OfflineLocation",
    "OrderStatus",
    "ShippingMethod",
    "Store",
    "TaxPolicyOverride",
    "TaxPolicyRegion",
    "TaxPolicyRegionOverride",
]


class Store(Model):
    """The store that the token belongs to (getStore).

    Attributes:
        id: UUID.
        name: its name.
        primary_domain: its domain for the client's language.
        description: its description.
        open: whether it is open to visitors.
        version: its subscription.
        administration_language: language of its back office, such as ``"nl_NL"``.
        currency: ISO 4217.
        email: the merchant's email address; only for tokens with that permission.
        region_code: its country, ISO 3166-1 alpha-2.
        default_language: the language shown by default.
        active_languages: the languages that visitors can choose.
        available_business_models: ``"B2C"``, ``"B2B"`` or ``"ALL"``.
        currency_format_locale: the locale for formatting amounts, such as ``"nl_NL"``.
        prices_include_tax: whether article prices include tax.
    """

    id: str | None = None
    name: str | None = None
    primary_domain: str | None = None
    description: str | None = None
    open: bool | None = None
    version: str | None = None
    administration_language: str | None = None
    currency: str | None = None
    email: str | None = None
    region_code: str | None = None
    default_language: str | None = None
    active_languages: list[str] | None = None
    available_business_models: str | None = None
    currency_format_locale: str | None = None
    prices_include_tax: bool | None = None


class OfflineLocation(Model):
    """A physical point of sale (getOfflineLocations, getOfflineLocation).

    Attributes:
        id: UUID.
        name: its name.
        street: street, without number.
        street_number: house number.
        zipcode: postal code.
        city: city.
        country_code: ISO 3166-1 alpha-2.
        phone: phone number, E.164.
        email: email address.
        country: name of the country.
        deleted: whether it is inactive (soft-deleted).
        note: the merchant's note.
    """

    id: str | None = None
    name: str | None = None
    street: str | None = None
    street_number: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    phone: str | None = None
    email: str | None = None
    country: str | None = None
    deleted: bool | None = None
    note: str | None = None


class ShippingMethod(Model):
    """A shipping method (getShippingMethods).

    Attributes:
        id: identifies the method.
        display_name: its name in the store.
        countries: the countries it ships to, ISO 3166-1 alpha-2.
        default: whether it is the store's default method.
        no_costs_above: subtotal in major units above which it is free; also documented as a
            boolean.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "display_name")
    # The vendor's example of this schema has a space in this name.
    spellings: ClassVar[Mapping[str, str]] = {"display name": "display_name"}

    id: str | None = None
    display_name: str | None = None
    countries: list[str] | None = None
    default: bool | None = None
    no_costs_above: str | bool | None = None

    no_costs_above_decimal: ClassVar[DecimalView] = DecimalView("no_costs_above")


class OrderStatus(Model):
    """A status that an order can have (getOrderStatuses).

    Attributes:
        status: its number, as in `Order.status`.
        description: its name.
        credit_order: whether it is a status of credit orders.
    """

    map_fields: ClassVar[tuple[str, str]] = ("status", "description")
    row_keys: ClassVar[tuple[str, ...]] = ("status",)

    status: int | None = None
    description: str | None = None
    credit_order: bool | None = None


class TaxPolicyOverride(Model, rename="camel"):
    """The products or collections that an override applies to.

    Attributes:
        type: ``"product"`` or ``"collection"``.
        references: their identifiers.
    """

    map_fields: ClassVar[tuple[str, str]] = ("type", "references")

    type: str | None = None
    references: list[str] | None = None


class TaxPolicyRegionOverride(Model, rename="camel"):
    """A tax rate that overrides a region's general rate.

    Attributes:
        tax_rate: a fraction from 0 to 1, as exact text.
        items: the products and collections that it applies to.
    """

    map_fields: ClassVar[tuple[str, str]] = ("tax_rate", "items")

    tax_rate: str | None = None
    items: list[TaxPolicyOverride] | None = None

    tax_rate_decimal: ClassVar[DecimalView] = DecimalView("tax_rate")


class TaxPolicyRegion(Model, rename="camel"):
    """The tax policy of a store in one region (TaxPolicyRegionList, getTaxPolicyRegion).

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
