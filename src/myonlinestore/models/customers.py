"""Customers (camelCase in JSON), their addresses, and newsletter subscribers."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import Model
from myonlinestore.models.views import DatetimeView

__all__ = [
    "Customer",
    "CustomerAddress",
    "NewsletterSubscriber",
]


class CustomerAddress(Model, rename="camel"):
    """An address of a customer (getCustomersAddresses, getCustomersAddress).

    Attributes:
        id: UUID.
        first_name: first name.
        last_name: last name.
        street: street, without number.
        street_number: house number with its suffix.
        zip_code: postal code.
        city: city.
        country_code: ISO 3166-1 alpha-2.
        company: company name.
        gender: ``"F"`` or ``"M"``.
        phone: phone number.
        tax_number: VAT number.
        iban: bank account.
        is_default_for_delivery: whether it is the default delivery address.
        is_default_for_invoice: whether it is the default invoice address.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "street")

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    street: str | None = None
    street_number: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country_code: str | None = None
    company: str | None = None
    gender: str | None = None
    phone: str | None = None
    tax_number: str | None = None
    iban: str | None = None
    is_default_for_delivery: bool | None = None
    is_default_for_invoice: bool | None = None


class Customer(Model, rename="camel"):
    """A customer of the store (getCustomers, getCustomer).

    Attributes:
        id: UUID.
        store_id: UUID of the store.
        email: email address.
        first_name: first name.
        last_name: last name.
        date_of_birth: ``yyyy-mm-dd``.
        description: the merchant's note.
        addresses: the customer's addresses.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "email")

    id: str | None = None
    store_id: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: str | None = None
    description: str | None = None
    addresses: list[CustomerAddress] | None = None


class NewsletterSubscriber(Model):
    """A subscriber (getNewsletterSubscribers, getNewsletterSubscriber).

    Attributes:
        email: email address; identifies the subscriber.
        name: name.
        activated: whether the subscription was confirmed.
        created_date: date of subscription, ``yyyy-mm-dd``.
        created_time: time of subscription, ``hh:mm:ss`` in store time.
        updated_date: date of the last change.
        updated_time: time of the last change.
    """

    map_fields: ClassVar[tuple[str, str]] = ("email", "name")
    row_keys: ClassVar[tuple[str, ...]] = ("email",)

    email: str | None = None
    name: str | None = None
    activated: bool | None = None
    created_date: str | None = None
    created_time: str | None = None
    updated_date: str | None = None
    updated_time: str | None = None

    created_datetime: ClassVar[DatetimeView] = DatetimeView("created_date", "created_time")
    updated_datetime: ClassVar[DatetimeView] = DatetimeView("updated_date", "updated_time")
