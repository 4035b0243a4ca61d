"""Payments of orders, and payment gateways with their methods; camelCase in JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from myonlinestore.models.base import Model
from myonlinestore.models.views import DecimalView

__all__ = [
    "Payment",
    "PaymentAddress",
    "PaymentCustomer",
    "PaymentGateway",
    "PaymentGateways",
    "PaymentMethod",
    "PaymentMethodCost",
    "PaymentMethodSettings",
    "PaymentMutation",
    "PaymentName",
    "PaymentOrder",
    "PaymentOrderLine",
    "PaymentShippingAddress",
    "PaymentStreet",
]


class PaymentMutation(Model, rename="camel"):
    """A change in the state of a payment.

    Attributes:
        id: identifies the mutation.
        type: ``"authorize"``, ``"capture"``, ``"failed"``, ``"refund"`` or ``"void"``.
        reference: the gateway's reference.
        price: minor units, a number or text as sent.
        description: a note.
        created_at: when it happened, ISO 8601 with UTC offset.
        expires_at: when it expires, ISO 8601 with UTC offset.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "type")

    id: int | None = None
    type: str | None = None
    reference: str | None = None
    price: int | str | None = None
    description: str | None = None
    created_at: str | None = None
    expires_at: str | None = None


class PaymentOrderLine(Model, rename="camel"):
    """A line of a payment's order.

    Attributes:
        id: UUID.
        type: such as ``"physical"`` or ``"shipping_fee"``.
        name: its name.
        description: its description.
        quantity: number of pieces, a number or text as sent.
        price: minor units, including tax.
        tax: the included tax, minor units.
        tax_rate: a fraction, ``"0.2100"`` is 21 %.
    """

    id: str | None = None
    type: str | None = None
    name: str | None = None
    description: str | None = None
    quantity: str | int | None = None
    price: int | None = None
    tax: int | None = None
    tax_rate: str | None = None

    tax_rate_decimal: ClassVar[DecimalView] = DecimalView("tax_rate")


class PaymentName(Model, rename="camel"):
    """A person's name.

    Attributes:
        first: first name.
        last: last name.
    """

    first: str | None = None
    last: str | None = None


class PaymentStreet(Model, rename="camel"):
    """A street and house number.

    Attributes:
        name: the street.
        number: the house number, a number or text as sent.
        suffix: the suffix of the number, such as ``"A"``.
    """

    name: str | None = None
    number: str | int | None = None
    suffix: str | None = None


class PaymentAddress(Model, rename="camel"):
    """An address in a payment.

    Attributes:
        id: UUID.
        name: the person, in billing addresses.
        first_name: first name, in invoice addresses.
        last_name: last name, in invoice addresses.
        company: company name.
        street: street and house number.
        zip_code: postal code.
        city: city.
        country: ISO 3166-1 alpha-2.
        phone: phone number.
        gender: gender.
    """

    id: str | None = None
    name: PaymentName | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    street: PaymentStreet | None = None
    zip_code: str | None = None
    city: str | None = None
    country: str | None = None
    phone: str | None = None
    gender: str | None = None


class PaymentShippingAddress(PaymentAddress, rename="camel"):
    """A shipping address; in the vendor's example of Payment it has the fields of a customer.

    Attributes:
        email: email address.
        birth_date: ``yyyy-mm-dd``.
        iban: bank account.
        ip: IP address of the buyer.
        billing_address: where the bill goes.
        invoice_address: where the invoice goes.
    """

    email: str | None = None
    birth_date: str | None = None
    iban: str | None = None
    ip: str | None = None
    billing_address: PaymentAddress | None = None
    invoice_address: PaymentAddress | None = None


