"""Orders: prices, debtor and addresses, order lines, and the order itself."""

from __future__ import annotations

from typing import Any, ClassVar

from myonlinestore.models.base import Model
from myonlinestore.models.views import DatetimeView, DecimalView

__all__ = [
    "Address",
    "InvoiceAddress",
    "Order",
    "OrderAddress",
    "OrderArticle",
    "OrderArticleOption",
    "OrderArticlePrice",
    "OrderComment",
    "OrderDebtor",
    "OrderDetail",
    "OrderLinePrice",
    "OrderPaymentStatus",
    "OrderPaymentSummary",
    "OrderPrice",
    "OrderShipping",
    "OrderShippingCountry",
    "TaxPrice",
]


class TaxPrice(Model):
    """An amount and its tax, as exact text.

    Attributes:
        rate: tax in percent, such as ``"21.00"``.
        amount: major units, excluding tax, up to six decimals.
        amount_including_tax: major units, including tax, two decimals.
    """

    map_fields: ClassVar[tuple[str, str]] = ("rate", "amount")

    rate: str | None = None
    amount: str | None = None
    amount_including_tax: str | None = None

    rate_decimal: ClassVar[DecimalView] = DecimalView("rate")
    amount_decimal: ClassVar[DecimalView] = DecimalView("amount")
    amount_including_tax_decimal: ClassVar[DecimalView] = DecimalView("amount_including_tax")


class OrderArticlePrice(TaxPrice):
    """The price of one ordered article.

    Attributes:
        purchase_price: the merchant's purchase price in major units, excluding tax.
    """

    purchase_price: str | None = None

    purchase_price_decimal: ClassVar[DecimalView] = DecimalView("purchase_price")


class OrderPrice(Model):
    """The price of a whole order.

    Attributes:
        tax: the tax charged, one entry per rate.
        total: major units, including tax.
    """

    tax: list[TaxPrice] | None = None
    total: str | None = None

    total_decimal: ClassVar[DecimalView] = DecimalView("total")


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
        vat_number: VAT number; ``taxnumber`` in JSON.
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
        delivery: where the goods go, if that differs.
    """

    invoice: InvoiceAddress | None = None
    delivery: Address | None = None


class OrderDebtor(Model):
    """The customer of an order.

    Attributes:
        id: UUID of the customer, if there is one.
        gender: deprecated: use the addresses.
        name: deprecated: use the addresses.
        company: deprecated: use the addresses.
        email: email address.
        phone: deprecated: use the addresses.
        bankaccount: deprecated: use the invoice address.
        link_to_account: whether the order belongs to a customer account; text if sent as text.
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


class OrderArticleOption(Model):
    """An option chosen for an ordered article.

    Attributes:
        list_option_id: the chosen `ArticleListOption`.
        description: its name.
        price: its surcharge in major units: with its tax, or as bare text.
    """

    map_fields: ClassVar[tuple[str, str]] = ("list_option_id", "description")

    list_option_id: int | None = None
    description: str | None = None
    price: TaxPrice | str | None = None

    price_decimal: ClassVar[DecimalView] = DecimalView("price")


class OrderArticle(Model):
    """An article in an order line.

    Attributes:
        id: the `Article`.
        description: its name when it was ordered.
        sku: the merchant's article number.
        price: price of one piece.
        options: the chosen options.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "description")

    id: int | None = None
    description: str | None = None
    sku: str | None = None
    price: OrderArticlePrice | None = None
    options: list[OrderArticleOption] | None = None


class OrderLinePrice(TaxPrice):
    """The price of an order line at one tax rate.

    Attributes:
        articles: the line's articles, if the response nests them here.
    """

    articles: list[OrderArticle] | None = None

    def __post_init__(self) -> None:
        # A list of prices may arrive as {"0": …, "1": …}, which has none of these names. Rejecting
        # it makes the decoder normalize it, instead of returning one empty price.
        if (
            self.rate is None
            and self.amount is None
            and self.amount_including_tax is None
            and self.articles is None
        ):
            raise ValueError("a price of an order line needs an amount or a rate")


class OrderDetail(Model):
    """A line of an order.

    Attributes:
        id: UUID.
        type: ``"article"``, ``"custom"``, ``"payment"`` and the like.
        quantity: number of pieces.
        unit_price: price of one piece of a custom line: with its tax, or as bare text.
        unit_weight: weight of one piece of a custom line.
        price_override: a price in major units that replaces the article's.
        description: its description, including the options.
        price: price of the line; a list if it has several tax rates.
        weight: weight of the whole line.
        articles: the articles in it.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "description")

    id: str | None = None
    type: str | None = None
    quantity: int | None = None
    unit_price: TaxPrice | str | None = None
    unit_weight: str | None = None
    price_override: str | bool | None = None
    description: str | None = None
    price: OrderLinePrice | list[OrderLinePrice] | None = None
    weight: str | None = None
    articles: list[OrderArticle] | None = None

    unit_price_decimal: ClassVar[DecimalView] = DecimalView("unit_price")
    price_override_decimal: ClassVar[DecimalView] = DecimalView("price_override")


