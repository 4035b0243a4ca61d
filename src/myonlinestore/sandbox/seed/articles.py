"""The catalog: articles with prices, stock, pages, images, lists and variants."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import images, pages
from myonlinestore.sandbox.api.articles import options as offers
from myonlinestore.sandbox.seed import words
from myonlinestore.sandbox.seed.categories import page_id
from myonlinestore.sandbox.seed.plan import Plan, later, moments
from myonlinestore.sandbox.store.store import Row, Store, stamps

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

FIRST_ID = 7_400_000
FIRST_URL_ID = 240_000
FIRST_VARIANT_ID = 1_300
FIRST_IMAGE_ID = 900_000
MOST_VARIANTS = 12


@dataclass(frozen=True)
class Shelf:
    """A kind of article with its page and the lists that it may offer."""

    kind: words.Kind
    page: int
    slug: str
    lists: Sequence[Row]


@dataclass(frozen=True)
class Maker:
    """What is needed to make articles: the store, the chance, and the two collections' pages."""

    store: Store
    chance: random.Random
    domain: str
    sale: int
    new: int


def fill(store: Store, plan: Plan) -> None:
    """Add the articles, the oldest first."""
    for kind, first in _FIRST_IDS.items():
        store.ids.start(kind, first)
    chance = plan.chance("articles")
    maker = Maker(
        store,
        chance,
        store.settings["primary_domain"],
        page_id(store, words.SALE),
        page_id(store, words.NEW),
    )
    shelves = [_shelf(store, kind) for kind in words.KINDS]
    for created in moments(chance, plan.articles):
        _add(maker, chance.choice(shelves), created)


_FIRST_IDS = {
    "article": FIRST_ID,
    "article_url": FIRST_URL_ID,
    "variant": FIRST_VARIANT_ID,
    "image": FIRST_IMAGE_ID,
}


def _shelf(store: Store, kind: words.Kind) -> Shelf:
    by_name = {body["name"]: body for body in store.article_lists.bodies()}
    lists = [by_name[name] for name in kind.lists]
    return Shelf(kind, page_id(store, kind.page), pages.slug(kind.page), lists)


def _add(maker: Maker, shelf: Shelf, created: str) -> None:
    store, chance = maker.store, maker.chance
    number = store.ids.number("article")
    changed = later(chance, created, 500)
    body = _article(maker, shelf, number)
    body.update(stamps(created, changed))
    store.articles.add(number, body, created=created, changed=changed)
    for page in body["categories"]:
        store.url_ids[page["article_url_id"]] = number
    for image in body["images"]:
        store.images[image["id"]] = number


def _article(maker: Maker, shelf: Shelf, number: int) -> Row:
    store, chance = maker.store, maker.chance
    name, material = _name(chance, shelf.kind)
    price = _price(chance, shelf.kind)
    held = _lists(chance, shelf)
    variants = _variants(store, chance, held)
    listed = _pages(maker, shelf, on_sale=price["action"] is not None)
    return {
        "id": number,
        "uuid": store.ids.uuid(),
        "name": name,
        "description": f"<p>{name}. {' '.join(chance.sample(words.SENTENCES, 3))}</p>",
        "sku": f"KC-{number % 1_000_000:06d}",
        "badge_text": chance.choice(words.BADGES) if chance.random() < 0.15 else "",
        "taxable": chance.random() > 0.01,
        "price": price,
        "stock": _stock(chance, variants),
        "delivery_days": chance.choice((1, 1, 2, 3, 5, 10)),
        "meta_title": f"{name} | Knus & Co",
        "meta_description": f"{name} van {material}. Nu online te bestellen.",
        "can_backorder": chance.random() < 0.2,
        "extra": _extra(chance, shelf.kind, number, material),
        "url": f"{maker.domain}/a-{listed[0]['article_url_id']}/{shelf.slug}/{pages.slug(name)}",
        "categories": listed,
        "lists": held,
        "variants": variants,
        "images": _images(store, chance, pages.slug(name)),
    }