class PaymentCustomer(Model, rename="camel"):
    """The customer of a payment.

    Attributes:
        id: UUID.
        email: email address.
        birth_date: ``yyyy-mm-dd``.
        iban: bank account.
        ip: IP address of the buyer.
        billing_address: where the bill goes.
        invoice_address: where the invoice goes.
        shipping_address: where the goods go.
    """

    id: str | None = None
    email: str | None = None
    birth_date: str | None = None
    iban: str | None = None
    ip: str | None = None
    billing_address: PaymentAddress | None = None
    invoice_address: PaymentAddress | None = None
    shipping_address: PaymentShippingAddress | None = None


class PaymentOrder(Model, rename="camel"):
    """A payment's order, in the gateway's format.

    Attributes:
        id: UUID.
        reference: the order's number, a number or text as sent.
        price: minor units, including tax.
        tax: the included tax, minor units.
        locale: such as ``"nl_NL"``.
        delivery_type: such as ``"delivery"``.
        lines: the lines to be paid.
        customer: the customer who pays.
    """

    id: str | None = None
    reference: str | int | None = None
    price: int | None = None
    tax: int | None = None
    locale: str | None = None
    delivery_type: str | None = None
    lines: list[PaymentOrderLine] | None = None
    customer: PaymentCustomer | None = None


class Payment(Model, rename="camel"):
    """A payment of an order (getOrderPayments).

    Attributes:
        id: UUID.
        gateway: name of the payment gateway.
        method: name of the payment method.
        gateway_reference: the gateway's reference.
        price: minor units, a number or text as sent.
        currency: ISO 4217.
        store_id: UUID of the store.
        reference: UUID of the payment's reference.
        is_test: whether it is a test payment, without money.
        created_at: when it was created, ISO 8601 with UTC offset.
        updated_at: when it was last changed, ISO 8601 with UTC offset.
        order: its order, or only the order's number.
        properties: values of the gateway.
        referrer_url: the page to which the buyer returns.
        mutations: the changes of its state.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "gateway")

    id: str | None = None
    gateway: str | None = None
    method: str | None = None
    gateway_reference: str | None = None
    price: int | str | None = None
    currency: str | None = None
    store_id: str | None = None
    reference: str | None = None
    is_test: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    order: PaymentOrder | int | str | None = None
    properties: dict[str, Any] | None = None
    referrer_url: str | None = None
    mutations: list[PaymentMutation] | None = None


class PaymentMethodCost(Model, rename="camel"):
    """The fee of a payment method.

    Attributes:
        amount: major units.
        percentage: percent of the order's total.
    """

    amount: str | None = None
    percentage: str | None = None

    amount_decimal: ClassVar[DecimalView] = DecimalView("amount")
    percentage_decimal: ClassVar[DecimalView] = DecimalView("percentage")


class PaymentMethodSettings(Model, rename="camel"):
    """A store's settings of a payment method.

    Attributes:
        cost: the fee that the buyer pays.
    """

    cost: PaymentMethodCost | None = None


class PaymentMethod(Model, rename="camel"):
    """A payment method.

    Attributes:
        name: identifies the method.
        display_name: its name in the store.
        settings: the store's own settings; only getStoreGateways has them.
    """

    map_fields: ClassVar[tuple[str, str]] = ("name", "display_name")

    name: str | None = None
    display_name: str | None = None
    settings: PaymentMethodSettings | None = None


class PaymentGateway(Model, rename="camel"):
    """A payment provider (getGateways, getStoreGateways).

    Attributes:
        name: identifies the gateway.
        display_name: the provider's name.
        website_url: the provider's website.
        methods: its payment methods.
    """

    map_fields: ClassVar[tuple[str, str]] = ("name", "display_name")
    row_keys: ClassVar[tuple[str, ...]] = ("name",)

    name: str | None = None
    display_name: str | None = None
    website_url: str | None = None
    methods: list[PaymentMethod] | None = None


class PaymentGateways(Model, rename="camel"):
    """The whole response of getGateways and getStoreGateways.

    Attributes:
        gateways: the payment providers.
    """

    gateways: list[PaymentGateway] | None = None
