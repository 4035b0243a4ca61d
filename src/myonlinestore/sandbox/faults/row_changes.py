"""Rows inserted, changed and deleted during pagination, by the API's own operations if it can."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import QueryParams

from myonlinestore._codec.encode import encode
from myonlinestore.sandbox.api import OPERATIONS
from myonlinestore.sandbox.api.orders.create import remove_order
from myonlinestore.sandbox.http.context import Problem, RequestContext

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

CHANGES = ("insert", "change", "delete")
_HANDLERS = {operation.id: operation.handler for operation in OPERATIONS}


@dataclass(frozen=True)
class Listing:
    """An operation that lists rows, with the operations that insert, change and delete them.

    Attributes:
        keys: returns the keys of the rows, in list order.
        key: the path parameter of a row's key.
        create_body: returns the body of a new row, from a unique word.
        change_body: returns a body that changes a row.
        insert: the operationId that creates a row.
        change: the operationId that updates a row.
        delete: the operationId that deletes a row, or a function if the API has none; None if rows
            cannot be deleted.
    """

    keys: Callable[[Store], Sequence[Any]]
    key: str
    create_body: Callable[[Store, str], Row]
    change_body: Callable[[Store, Any, str], Row]
    insert: str
    change: str
    delete: str | Callable[[Store, Any], None] | None


_ADDRESS = {
    "name": "Rian Voorbeeld",
    "street": "Molenstraat",
    "number": "62",
    "zipcode": "5341GE",
    "city": "Oss",
    "country_code": "NL",
}


def _order(_: Store, word: str) -> Row:
    """Return an order of a custom item, which needs no stock."""
    price = {"amount_including_tax": "12.10", "rate": "21.00"}
    line = {"type": "custom", "quantity": 1, "description": word, "unit_price": price}
    debtor = {"email": f"{word}@example.com", "address": {"invoice": _ADDRESS}}
    return {"debtor": debtor, "orderlines": [line]}


LISTINGS: dict[str, Listing] = {
    "getArticles": Listing(
        lambda store: store.articles.keys,
        "article_id",
        lambda _, word: {"name": f"Artikel {word}", "price": {"default": "9.95"}, "stock": 1},
        lambda _, __, word: {"sku": word},
        "postArticle",
        "patchArticle",
        "deleteArticle",
    ),
    "getCategories": Listing(
        lambda store: store.categories.keys,
        "category_id",
        lambda _, word: {"title": f"Pagina {word}"},
        lambda _, __, word: {"meta_title": word},
        "postCategory",
        "patchCategory",
        None,
    ),
    "getCustomers": Listing(
        lambda store: store.customers.keys,
        "customerId",
        lambda _, word: {"email": f"{word}@example.com"},
        lambda _, __, word: {"description": word},
        "createCustomer",
        "patchCustomer",
        "deleteCustomer",
    ),
    "getDiscountcodes": Listing(
        lambda store: store.discount_codes.keys,
        "code",
        lambda _, word: {"code": word, "percentage_discount": "5.00"},
        lambda _, key, word: {"code": key, "description": word},
        "postDiscountcode",
        "patchDiscountcode",
        "deleteDiscountcode",
    ),
    "getNewsletterSubscribers": Listing(
        lambda store: store.subscribers.keys,
        "email",
        lambda _, word: {"email": f"{word}@example.com", "name": word},
        lambda _, __, word: {"name": word},
        "postNewsletterSubscriber",
        "patchNewsletterSubscriber",
        "deleteNewsletterSubscriber",
    ),
    "getOrders": Listing(
        lambda store: store.orders.keys,
        "order_number",
        _order,
        lambda store, key, _: {"archived": not store.orders[key].body["archived"]},
        "postOrder",
        "patchOrder",
        remove_order,
    ),
}


def listings_supporting(kind: str) -> list[str]:
    """Return the listings whose rows can be inserted, changed or deleted."""
    return [name for name, listing in LISTINGS.items() if getattr(listing, kind)]


def insert(operation: str, store: Store, count: int, rng: random.Random) -> None:
    """Insert rows into an operation's list."""
    listing = LISTINGS[operation]
    for _ in range(count):
        _call_operation(store, listing.insert, {}, listing.create_body(store, _word(rng)))


def change(
    operation: str, store: Store, count: int, rng: random.Random, where: str = "any"
) -> None:
    """Change rows of an operation's list."""
    listing = LISTINGS[operation]
    for key in _choose_keys(listing.keys(store), count, rng, where):
        body = listing.change_body(store, key, _word(rng))
        _call_operation(store, listing.change, {listing.key: str(key)}, body)


def delete(
    operation: str, store: Store, count: int, rng: random.Random, where: str = "any"
) -> None:
    """Delete rows of an operation's list."""
    listing = LISTINGS[operation]
    for key in _choose_keys(listing.keys(store), count, rng, where):
        if callable(listing.delete):
            listing.delete(store, key)
        else:
            _call_operation(store, str(listing.delete), {listing.key: str(key)}, {})


def _choose_keys(keys: Sequence[Any], count: int, rng: random.Random, where: str) -> list[Any]:
    if where == "first":
        return list(keys[:count])
    if where == "last":
        return list(keys[-count:])
    return rng.sample(list(keys), min(count, len(keys)))


def _word(rng: random.Random) -> str:
    return f"rij-{rng.getrandbits(32):08x}"


def _call_operation(store: Store, operation: str, path: dict[str, str], body: Row) -> None:
    try:
        _HANDLERS[operation](RequestContext(store, path, QueryParams(), encode(body)))
    except Problem as problem:
        # The client did not cause this, so it gets a 500 instead of this error.
        raise Problem(500, f"fault: {operation} is refused: {problem.detail}") from problem
