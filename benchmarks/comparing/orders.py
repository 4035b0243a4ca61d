"""A page of 100 orders with addresses, lines, articles and their options, made by rule."""

from __future__ import annotations

import json
import uuid
from typing import Any

PAGE = 100


def orders_page() -> bytes:
    """The JSON of a page."""
    return json.dumps([_order(number) for number in range(PAGE)], separators=(",", ":")).encode()


def _order(number: int) -> dict[str, Any]:
    return {
        "number": str(1_000 + number),
        "uuid": _uuid("order", number),
        "status": 6,
        "archived": False,
        "discountcode": "",
        "offline_location_id": None,
        "credited_order_number": None,
        "credit_order_numbers": [],
        "comments": {"customer": "Graag bij de buren", "internal": ""},
        "date": "2024-03-07",
        "time": "05:16:00",
        "business_model": "B2C",
        "reference": None,
        "tax_strategy": "",
        "payment": {
            "gateway_name": "mollie",
            "method_name": "ideal",
            "status": {"id": 1, "text": "Geslaagd"},
        },
        "status_changed_date": "2024-03-07",
        "status_changed_time": "21:31:21",
        "weight": "0.52",
        "finished": True,
        "taxed": "include",
        "locale": "nl_NL",
        "currency": "EUR",
        "currency_format_locale": "nl_NL",
        "tax_region": "NL",
        "partner": {"name": "Knus"},
        "payment_status": "captured",
        "debtor": _debtor(number),
        "price": {"tax": [{"amount": "3.202066", "rate": "21.00"}], "total": "32.55"},
        "orderlines": [_line(number, place) for place in range(3)],
        "shipping": [{"country": {"description": "Nederland", "isocode": "NL"}}],
    }


def _debtor(number: int) -> dict[str, Any]:
    return {
        "id": _uuid("debtor", number),
        "email": f"emma.{number}@example.org",
        "gender": "F",
        "name": "Emma Huisman",
        "company": "",
        "phone": "+31600000000",
        "bankaccount": "",
        "link_to_account": "0",
        "address": {
            "invoice": {**_address(number), "taxnumber": "", "bankaccount": ""},
            "delivery": _address(number),
        },
    }


def _address(number: int) -> dict[str, Any]:
    return {
        "id": 990_000 + number,
        "gender": "F",
        "name": "Emma Huisman",
        "company": "",
        "phone": "+31600000000",
        "street": "Hoofdstraat",
        "number": "143a",
        "zipcode": "2611PA",
        "city": "Delft",
        "country": "Nederland",
        "country_code": "NL",
    }


def _line(number: int, place: int) -> dict[str, Any]:
    price = {"amount": "10.991736", "rate": "21.00"}
    return {
        "id": _uuid("line", 10 * number + place),
        "type": "article",
        "quantity": 1 + place,
        "weight": "0.40",
        "description": "Houten kandelaar (Wit, S)",
        "price": {**price, "amount_including_tax": "13.30"},
        "articles": [
            {
                "id": 7_400_000 + place,
                "sku": f"KC-{place:06}",
                "description": "Houten kandelaar",
                "price": {**price, "purchase_price": "8.36"},
                "options": [
                    {"list_option_id": 71_000, "description": "Wit", "price": "0.000000"},
                    {"list_option_id": 71_005, "description": "S", "price": "1.250000"},
                ],
            }
        ],
    }


def _uuid(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}-{number}"))
