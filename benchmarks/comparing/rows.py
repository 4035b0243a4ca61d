"""The rows that both clients read: articles and orders with every documented field, made by rule.

Values are in the shapes that the published client takes too; it refuses some that are documented,
such as an order's number as a JSON number.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

ARTICLE_BYTES = 4_000
VARIETIES = 100
SIZES = ("full", "article", "thumb")
COLOURS = ("Wit", "Zwart", "Oker")
WIDTHS = ("S", "M")
SENTENCE = "Met de hand gemaakt van hout uit de buurt; gaat jaren mee en wordt alleen maar mooier. "
START = datetime(2019, 1, 1, tzinfo=timezone.utc)
# Shops are filled by imports: most articles are seconds apart, the others come by the day.
IMPORT, SINGLE = 800, 200


def created(number: int) -> datetime:
    """When an article was made; a later number was made later."""
    batch, place = divmod(number, IMPORT + SINGLE)
    in_batch = timedelta(seconds=2 * min(place, IMPORT), hours=3 * max(place - IMPORT, 0))
    return START + batch * timedelta(hours=3 * SINGLE + 24) + in_batch


def article_head(number: int) -> bytes:
    """The beginning of an article, which no other has."""
    return b'{"id":%d,"uuid":"%s",' % (7_400_000 + number, _uuid("article", number).encode())


def article_foot(number: int) -> bytes:
    """The end of an article, which no other has."""
    moment = created(number)
    stamps = {
        "created_date": f"{moment:%Y-%m-%d}",
        "created_time": f"{moment:%H:%M:%S}",
        "updated_date": f"{moment:%Y-%m-%d}",
        "updated_time": f"{moment:%H:%M:%S}",
    }
    return b"," + _json(stamps)[1:]


def article_body(variety: int) -> bytes:
    """What stands between, of so many bytes that an article has 4 KB."""
    article = _article(variety)
    missing = ARTICLE_BYTES - len(_json(article)) - len(article_head(0)) - len(article_foot(0)) - 1
    text = SENTENCE * (missing // len(SENTENCE) + 1)
    article["description"] = f"<p>{text[: missing - 7]}</p>"
    return _json(article)[1:-1]


def _article(variety: int) -> dict[str, Any]:
    name = f"Houten kandelaar nummer {variety}"
    images = [_image(variety, position) for position in (1, 2, 3)]
    return {
        "name": name,
        "description": "",
        "sku": f"KC-{variety:06}",
        "badge_text": "van - voor",
        "taxable": True,
        "price": {"default": "12.50", "action": "9.95", "purchase": "8.95"},
        "stock": variety,
        "delivery_days": 3,
        "meta_title": f"{name} | Knus & Co",
        "meta_description": f"{name} van eikenhout. Nu online te bestellen.",
        "can_backorder": False,
        "extra": {
            "invisible": {"weight": "0.25", "barcode": "8712345678906"},
            "visible": {"Materiaal": "eikenhout", "Afmetingen": "70 x 7 cm"},
        },
        "url": f"https://www.knus.example/a-{variety}/kandelaars/houten-kandelaar",
        "categories": [_link(variety, place) for place in (0, 1)],
        "lists": [
            _list(variety, 0, "Kleur", COLOURS, images[0]["id"]),
            _list(variety, 1, "Maat", WIDTHS, images[0]["id"]),
        ],
        "variants": [_variant(variety, colour, width) for colour in (0, 1) for width in (0, 1)],
        "images": images,
    }


def _image(variety: int, position: int) -> dict[str, Any]:
    name = _uuid("image", 10 * variety + position)
    root = "https://asset.myonlinestore.example/winkel/knus/images"
    urls = {size: f"{root}/{size}/{name.replace('-', '')}" for size in SIZES}
    original = f"kandelaar_{position}"
    return {
        "position": position,
        "id": name,
        "original_name": original,
        "url": urls["full"],
        "urls": urls,
    }


def _link(variety: int, place: int) -> dict[str, Any]:
    return {
        "category_id": 748_020 + place,
        "article_url_id": 240_000 + 2 * variety + place,
        "is_active": True,
        "is_main": place == 0,
        "position": variety,
    }


def _list(
    variety: int, place: int, name: str, choices: tuple[str, ...], image: str
) -> dict[str, Any]:
    options = [
        {
            "id": 71_000 + 10 * variety + 5 * place + number,
            "name": choice,
            "price": f"{number * 1.25:.2f}",
            "image_ids": [image],
        }
        for number, choice in enumerate(choices)
    ]
    return {
        "id": 193_000 + 2 * variety + place,
        "name": name,
        "description": f"Kies je {name.lower()}",
        "options": options,
        "has_images": place == 0,
    }


def _variant(variety: int, colour: int, width: int) -> dict[str, Any]:
    return {
        "id": 1_300 + 4 * variety + 2 * colour + width,
        "options": [
            _choice(variety, 0, colour, COLOURS[colour]),
            _choice(variety, 1, width, WIDTHS[width]),
        ],
        "stock": colour + width,
        "can_backorder": False,
    }


def _choice(variety: int, place: int, number: int, name: str) -> dict[str, Any]:
    return {
        "list_id": 193_000 + 2 * variety + place,
        "option_id": 71_000 + 10 * variety + 5 * place + number,
        "name": name,
    }


def _uuid(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}-{number}"))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