def _name(chance: random.Random, kind: words.Kind) -> tuple[str, str]:
    material = chance.choice(words.MATERIALS)
    words_of_name = (chance.choice(words.ADJECTIVES), chance.choice(kind.nouns))
    return f"{' '.join(words_of_name)} {chance.choice(words.SERIES)} ({material})", material


def _price(chance: random.Random, kind: words.Kind) -> Row:
    """Shop prices end in .00, .50, .95 or .99; an action price is 10 to 40 % lower."""
    low, high = kind.euros
    default = chance.randint(low, high) * 100 + chance.choice((0, 50, 95, 99))
    action = default * chance.randint(60, 90) // 100 if chance.random() < 0.15 else None
    purchase = default * chance.randint(35, 60) // 100 if chance.random() < 0.9 else None
    return {
        "default": _euros(default),
        "action": None if action is None else _euros(action),
        "purchase": None if purchase is None else _euros(purchase),
    }


def _euros(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _stock(chance: random.Random, variants: Sequence[Row]) -> int | None:
    """Null is unlimited; an article with variants has what they have together."""
    if variants:
        stocks = [variant["stock"] for variant in variants]
        return None if None in stocks else sum(stocks)
    draw = chance.random()
    return None if draw < 0.12 else 0 if draw < 0.18 else chance.randint(1, 150)


def _lists(chance: random.Random, shelf: Shelf) -> list[Row]:
    """Most articles whose kind has lists offer them, some with fewer options or another price."""
    if not shelf.lists or chance.random() < 0.3:
        return []
    return [_list(chance, source) for source in shelf.lists]


def _list(chance: random.Random, source: Row) -> Row:
    options = source["options"]
    kept = options[: chance.randint(2, len(options))]
    own = "1.25" if chance.random() < 0.05 else None
    attached = [offers.attached_option(option, own) for option in kept]
    return offers.attached_list(source, attached)


def _variants(store: Store, chance: random.Random, held: Sequence[Row]) -> list[Row]:
    if not held or chance.random() < 0.4:
        return []
    choices = [
        [
            {"list_id": one["id"], "option_id": option["id"], "name": option["name"]}
            for option in one["options"]
        ]
        for one in held
    ]
    unlimited = chance.random() < 0.05
    return [
        offers.variant(store, options, None if unlimited else chance.randint(0, 40))
        for options in itertools.islice(itertools.product(*choices), MOST_VARIANTS)
    ]


def _pages(maker: Maker, shelf: Shelf, *, on_sale: bool) -> list[Row]:
    """The article's own page first, then the collections that it is in."""
    extra = [maker.sale] if on_sale else []
    if maker.chance.random() < 0.08:
        extra.append(maker.new)
    return [
        {
            "category_id": category,
            "article_url_id": maker.store.ids.number("article_url"),
            "is_active": True,
            "is_main": category == shelf.page,
            "position": maker.chance.randint(1, 400),
        }
        for category in (shelf.page, *extra)
    ]


def _extra(chance: random.Random, kind: words.Kind, number: int, material: str) -> Row:
    low, high = kind.kilos
    visible = {"Materiaal": material}
    if chance.random() < 0.5:
        visible["Afmetingen"] = f"{chance.randint(5, 80)} x {chance.randint(5, 80)} cm"
    weight = f"{low + chance.random() * (high - low):.2f}"
    return {"invisible": {"weight": weight, "barcode": ean13(number)}, "visible": visible}


def ean13(number: int) -> str:
    """A Dutch (871) article number with its check digit."""
    digits = f"871{number % 1_000_000_000:09d}"
    weighed = sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def _images(store: Store, chance: random.Random, name: str) -> list[Row]:
    return [
        images.image(store, f"{chance.getrandbits(160):040x}", f"{name}-{at}", str(at))
        for at in range(1, chance.choice((0, 1, 1, 2, 2, 3, 4)) + 1)
    ]
