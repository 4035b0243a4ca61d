"""The vendor's 61 operations, and the resource method for each."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

from myonlinestore import ConnectClient, PaginatedResponse
from myonlinestore.models import (
    Article,
    ArticleLimited,
    ArticleList,
    Category,
    Customer,
    CustomerAddress,
    DiscountCode,
    NewsletterSubscriber,
    OfflineLocation,
    Order,
    OrderStatus,
    Payment,
    PaymentGateway,
    ShippingMethod,
    Store,
    TaxPolicyRegion,
)


@dataclass(frozen=True)
class Operation:
    """One operation of the vendor.

    Attributes:
        id: its operationId.
        request_line: method and path of its request, when it is called with the required arguments.
        call: resource and sync method, such as ``articles.get``.
        returns: what the method returns; for a list, the type of its items.
        path: the arguments for the path, in its order, with a value each.
        body: the argument for its body, if it takes one.
        fields: the keywords that make up the body, if there is no keyword `body`.
        envelope: the key that the vendor wraps the response in, if it does.
        is_paginated: True if the list takes `limit` and `offset`.
        is_list: True if it is a list.
    """

    id: str
    request_line: str
    call: str
    returns: Any
    path: Mapping[str, object] = field(default_factory=dict[str, object])
    body: object = None
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    envelope: str | None = None
    is_paginated: bool = False
    is_list: bool = False

    @property
    def item(self) -> Any:
        """The vendor's response, or an item of it, without its envelope."""
        return ROWS[self.returns]

    @property
    def content(self) -> Any:
        """The vendor's response without its envelope."""
        return [self.item] if self.is_list else self.item

    @property
    def response(self) -> Any:
        """The vendor's response, in its envelope if it has one."""
        return {self.envelope: self.content} if self.envelope else self.content

    @property
    def required(self) -> dict[str, object]:
        """The required arguments."""
        body = {} if self.body is None else {"body": self.body}
        return {**self.path, **self.fields, **body}

    def get_method(self, client: ConnectClient, prefix: str = "") -> Callable[..., Any]:
        """Return the bound method of a client: sync, or async with the prefix ``a``."""
        resource, name = self.call.split(".")
        method: Callable[..., Any] = getattr(getattr(client, resource), prefix + name)
        return method


# A small response for each type.
ROWS: dict[Any, Any] = {
    Article: {"id": 12, "name": "Bike", "stock": None},
    ArticleLimited: {"id": 12, "is_main": True},
    ArticleList: {"id": 5, "name": "Size"},
    Category: {"id": 4, "title": "Bikes"},
    Customer: {"id": "0d9f7c1e", "firstName": "Jan"},
    CustomerAddress: {"id": "7b1f3c5e", "city": "Urk"},
    DiscountCode: {"id": "c1", "code": "ZOMER"},
    NewsletterSubscriber: {"email": "jan@example.nl", "activated": True},
    OfflineLocation: {"id": "a1", "name": "Urk"},
    Order: {"number": 2024001, "status": 3},
    OrderStatus: {"status": 3, "description": "Paid"},
    Payment: {"id": "51c2a3b4", "method": "ideal"},
    PaymentGateway: {"name": "mollie", "displayName": "Mollie"},
    ShippingMethod: {"id": "1", "display_name": "Post"},
    Store: {"id": "1", "name": "Shop"},
    TaxPolicyRegion: {"regionCode": "NL", "taxEnabled": True},
    int: 5,
    str: "https://cdn.example/bike.jpg",
    NoneType: "Deleted",
    dict: {"payment": {"id": "51c2a3b4"}, "url": "https://pay.example/1"},
}


def _list(id: str, request_line: str, call: str, returns: Any, **more: Any) -> Operation:
    return Operation(id, request_line, call, returns, is_list=True, **more)


