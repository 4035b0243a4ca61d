"""Streams: the resources that are mirrored, and the client's calls that read them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from myonlinestore.client import ConnectClient
from myonlinestore.mirror.records import Reject
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


_FINAL_MUTATIONS = frozenset({"capture", "failed", "refund", "void"})


class ArticleInCategories(Article):
    """An article whose categories are decoded as Structs; `category_links` does that on access."""

    categories: list[CategoryArticle] | None = None  # type: ignore[assignment]


class ChildRows(Model):
    """The rows of one list that takes a request of its own.

    Attributes:
        parent_day: the day of the parent row, ``yyyy-mm-dd``; None if it has none.
        is_final: True if the list is read again only after its parent row has changed.
    """

    parent_day: str | None = None
    is_final: bool | None = None


class OrderPayments(ChildRows):
    """The payments of an order (getOrderPayments)."""

    uuid: str | None = None
    payments: list[Payment] | None = None


class ArticlesInCategory(ChildRows):
    """The articles of a category (getCategoryArticles)."""

    id: int | None = None
    articles: list[ArticleLimited] | None = None


@dataclass(frozen=True)
class ChildStream:
    """A list of rows for each row of another resource, which takes a request of its own.

    Attributes:
        name: its name, and that of the table of its rows.
        parent: the resource that has the lists.
        singular: the prefix of the names of its tables.
        model: the Struct of a list.
        key: the field that identifies the parent row.
        columns: the columns of the parent row that `fetch` takes, its key first.
        fetch: returns the list of a parent row.
        is_linked: True if the rows can be derived from the links of the articles in the copy.
    """

    name: str
    parent: str
    singular: str
    model: type[ChildRows]
    key: str
    columns: tuple[str, ...]
    fetch: Callable[[ConnectClient, Sequence[Any]], Awaitable[ChildRows]]
    is_linked: bool = False

    @functools.cached_property
    def table(self) -> Table:
        """The table of the lists, which only the mirror uses, with that of their rows."""
        table = infer_table(self.model, f"_mirror_{self.name}", self.singular, self.key)
        return replace(table, resource_name=self.name)


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
        rereads_recent: True if its list can be filtered by the dates rows were placed and their
            status changed only, so that recent rows are read again.
        child: the list of rows that is read for each row.
        skipped_child: the list of rows that a run does not read for each row.
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
    rereads_recent: bool = False
    child: ChildStream | None = None
    skipped_child: ChildStream | None = None
    raw: bool = False
    key_filter: str | None = None

    @functools.cached_property
    def table(self) -> Table:
        """Its table, with the child tables."""
        child = self.child or self.skipped_child
        dependents = () if child is None else (child.table,)
        table = infer_table(self.model, self.name, self.singular, self.key, raw=self.raw)
        return replace(table, dependents=dependents)

    def fetch(self, client: ConnectClient) -> FetchPage:
        """Return the list call, with rows of this model."""
        return functools.partial(self.pages(client), model=self.model)


async def _fetch_payments(client: ConnectClient, order: Sequence[Any]) -> OrderPayments:
    uuid, number, day, total = order
    page = await client.orders.alist_payments(order_number=number, embed="properties,mutations")
    is_final = all(map(_is_final, page.items)) and (bool(page.items) or not _is_payable(total))
    return OrderPayments.model_construct(
        uuid=uuid, parent_day=str(day or ""), is_final=is_final, payments=page.items
    )


def _is_final(payment: Payment | Reject) -> bool:
    """Return True if a payment was made, or has failed; a refund changes its order as well."""
    mutations = [] if isinstance(payment, Reject) else payment.mutations or []
    return any(mutation.type in _FINAL_MUTATIONS for mutation in mutations)


def _is_payable(total: object) -> bool:
    """Return True if an order has to be paid, as no free one and no credit order has."""
    try:
        return Decimal(str(total)) > 0
    except InvalidOperation:
        return True


async def _fetch_articles(client: ConnectClient, category: Sequence[Any]) -> ArticlesInCategory:
    (number,) = category
    articles = aiterate_all(client.categories.alist_articles, category_id=number)
    rows = [article async for article in articles]
    return ArticlesInCategory.model_construct(id=number, is_final=False, articles=rows)


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
        Category,
        "id",
        lambda client: client.categories.alist,
        lambda client: client.categories.acount,
        supports_incremental=True,
        is_denormalized=True,
        child=ChildStream(
            "category_articles",
            "categories",
            "category",
            ArticlesInCategory,
            "id",
            ("id",),
            _fetch_articles,
            is_linked=True,
        ),
    ),
    Stream("customers", "customer", Customer, "id", _with_addresses),
    # Not the number, which is text or an int, so that one order could have two keys.
    Stream(
        "orders",
        "order",
        Order,
        "uuid",
        lambda client: client.orders.alist,
        lambda client: client.orders.acount,
        rereads_recent=True,
        child=ChildStream(
            "order_payments",
            "orders",
            "order",
            OrderPayments,
            "uuid",
            ("uuid", "number", "date", "price_total"),
            _fetch_payments,
        ),
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
WINDOWED_NAMES = tuple(stream.name for stream in STREAMS if stream.supports_incremental)
CHILD_NAMES = tuple(stream.child.name for stream in STREAMS if stream.child)


def list_tables() -> Iterator[Table]:
    """Yield the table of each stream and child stream, in the order in which they are copied."""
    for stream in STREAMS:
        yield stream.table
        if stream.child is not None:
            yield stream.child.table


def select_streams(only: Collection[str] | None, skip: Collection[str] | None) -> list[Stream]:
    """Return the selected streams in their order. Raises ValueError for an unknown name."""
    skipped = skip or ()
    _check_names(only or (), RESOURCE_NAMES)
    _check_names(skipped, (*RESOURCE_NAMES, *CHILD_NAMES))
    wanted = RESOURCE_NAMES if only is None else only
    streams = [s for s in STREAMS if s.name in wanted and s.name not in skipped]
    if not streams:
        raise ValueError("no resource is left to mirror: check only and skip")
    return [
        replace(stream, child=None, skipped_child=stream.child)
        if stream.child and stream.child.name in skipped
        else stream
        for stream in streams
    ]


def _check_names(names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"no resource {name!r}: choose from {', '.join(known)}")
