"""Sources: the resources that are mirrored, and how each is read through the client."""

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
    """An article whose categories are typed as it is decoded, which `category_links` does later."""

    categories: list[CategoryArticle] | None = None  # type: ignore[assignment]


class OrderWithPayments(Order):
    """An order, with what a call of its own tells (getOrderPayments)."""

    payments: list[Payment] | None = None


class CategoryWithArticles(Category):
    """A category, with what a call of its own tells (getCategoryArticles)."""

    articles: list[ArticleLimited] | None = None


@dataclass(frozen=True)
class ChildStream:
    """A list below a row that the store tells in a call of its own.

    Attributes:
        table: its table's name, by which it is left out.
        field: where it stands in `Stream.model`.
        fetch: the rows of it, for a row.
        base_model: the model of a row without it.
    """

    table: str
    field: str
    fetch: Callable[[ConnectClient, Any], Awaitable[list[Any]]]
    base_model: type[Model]


@dataclass(frozen=True)
class Stream:
    """A resource as the mirror knows it.

    Attributes:
        name: its name, and its table's.
        singular: what begins the names of its child tables.
        model: the Struct of a row.
        key: the field that tells its rows apart.
        pages: the list call to walk.
        count: the call that tells how many rows there are, where the vendor has one.
        supports_incremental: True if its list can be filtered by the dates rows were
            created and changed.
        is_denormalized: True if a row contains parts of other rows, and so changes
            without a new date of its own.
        child: what is asked for each row.
        raw: whether its table has the rows as they were sent.
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

    @functools.cached_property
    def table(self) -> Table:
        """Its tables."""
        return infer_table(self.model, self.name, self.singular, self.key, raw=self.raw)

    def fetch(self, client: ConnectClient) -> FetchPage:
        """The list call, with rows of this model."""
        return functools.partial(self.pages(client), model=self.model)

    def without_child(self, names: Collection[str]) -> Stream:
        """The same, without its part if that is among the names."""
        if self.child is None or self.child.table not in names:
            return self
        return replace(self, child=None, model=self.child.base_model)


async def _payments(client: ConnectClient, order: Any) -> list[Any]:
    page = await client.orders.alist_payments(
        order_number=order.number, embed="properties,mutations"
    )
    return page.items


async def _articles_in(client: ConnectClient, category: Any) -> list[Any]:
    walk = aiterate_all(client.categories.alist_articles, category_id=category.id)
    return [article async for article in walk]


def _with_addresses(client: ConnectClient) -> FetchPage:
    return functools.partial(client.customers.alist, embed="address")


def _of_this_store(client: ConnectClient) -> FetchPage:
    """The gateways that the store has, with its own settings (getStoreGateways)."""
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
    # The number may come as text or as an int, so that one order could pass for two.
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
    """The streams asked for, in the order of `STREAMS`. Raises ValueError for an unknown name."""
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
