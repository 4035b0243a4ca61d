"""A sandbox store with the rows of the vendor's examples, and a request for each operation."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api.articles.options import build_full_list
from myonlinestore.sandbox.api.articles.service import BLANK as BLANK_ARTICLE
from myonlinestore.sandbox.api.categories import BLANK as BLANK_CATEGORY
from myonlinestore.sandbox.api.discount_codes import BLANK as BLANK_CODE
from myonlinestore.sandbox.store.store import date_time_fields
from tests.contract.vendor_document import VendorDocument

Row = dict[str, Any]
DAY = "2025-01-01 12:00:00"
LISTS = {293822: (1690460, 1991624), 193000: (1537892, 1538895, 330830)}
LOCATION = "7127e08a-4af0-4fdf-ac7b-157be3345df0"
ADDRESS = {"name": "Truus voorbeeldig", "company": "Voorbeeldig BV", "zipcode": "5341GE"}
CREDITED = {
    "orderlines": [
        {
            "type": "article",
            "quantity": 2,
            "articles": [{"id": 3327557, "options": [{"list_option_id": 330830}]}],
        },
        {
            "type": "custom",
            "quantity": 2,
            "description": "Special weekly cash register offer",
            "unit_price": {"amount": "1.95", "rate": "21.00"},
        },
    ],
    "payment": {"gateway_name": "mollie", "method_name": "creditcard"},
}


def add_example_rows(sandbox: Sandbox) -> None:
    """Add the lists, articles, categories, code, location and order number of the examples."""
    store = sandbox.store
    for number, options in LISTS.items():
        option_rows = [{"id": option, "name": f"O{option}", "price": "0.00"} for option in options]
        row = {"id": number, "name": f"L{number}", "description": "", "options": option_rows}
        store.article_lists.add(number, row, created=DAY)
    for number, parent in ((8569, None), (78908, 8569), (824312, None)):
        row = {"id": number, **BLANK_CATEGORY, "title": "C", "parent_category_id": parent}
        store.categories.add(number, row, created=DAY)
        store.children[parent] = [*store.children.get(parent, ()), number]
    store.url_ids[store.articles.keys[0]] = store.articles.keys[0]
    for number in (3327557, 3327558):
        add_article(sandbox, number, lists=[build_full_list(store, 193000)])
    code = {"id": store.ids.uuid(), "code": "korting123", **BLANK_CODE, "fixed_discount": "1.00"}
    store.discount_codes.add("korting123", code, created=DAY)
    location = {**store.locations.bodies()[0], "id": LOCATION}
    store.locations.add(LOCATION, location)
    store.ids.start("order", 271)


def add_article(sandbox: Sandbox, number: int, **fields: Any) -> None:
    """Add an article with a number from the vendor's examples."""
    uuid = sandbox.store.ids.uuid()
    row = {
        "id": number,
        "uuid": uuid,
        **BLANK_ARTICLE,
        "name": "A",
        **date_time_fields(DAY, DAY),
        **fields,
    }
    row["price"] = {"default": "12.50", "action": None, "purchase": None}
    sandbox.store.articles.add(number, row, created=DAY)
    # With `use_url_id` the same number is the article's page.
    sandbox.store.url_ids[number] = number


