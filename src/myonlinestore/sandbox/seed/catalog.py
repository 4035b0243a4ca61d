"""The catalog: categories, article lists, and articles with prices, stock, images and variants."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api import categories
from myonlinestore.sandbox.api.articles import service
from myonlinestore.sandbox.api.articles.options import build_list, build_option, build_variant
from myonlinestore.sandbox.seed import samples
from myonlinestore.sandbox.seed.samples import timestamp_after, timestamps
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIRST_CATEGORY_ID = 748_000


def fill_categories(store: Store, rng: random.Random) -> None:
    """Add the categories top down, each with a creation date."""
    store.ids.start("category", FIRST_CATEGORY_ID)
    pages, ids = _pages(), dict[str, int]()
    for (title, parent), created in zip(pages, timestamps(rng, len(pages)), strict=True):
        number = ids[title] = store.ids.number("category")
        parent_id = ids[parent] if parent else None
        body = _page(number, title, parent_id, rng.randint(1, 6))
        store.categories.add(
            number, body, created=created, changed=timestamp_after(rng, created, 400)
        )
        store.children[parent_id] = [*store.children.get(parent_id, ()), number]


def _pages() -> list[tuple[str, str | None]]:
    """Return the titles with the title of their parent."""
    top: list[tuple[str, str | None]] = [
        (title, None) for title in (*samples.BRANCHES, samples.SALE, samples.NEW)
    ]
    return top + _titles_by_parent(samples.BRANCHES) + _titles_by_parent(samples.DEEPER)


def _titles_by_parent(branches: dict[str, tuple[str, ...]]) -> list[tuple[str, str | None]]:
    return [(title, parent) for parent, titles in branches.items() for title in titles]


def _page(number: int, title: str, parent: int | None, order: int) -> Row:
    return {
        "id": number,
        **categories.BLANK,
        "parent_category_id": parent,
        "hidden": title == "Pakketten",
        "title": title,
        "content": f"<p>Alles voor {title.lower()}, met zorg uitgezocht.</p>",
        "meta_title": f"{title} | Knus & Co",
        "meta_description": f"Bekijk onze collectie {title.lower()} en bestel vandaag nog.",
        "article_order": order,
    }


def page_ids(store: Store) -> dict[str, int]:
    """Return the id of each page, by its title."""
    return {body["title"]: body["id"] for body in store.categories.bodies()}


FIRST_ARTICLE_ID = 7_400_000
FIRST_URL_ID = 240_000
FIRST_VARIANT_ID = 1_300
FIRST_IMAGE_ID = 900_000
MAX_VARIANTS = 12


@dataclass(frozen=True)
class ProductGroup:
    """A product type with its page and its article lists."""

    kind: samples.ProductType
    page: int
    slug: str
    lists: Sequence[Row]


@dataclass(frozen=True)
class ArticleFactory:
    """Context for creating articles: the store, the random generator, the collection pages."""

    store: Store
    rng: random.Random
    domain: str
    sale: int
    new: int


def fill_articles(store: Store, rng: random.Random, count: int) -> None:
    """Add the articles, oldest first."""
    for kind, first in _FIRST_IDS.items():
        store.ids.start(kind, first)
    pages = page_ids(store)
    factory = ArticleFactory(
        store,
        rng,
        store.settings["primary_domain"],
        pages[samples.SALE],
        pages[samples.NEW],
    )
    groups = [_product_group(store, kind, pages[kind.page]) for kind in samples.PRODUCT_TYPES]
    for created in timestamps(rng, count):
        _add(factory, rng.choice(groups), created)


_FIRST_IDS = {
    "article": FIRST_ARTICLE_ID,
    "article_url": FIRST_URL_ID,
    "variant": FIRST_VARIANT_ID,
    "image": FIRST_IMAGE_ID,
}


def _product_group(store: Store, kind: samples.ProductType, page: int) -> ProductGroup:
    by_name = {body["name"]: body for body in store.article_lists.bodies()}
    lists = [by_name[name] for name in kind.lists]
    return ProductGroup(kind, page, service.slug(kind.page), lists)


def _add(factory: ArticleFactory, group: ProductGroup, created: str) -> None:
    store, rng = factory.store, factory.rng
    number = store.ids.number("article")
    changed = timestamp_after(rng, created, 500)
    body = _article(factory, group, number)
    body.update(date_time_fields(created, changed))
    store.articles.add(number, body, created=created, changed=changed)
    for page in body["categories"]:
        store.url_ids[page["article_url_id"]] = number
    for image in body["images"]:
        store.images[image["id"]] = number


def _article(factory: ArticleFactory, group: ProductGroup, number: int) -> Row:
    store, rng = factory.store, factory.rng
    name, material = _name(rng, group.kind)
    price = _price(rng, group.kind)
    lists = _lists(rng, group)
    variants = _variants(store, rng, lists)
    categories = _article_pages(factory, group, on_sale=price["action"] is not None)
    url_id = categories[0]["article_url_id"]
    return {
        "id": number,
        "uuid": store.ids.uuid(),
        "name": name,
        "description": f"<p>{name}. {' '.join(rng.sample(samples.SENTENCES, 3))}</p>",
        "sku": f"KC-{number % 1_000_000:06d}",
        "badge_text": rng.choice(samples.BADGES) if rng.random() < 0.15 else "",
        "taxable": rng.random() > 0.01,
        "price": price,
        "stock": _stock(rng, variants),
        "delivery_days": rng.choice((1, 1, 2, 3, 5, 10)),
        "meta_title": f"{name} | Knus & Co",
        "meta_description": f"{name} van {material}. Nu online te bestellen.",
        "can_backorder": rng.random() < 0.2,
        "extra": _extra(rng, group.kind, number, material),
        "url": f"{factory.domain}/a-{url_id}/{group.slug}/{service.slug(name)}",
        "categories": categories,
        "lists": lists,
        "variants": variants,
        "images": _images(store, rng, service.slug(name)),
    }


def _name(rng: random.Random, kind: samples.ProductType) -> tuple[str, str]:
    material = rng.choice(samples.MATERIALS)
    words_of_name = (rng.choice(samples.ADJECTIVES), rng.choice(kind.nouns))
    return f"{' '.join(words_of_name)} {rng.choice(samples.SERIES)} ({material})", material


def _price(rng: random.Random, kind: samples.ProductType) -> Row:
    """Return prices ending in .00, .50, .95 or .99; an action price is 10 to 40 % lower."""
    low, high = kind.euros
    default = rng.randint(low, high) * 100 + rng.choice((0, 50, 95, 99))
    action = default * rng.randint(60, 90) // 100 if rng.random() < 0.15 else None
    purchase = default * rng.randint(35, 60) // 100 if rng.random() < 0.9 else None
    return {
        "default": _euros(default),
        "action": None if action is None else _euros(action),
        "purchase": None if purchase is None else _euros(purchase),
    }


def _euros(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _stock(rng: random.Random, variants: Sequence[Row]) -> int | None:
    """Return the stock: null is unlimited, and with variants it is their sum."""
    if variants:
        stocks = [variant["stock"] for variant in variants]
        return None if None in stocks else sum(stocks)
    draw = rng.random()
    return None if draw < 0.12 else 0 if draw < 0.18 else rng.randint(1, 150)


def _lists(rng: random.Random, group: ProductGroup) -> list[Row]:
    """Return the lists of most articles that can have them, some with fewer options."""
    if not group.lists or rng.random() < 0.3:
        return []
    return [_list(rng, source) for source in group.lists]


def _list(rng: random.Random, source: Row) -> Row:
    options = source["options"]
    offered = options[: rng.randint(2, len(options))]
    own = "1.25" if rng.random() < 0.05 else None
    attached = [build_option(option, own) for option in offered]
    return build_list(source, attached)


def _variants(store: Store, rng: random.Random, lists: Sequence[Row]) -> list[Row]:
    if not lists or rng.random() < 0.4:
        return []
    choices = [
        [
            {"list_id": article_list["id"], "option_id": option["id"], "name": option["name"]}
            for option in article_list["options"]
        ]
        for article_list in lists
    ]
    unlimited = rng.random() < 0.05
    return [
        build_variant(store, options, None if unlimited else rng.randint(0, 40))
        for options in itertools.islice(itertools.product(*choices), MAX_VARIANTS)
    ]


def _article_pages(factory: ArticleFactory, group: ProductGroup, *, on_sale: bool) -> list[Row]:
    """Return the article's own page first, then its collections."""
    extra = [factory.sale] if on_sale else []
    if factory.rng.random() < 0.08:
        extra.append(factory.new)
    return [
        {
            "category_id": category,
            "article_url_id": factory.store.ids.number("article_url"),
            "is_active": True,
            "is_main": category == group.page,
            "position": factory.rng.randint(1, 400),
        }
        for category in (group.page, *extra)
    ]


