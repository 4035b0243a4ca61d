"""Every read of the API through the client, and what it returns as plain values."""

from __future__ import annotations

import functools
from operator import attrgetter
from typing import Any, get_args, get_origin

import msgspec

from myonlinestore import ConnectClient
from myonlinestore.models import Model
from myonlinestore.sandbox import Sandbox
from tests.support.annotations import get_union_members


def make_read_calls(readonly_sandbox: Sandbox) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return a method and keywords that find rows, for each operation that reads."""
    store = readonly_sandbox.store
    article = next(r for r in map(store.articles.__getitem__, store.articles) if r.body["lists"])
    customer, address = next((store.addresses[key].owner, key) for key in store.addresses)
    order = next(store.payments[key].owner for key in store.payments)
    category = article.body["categories"][0]["category_id"]
    email, code = store.subscribers.keys[0], store.discount_codes.keys[0]
    location, article_list = store.locations.keys[0], store.article_lists.keys[0]
    return {
        "getArticles": ("articles.list", {"limit": 100}),
        "getArticle": ("articles.get", {"article_id": article.body["id"]}),
        "getArticleCount": ("articles.count", {}),
        "getArticleList": ("article_lists.get", {"id": article_list}),
        "getCategories": ("categories.list", {"as_tree": True}),
        "getCategory": ("categories.get", {"category_id": category}),
        "getCategoryCount": ("categories.count", {}),
        "getCategoryArticles": ("categories.list_articles", {"category_id": category}),
        "getCustomers": ("customers.list", {"embed": "address"}),
        "getCustomer": ("customers.get", {"customer_id": customer}),
        "getCustomersAddresses": ("customers.list_addresses", {"customer_id": customer}),
        "getCustomersAddress": (
            "customers.get_address",
            {"customer_id": customer, "address_id": address},
        ),
        "getOrders": ("orders.list", {"limit": 100}),
        "getOrder": ("orders.get", {"order_number": order}),
        "getOrderCount": ("orders.count", {}),
        "getOrderPayments": (
            "orders.list_payments",
            {"order_number": order, "embed": "properties,mutations,order"},
        ),
        "getDiscountcodes": ("discount_codes.list", {}),
        "getDiscountcode": ("discount_codes.get", {"code": code}),
        "getNewsletterSubscribers": ("newsletter.list", {"limit": 100}),
        "getNewsletterSubscriber": ("newsletter.get", {"email": email}),
        "countNewsletterSubscribers": ("newsletter.count", {}),
        "getStore": ("store.get", {}),
        "getOrderStatuses": ("order_statuses.list", {}),
        "getGateways": ("payment_gateways.list", {}),
        "getStoreGateways": ("payment_gateways.list_for_store", {"store": "me"}),
        "getShippingMethods": ("shipping_methods.list", {}),
        "getOfflineLocations": ("offline_locations.list", {}),
        "getOfflineLocation": ("offline_locations.get", {"id": location}),
        "TaxPolicyRegionList": ("tax_policy.list", {}),
        "getTaxPolicyRegion": ("tax_policy.get", {"code": "NL"}),
    }


@functools.cache
def get_field_types(model: type[Model]) -> dict[str, Any]:
    """Return the type of each field."""
    return {field.name: field.type for field in msgspec.structs.fields(model)}


def canonicalize(value: Any, tp: Any = object) -> Any:
    """Return a model as plain values, with one form for each union in the document.

    An order's number (and a payment's price, a house number) is a whole number or its text; an
    order line's price is one object or a list. Both decode as they were sent.
    """
    kinds = get_union_members(tp)
    if isinstance(value, Model):
        fields = get_field_types(type(value))
        plain = {name: canonicalize(getattr(value, name), kind) for name, kind in fields.items()}
        return [plain] if any(get_origin(kind) is list for kind in kinds) else plain
    if isinstance(value, list):
        items = [get_args(kind)[0] for kind in kinds if get_origin(kind) is list and get_args(kind)]
        return [canonicalize(item, *items) for item in value]
    if value is not None and {int, str} <= set(kinds):
        return str(value)
    return value


def get_result(client: ConnectClient, call: tuple[str, dict[str, Any]]) -> Any:
    """Return a call's result, with one form for union types."""
    method, keywords = call
    value = attrgetter(method)(client)(**keywords)
    return canonicalize(value if isinstance(value, (int, Model)) else list(value))
