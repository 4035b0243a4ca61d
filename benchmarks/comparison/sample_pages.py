"""Pages as the vendor sends them, the same bytes on every run; every documented field has a value.

Where the published client 1.0.2 takes fewer shapes than the vendor documents, the values are of a
shape that it takes, so that both clients decode the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

Row = dict[str, Any]

_CDN = "https://asset.myonlinestore.com/winkel/winkelnaam/images"
_TEXT = "Makkelijk schoon te maken met een vochtige doek. Geleverd in één gerecycled doosje. "
_COLOURS, _SIZES = ("Wit", "Zwart", "Oker"), ("S", "M")


def make_articles_page(count: int = 100) -> bytes:
    """Return articles of 4 KB with images, lists of options, variants and categories."""
    return _encode_json([make_article(number) for number in range(1, count + 1)])


def make_texts_page(count: int = 100) -> bytes:
    """Return articles that are mostly text: 3 KB, one image, no options or variants."""
    fewer: Row = {"description": f"<p>{_TEXT * 36}</p>", "lists": [], "variants": []}
    full = [make_article(number) for number in range(1, count + 1)]
    return _encode_json([{**row, **fewer, "images": row["images"][:1]} for row in full])


def make_orders_page(count: int = 100) -> bytes:
    """Return orders of 3 KB with addresses, an article, shipping and payment lines."""
    return _encode_json([make_order(number) for number in range(1, count + 1)])


def make_article(number: int) -> Row:
    """Return one article."""
    images = [_make_image(number, position) for position in (1, 2, 3)]
    return {
        "id": 7_400_000 + number,
        "uuid": _make_uuid("article", number),
        "name": f"Vintage lavendel Polder {number} (porselein)",
        "description": f"<p>{_TEXT * 2}</p>",
        "sku": f"KC-{400_000 + number}",
        "badge_text": "van - voor",
        "taxable": True,
        "price": {"default": "12.50", "action": "9.95", "purchase": "8.95"},
        "created_date": "2019-03-14",
        "created_time": "19:34:57",
        "updated_date": "2019-06-06",
        "updated_time": "13:43:28",
        "stock": number,
        "delivery_days": 5,
        "meta_title": f"Vintage lavendel Polder {number} | Knus & Co",
        "meta_description": "Vintage lavendel van porselein. Nu online te bestellen.",
        "can_backorder": False,
        "extra": {
            "invisible": {"weight": "0.25", "barcode": "8712345678906"},
            "visible": {"Materiaal": "porselein", "Afmetingen": "70 x 7 cm"},
        },
        "url": f"https://www.knus.example/a-{number}/planten-bollen/vintage-lavendel-polder",
        "categories": [_make_category(number, position) for position in (0, 1)],
        "lists": [
            _list(number, 0, "Kleur", _COLOURS, images),
            _list(number, 1, "Maat", _SIZES, images),
        ],
        "variants": [_make_variant(number, colour, size) for colour in (0, 1) for size in (0, 1)],
        "images": images,
    }


def make_order(number: int) -> Row:
    """Return one order."""
    person = {"gender": "M", "name": "Teun Huisman", "company": "", "phone": "+31534010321"}
    address = {"street": "Industrieweg", "number": "57-2", "zipcode": "5069 AB", "city": "Köln"}
    place = {"id": number, **person, **address, "country": "Duitsland", "country_code": "DE"}
    return {
        "number": str(number),
        "uuid": _make_uuid("order", number),
        "status": 8,
        "archived": False,
        "discountcode": "welkom10",
        "offline_location_id": None,
        "credited_order_number": None,
        "credit_order_numbers": [],
        "comments": {"customer": "Het is een cadeau.", "internal": ""},
        "date": "2019-03-15",
        "time": "18:44:44",
        "business_model": "B2C",
        "reference": None,
        "tax_strategy": "",
        "payment": {
            "gateway_name": "mollie",
            "method_name": "ideal",
            "status": {"id": 1, "text": "Geslaagd"},
        },
        "status_changed_date": "2019-03-24",
        "status_changed_time": "14:38:14",
        "weight": "1.14",
        "finished": True,
        "taxed": "include",
        "locale": "nl_NL",
        "currency": "EUR",
        "currency_format_locale": "nl_NL",
        "tax_region": "NL",
        "partner": {"name": "Knus"},
        "payment_status": "captured",
        "debtor": {
            "id": None,
            "email": "teun.huisman61@example.org",
            **person,
            "bankaccount": "",
            "address": {
                "invoice": {**place, "taxnumber": "", "bankaccount": ""},
                "delivery": place,
            },
        },
        "price": {"tax": [{"amount": "22.379752", "rate": "21.00"}], "total": "128.95"},
        "orderlines": [
            _make_article_line(number, 1),
            _make_article_line(number, 2),
            _make_line(number, 3, "shipping", "Europa", "10.330579", "12.50"),
            _make_line(number, 4, "payment", "Transactiekosten", "0.289256", "0.35"),
        ],
        "shipping": [{"country": {"description": "Duitsland", "isocode": "DE"}}],
    }


def _make_image(number: int, position: int) -> Row:
    file = hashlib.sha1(f"{number}/{position}".encode()).hexdigest()
    urls = {size: f"{_CDN}/{size}/{file}" for size in ("full", "article", "thumb")}
    return {
        "position": position,
        "id": _make_uuid("image", number, position),
        "original_name": f"my_uploaded_image_{position}",
        "url": urls["full"],
        "urls": urls,
    }


def _make_category(number: int, position: int) -> Row:
    return {
        "category_id": 748_020 + position,
        "article_url_id": 240_000 + 2 * number + position,
        "is_active": True,
        "is_main": position == 0,
        "position": number,
    }


def _list(number: int, place: int, name: str, choices: tuple[str, ...], images: list[Row]) -> Row:
    options = [
        {
            "id": _make_option_id(number, place, choice),
            "name": option,
            "price": f"{1.25 * choice:.2f}",
            "image_ids": [images[choice]["id"]],
        }
        for choice, option in enumerate(choices)
    ]
    return {
        "id": 193_000 + 2 * number + place,
        "name": name,
        "description": f"Kies je {name.lower()}",
        "has_images": place == 0,
        "options": options,
    }


def _make_variant(number: int, colour: int, size: int) -> Row:
    names = _COLOURS[colour], _SIZES[size]
    options = [
        {
            "list_id": 193_000 + 2 * number + place,
            "option_id": _make_option_id(number, place, choice),
            "name": names[place],
        }
        for place, choice in enumerate((colour, size))
    ]
    return {
        "id": 1_300 + 6 * number + 2 * colour + size,
        "options": options,
        "stock": 15,
        "can_backorder": False,
    }


def _make_option_id(number: int, place: int, choice: int) -> int:
    return 71_000 + 10 * number + 5 * place + choice


def _make_article_line(number: int, place: int) -> Row:
    line = _make_line(number, place, "article", "Jurk Noord (122/128)", "106.611570", "129.00")
    option = {"list_option_id": 71_012, "description": "122/128", "price": "1.239669"}
    article = {
        "id": 7_400_224,
        "sku": "KC-400224",
        "description": "Handgemaakte jurk Noord (katoen)",
        "price": {"amount": "34.297521", "rate": "21.00", "purchase_price": "15.35"},
        "options": [option],
    }
    return {**line, "articles": [article]}


def _make_line(number: int, place: int, kind: str, name: str, amount: str, with_tax: str) -> Row:
    return {
        "id": _make_uuid("line", number, place),
        "type": kind,
        "quantity": 1,
        "weight": "1.14",
        "description": name,
        "price": {"amount": amount, "amount_including_tax": with_tax, "rate": "21.00"},
    }


def _make_uuid(*of: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, of))))


def _encode_json(rows: list[Row]) -> bytes:
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()
