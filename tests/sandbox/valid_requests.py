"""A valid request of each operation, with all fields of its body, for tests that damage them."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

from myonlinestore import ConnectError
from tests.sandbox.operation_cases import CASES, CUSTOM, Row
from tests.support.operations import OPERATIONS

if TYPE_CHECKING:
    from myonlinestore.sandbox import Sandbox
    from myonlinestore.sandbox.store.store import Store

TAGS = ("created_start_date", "ids", "uuids", "limit", "offset", "max_depth", "as_tree")
QUERY = {
    "getArticles": (*TAGS, "use_url_id"),
    "getArticle": ("use_url_id",),
    "getCategories": TAGS,
    "getOrders": ("start_date", "end_date", "status_id", "debtor_id", "debtor_email", "archived"),
    "getOrderCount": ("start_date", "status_changed_start_date", "status_id", "test"),
    "getDiscountcodes": ("valid_start_date", "valid_end_date", "active"),
    "getNewsletterSubscribers": ("changed_end_date", "activated", "limit"),
    "postOrder": ("override_stock", "override_minimum", "disable_shipping"),
}


@dataclass(frozen=True)
class Request:
    """A request to an operation: method, path segments after the version, query and JSON."""

    operation: str
    method: str
    segments: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    body: Any


def capture_requests(sandbox: Sandbox) -> list[Request]:
    """Return the client's request for each operation, and some with a body of all fields."""
    requests: list[Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        _, _, *segments = request.url.raw_path.decode().partition("?")[0].split("/")
        query = [(k, v) for k, v in request.url.params.multi_items() if "token" not in k]
        body = json.loads(request.content) if request.content else None
        requests.append(Request(operation.id, request.method, tuple(segments), tuple(query), body))
        return httpx.Response(401)

    with sandbox.client(transport=httpx.MockTransport(refuse)) as client:
        for operation in OPERATIONS:
            with suppress(ConnectError):
                operation.get_method(client)(**CASES[operation.id].arguments(sandbox.store))
    full_bodies = make_full_bodies(sandbox.store)
    requests += [
        replace(each, body=body)
        for each in requests
        for body in ([full_bodies[each.operation]] if each.operation in full_bodies else [])
    ]
    return [
        replace(each, query=(*each.query, *((name, "1") for name in QUERY.get(each.operation, ()))))
        for each in requests
    ]


def make_full_bodies(store: Store) -> dict[str, Row]:
    """Return bodies with all fields, by operation."""
    article = next(row for row in store.articles.bodies() if row["variants"] and row["images"])
    option = article["lists"][0]["options"][0]
    order = next(row for row in store.orders.bodies() if row["payment_status"] == "captured")
    address = {
        "name": "Rian", "street": "Molenstraat", "number": "62", "zipcode": "5341GE",
        "city": "Oss", "country_code": "NL", "taxnumber": "NL1", "gender": "F", "company": "X",
    }  # fmt: skip
    order_body = {
        "business_model": "B2C",
        "reference": "PO-1",
        "status": 1,
        "archived": False,
        "shipping_type": 1,
        "shipping_method_id": "2273",
        "discountcode": "vanaf100",
        "comments": {"customer": "a", "internal": "b"},
        "offline_location_id": store.locations.keys[0],
        "payment": {"gateway_name": "mollie", "method_name": "creditcard", "status": {"id": 1}},
        "debtor": {
            "id": store.customers.keys[0],
            "email": "a@example.com",
            "link_to_account": True,
            "address": {"invoice": address, "delivery": {**address, "country": "België"}},
        },
        "orderlines": [
            {**CUSTOM, "unit_weight": "1.5"},
            {
                "type": "article",
                "quantity": 1,
                "price_override": "500.00",
                "articles": [{"id": article["id"], "options": [{"list_option_id": option["id"]}]}],
            },
        ],
    }
    image = {"id": article["images"][0]["id"], "position": 1, "url": "https://example.com/a.jpg"}
    article_body = {
        "name": "Lamp", "description": "<p>", "sku": "L-1", "badge_text": "", "taxable": True,
        "stock": 5, "delivery_days": 1, "meta_title": "t", "can_backorder": True,
        "price": {"default": "12.50", "action": None, "purchase": "1"},
        "extra": {"invisible": {"weight": "1.25"}, "visible": {"Kleur": "rood"}},
        "categories": [
            {"category_id": store.categories.keys[0], "article_url_id": 7, "is_active": True,
             "is_main": True}
        ],
        "images": [image, {**image, "id": "b", "position": 2}],
        "lists": [
            {"id": article["lists"][0]["id"], "has_images": True,
             "options": [{"id": option["id"], "price": "1.00", "image_ids": [image["id"]]}]}
        ],
        "variants": [
            {"options": [{"list_id": article["lists"][0]["id"], "option_id": option["id"]}],
             "stock": 3, "can_backorder": False}
        ],
    }  # fmt: skip
    return {
        "postArticle": article_body,
        "patchArticle": article_body,
        "postUploadImage": {"filename": "a.jpg", "content": "aGk=", "position": 3},
        "postOrder": order_body,
        "postOrderPayment": {
            "gateway": "mollie",
            "method": "ideal:issuer",
            "referrerUrl": "https://example.com",
            "orderLines": [{"id": order["orderlines"][0]["id"], "quantity": 1, "price": 5}],
        },
        "patchOrderPayment": {
            "method": "ideal",
            "orderLines": [{"id": order["orderlines"][0]["id"], "quantity": 1}],
        },
        "postDiscountcode": {
            "code": "ZOMER", "description": "d", "valid_from": "2025-01-01", "valid_until": None,
            "minimum_products": 1, "active": True, "single_use": True, "percentage_discount": "5",
            "fixed_discount": "2.50", "minimum_order_price": "10", "valid_article_ids": [1],
            "valid_products": [{"product_id": 1, "max_quantity": 2}],
        },
        "postCategory": {
            "title": "T", "parent_category_id": store.categories.keys[0], "hidden": False,
            "article_order": 1, "sorting": {"before": store.categories.keys[-1]},
        },
        "patchCategory": {"parent_category_id": None, "sorting": {"last": True}, "content": "c"},
        "patchCustomer": {"firstName": "A", "dateOfBirth": "2000-01-01"},
        "postCustomersAddress": {
            "city": "Urk", "countryCode": "NL", "gender": "F", "iban": "NL91ABNA0417164300",
        },
        "patchCustomersAddress": {"city": "Urk", "isDefaultForDelivery": True},
    }  # fmt: skip
