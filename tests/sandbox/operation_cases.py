"""For each operation: a call of the client, and the expected state of the sandbox's store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from myonlinestore.sandbox.api import categories
from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.store.store import Record, Store
from tests.sandbox.order_bodies import make_order_body

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
        is_applied: True if the store has the change.
    """

    arguments: Arguments
    expected: Callable[[Store, Row], Any] | None
    is_applied: Callable[[Store, Row], bool] = lambda store, arguments: True


def make_read_case(
    expected: Callable[[Store, Row], Any], arguments: Arguments = lambda store: {}
) -> Case:
    """Return the case of an operation that changes nothing."""
    return Case(arguments, expected)


def get_first_key(table: Any) -> Any:
    """Return the first key of a table."""
    return table.keys[0]


def get_last_body(table: Any) -> Any:
    """Return the body that was added last."""
    return table.bodies()[-1]


def get_paid_order_number(store: Store) -> int:
    """Return the number of an order that has a payment."""
    return int(store.payments[get_first_key(store.payments)].owner or 0)


def _select_payment(store: Store) -> Row:
    return {
        "order_number": get_paid_order_number(store),
        "payment_id": get_first_key(store.payments),
    }


def _select_address(store: Store) -> Row:
    record: Record = store.addresses[get_first_key(store.addresses)]
    return {"customer_id": record.owner, "address_id": record.body["id"]}


def _select_article(store: Store) -> Row:
    return {"article_id": get_first_key(store.articles)}


def _get_article(store: Store, arguments: Row) -> Row:
    return store.articles[arguments["article_id"]].body


def _get_list_article(store: Store, arguments: Row) -> Row:
    return store.articles[arguments["list_id"]].body


def _get_article_list(store: Store, arguments: Row) -> Row:
    return store.article_lists[arguments["articlelist_id"]].body


def _select_customer(store: Store) -> Row:
    return {"customer_id": _select_address(store)["customer_id"]}


def get_customer(store: Store, customer_id: str) -> Row:
    """Return a customer with its addresses."""
    addresses = store.addresses.owned_by(customer_id)
    return {**store.customers[customer_id].body, "addresses": addresses}


def _select_order(store: Store) -> Row:
    return {"order_number": get_first_key(store.orders)}


def _get_order(store: Store, arguments: Row) -> Row:
    return store.orders[arguments["order_number"]].body


def _select_category(store: Store) -> Row:
    return {"category_id": get_first_key(store.categories)}


def _get_category(store: Store, arguments: Row) -> Row:
    return categories.serialize(store, arguments["category_id"])


def _list_category_articles(store: Store, arguments: Row) -> list[Row]:
    return [
        {"id": row["id"], "name": row["name"], "uuid": row["uuid"], "is_main": page["is_main"]}
        for row in store.articles.bodies()
        for page in row["categories"]
        if page["category_id"] == arguments["category_id"]
    ]


def _select_used_category(store: Store) -> Row:
    return {"category_id": store.articles.bodies()[0]["categories"][0]["category_id"]}


def _select_image(store: Store) -> Row:
    return {"image_id": next(iter(store.images))}


def _make_credit_body(store: Store) -> Row:
    number = next(
        row["number"]
        for row in store.orders.bodies()
        if row["credited_order_number"] is None and not row["credit_order_numbers"]
    )
    lines = [row for row in store.orders[number].body["orderlines"] if "articles" in row]
    return {"body": {"credited_order_number": number, "status": 10, "orderlines": lines}}


def _list_payments(store: Store, arguments: Row) -> list[Row]:
    rows = store.payments.owned_by(arguments["order_number"])
    return [
        payments.serialize(store, row, arguments["order_number"], {"mutations"}) for row in rows
    ]


def _get_payment(store: Store, row: Row, number: int) -> Row:
    return payments.serialize(store, row, number, {"properties", "mutations", "order"})