def _extra(rng: random.Random, kind: samples.ProductType, number: int, material: str) -> Row:
    low, high = kind.kilos
    visible = {"Materiaal": material}
    if rng.random() < 0.5:
        visible["Afmetingen"] = f"{rng.randint(5, 80)} x {rng.randint(5, 80)} cm"
    weight = f"{low + rng.random() * (high - low):.2f}"
    return {"invisible": {"weight": weight, "barcode": ean13(number)}, "visible": visible}


def ean13(number: int) -> str:
    """Return a Dutch (871) article number with its check digit."""
    digits = f"871{number % 1_000_000_000:09d}"
    weighted_sum = sum(int(digit) * (1, 3)[index % 2] for index, digit in enumerate(digits))
    return f"{digits}{-weighted_sum % 10}"


def _images(store: Store, rng: random.Random, name: str) -> list[Row]:
    return [
        service.build_image(store, f"{rng.getrandbits(160):040x}", f"{name}-{index}", str(index))
        for index in range(1, rng.choice((0, 1, 1, 2, 2, 3, 4)) + 1)
    ]


FIRST_LIST_ID = 193_000
FIRST_OPTION_ID = 71_000


def fill_lists(store: Store, rng: random.Random) -> None:
    """Add every list with its options."""
    store.ids.start("list", FIRST_LIST_ID)
    store.ids.start("option", FIRST_OPTION_ID)
    dates = timestamps(rng, len(samples.LISTS))
    for (name, options), created in zip(samples.LISTS.items(), dates, strict=True):
        number = store.ids.number("list")
        body: Row = {
            "id": number,
            "name": name,
            "description": f"Kies je {name.lower()}",
            "options": [
                {"id": store.ids.number("option"), "name": option, "price": price}
                for option, price in options
            ],
        }
        store.article_lists.add(number, body, created=created)
