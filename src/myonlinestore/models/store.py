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
        primary_domain: its address in the language asked for.
        description: its description.
        open: whether visitors can enter.
        version: its subscription.
        administration_language: language of its back office, such as ``"nl_NL"``.
        currency: ISO 4217.
        email: the merchant's address; only for tokens with that right.
        region_code: where it is, ISO 3166-1 alpha-2.
        default_language: what visitors see at first.
        active_languages: what visitors can choose from.
        available_business_models: ``"B2C"``, ``"B2B"`` or ``"ALL"``.
        currency_format_locale: how amounts are written, such as ``"nl_NL"``.
        prices_include_tax: whether article prices hold the tax.
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
    """A point of sale outside the web (getOfflineLocations, getOfflineLocation).

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
        deleted: whether it is closed.
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
    """A way of shipping (getShippingMethods).

    Attributes:
        id: identifies the method.
        display_name: as the buyer reads it.
        countries: where it ships to, ISO 3166-1 alpha-2.
        default: whether it is the store's usual method.
        no_costs_above: subtotal above which it is free, in major units; documented as a flag
            as well.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "display_name")
    # The vendor's example of this schema spells it with a space.
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
        status: the number that `Order.status` holds.
        description: as the merchant reads it.
        credit_order: whether it is a status of credit orders.
    """

    map_fields: ClassVar[tuple[str, str]] = ("status", "description")
    row_keys: ClassVar[tuple[str, ...]] = ("status",)

    status: int | None = None
    description: str | None = None
    credit_order: bool | None = None


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
