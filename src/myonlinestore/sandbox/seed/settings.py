"""The store's settings, gateways, shipping methods, locations and tax regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders.create import country_name
from myonlinestore.sandbox.seed.catalog import page_ids
from myonlinestore.sandbox.seed.samples import LOW_RATE_PAGES

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

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


def _store_gateways() -> list[Row]:
    """Return the gateways of the store's methods, with the costs of each method."""
    result: list[Row] = []
    for gateway in GATEWAYS:
        methods = [
            {**method, "settings": {"cost": STORE_COSTS[gateway["name"], method["name"]]}}
            for method in gateway["methods"]
            if (gateway["name"], method["name"]) in STORE_COSTS
        ]
        if methods:
            result.append({**gateway, "methods": methods})
    return result


STORE_GATEWAYS = tuple(_store_gateways())
STATUSES = (
    (1, "Nieuw", False),
    (2, "In behandeling", False),
    (3, "Wacht op betaling", False),
    (4, "Betaald", False),
    (5, "Klaar voor verzending", False),
    (6, "Verzonden", False),
    (7, "Afgehaald", False),
    (8, "Afgerond", False),
    (9, "Geannuleerd", False),
    (10, "Gecrediteerd", True),
    (11, "Retour ontvangen", True),
)
SHIPPING = (
    ("2273", "Nederland pakketpost", ["NL"], "4.95", "75.00"),
    ("2274", "België en Luxemburg", ["BE", "LU"], "6.95", "100.00"),
    ("2275", "Europa", ["AT", "DE", "DK", "ES", "FR", "IT", "PL", "SE"], "12.50", None),
    ("2276", "Buiten de EU", ["CH", "GB", "US"], "19.50", None),
)
LOCATIONS = (
    ("Winkel Oss: kassa 1", "Molenstraat", "62", "5341GE", "Oss", False),
    ("Winkel Oss: kassa 2", "Molenstraat", "62", "5341GE", "Oss", False),
    ("Winkel Utrecht", "Oudegracht", "114", "3511AW", "Utrecht", False),
    ("Marktkraam", "Heuvel", "1", "5341CN", "Oss", True),
)
RATES = {"NL": "0.21", "BE": "0.21", "DE": "0.19", "FR": "0.20", "LU": "0.17"}


def fill(store: Store, seed: int) -> None:
    """Add all settings except the tax regions, which refer to pages."""
    store.settings = _settings(store, seed)
    for number, text, credit in STATUSES:
        row: Row = {"status": number, "description": text, "credit_order": credit}
        store.statuses.add(number, row)
    store.gateways = list(GATEWAYS)
    store.store_gateways = list(STORE_GATEWAYS)
    for shipping in SHIPPING:
        _add_shipping(store, *shipping)
    for location in LOCATIONS:
        _add_location(store, *location)


def _settings(store: Store, seed: int) -> Row:
    return {
        "id": store.ids.uuid(),
        "name": "Knus & Co",
        "primary_domain": f"https://www.knus-{seed}.example",
        "description": "Mooie spullen voor in en om het huis.",
        "open": True,
        "version": "Pro",
        "administration_language": "nl_NL",
        "currency": "EUR",
        "prices_include_tax": True,
        "default_language": "nl_NL",
        "active_languages": ["nl_NL", "en_GB", "de_DE"],
        "email": "winkel@example.com",
        "currency_format_locale": "nl_NL",
        "available_business_models": "ALL",
        "region_code": "NL",
    }


def _add_shipping(
    store: Store, id: str, name: str, reach: list[str], cost: str, no_costs_above: str | None
) -> None:
    body: Row = {
        "id": id,
        "display_name": name,
        "countries": reach,
        "default": "NL" in reach,
        "no_costs_above": no_costs_above,
    }
    store.shipping_methods.add(id, body)
    store.shipping_costs[id] = cost


def _add_location(
    store: Store, name: str, street: str, number: str, zipcode: str, city: str, deleted: bool
) -> None:
    body: Row = {
        "id": store.ids.uuid(),
        "name": name,
        "street": street,
        "street_number": number,
        "zipcode": zipcode,
        "city": city,
        "country": country_name("NL"),
        "country_code": "NL",
        "phone": "+31412668011",
        "email": "winkel@example.com",
        "note": "Open van 09:00 tot 17:00",
        "deleted": deleted,
    }
    store.locations.add(body["id"], body)


def fill_regions(store: Store) -> None:
    """Add a tax region per taxed country; 9 % for some pages in the home country."""
    ids = page_ids(store)
    pages = [str(ids[title]) for title in LOW_RATE_PAGES]
    low: Row = {"taxRate": "0.09", "items": [{"type": "collection", "references": pages}]}
    for code, rate in RATES.items():
        home = code == store.settings["region_code"]
        store.regions.add(
            code,
            {
                "regionCode": code,
                "taxEnabled": True,
                "taxNumber": "NL000099998B57" if home else None,
                "taxRate": rate,
                "shippingTaxMethod": "fixed",
                "shippingTaxRate": rate,
                "transactionTaxMethod": "proportional",
                "transactionTaxRate": None,
                "overrides": [low] if home else [],
            },
        )
