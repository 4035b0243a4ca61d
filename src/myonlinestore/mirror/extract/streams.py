"""Sources: the resources that are mirrored, and how each is read through the client."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from myonlinestore.client import ConnectClient
from myonlinestore.mirror.schema.infer import table_of
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
class Part:
    """A list below a row that the store tells in a call of its own.

    Attributes:
        table: its table's name, by which it is left out.
        field: where it stands in `Source.model`.
        fetch: the rows of it, for a row.
        without: the model of a row without it.
    """

    table: str
    field: str
    fetch: Callable[[ConnectClient, Any], Awaitable[list[Any]]]
    without: type[Model]


@dataclass(frozen=True)
class Source:
    """A resource as the mirror knows it.

    Attributes:
        name: its name, and its table's.
        singular: what begins the names of its child tables.
        model: the Struct of a row.
        key: the field that tells its rows apart.
        pages: the list call to walk.
        count: the call that tells how many rows there are, where the vendor has one.
        stamped: whether its lists can be filtered by when rows were created and changed.
        linked: whether a row also shows others, and so changes without a stamp of its own.
        part: what is asked for each row.
        raw: whether its table has the rows as they were sent.
    """

    name: str
    singular: str
    model: type[Model]
    key: str
    pages: Callable[[ConnectClient], FetchPage]
    count: Callable[[ConnectClient], Count] | None = None
    stamped: bool = False
    linked: bool = False
    part: Part | None = None
    raw: bool = False

    @functools.cached_property
    def table(self) -> Table:
        """Its tables."""
        return table_of(self.model, self.name, self.singular, self.key, raw=self.raw)

    def fetch(self, client: ConnectClient) -> FetchPage:
        """The list call, with rows of this model."""
        return functools.partial(self.pages(client), model=self.model)

    def without(self, names: Collection[str]) -> Source:
        """The same, without its part if that is among the names."""
        if self.part is None or self.part.table not in names:
            return self
        return replace(self, part=None, model=self.part.without)


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


def _the_store(client: ConnectClient) -> FetchPage:
    async def fetch(*, model: type[Store]) -> PaginatedResponse[Store]:  # noqa: ARG001
        return PaginatedResponse([await client.store.aget()], 1, 0, total=1, paged=False)

    return fetch


SOURCES = (
    Source("store", "store", Store, "id", _the_store),
    Source(
        "articles",
        "article",
        ArticleInCategories,
        "id",
        lambda client: client.articles.alist,
        lambda client: client.articles.acount,
        stamped=True,
    ),
    Source(
        "categories",
        "category",
        CategoryWithArticles,
        "id",
        lambda client: client.categories.alist,
        lambda client: client.categories.acount,
        stamped=True,
        linked=True,
        part=Part("category_articles", "articles", _articles_in, Category),
    ),
    Source("customers", "customer", Customer, "id", _with_addresses),
    # The number may come as text or as an int, so that one order could pass for two.
    Source(
        "orders",
        "order",
        OrderWithPayments,
        "uuid",
        lambda client: client.orders.alist,
        lambda client: client.orders.acount,
        part=Part("order_payments", "payments", _payments, Order),
    ),
    Source(
        "discount_codes",
        "discount_code",
        DiscountCode,
        "id",
        lambda client: client.discount_codes.alist,
    ),
    Source(
        "newsletter_subscribers",
        "newsletter_subscriber",
        NewsletterSubscriber,
        "email",
        lambda client: client.newsletter.alist,
        lambda client: client.newsletter.acount,
        stamped=True,
    ),
    Source(
        "order_statuses",
        "order_status",
        OrderStatus,
        "status",
        lambda client: client.order_statuses.alist,
    ),
    Source(
        "payment_gateways",
        "payment_gateway",
        PaymentGateway,
        "name",
        lambda client: client.payment_gateways.alist,
    ),
    Source(
        "store_payment_gateways", "store_payment_gateway", PaymentGateway, "name", _of_this_store
    ),
    Source(
        "shipping_methods",
        "shipping_method",
        ShippingMethod,
        "id",
        lambda client: client.shipping_methods.alist,
    ),
    Source(
        "offline_locations",
        "offline_location",
        OfflineLocation,
        "id",
        lambda client: client.offline_locations.alist,
    ),
    Source(
        "tax_regions",
        "tax_region",
        TaxPolicyRegion,
        "region_code",
        lambda client: client.tax_policy.alist,
    ),
)
RESOURCE_NAMES = tuple(source.name for source in SOURCES)
PART_NAMES = tuple(source.part.table for source in SOURCES if source.part)


def chosen(only: Collection[str] | None, skip: Collection[str] | None) -> list[Source]:
    """The sources asked for, in the order of `SOURCES`. Raises ValueError for an unknown name."""
    skipped = skip or ()
    _check_names(only or (), RESOURCE_NAMES)
    _check_names(skipped, (*RESOURCE_NAMES, *PART_NAMES))
    wanted = RESOURCE_NAMES if only is None else only
    sources = [s for s in SOURCES if s.name in wanted and s.name not in skipped]
    if not sources:
        raise ValueError("no resource is left to mirror: check only and skip")
    return [source.without(skipped) for source in sources]


def _check_names(names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"no resource {name!r}: choose from {', '.join(known)}")