@dataclass
class ExampleStore:
    """A store with the rows of the examples, and requests to it with the rows that they need."""

    sandbox: Sandbox
    api: httpx.Client
    document: VendorDocument
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(5_000_000))

    def get_example(self, schema: str) -> Any:
        """Return the example of a schema."""
        return self.document.get_example(schema)

    def request(self, operation: str) -> tuple[Row, Any]:
        """Return the path values of a request to an operation, and its body, if it has one."""
        make = _REQUESTS.get(operation)
        return make(self) if make else (self._get_first_rows(), None)

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """Return the JSON of a POST's response."""
        response = self.api.post(path, json=body, params=query)
        assert response.status_code < 300, response.text
        return response.json()

    def create_article(self, **fields: Any) -> Row:
        """Return the path value of a new article with the vendor's variant and list."""
        number = next(self.numbers)
        article_list = build_full_list(self.sandbox.store, 293822)
        options = [{"list_id": 293822, "option_id": 1690460, "name": "O1690460"}]
        variant = {"id": 1362, "options": options, "stock": 3, "can_backorder": False}
        add_article(self.sandbox, number, lists=[article_list], variants=[variant], **fields)
        return {"article_id": number, "id": number}

    def create_order(self, **fields: Any) -> Row:
        """Return a new B2B order."""
        debtor = {"email": "x@example.com", "address": {"invoice": ADDRESS}}
        body = {"debtor": debtor, "business_model": "B2B", **CREDITED, **fields}
        return dict(self.post("/orders", body))

    def create_payment(self) -> Row:
        """Return the path values of a new payment."""
        number = self.create_order()["number"]
        created = self.post(f"/orders/{number}/payments", {"gateway": "mollie", "method": "ideal"})
        return {"order_number": number, "paymentId": created["payment"]["id"]}

    def create_customer(self) -> Row:
        """Return the path values of a new customer with an address."""
        email = f"c{next(self.numbers)}@example.com"
        created = self.post("/customers", {"email": email, "firstName": "Truus"})["customer"]
        address = self.post(f"/customers/{created['id']}/addresses", {"city": "Oss"})["address"]
        return {"customerId": created["id"], "addressId": address["id"]}

    def create_subscriber(self) -> Row:
        """Return the path value of a new subscriber."""
        body = {"email": f"s{next(self.numbers)}@example.com", "name": "Truus"}
        return {"email": self.post("/newsletter/subscribers", body)["email"]}

    def create_code(self) -> Row:
        """Return the path value of a new discount code."""
        return {
            "code": self.post("/discountcodes", self.get_example("DiscountcodePostable"))["code"]
        }

    def create_category(self) -> Row:
        """Return the path value of a new category."""
        return {"category_id": self.post("/categories", {"title": "C"})["id"]}

    def create_image(self) -> Row:
        """Return the path value of a new image: the integer that is documented."""
        numbers = self.create_article()
        upload = {"filename": "a.jpg", "content": "aGk="}
        created = self.post(f"/articles/uploadImage/{numbers['id']}", upload)
        known = self.sandbox.store.image_numbers.items()
        return {"image_id": next(number for number, image in known if image == created)}

    def _get_first_rows(self) -> Row:
        """Return the path values of rows that were seeded."""
        store = self.sandbox.store
        payment = store.payments[store.payments.keys[0]]
        address = store.addresses[store.addresses.keys[0]]
        return {
            "article_id": store.articles.keys[0],
            "id": store.locations.keys[0],
            "category_id": store.categories.keys[0],
            "customerId": address.owner,
            "addressId": address.body["id"],
            "order_number": payment.owner,
            "code": "welkom10",
            "email": store.subscribers.keys[0],
            "store": "me",
        }


def _make_credit_order(example_store: ExampleStore) -> tuple[Row, Any]:
    """Return the example, for order 272 or, once that was credited, for a new order."""
    example = example_store.get_example("CreditOrderPostable")
    if example_store.sandbox.store.orders[272].body["credit_order_numbers"]:
        example = {**example, "credited_order_number": str(example_store.create_order()["number"])}
    return {}, example