def _list_orders(store: Store) -> list[Row]:
    return [row for row in store.orders.bodies() if row["number"] not in store.test_orders]


CASES: dict[str, Case] = {
    "getArticles": make_read_case(
        lambda s, g: s.articles.bodies()[3:8], lambda s: {"limit": 5, "offset": 3}
    ),
    "postArticle": Case(
        lambda s: {"body": {"name": "Lamp", "stock": None}},
        lambda s, g: get_last_body(s.articles),
        lambda s, g: (
            get_last_body(s.articles)["stock"] is None
            and get_last_body(s.articles)["name"] == "Lamp"
        ),
    ),
    "getArticle": make_read_case(_get_article, _select_article),
    "deleteArticle": Case(_select_article, None, lambda s, g: g["article_id"] not in s.articles),
    "patchArticle": Case(
        lambda s: {**_select_article(s), "body": {"stock": None, "price": {"default": "1.25"}}},
        _get_article,
        lambda s, g: _get_article(s, g)["price"]["default"] == "1.25",
    ),
    "postUploadImage": Case(
        lambda s: {**_select_article(s), "filename": "a.jpg", "content": "aGk=", "position": 2},
        lambda s, g: _get_article(s, g)["images"][-1]["id"],
    ),
    "deleteImage": Case(_select_image, None, lambda s, g: g["image_id"] not in s.images),
    "getArticleCount": make_read_case(lambda s, g: len(s.articles)),
    "postArticleFields": Case(
        lambda s: {**_select_article(s), "body": {"Kleur": "rood"}, "visible": False},
        _get_article,
        lambda s, g: _get_article(s, g)["extra"]["invisible"]["Kleur"] == "rood",
    ),
    "deleteArticleFields": Case(
        lambda s: {**_select_article(s), "body": ["Materiaal"]},
        _get_article,
        lambda s, g: "Materiaal" not in _get_article(s, g)["extra"]["visible"],
    ),
    "getArticleList": make_read_case(
        lambda s, g: s.article_lists[g["id"]].body, lambda s: {"id": 193001}
    ),
    "postArticleLists": Case(
        lambda s: {"list_id": get_first_key(s.articles), "body": [193001, 193002]},
        _get_list_article,
        lambda s, g: {193001, 193002} <= {row["id"] for row in _get_list_article(s, g)["lists"]},
    ),
    "deleteArticleLists": Case(
        lambda s: {
            "list_id": next(row["id"] for row in s.articles.bodies() if row["lists"]),
            "body": list(s.article_lists.keys),
        },
        _get_list_article,
        lambda s, g: _get_list_article(s, g)["lists"] == [],
    ),
    "postArticleListOptions": Case(
        lambda s: {"articlelist_id": 193001, "body": [{"name": "Paars", "price": "1.00"}]},
        _get_article_list,
        lambda s, g: _get_article_list(s, g)["options"][-1]["name"] == "Paars",
    ),
    "deleteArticleListOptions": Case(
        lambda s: {"articlelist_id": 193001, "body": ["Wit"]},
        _get_article_list,
        lambda s, g: "Wit" not in [option["name"] for option in _get_article_list(s, g)["options"]],
    ),
    "getCustomers": make_read_case(
        lambda s, g: [get_customer(s, key) for key in s.customers], lambda s: {"embed": "address"}
    ),
    "createCustomer": Case(
        lambda s: {"body": {"email": NEW_EMAIL, "firstName": "Nieuw"}},
        lambda s, g: {**get_last_body(s.customers), "addresses": []},
        lambda s, g: get_last_body(s.customers)["email"] == NEW_EMAIL,
    ),
    "getCustomer": make_read_case(lambda s, g: get_customer(s, g["customer_id"]), _select_customer),
    "patchCustomer": Case(
        lambda s: {**_select_customer(s), "body": {"description": "Vast", "dateOfBirth": None}},
        lambda s, g: get_customer(s, g["customer_id"]),
        lambda s, g: s.customers[g["customer_id"]].body["description"] == "Vast",
    ),
    "deleteCustomer": Case(
        _select_customer,
        None,
        lambda s, g: (
            g["customer_id"] not in s.customers and not s.addresses.owned_by(g["customer_id"])
        ),
    ),
    "getCustomersAddresses": make_read_case(
        lambda s, g: s.addresses.owned_by(g["customer_id"]), _select_customer
    ),
    "postCustomersAddress": Case(
        lambda s: {**_select_customer(s), "body": {"city": "Urk", "countryCode": "NL"}},
        lambda s, g: get_last_body(s.addresses),
        lambda s, g: s.addresses[get_last_body(s.addresses)["id"]].owner == g["customer_id"],
    ),
    "getCustomersAddress": make_read_case(
        lambda s, g: s.addresses[g["address_id"]].body, _select_address
    ),
    "patchCustomersAddress": Case(
        lambda s: {**_select_address(s), "body": {"city": "Urk"}},
        lambda s, g: s.addresses[g["address_id"]].body,
        lambda s, g: s.addresses[g["address_id"]].body["city"] == "Urk",
    ),
    "deleteCustomersAddress": Case(
        _select_address, None, lambda s, g: g["address_id"] not in s.addresses
    ),
    "getOrders": make_read_case(
        lambda s, g: _list_orders(s)[::-1][:4], lambda s: {"limit": 4, "ordering": "desc"}
    ),
    "postOrder": Case(
        lambda s: {"body": make_order_body(CUSTOM), "disable_shipping": True},
        lambda s, g: get_last_body(s.orders),
        lambda s, g: get_last_body(s.orders)["price"]["total"] == "24.20",
    ),
    "getOrderCount": make_read_case(lambda s, g: len(_list_orders(s))),
    "getOrder": make_read_case(_get_order, _select_order),
    "patchOrder": Case(
        lambda s: {**_select_order(s), "body": {"status": 6, "comments": {"internal": "Let op"}}},
        _get_order,
        lambda s, g: (
            (_get_order(s, g)["status"], _get_order(s, g)["comments"]["internal"]) == (6, "Let op")
        ),
    ),
    "postCreditOrder": Case(
        _make_credit_body,
        lambda s, g: get_last_body(s.orders),
        lambda s, g: (
            s.orders[g["body"]["credited_order_number"]].body["credit_order_numbers"]
            == [get_last_body(s.orders)["number"]]
        ),
    ),
    "getOrderPayments": make_read_case(
        _list_payments, lambda s: {"order_number": get_paid_order_number(s), "embed": "mutations"}
    ),
    "postOrderPayment": Case(
        lambda s: {**_select_paid_order(s), "body": {"gateway": "mollie", "method": "ideal"}},
        lambda s, g: _get_payment(s, get_last_body(s.payments), g["order_number"]),
        lambda s, g: _get_order(s, g)["payment_status"] == "new",
    ),
    "patchOrderPayment": Case(
        lambda s: {**_select_payment(s), "body": {"method": _get_other_method(s)}},
        lambda s, g: _get_payment(s, s.payments[g["payment_id"]].body, g["order_number"]),
        lambda s, g: s.payments[g["payment_id"]].body["method"] == g["body"]["method"],
    ),
    "deleteOrderPayment": Case(
        _select_payment, None, lambda s, g: g["payment_id"] not in s.payments
    ),
    "getCategories": make_read_case(
        lambda s, g: [categories.serialize(s, key) for key in s.categories.keys[:10]],
        lambda s: {"limit": 10},
    ),
    "postCategory": Case(
        lambda s: {"body": {"title": "Nieuw", "sorting": {"first": True}}},
        lambda s, g: categories.serialize(s, s.categories.keys[-1]),
        lambda s, g: s.children[None][0] == s.categories.keys[-1],
    ),
    "getCategory": make_read_case(_get_category, _select_category),
    "patchCategory": Case(
        lambda s: {**_select_category(s), "body": {"hidden": True}},
        _get_category,
        lambda s, g: s.categories[g["category_id"]].body["hidden"] is True,
    ),
    "getCategoryArticles": make_read_case(_list_category_articles, _select_used_category),
    "getCategoryCount": make_read_case(lambda s, g: len(s.categories)),
    "getDiscountcodes": make_read_case(lambda s, g: s.discount_codes.bodies()),
    "postDiscountcode": Case(
        lambda s: {"body": {"code": "ZOMER", "fixed_discount": "2.50"}},
        lambda s, g: s.discount_codes["ZOMER"].body,
    ),
    "patchDiscountcode": Case(
        lambda s: {"body": {"code": "welkom10", "active": False}},
        lambda s, g: s.discount_codes["welkom10"].body,
        lambda s, g: s.discount_codes["welkom10"].body["active"] is False,
    ),
    "getDiscountcode": make_read_case(
        lambda s, g: s.discount_codes["welkom10"].body, lambda s: {"code": "welkom10"}
    ),
    "deleteDiscountcode": Case(
        lambda s: {"code": "welkom10"}, None, lambda s, g: "welkom10" not in s.discount_codes
    ),
    "getNewsletterSubscribers": make_read_case(
        lambda s, g: [row for row in s.subscribers.bodies() if row["activated"]][:7],
        lambda s: {"activated": True, "limit": 7},
    ),
    "postNewsletterSubscriber": Case(
        lambda s: {"body": {"email": NEW_EMAIL, "name": "Nieuw"}, "activate": True},
        lambda s, g: s.subscribers[NEW_EMAIL].body,
    ),
    "countNewsletterSubscribers": make_read_case(lambda s, g: len(s.subscribers)),
    "getNewsletterSubscriber": make_read_case(
        lambda s, g: s.subscribers[g["email"]].body,
        lambda s: {"email": get_first_key(s.subscribers)},
    ),
    "patchNewsletterSubscriber": Case(
        lambda s: {"email": get_first_key(s.subscribers), "body": {"name": "Anders"}},
        lambda s, g: s.subscribers[g["email"]].body,
        lambda s, g: s.subscribers[g["email"]].body["name"] == "Anders",
    ),
    "deleteNewsletterSubscriber": Case(
        lambda s: {"email": get_first_key(s.subscribers)},
        None,
        lambda s, g: g["email"] not in s.subscribers,
    ),
    "getStore": make_read_case(lambda s, g: s.settings),
    "getOrderStatuses": make_read_case(lambda s, g: s.statuses.bodies()),
    "getGateways": make_read_case(lambda s, g: s.gateways),
    "getStoreGateways": make_read_case(
        lambda s, g: s.store_gateways, lambda s: {"store": s.settings["id"]}
    ),
    "getShippingMethods": make_read_case(lambda s, g: s.shipping_methods.bodies()),
    "getOfflineLocations": make_read_case(
        lambda s, g: [row for row in s.locations.bodies() if not row["deleted"]],
        lambda s: {"deleted": False},
    ),
    "getOfflineLocation": make_read_case(
        lambda s, g: s.locations[g["id"]].body, lambda s: {"id": get_first_key(s.locations)}
    ),
    "TaxPolicyRegionList": make_read_case(lambda s, g: s.regions.bodies()),
    "getTaxPolicyRegion": make_read_case(
        lambda s, g: s.regions["NL"].body, lambda s: {"code": "NL"}
    ),
}


def _select_paid_order(store: Store) -> Row:
    return {"order_number": get_paid_order_number(store)}


def _get_other_method(store: Store) -> str:
    """Return another method of the gateway of the first payment."""
    row = store.payments[get_first_key(store.payments)].body
    gateway = next(each for each in store.gateways if each["name"] == row["gateway"])
    return str(gateway["methods"][-1]["name"])
