"""Who a new order is for: parts of its request body."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from myonlinestore.models.bodies.base import Body, Flag, Text


class AddressCreate(Body, kw_only=True):
    """A delivery address of a new order.

    The vendor requires `name` and `zipcode`, but neither where an `id` is given.

    Attributes:
        id: UUID of an address of the customer; the rest may then stay unset.
        gender: the person's gender.
        name: full name.
        company: company name.
        phone: phone number.
        street: street, without number.
        number: house number.
        zipcode: postal code.
        city: city.
        country: name of the country (deprecated: use `country_code`).
        country_code: ISO 3166-1 alpha-2.
    """

    id: Text = UNSET
    gender: Text = UNSET
    name: Text = UNSET
    company: Text = UNSET
    phone: Text = UNSET
    street: Text = UNSET
    number: Text = UNSET
    zipcode: Text = UNSET
    city: Text = UNSET
    country: Text = UNSET
    country_code: Text = UNSET


class InvoiceAddressCreate(AddressCreate, kw_only=True, rename={"vat_number": "taxnumber"}):
    """An invoice address of a new order.

    Attributes:
        vat_number: VAT number; ``taxnumber`` on the wire.
        bankaccount: bank account.
    """

    vat_number: Text = UNSET
    bankaccount: Text = UNSET


class OrderAddressCreate(Body, kw_only=True):
    """The addresses of a new order.

    Attributes:
        invoice: where the invoice goes.
        delivery: where the goods go, when that is elsewhere.
    """

    invoice: InvoiceAddressCreate
    delivery: AddressCreate | UnsetType | None = UNSET


class OrderDebtorCreate(Body, kw_only=True):
    """Who a new order is for.

    Attributes:
        id: UUID of the customer, if there is one.
        gender: deprecated: use the addresses.
        name: deprecated: use the addresses.
        company: deprecated: use the addresses.
        email: email address.
        phone: deprecated: use the addresses.
        bankaccount: deprecated: use the invoice address.
        link_to_account: whether to link the order to the customer's account.
        address: the addresses.
    """

    id: Text = UNSET
    gender: Text = UNSET
    name: Text = UNSET
    company: Text = UNSET
    email: Text = UNSET
    phone: Text = UNSET
    bankaccount: Text = UNSET
    link_to_account: Flag = UNSET
    address: OrderAddressCreate | UnsetType | None = UNSET
