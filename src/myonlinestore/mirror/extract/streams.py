"""Streams: the resources that are mirrored, and the client's calls that read them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from myonlinestore.client import ConnectClient
from myonlinestore.mirror.schema.infer import infer_table
from myonlinestore.mirror.schema.table import Table
from myonlinestore.models import (
    Article,
    ArticleLimited,
    Category,
    CategoryArticle,
    Customer,
    DiscountCode,
    Model,
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
from myonlinestore.pagination import PaginatedResponse, aiterate_all

FetchPage: TypeAlias = Callable[..., Coroutine[Any, Any, PaginatedResponse[Any]]]
Count: TypeAlias = Callable[..., Coroutine[Any, Any, int]]


class ArticleInCategories(Article):
    """An article whose categories are decoded as Structs; `category_links` does that on access."""

    categories: list[CategoryArticle] | None = None  # type: ignore[assignment]


class OrderWithPayments(Order):
    """An order with its payments, which take a request of their own (getOrderPayments)."""

    payments: list[Payment] | None = None


class CategoryWithArticles(Category):
    """A category with its articles, which take a request of their own (getCategoryArticles)."""

    articles: list[ArticleLimited] | None = None


@dataclass(frozen=True)
class ChildStream:
    """A list of child rows that takes a request per parent row.

    Attributes:
        table: its table's name, by which it can be skipped.
        field: its field in `Stream.model`.
        fetch: returns the child rows of a row.
        base_model: the model of a row without this list.
    """

    table: str
    field: str
    fetch: Callable[[ConnectClient, Any], Awaitable[list[Any]]]
    base_model: type[Model]


@dataclass(frozen=True)
class Stream:
    """A resource to mirror.

    Attributes:
        name: its name, and its table's.
        singular: the prefix of the names of its child tables.
        model: the Struct of a row.
        key: the field that identifies a row.
        pages: returns the list call to paginate.
        count: returns the call that counts the rows, if the API has one.
        supports_incremental: True if its list can be filtered by the dates rows were
            created and changed.
        is_denormalized: True if a row contains parts of other rows, and so changes
            without a new date of its own.
        child: the list that is read for each row.
        raw: True if its table keeps each row's JSON as it was received.
        key_filter: the name of its list's filter by keys, if it has one.
    """

    name: str
    singular: str
    model: type[Model]
    key: str
    pages: Callable[[ConnectClient], FetchPage]
    count: Callable[[ConnectClient], Count] | None = None
    supports_incremental: bool = False
    is_denormalized: bool = False
    child: ChildStream | None = None
    raw: bool = False
    key_filter: str | None = None

    @functools.cached_property
    def table(self) -> Table:
        """Its table, with the child tables."""
        return infer_table(self.model, self.name, self.singular, self.key, raw=self.raw)

    def fetch(self, client: ConnectClient) -> FetchPage:
        """Return the list call, with rows of this model."""
        return functools.partial(self.pages(client), model=self.model)

    def without_child(self, names: Collection[str]) -> Stream:
        """Return this stream without its child stream if that is among the names."""
        if self.child is None or self.child.table not in names:
            return self
        return replace(self, child=None, model=self.child.base_model)


async def _payments(client: ConnectClient, order: Any) -> list[Any]:
    page = await client.orders.alist_payments(
        order_number=order.number, embed="properties,mutations"
    )
    return page.items


async def _articles_in(client: ConnectClient, category: Any) -> list[Any]:
    articles = aiterate_all(client.categories.alist_articles, category_id=category.id)
    return [article async for article in articles]


def _with_addresses(client: ConnectClient) -> FetchPage:
    return functools.partial(client.customers.alist, embed="address")


def _of_this_store(client: ConnectClient) -> FetchPage:
    """Return the call for the gateways of the store, with its settings (getStoreGateways)."""
    return functools.partial(client.payment_gateways.alist_for_store, store="me")


def _fetch_store(client: ConnectClient) -> FetchPage:
    async def fetch(*, model: type[Store]) -> PaginatedResponse[Store]:  # noqa: ARG001
        return PaginatedResponse([await client.store.aget()], 1, 0, total=1, paged=False)

    return fetch


STREAMS = (
    Stream("store", "store", Store, "id", _fetch_store),
    Stream(
        "articles",
        "article",
        ArticleInCategories,
        "id",
        lambda client: client.articles.alist,
        lambda client: client.articles.acount,
        supports_incremental=True,
        key_filter="ids",
    ),
    Stream(
        "categories",
        "category",
        CategoryWithArticles,
        "id",
        lambda client: client.categories.alist,
        lambda client: client.categories.acount,
        supports_incremental=True,
        is_denormalized=True,
        child=ChildStream("category_articles", "articles", _articles_in, Category),
    ),
    Stream("customers", "customer", Customer, "id", _with_addresses),
    # Not the number, which is text or an int, so that one order could have two keys.
    Stream(
        "orders",
        "order",
        OrderWithPayments,
        "uuid",
        lambda client: client.orders.alist,
        lambda client: client.orders.acount,
        child=ChildStream("order_payments", "payments", _payments, Order),
    ),
    Stream(
        "discount_codes",
        "discount_code",
        DiscountCode,
        "id",
        lambda client: client.discount_codes.alist,
    ),
    Stream(
        "newsletter_subscribers",
        "newsletter_subscriber",
        NewsletterSubscriber,
        "email",
        lambda client: client.newsletter.alist,
        lambda client: client.newsletter.acount,
        supports_incremental=True,
    ),
    Stream(
        "order_statuses",
        "order_status",
        OrderStatus,
        "status",
        lambda client: client.order_statuses.alist,
    ),
    Stream(
        "payment_gateways",
        "payment_gateway",
        PaymentGateway,
        "name",
        lambda client: client.payment_gateways.alist,
    ),
    Stream(
        "store_payment_gateways", "store_payment_gateway", PaymentGateway, "name", _of_this_store
    ),
    Stream(
        "shipping_methods",
        "shipping_method",
        ShippingMethod,
        "id",
        lambda client: client.shipping_methods.alist,
    ),
    Stream(
        "offline_locations",
        "offline_location",
        OfflineLocation,
        "id",
        lambda client: client.offline_locations.alist,
    ),
    Stream(
        "tax_regions",
        "tax_region",
        TaxPolicyRegion,
        "region_code",
        lambda client: client.tax_policy.alist,
    ),
)
RESOURCE_NAMES = tuple(stream.name for stream in STREAMS)
CHILD_NAMES = tuple(stream.child.table for stream in STREAMS if stream.child)


def select_streams(only: Collection[str] | None, skip: Collection[str] | None) -> list[Stream]:
    """Return the selected streams in their order. Raises ValueError for an unknown name."""
    skipped = skip or ()
    _check_names(only or (), RESOURCE_NAMES)
    _check_names(skipped, (*RESOURCE_NAMES, *CHILD_NAMES))
    wanted = RESOURCE_NAMES if only is None else only
    streams = [s for s in STREAMS if s.name in wanted and s.name not in skipped]
    if not streams:
        raise ValueError("no resource is left to mirror: check only and skip")
    return [stream.without_child(skipped) for stream in streams]


def _check_names(names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"no resource {name!r}: choose from {', '.join(known)}")