_ARTICLE = {"article_id": 12}
_LIST = {"articlelist_id": 5}
_CUSTOMER = {"customer_id": "0d9f7c1e-1111-4222-8333-444455556666"}
_ADDRESS = {**_CUSTOMER, "address_id": "7b1f3c5e-aaaa-4bbb-8ccc-ddddeeeeffff"}
_ORDER = {"order_number": 2024001}
_PAYMENT = {**_ORDER, "payment_id": "51c2a3b4-0000-4111-8222-333344445555"}
_EMAIL = {"email": "jan@example.nl"}

OPERATIONS = (
    _list("getArticles", "GET /articles", "articles.list", Article, is_paginated=True),
    Operation("postArticle", "POST /articles", "articles.create", Article, body={"name": "Bike"}),
    Operation("getArticle", "GET /articles/12", "articles.get", Article, path=_ARTICLE),
    Operation("deleteArticle", "DELETE /articles/12", "articles.delete", NoneType, path=_ARTICLE),
    Operation(
        "patchArticle",
        "PATCH /articles/12",
        "articles.update",
        Article,
        path=_ARTICLE,
        body={"stock": None},
    ),
    Operation(
        "postUploadImage",
        "POST /articles/uploadImage/12",
        "articles.upload_image",
        str,
        path=_ARTICLE,
        fields={"filename": "bike.jpg", "content": "aGk=", "position": 2},
    ),
    Operation(
        "deleteImage",
        "DELETE /deleteImage/99",
        "articles.delete_image",
        NoneType,
        path={"image_id": 99},
    ),
    Operation("getArticleCount", "GET /articles/count", "articles.count", int, envelope="count"),
    Operation(
        "postArticleFields",
        "POST /articlefields/12",
        "article_fields.create",
        Article,
        path=_ARTICLE,
        body={"Colour": "red"},
    ),
    Operation(
        "deleteArticleFields",
        "DELETE /articlefields/12",
        "article_fields.delete",
        Article,
        path=_ARTICLE,
        body=["Colour"],
    ),
    Operation(
        "postArticleListOptions",
        "POST /articlelistoptions/5",
        "article_list_options.create",
        ArticleList,
        path=_LIST,
        body=[{"name": "XL"}],
    ),
    Operation(
        "deleteArticleListOptions",
        "DELETE /articlelistoptions/5",
        "article_list_options.delete",
        ArticleList,
        path=_LIST,
        body=["XL"],
    ),
    Operation(
        "getArticleList", "GET /articlelists/5", "article_lists.get", ArticleList, path={"id": 5}
    ),
    Operation(
        "postArticleLists",
        "POST /articlelists/12",
        "article_lists.add",
        Article,
        path={"list_id": 12},
        body=[5, 6],
    ),
    Operation(
        "deleteArticleLists",
        "DELETE /articlelists/12",
        "article_lists.remove",
        Article,
        path={"list_id": 12},
        body=[5],
    ),
    _list("getCustomers", "GET /customers", "customers.list", Customer, envelope="customers"),
    Operation(
        "createCustomer",
        "POST /customers",
        "customers.create",
        Customer,
        body={"email": "jan@example.nl"},
        envelope="customer",
    ),
    Operation(
        "getCustomer",
        "GET /customers/0d9f7c1e-1111-4222-8333-444455556666",
        "customers.get",
        Customer,
        path=_CUSTOMER,
        envelope="customer",
    ),
    Operation(
        "patchCustomer",
        "PATCH /customers/0d9f7c1e-1111-4222-8333-444455556666",
        "customers.update",
        Customer,
        path=_CUSTOMER,
        body={"phone": None},
        envelope="customer",
    ),
    Operation(
        "deleteCustomer",
        "DELETE /customers/0d9f7c1e-1111-4222-8333-444455556666",
        "customers.delete",
        NoneType,
        path=_CUSTOMER,
    ),
    _list(
        "getCustomersAddresses",
        "GET /customers/0d9f7c1e-1111-4222-8333-444455556666/addresses",
        "customers.list_addresses",
        CustomerAddress,
        path=_CUSTOMER,
        envelope="addresses",
    ),
    Operation(
        "postCustomersAddress",
        "POST /customers/0d9f7c1e-1111-4222-8333-444455556666/addresses",
        "customers.create_address",
        CustomerAddress,
        path=_CUSTOMER,
        body={"city": "Urk"},
        envelope="address",
    ),
    Operation(
        "getCustomersAddress",
        "GET /customers/0d9f7c1e-1111-4222-8333-444455556666/addresses/7b1f3c5e-aaaa-4bbb-8ccc-ddddeeeeffff",
        "customers.get_address",
        CustomerAddress,
        path=_ADDRESS,
        envelope="address",
    ),
    Operation(
        "patchCustomersAddress",
        "PATCH /customers/0d9f7c1e-1111-4222-8333-444455556666/addresses/7b1f3c5e-aaaa-4bbb-8ccc-ddddeeeeffff",
        "customers.update_address",
        CustomerAddress,
        path=_ADDRESS,
        body={"city": None},
        envelope="address",
    ),
    Operation(
        "deleteCustomersAddress",
        "DELETE /customers/0d9f7c1e-1111-4222-8333-444455556666/addresses/7b1f3c5e-aaaa-4bbb-8ccc-ddddeeeeffff",
        "customers.delete_address",
        NoneType,
        path=_ADDRESS,
    ),
    _list("getOrders", "GET /orders", "orders.list", Order, is_paginated=True),
    Operation("postOrder", "POST /orders", "orders.create", Order, body={"orderlines": []}),
    Operation("getOrderCount", "GET /orders/count", "orders.count", int, envelope="count"),
    Operation("getOrder", "GET /orders/2024001", "orders.get", Order, path=_ORDER),
    Operation(
        "patchOrder",
        "PATCH /orders/2024001",
        "orders.update",
        Order,
        path=_ORDER,
        body={"status": 3},
    ),
    Operation(
        "getCategory", "GET /categories/4", "categories.get", Category, path={"category_id": 4}
    ),
    Operation(
        "patchCategory",
        "PATCH /categories/4",
        "categories.update",
        Category,
        path={"category_id": 4},
        body={"name": "Bikes"},
    ),
    _list("getCategories", "GET /categories", "categories.list", Category, is_paginated=True),
    Operation(
        "postCategory", "POST /categories", "categories.create", Category, body={"name": "Bikes"}
    ),
    _list(
        "getCategoryArticles",
        "GET /categories/4/articles",
        "categories.list_articles",
        ArticleLimited,
        path={"category_id": 4},
        is_paginated=True,
    ),
    Operation(
        "getCategoryCount", "GET /categories/count", "categories.count", int, envelope="count"
    ),
    _list("getDiscountcodes", "GET /discountcodes", "discount_codes.list", DiscountCode),
    Operation(
        "postDiscountcode",
        "POST /discountcodes",
        "discount_codes.create",
        DiscountCode,
        body={"code": "ZOMER"},
    ),
    Operation(
        "patchDiscountcode",
        "PATCH /discountcodes",
        "discount_codes.update",
        DiscountCode,
        body={"code": "ZOMER"},
    ),
    Operation(
        "getDiscountcode",
        "GET /discountcodes/ZOMER",
        "discount_codes.get",
        DiscountCode,
        path={"code": "ZOMER"},
    ),
    Operation(
        "deleteDiscountcode",
        "DELETE /discountcodes/ZOMER",
        "discount_codes.delete",
        NoneType,
        path={"code": "ZOMER"},
    ),
    _list(
        "getNewsletterSubscribers",
        "GET /newsletter/subscribers",
        "newsletter.list",
        NewsletterSubscriber,
        is_paginated=True,
    ),
    Operation(
        "postNewsletterSubscriber",
        "POST /newsletter/subscribers",
        "newsletter.create",
        NewsletterSubscriber,
        body={"name": "Jan"},
    ),
    Operation(
        "getNewsletterSubscriber",
        "GET /newsletter/subscribers/jan@example.nl",
        "newsletter.get",
        NewsletterSubscriber,
        path=_EMAIL,
    ),
    Operation(
        "deleteNewsletterSubscriber",
        "DELETE /newsletter/subscribers/jan@example.nl",
        "newsletter.delete",
        NoneType,
        path=_EMAIL,
    ),
    Operation(
        "patchNewsletterSubscriber",
        "PATCH /newsletter/subscribers/jan@example.nl",
        "newsletter.update",
        NewsletterSubscriber,
        path=_EMAIL,
        body={"name": "Jan"},
    ),
    Operation(
        "countNewsletterSubscribers",
        "GET /newsletter/subscribers/count",
        "newsletter.count",
        int,
        envelope="count",
    ),
    _list(
        "getOfflineLocations", "GET /offlinelocations", "offline_locations.list", OfflineLocation
    ),
    Operation(
        "getOfflineLocation",
        "GET /offlinelocations/a1",
        "offline_locations.get",
        OfflineLocation,
        path={"id": "a1"},
    ),
    Operation(
        "postCreditOrder",
        "POST /orders/credit",
        "orders.create_credit",
        Order,
        body={"order": 2024001},
    ),
    _list(
        "getOrderPayments",
        "GET /orders/2024001/payments",
        "orders.list_payments",
        Payment,
        path=_ORDER,
        envelope="payments",
    ),
    Operation(
        "postOrderPayment",
        "POST /orders/2024001/payments",
        "orders.create_payment",
        Payment,
        path=_ORDER,
        body={"method": "ideal"},
        envelope="payment",
    ),
    Operation(
        "patchOrderPayment",
        "PATCH /orders/2024001/payments/51c2a3b4-0000-4111-8222-333344445555",
        "orders.update_payment",
        Payment,
        path=_PAYMENT,
        body={"status": "paid"},
        envelope="payment",
    ),
    Operation(
        "deleteOrderPayment",
        "DELETE /orders/2024001/payments/51c2a3b4-0000-4111-8222-333344445555",
        "orders.delete_payment",
        NoneType,
        path=_PAYMENT,
    ),
    _list("getOrderStatuses", "GET /orderstatuses", "order_statuses.list", OrderStatus),
    _list(
        "getGateways",
        "GET /payment/gateways",
        "payment_gateways.list",
        PaymentGateway,
        envelope="gateways",
    ),
    _list(
        "getStoreGateways",
        "GET /payment/stores/me/gateways",
        "payment_gateways.list_for_store",
        PaymentGateway,
        path={"store": "me"},
        envelope="gateways",
    ),
    _list(
        "TaxPolicyRegionList",
        "GET /tax-policy/regions",
        "tax_policy.list",
        TaxPolicyRegion,
        envelope="regions",
    ),
    Operation(
        "getTaxPolicyRegion",
        "GET /tax-policy/regions/NL",
        "tax_policy.get",
        TaxPolicyRegion,
        path={"code": "NL"},
        envelope="region",
    ),
    _list("getShippingMethods", "GET /shipping/methods", "shipping_methods.list", ShippingMethod),
    Operation("getStore", "GET /store", "store.get", Store),
)

# postOrderPayment has a second method, for the complete response.
RAW_PAYMENT = Operation(
    "postOrderPayment",
    "POST /orders/2024001/payments",
    "orders.create_payment_raw",
    dict,
    path=_ORDER,
    body={"method": "ideal"},
)
EVERY_METHOD = (*OPERATIONS, RAW_PAYMENT)

RESOURCES = sorted({operation.call.split(".")[0] for operation in OPERATIONS})


def iterate_methods(client: ConnectClient) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public method of every resource, with its dotted name."""
    for resource in RESOURCES:
        for name, method in inspect.getmembers(getattr(client, resource), callable):
            if not name.startswith("_"):
                yield f"{resource}.{name}", method


def get_return_type(operation: Operation, prefix: str = "") -> Any:
    """Return the annotated return type of a method, or that of the items if it is a list."""
    returns = typing.get_type_hints(operation.get_method(ConnectClient("t"), prefix))["return"]
    if operation.is_list:
        returns, with_model = typing.get_args(returns)
        assert with_model == PaginatedResponse[Any]
        assert typing.get_origin(returns) is PaginatedResponse
        return typing.get_args(returns)[0]
    return typing.get_origin(returns) or returns
