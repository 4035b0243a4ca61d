"""Request bodies for orders and their payments."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from myonlinestore.models.bodies.base import Body, Flag, Integer, Money, Text

__all__ = [
    "AddressCreate",
    "CreditOrderCreate",
    "InvoiceAddressCreate",
    "OrderAddressCreate",
    "OrderArticleCreate",
    "OrderArticleOptionCreate",
    "OrderCommentCreate",
    "OrderCreate",
    "OrderDebtorCreate",
    "OrderLineCreate",
    "OrderPaymentCreate",
    "OrderPaymentStatusCreate",
    "OrderUpdate",
    "PaymentCreate",
    "PaymentLinePortion",
    "PaymentUpdate",
    "TaxPriceCreate",
]


class AddressCreate(Body, kw_only=True):
    """A delivery address of a new order.

    The API requires `name` and `zipcode`, unless `id` is set.

    Attributes:
        id: UUID of an address of the customer; the other fields may then be unset.
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
        vat_number: VAT number; ``taxnumber`` in JSON.
        bankaccount: bank account.
    """

    vat_number: Text = UNSET
    bankaccount: Text = UNSET


class OrderAddressCreate(Body, kw_only=True):
    """The addresses of a new order.

    Attributes:
        invoice: where the invoice goes.
        delivery: where the goods go, if that differs.
    """

    invoice: InvoiceAddressCreate
    delivery: AddressCreate | UnsetType | None = UNSET


class OrderDebtorCreate(Body, kw_only=True):
    """The customer of a new order.

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


class TaxPriceCreate(Body, kw_only=True):
    """The price of a custom line; set one of the two amounts.

    Attributes:
        rate: tax in percent, such as ``"21.00"``.
        amount: major units, excluding tax, up to six decimals.
        amount_including_tax: major units, including tax, two decimals.
    """

    rate: Money
    amount: Money = UNSET
    amount_including_tax: Money = UNSET


class OrderArticleOptionCreate(Body, kw_only=True):
    """An option chosen for an ordered article.

    Attributes:
        list_option_id: the chosen `ArticleListOption`.
    """

    list_option_id: int | str


class OrderArticleCreate(Body, kw_only=True):
    """An article in an order line.

    Attributes:
        id: the `Article`.
        options: the chosen options.
    """

    id: int
    options: list[OrderArticleOptionCreate] | UnsetType | None = UNSET


class OrderLineCreate(Body, kw_only=True):
    """A line of a new order or credit order.

    Attributes:
        type: ``"article"`` or ``"custom"``.
        quantity: number of pieces; also positive in a credit order.
        articles: the articles of a line of type ``"article"``.
        id: UUID.
        description: the description of a line of type ``"custom"``.
        unit_price: price of one piece of a custom line.
        unit_weight: weight of one piece of a custom line.
        price_override: a price in major units that replaces the article's.
    """

    type: str
    quantity: int
    articles: list[OrderArticleCreate] | UnsetType | None = UNSET
    id: Text = UNSET
    description: Text = UNSET
    unit_price: TaxPriceCreate | UnsetType | None = UNSET
    unit_weight: Money = UNSET
    price_override: Money = UNSET


class OrderCommentCreate(Body, kw_only=True):
    """The comments on an order.

    Attributes:
        internal: the merchant's comment.
        customer: the buyer's comment; the API accepts it only in a new order.
    """

    internal: Text = UNSET
    customer: Text = UNSET


class OrderPaymentStatusCreate(Body, kw_only=True):
    """The payment status of a new order.

    Attributes:
        id: 0 to 7 as in `OrderPaymentStatus`.
        text: the same in words.
    """

    id: Integer = UNSET
    text: Text = UNSET


class OrderPaymentCreate(Body, kw_only=True):
    """The payment of a new order.

    Attributes:
        gateway_name: name of the payment gateway.
        method_name: name of the payment method.
        status: the payment status.
    """

    gateway_name: Text = UNSET
    method_name: Text = UNSET
    status: OrderPaymentStatusCreate | UnsetType | None = UNSET


class OrderUpdate(Body, kw_only=True):
    """Changes to an order (patchOrder).

    Attributes:
        archived: whether it is archived.
        status: number of its `OrderStatus`.
        comments: the comments on it.
        reference: the buyer's own reference, at most 255 characters; only B2B.
        offline_location_id: UUID of the point of sale.
    """

    archived: Flag = UNSET
    status: Integer = UNSET
    comments: OrderCommentCreate | UnsetType | None = UNSET
    reference: Text = UNSET
    offline_location_id: Text = UNSET


class OrderCreate(OrderUpdate, kw_only=True):
    """A new order (postOrder).

    Attributes:
        debtor: the customer.
        orderlines: the lines of the order.
        discountcode: the discount code to use.
        business_model: ``"B2C"`` or ``"B2B"``; B2B requires a company in the invoice address.
        payment: the payment; required unless the order is free.
        shipping_method_id: the `ShippingMethod`.
        shipping_type: 1 delivery, 2 by weight, 3 by weight and country, 5 pickup at a location,
            6 pickup at the store, 7 at a chosen time, 8 free delivery.
    """

    debtor: OrderDebtorCreate
    orderlines: list[OrderLineCreate]
    discountcode: Text = UNSET
    business_model: Text = UNSET
    payment: OrderPaymentCreate | UnsetType | None = UNSET
    shipping_method_id: Text = UNSET
    shipping_type: Integer = UNSET


class CreditOrderCreate(Body, kw_only=True):
    """A new credit order (postCreditOrder).

    Attributes:
        credited_order_number: the order to credit.
        status: number of an `OrderStatus` for credit orders.
        orderlines: the returned lines, with positive quantities.
        archived: whether it is archived.
        comments: the comments on it.
        payment_costs: payment costs to refund, in major units excluding tax; all of them if
            unset, ``"0"`` for none.
        shipping_costs: shipping costs to refund, likewise.
        offline_location_id: UUID of the point of sale.
    """

    credited_order_number: str | int
    status: int
    orderlines: list[OrderLineCreate]
    archived: Flag = UNSET
    comments: OrderCommentCreate | UnsetType | None = UNSET
    payment_costs: Money = UNSET
    shipping_costs: Money = UNSET
    offline_location_id: Text = UNSET


class PaymentLinePortion(Body, kw_only=True, rename="camel"):
    """An order line, or a part of it, to be paid.

    Attributes:
        id: UUID of the order line.
        quantity: number of pieces; all of them if unset.
        price: a price in minor units that replaces the line's.
    """

    id: Text = UNSET
    quantity: Integer = UNSET
    price: Integer = UNSET


class PaymentUpdate(Body, kw_only=True, rename="camel"):
    """Changes to a payment (patchOrderPayment).

    Attributes:
        method: name of the payment method.
        referrer_url: the page to which the buyer returns; the store's home page if unset.
        order_lines: the lines to be paid; all of them if unset.
    """

    method: str
    referrer_url: Text = UNSET
    order_lines: list[PaymentLinePortion] | UnsetType | None = UNSET


class PaymentCreate(PaymentUpdate, kw_only=True, rename="camel"):
    """A new payment of an order (postOrderPayment).

    Attributes:
        gateway: name of the payment gateway.
    """

    gateway: str