class OrderComment(Model):
    """The comments on an order.

    Attributes:
        customer: the buyer's comment.
        internal: the merchant's comment.
    """

    customer: str | None = None
    internal: str | None = None


class OrderShippingCountry(Model):
    """A country that an order ships to.

    Attributes:
        description: name of the country.
        isocode: ISO 3166-1 alpha-2.
    """

    description: str | None = None
    isocode: str | None = None


class OrderShipping(Model):
    """The shipping of an order.

    Attributes:
        country: the destination; ``None`` if the response has an empty list.
    """

    country: OrderShippingCountry | None = None


class OrderPaymentStatus(Model):
    """The payment status of an order (deprecated: list the order's payments).

    Attributes:
        id: 0 unknown, 1 successful, 2 cancelled, 3 failed, 4 expired, 5 pending, 6 refused,
            7 refunded.
        text: the same in words.
    """

    id: int | None = None
    text: str | None = None


class OrderPaymentSummary(Model):
    """The payment of an order (deprecated: list the order's payments).

    Attributes:
        gateway_name: name of the payment gateway.
        method_name: name of the payment method.
        status: the payment status.
    """

    gateway_name: str | None = None
    method_name: str | None = None
    status: OrderPaymentStatus | None = None


class Order(Model):
    """An order (getOrders, getOrder).

    Attributes:
        number: the order's number, a number or text as sent.
        uuid: identifies the order everywhere.
        date: day of the order, ``yyyy-mm-dd``.
        time: time of the order, ``hh:mm:ss`` in store time.
        status: number of its `OrderStatus`.
        status_changed_date: day of the last status change.
        status_changed_time: time of the last status change.
        weight: total weight.
        archived: whether it is archived.
        finished: always true (deprecated).
        taxed: how tax was added, such as ``"include"``.
        locale: the buyer's language, such as ``"nl_NL"``.
        discountcode: the discount code used.
        currency: ISO 4217.
        currency_format_locale: the locale for formatting amounts.
        credited_order_number: the order that this one credits.
        credit_order_numbers: the orders that credit this one.
        comments: the comments on it.
        business_model: ``"B2C"`` or ``"B2B"``.
        reference: the buyer's own reference; only B2B.
        tax_region: the region whose tax was charged, ISO 3166-1 alpha-2.
        tax_strategy: ``""``, ``"zero_percent"`` or ``"reverse_charged_vat"``.
        partner: the partner that referred it, as ``{"name": …}``.
        payment_status: deprecated: list the order's payments.
        payment: deprecated: list the order's payments.
        debtor: the customer.
        price: the total price.
        orderlines: the ordered articles, and the costs of payment and shipping.
        shipping: its shipping destinations.
        offline_location_id: UUID of the point of sale; ``None`` for an order of the web store.
    """

    map_fields: ClassVar[tuple[str, str]] = ("number", "uuid")
    row_keys: ClassVar[tuple[str, ...]] = ("uuid", "number")

    number: str | int | None = None
    uuid: str | None = None
    date: str | None = None
    time: str | None = None
    status: int | None = None
    status_changed_date: str | None = None
    status_changed_time: str | None = None
    weight: str | None = None
    archived: bool | None = None
    finished: bool | None = None
    taxed: str | None = None
    locale: str | None = None
    discountcode: str | None = None
    currency: str | None = None
    currency_format_locale: str | None = None
    credited_order_number: int | None = None
    credit_order_numbers: list[str | int] | None = None
    comments: OrderComment | None = None
    business_model: str | None = None
    reference: str | None = None
    tax_region: str | None = None
    tax_strategy: str | None = None
    partner: dict[str, Any] | None = None
    payment_status: str | None = None
    payment: OrderPaymentSummary | None = None
    debtor: OrderDebtor | None = None
    price: OrderPrice | None = None
    orderlines: list[OrderDetail] | None = None
    shipping: list[OrderShipping] | None = None
    offline_location_id: str | None = None

    datetime: ClassVar[DatetimeView] = DatetimeView("date", "time")
    status_changed_datetime: ClassVar[DatetimeView] = DatetimeView(
        "status_changed_date", "status_changed_time"
    )
