"""The payment gateways and methods that the vendor documents, and which of them the store uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row

NAMES = {
    "advance": "Vooraf overmaken",
    "afterpay": "Riverty (Afterpay)",
    "apple_pay": "Apple Pay",
    "bancontact": "Bancontact",
    "belfius": "Belfius",
    "card": "Pinnen",
    "cash": "Contant",
    "creditcard": "Creditcard",
    "directdebit": "Incasso",
    "external": "Extern",
    "giropay": "Giropay",
    "ideal": "iDEAL",
    "invoice": "Factuur",
    "kbccbc": "KBC/CBC",
    "klarna_checkout": "Klarna Checkout",
    "klarna_paylater": "Klarna achteraf betalen",
    "klarna_paynow": "Klarna direct betalen",
    "klarna_sliceit": "Klarna in termijnen",
    "maestro": "Maestro",
    "mastercard": "Mastercard",
    "paypal": "PayPal",
    "paysafecard": "Paysafecard",
    "pickup": "Betalen bij afhalen",
    "rembours": "Rembours",
    "singledebit": "Eenmalige incasso",
    "sofortbanking": "Sofort",
    "visa": "Visa",
    "webshop_giftcard": "Webshop Giftcard",
}
ONLINE = (
    "ideal", "bancontact", "creditcard", "paypal", "sofortbanking", "giropay", "belfius", "kbccbc",
    "apple_pay", "mastercard", "visa", "maestro", "paysafecard", "klarna_paylater",
    "klarna_sliceit", "klarna_paynow", "webshop_giftcard", "directdebit", "singledebit", "afterpay",
)  # fmt: skip


def _gateway(name: str, title: str, website: str, methods: tuple[str, ...]) -> Row:
    return {
        "name": name,
        "displayName": title,
        "websiteUrl": website,
        "methods": [{"name": method, "displayName": NAMES[method]} for method in methods],
    }


GATEWAYS: tuple[Row, ...] = (
    _gateway(
        "basic",
        "MyOnlineStore",
        "https://www.myonlinestore.com/",
        ("advance", "cash", "card", "invoice", "pickup", "rembours", "external"),
    ),
    _gateway("mollie", "Mollie", "https://www.mollie.com/", ONLINE),
    _gateway("paypal", "PayPal", "https://www.paypal.com/", ("paypal",)),
    _gateway("multisafepay", "MultiSafepay", "https://www.multisafepay.com/", ONLINE),
    _gateway("paynl", "Pay.", "https://www.pay.nl/", ONLINE),
    _gateway("klarna_checkout", "Klarna", "https://www.klarna.com/", ("klarna_checkout",)),
    _gateway("sisow", "Buckaroo (Sisow)", "https://www.sisow.nl/", ("ideal", "bancontact")),
    _gateway("sumup", "SumUp", "https://www.sumup.com/", ("card",)),
    _gateway("zettle", "Zettle", "https://www.zettle.com/", ("card",)),
)

STORE_COSTS: dict[tuple[str, str], Row] = {
    ("basic", "advance"): {"amount": "0.00", "percentage": "0.00"},
    ("basic", "cash"): {"amount": "0.00", "percentage": "0.00"},
    ("basic", "pickup"): {"amount": "0.00", "percentage": "0.00"},
    ("mollie", "ideal"): {"amount": "0.35", "percentage": "0.00"},
    ("mollie", "bancontact"): {"amount": "0.39", "percentage": "0.00"},
    ("mollie", "creditcard"): {"amount": "0.25", "percentage": "2.90"},
    ("mollie", "klarna_paylater"): {"amount": "0.99", "percentage": "0.00"},
    ("paypal", "paypal"): {"amount": "0.35", "percentage": "3.40"},
}
