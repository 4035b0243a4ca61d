"""Request bodies for customers, their addresses, and newsletter subscribers."""

from __future__ import annotations

from msgspec import UNSET

from myonlinestore.models.bodies.base import Body, Date, Flag, Text

__all__ = [
    "CustomerAddressCreate",
    "CustomerAddressUpdate",
    "CustomerCreate",
    "CustomerUpdate",
    "NewsletterSubscriberCreate",
    "NewsletterSubscriberUpdate",
]


class CustomerCreate(Body, kw_only=True, rename="camel"):
    """A new customer (createCustomer).

    Attributes:
        email: email address.
        first_name: first name.
        last_name: last name.
    """

    email: Text = UNSET
    first_name: Text = UNSET
    last_name: Text = UNSET


class CustomerUpdate(Body, kw_only=True, rename="camel"):
    """Changes to a customer (patchCustomer).

    Attributes:
        first_name: first name.
        last_name: last name.
        date_of_birth: a date, or ``yyyy-mm-dd``.
        description: the merchant's note.
    """

    first_name: Text = UNSET
    last_name: Text = UNSET
    date_of_birth: Date = UNSET
    description: Text = UNSET


class CustomerAddressCreate(Body, kw_only=True, rename="camel"):
    """A new address of a customer (postCustomersAddress).

    Attributes:
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
    """

    first_name: Text = UNSET
    last_name: Text = UNSET
    street: Text = UNSET
    street_number: Text = UNSET
    zip_code: Text = UNSET
    city: Text = UNSET
    country_code: Text = UNSET
    company: Text = UNSET
    gender: Text = UNSET
    phone: Text = UNSET
    tax_number: Text = UNSET
    iban: Text = UNSET


class CustomerAddressUpdate(CustomerAddressCreate, kw_only=True, rename="camel"):
    """Changes to an address of a customer (patchCustomersAddress).

    Attributes:
        is_default_for_delivery: whether it is the default delivery address.
        is_default_for_invoice: whether it is the default invoice address.
    """

    is_default_for_delivery: Flag = UNSET
    is_default_for_invoice: Flag = UNSET


class NewsletterSubscriberUpdate(Body, kw_only=True):
    """Changes to a subscriber (patchNewsletterSubscriber).

    Attributes:
        name: name.
    """

    name: Text = UNSET


class NewsletterSubscriberCreate(NewsletterSubscriberUpdate, kw_only=True):
    """A new subscriber (postNewsletterSubscriber).

    Attributes:
        email: email address.
    """

    email: Text = UNSET
