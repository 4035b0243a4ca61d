"""Who an order is for, and where it goes."""

from __future__ import annotations

from myonlinestore.models.base import Model


class Address(Model):
    """A delivery address of an order.

    Attributes:
        id: UUID; older orders have a number.
        gender: the person's gender.
        name: full name.
        company: company name.
        phone: phone number.
        street: street, without number.
        number: house number.
        zipcode: postal code.
        city: city.
        country_code: ISO 3166-1 alpha-2.
        country_description: name of the country.
        bankaccount: bank account.
        vat_number: VAT number.
        country: name of the country (deprecated: use `country_code`).
    """

    id: str | int | None = None
    gender: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    street: str | None = None
    number: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    country_description: str | None = None
    bankaccount: str | None = None
    vat_number: str | None = None
    country: str | None = None


class InvoiceAddress(Model, rename={"vat_number": "taxnumber"}):
    """An invoice address of an order.

    Attributes:
        id: UUID; older orders have a number.
        gender: the person's gender.
        name: full name.
        company: company name.
        phone: phone number.
        street: street, without number.
        number: house number.
        zipcode: postal code.
        city: city.
        country_code: ISO 3166-1 alpha-2.
        country_description: name of the country.
        country: name of the country (deprecated: use `country_code`).
        bankaccount: bank account.
        vat_number: VAT number; ``taxnumber`` on the wire.
    """

    id: str | int | None = None
    gender: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    street: str | None = None
    number: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    country_description: str | None = None
    country: str | None = None
    bankaccount: str | None = None
    vat_number: str | None = None


class OrderAddress(Model):
    """The addresses of an order.

    Attributes:
        invoice: where the invoice goes.
        delivery: where the goods go, when that is elsewhere.
    """

    invoice: InvoiceAddress | None = None
    delivery: Address | None = None


class OrderDebtor(Model):
    """Who an order is for.

    Attributes:
        id: UUID of the customer, if there is one.
        gender: deprecated: use the addresses.
        name: deprecated: use the addresses.
        company: deprecated: use the addresses.
        email: email address.
        phone: deprecated: use the addresses.
        bankaccount: deprecated: use the invoice address.
        link_to_account: whether the order belongs to a customer account; text where it is sent
            as text.
        address: the addresses.
    """

    id: str | None = None
    gender: str | None = None
    name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    bankaccount: str | None = None
    link_to_account: bool | str | None = None
    address: OrderAddress | None = None