_REQUESTS: dict[str, Callable[[ExampleStore], tuple[Row, Any]]] = {
    "postArticle": lambda example_store: ({}, _make_article_body(example_store, "ArticlePostable")),
    "patchArticle": lambda example_store: (
        example_store.create_article(),
        _make_article_body(example_store, "ArticlePatchable"),
    ),
    "deleteArticle": lambda example_store: (example_store.create_article(), None),
    "postUploadImage": lambda example_store: (
        example_store.create_article(),
        {"filename": "a.jpg", "position": 2, "content": "aGk="},
    ),
    "deleteImage": lambda example_store: (example_store.create_image(), None),
    "postArticleFields": lambda example_store: (
        example_store.create_article(),
        {"fieldname": "value"},
    ),
    "deleteArticleFields": lambda example_store: (example_store.create_article(), ["fieldname"]),
    "getArticleList": lambda example_store: ({"id": 193001}, None),
    "postArticleLists": lambda example_store: (example_store.create_article(), [293822, 193001]),
    "deleteArticleLists": lambda example_store: (example_store.create_article(), [293822]),
    "postArticleListOptions": lambda example_store: (
        {"articlelist_id": 193001},
        example_store.get_example("ArticleList")["options"],
    ),
    "deleteArticleListOptions": lambda example_store: ({"articlelist_id": 193001}, ["Clown"]),
    "createCustomer": lambda example_store: (
        {},
        {"email": f"n{next(example_store.numbers)}@example.com"},
    ),
    "patchCustomer": lambda example_store: (
        example_store.create_customer(),
        {"firstName": "Truus", "description": None},
    ),
    "deleteCustomer": lambda example_store: (example_store.create_customer(), None),
    "postCustomersAddress": lambda example_store: (
        example_store.create_customer(),
        {"street": "Molenstraat", "streetNumber": "62", "countryCode": "NL", "gender": "F"},
    ),
    "patchCustomersAddress": lambda example_store: (
        example_store.create_customer(),
        {"isDefaultForInvoice": True},
    ),
    "deleteCustomersAddress": lambda example_store: (example_store.create_customer(), None),
    "postOrder": lambda example_store: ({}, example_store.get_example("OrderPostable")),
    "patchOrder": lambda example_store: (
        {"order_number": example_store.create_order()["number"]},
        example_store.get_example("OrderPatchable"),
    ),
    "postCreditOrder": _make_credit_order,
    "postOrderPayment": lambda example_store: (
        {"order_number": example_store.create_order()["number"]},
        {"gateway": "mollie", "method": "ideal"},
    ),
    "patchOrderPayment": lambda example_store: (
        example_store.create_payment(),
        {"method": "bancontact"},
    ),
    "deleteOrderPayment": lambda example_store: (example_store.create_payment(), None),
    "postCategory": lambda example_store: ({}, example_store.get_example("CategoryPostable")),
    "patchCategory": lambda example_store: (
        example_store.create_category(),
        example_store.get_example("CategoryPatchable"),
    ),
    "postDiscountcode": lambda example_store: (
        {},
        example_store.get_example("DiscountcodePostable"),
    ),
    # The example names no code, and nothing else says which one is meant.
    "patchDiscountcode": lambda example_store: (
        {},
        {**example_store.get_example("DiscountcodePostable"), **example_store.create_code()},
    ),
    "deleteDiscountcode": lambda example_store: (example_store.create_code(), None),
    "postNewsletterSubscriber": lambda example_store: (
        {},
        {
            **example_store.get_example("NewsletterSubscriberPostable"),
            "email": f"p{next(example_store.numbers)}@example.com",
        },
    ),
    "patchNewsletterSubscriber": lambda example_store: (
        example_store.create_subscriber(),
        example_store.get_example("NewsletterSubscriberPatchable"),
    ),
    "deleteNewsletterSubscriber": lambda example_store: (example_store.create_subscriber(), None),
    "TaxPolicyRegionList": lambda example_store: ({}, None),
    "getTaxPolicyRegion": lambda example_store: ({"code": "NL"}, None),
}


def _make_article_body(example_store: ExampleStore, schema: str) -> Row:
    """Return the example, and free its images and URL id from other articles."""
    store = example_store.sandbox.store
    for key in [key for key in store.images if key in str(example_store.get_example(schema))]:
        store.images.discard(key)
    store.url_ids.discard(4005)
    return dict(example_store.get_example(schema))
