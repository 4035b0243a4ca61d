"""For each operation: a call of our client, and what must then be so in the sandbox's store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from myonlinestore.sandbox.api import categories
from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.store.store import Record, Store
from tests.sandbox.order_bodies import order_of

Row = dict[str, Any]
Arguments = Callable[[Store], Row]
NEW_EMAIL = "nieuw@example.com"
CUSTOM = {
    "type": "custom",
    "quantity": 2,
    "description": "Maatwerk",
    "unit_price": {"amount_including_tax": "12.10", "rate": "21.00"},
}


@dataclass(frozen=True)
class Case:
    """One operation called once.

    Attributes:
        arguments: what it is called with, in this store.
        expected: the row or rows that it returns, in the store afterwards; None if it returns none.
        holds: what else must be so afterwards.
    """

    arguments: Arguments
    expected: Callable[[Store, Row], Any] | None
    holds: Callable[[Store, Row], bool] = lambda store, given: True


def read(expected: Callable[[Store, Row], Any], arguments: Arguments = lambda store: {}) -> Case:
    """Return an operation that changes nothing."""
    return Case(arguments, expected)


def first(table: Any) -> Any:
    """Return the first key of a table."""
    return table.keys[0]


def last(table: Any) -> Any:
    """Return the body that was added last."""
    return table.bodies()[-1]


def paid_order(store: Store) -> int:
    """Return the number of an order that has a payment."""
    return int(store.payments[first(store.payments)].owner or 0)


def _payment(store: Store) -> Row:
    return {"order_number": paid_order(store), "payment_id": first(store.payments)}


def _address(store: Store) -> Row:
    record: Record = store.addresses[first(store.addresses)]
    return {"customer_id": record.owner, "address_id": record.body["id"]}


def _article(store: Store) -> Row:
    return {"article_id": first(store.articles)}


def _article_row(store: Store, given: Row) -> Row:
    return store.articles[given["article_id"]].body


def _of_list(store: Store, given: Row) -> Row:
    return store.articles[given["list_id"]].body


def _list_row(store: Store, given: Row) -> Row:
    return store.article_lists[given["articlelist_id"]].body


def _customer(store: Store) -> Row:
    return {"customer_id": _address(store)["customer_id"]}


def customer(store: Store, customer_id: str) -> Row:
    """Return a customer with its addresses."""
    addresses = store.addresses.owned_by(customer_id)
    return {**store.customers[customer_id].body, "addresses": addresses}


def _order(store: Store) -> Row:
    return {"order_number": first(store.orders)}


def _order_row(store: Store, given: Row) -> Row:
    return store.orders[given["order_number"]].body


def _category(store: Store) -> Row:
    return {"category_id": first(store.categories)}


def _shown(store: Store, given: Row) -> Row:
    return categories.serialize(store, given["category_id"])


def _in_first_category(store: Store, given: Row) -> list[Row]:
    return [
        {"id": row["id"], "name": row["name"], "uuid": row["uuid"], "is_main": page["is_main"]}
        for row in store.articles.bodies()
        for page in row["categories"]
        if page["category_id"] == given["category_id"]
    ]


def _used_category(store: Store) -> Row:
    return {"category_id": store.articles.bodies()[0]["categories"][0]["category_id"]}


def _image(store: Store) -> Row:
    return {"image_id": next(iter(store.images))}


def _credit_body(store: Store) -> Row:
    number = next(
        row["number"]
        for row in store.orders.bodies()
        if row["credited_order_number"] is None and not row["credit_order_numbers"]
    )
    lines = [row for row in store.orders[number].body["orderlines"] if "articles" in row]
    return {"body": {"credited_order_number": number, "status": 10, "orderlines": lines}}


def _all_payments(store: Store, given: Row) -> list[Row]:
    rows = store.payments.owned_by(given["order_number"])
    return [payments.serialize(store, row, given["order_number"], {"mutations"}) for row in rows]


def _whole_payment(store: Store, row: Row, number: int) -> Row:
    return payments.serialize(store, row, number, {"properties", "mutations", "order"})


def _visible_orders(store: Store) -> list[Row]:
    return [row for row in store.orders.bodies() if row["number"] not in store.test_orders]


CASES: dict[str, Case] = {
    "getArticles": read(lambda s, g: s.articles.bodies()[3:8], lambda s: {"limit": 5, "offset": 3}),
    "postArticle": Case(
        lambda s: {"body": {"name": "Lamp", "stock": None}},
        lambda s, g: last(s.articles),
        lambda s, g: last(s.articles)["stock"] is None and last(s.articles)["name"] == "Lamp",
    ),
    "getArticle": read(_article_row, _article),
    "deleteArticle": Case(_article, None, lambda s, g: g["article_id"] not in s.articles),
    "patchArticle": Case(
        lambda s: {**_article(s), "body": {"stock": None, "price": {"default": "1.25"}}},
        _article_row,
        lambda s, g: _article_row(s, g)["price"]["default"] == "1.25",
    ),
    "postUploadImage": Case(
        lambda s: {**_article(s), "filename": "a.jpg", "content": "aGk=", "position": 2},
        lambda s, g: _article_row(s, g)["images"][-1]["id"],
    ),
    "deleteImage": Case(_image, None, lambda s, g: g["image_id"] not in s.images),
    "getArticleCount": read(lambda s, g: len(s.articles)),
    "postArticleFields": Case(
        lambda s: {**_article(s), "body": {"Kleur": "rood"}, "visible": False},
        _article_row,
        lambda s, g: _article_row(s, g)["extra"]["invisible"]["Kleur"] == "rood",
    ),
    "deleteArticleFields": Case(
        lambda s: {**_article(s), "body": ["Materiaal"]},
        _article_row,
        lambda s, g: "Materiaal" not in _article_row(s, g)["extra"]["visible"],
    ),
    "getArticleList": read(lambda s, g: s.article_lists[g["id"]].body, lambda s: {"id": 193001}),
    "postArticleLists": Case(
        lambda s: {"list_id": first(s.articles), "body": [193001, 193002]},
        _of_list,
        lambda s, g: {193001, 193002} <= {row["id"] for row in _of_list(s, g)["lists"]},
    ),
    "deleteArticleLists": Case(
        lambda s: {
            "list_id": next(row["id"] for row in s.articles.bodies() if row["lists"]),
            "body": list(s.article_lists.keys),
        },
        _of_list,
        lambda s, g: _of_list(s, g)["lists"] == [],
    ),
    "postArticleListOptions": Case(
        lambda s: {"articlelist_id": 193001, "body": [{"name": "Paars", "price": "1.00"}]},
        _list_row,
        lambda s, g: _list_row(s, g)["options"][-1]["name"] == "Paars",
    ),
    "deleteArticleListOptions": Case(
        lambda s: {"articlelist_id": 193001, "body": ["Wit"]},
        _list_row,
        lambda s, g: "Wit" not in [option["name"] for option in _list_row(s, g)["options"]],
    ),
    "getCustomers": read(
        lambda s, g: [customer(s, key) for key in s.customers], lambda s: {"embed": "address"}
    ),
    "createCustomer": Case(
        lambda s: {"body": {"email": NEW_EMAIL, "firstName": "Nieuw"}},
        lambda s, g: {**last(s.customers), "addresses": []},
        lambda s, g: last(s.customers)["email"] == NEW_EMAIL,
    ),
    "getCustomer": read(lambda s, g: customer(s, g["customer_id"]), _customer),
    "patchCustomer": Case(
        lambda s: {**_customer(s), "body": {"description": "Vast", "dateOfBirth": None}},
        lambda s, g: customer(s, g["customer_id"]),
        lambda s, g: s.customers[g["customer_id"]].body["description"] == "Vast",
    ),
    "deleteCustomer": Case(
        _customer,
        None,
        lambda s, g: (
            g["customer_id"] not in s.customers and not s.addresses.owned_by(g["customer_id"])
        ),
    ),
    "getCustomersAddresses": read(lambda s, g: s.addresses.owned_by(g["customer_id"]), _customer),
    "postCustomersAddress": Case(
        lambda s: {**_customer(s), "body": {"city": "Urk", "countryCode": "NL"}},
        lambda s, g: last(s.addresses),
        lambda s, g: s.addresses[last(s.addresses)["id"]].owner == g["customer_id"],
    ),
    "getCustomersAddress": read(lambda s, g: s.addresses[g["address_id"]].body, _address),
    "patchCustomersAddress": Case(
        lambda s: {**_address(s), "body": {"city": "Urk"}},
        lambda s, g: s.addresses[g["address_id"]].body,
        lambda s, g: s.addresses[g["address_id"]].body["city"] == "Urk",
    ),
    "deleteCustomersAddress": Case(_address, None, lambda s, g: g["address_id"] not in s.addresses),
    "getOrders": read(
        lambda s, g: _visible_orders(s)[::-1][:4], lambda s: {"limit": 4, "ordering": "desc"}
    ),
    "postOrder": Case(
        lambda s: {"body": order_of(CUSTOM), "disable_shipping": True},
        lambda s, g: last(s.orders),
        lambda s, g: last(s.orders)["price"]["total"] == "24.20",
    ),
    "getOrderCount": read(lambda s, g: len(_visible_orders(s))),
    "getOrder": read(_order_row, _order),
    "patchOrder": Case(
        lambda s: {**_order(s), "body": {"status": 6, "comments": {"internal": "Let op"}}},
        _order_row,
        lambda s, g: (
            (_order_row(s, g)["status"], _order_row(s, g)["comments"]["internal"]) == (6, "Let op")
        ),
    ),
    "postCreditOrder": Case(
        _credit_body,
        lambda s, g: last(s.orders),
        lambda s, g: (
            s.orders[g["body"]["credited_order_number"]].body["credit_order_numbers"]
            == [last(s.orders)["number"]]
        ),
    ),
    "getOrderPayments": read(
        _all_payments, lambda s: {"order_number": paid_order(s), "embed": "mutations"}
    ),
    "postOrderPayment": Case(
        lambda s: {**_payment_order(s), "body": {"gateway": "mollie", "method": "ideal"}},
        lambda s, g: _whole_payment(s, last(s.payments), g["order_number"]),
        lambda s, g: _order_row(s, g)["payment_status"] == "new",
    ),
    "patchOrderPayment": Case(
        lambda s: {**_payment(s), "body": {"method": _other_method(s)}},
        lambda s, g: _whole_payment(s, s.payments[g["payment_id"]].body, g["order_number"]),
        lambda s, g: s.payments[g["payment_id"]].body["method"] == g["body"]["method"],
    ),
    "deleteOrderPayment": Case(_payment, None, lambda s, g: g["payment_id"] not in s.payments),
    "getCategories": read(
        lambda s, g: [categories.serialize(s, key) for key in s.categories.keys[:10]],
        lambda s: {"limit": 10},
    ),
    "postCategory": Case(
        lambda s: {"body": {"title": "Nieuw", "sorting": {"first": True}}},
        lambda s, g: categories.serialize(s, s.categories.keys[-1]),
        lambda s, g: s.children[None][0] == s.categories.keys[-1],
    ),
    "getCategory": read(_shown, _category),
    "patchCategory": Case(
        lambda s: {**_category(s), "body": {"hidden": True}},
        _shown,
        lambda s, g: s.categories[g["category_id"]].body["hidden"] is True,
    ),
    "getCategoryArticles": read(_in_first_category, _used_category),
    "getCategoryCount": read(lambda s, g: len(s.categories)),
    "getDiscountcodes": read(lambda s, g: s.discount_codes.bodies()),
    "postDiscountcode": Case(
        lambda s: {"body": {"code": "ZOMER", "fixed_discount": "2.50"}},
        lambda s, g: s.discount_codes["ZOMER"].body,
    ),
    "patchDiscountcode": Case(
        lambda s: {"body": {"code": "welkom10", "active": False}},
        lambda s, g: s.discount_codes["welkom10"].body,
        lambda s, g: s.discount_codes["welkom10"].body["active"] is False,
    ),
    "getDiscountcode": read(
        lambda s, g: s.discount_codes["welkom10"].body, lambda s: {"code": "welkom10"}
    ),
    "deleteDiscountcode": Case(
        lambda s: {"code": "welkom10"}, None, lambda s, g: "welkom10" not in s.discount_codes
    ),
    "getNewsletterSubscribers": read(
        lambda s, g: [row for row in s.subscribers.bodies() if row["activated"]][:7],
        lambda s: {"activated": True, "limit": 7},
    ),
    "postNewsletterSubscriber": Case(
        lambda s: {"body": {"email": NEW_EMAIL, "name": "Nieuw"}, "activate": True},
        lambda s, g: s.subscribers[NEW_EMAIL].body,
    ),
    "countNewsletterSubscribers": read(lambda s, g: len(s.subscribers)),
    "getNewsletterSubscriber": read(
        lambda s, g: s.subscribers[g["email"]].body, lambda s: {"email": first(s.subscribers)}
    ),
    "patchNewsletterSubscriber": Case(
        lambda s: {"email": first(s.subscribers), "body": {"name": "Anders"}},
        lambda s, g: s.subscribers[g["email"]].body,
        lambda s, g: s.subscribers[g["email"]].body["name"] == "Anders",
    ),
    "deleteNewsletterSubscriber": Case(
        lambda s: {"email": first(s.subscribers)},
        None,
        lambda s, g: g["email"] not in s.subscribers,
    ),
    "getStore": read(lambda s, g: s.settings),
    "getOrderStatuses": read(lambda s, g: s.statuses.bodies()),
    "getGateways": read(lambda s, g: s.gateways),
    "getStoreGateways": read(lambda s, g: s.store_gateways, lambda s: {"store": s.settings["id"]}),
    "getShippingMethods": read(lambda s, g: s.shipping_methods.bodies()),
    "getOfflineLocations": read(
        lambda s, g: [row for row in s.locations.bodies() if not row["deleted"]],
        lambda s: {"deleted": False},
    ),
    "getOfflineLocation": read(
        lambda s, g: s.locations[g["id"]].body, lambda s: {"id": first(s.locations)}
    ),
    "TaxPolicyRegionList": read(lambda s, g: s.regions.bodies()),
    "getTaxPolicyRegion": read(lambda s, g: s.regions["NL"].body, lambda s: {"code": "NL"}),
}


def _payment_order(store: Store) -> Row:
    return {"order_number": paid_order(store)}


def _other_method(store: Store) -> str:
    """Another method of the gateway of the first payment."""
    row = store.payments[first(store.payments)].body
    gateway = next(each for each in store.gateways if each["name"] == row["gateway"])
    return str(gateway["methods"][-1]["name"])
