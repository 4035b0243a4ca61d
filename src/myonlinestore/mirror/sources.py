"""Sources: the resources that are mirrored, and how each is read through the client."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from myonlinestore.client import ConnectClient
from myonlinestore.mirror.schema import Table, table_of
from myonlinestore.models import (
    Article,
    Category,
    Customer,
    DiscountCode,
    Model,
    NewsletterSubscriber,
    OfflineLocation,
    Order,
    OrderStatus,
    PaymentGateway,
    ShippingMethod,
    Store,
    TaxPolicyRegion,
)
from myonlinestore.pagination import PaginatedResponse

FetchPage: TypeAlias = Callable[..., Coroutine[Any, Any, PaginatedResponse[Any]]]
Count: TypeAlias = Callable[..., Coroutine[Any, Any, int]]


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
    """

    name: str
    singular: str
    model: type[Model]
    key: str
    pages: Callable[[ConnectClient], FetchPage]
    count: Callable[[ConnectClient], Count] | None = None
    stamped: bool = False
    linked: bool = False

    @functools.cached_property
    def table(self) -> Table:
        """Its tables."""
        return table_of(self.model, self.name, self.singular, self.key)


def _with_addresses(client: ConnectClient) -> FetchPage:
    return functools.partial(client.customers.alist, embed="address")


def _of_this_store(client: ConnectClient) -> FetchPage:
    """The gateways that the store has, with its own settings (getStoreGateways)."""
    return functools.partial(client.payment_gateways.alist_for_store, store="me")


def _the_store(client: ConnectClient) -> FetchPage:
    async def fetch() -> PaginatedResponse[Store]:
        return PaginatedResponse([await client.store.aget()], 1, 0, total=1, paged=False)

    return fetch


SOURCES = (
    Source("store", "store", Store, "id", _the_store),
    Source(
        "articles",
        "article",
        Article,
        "id",
        lambda client: client.articles.alist,
        lambda client: client.articles.acount,
        stamped=True,
    ),
    Source(
        "categories",
        "category",
        Category,
        "id",
        lambda client: client.categories.alist,
        lambda client: client.categories.acount,
        stamped=True,
        linked=True,
    ),
    Source("customers", "customer", Customer, "id", _with_addresses),
    # The number may come as text or as an int, so that one order could pass for two.
    Source(
        "orders",
        "order",
        Order,
        "uuid",
        lambda client: client.orders.alist,
        lambda client: client.orders.acount,
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


def chosen(only: Collection[str] | None, skip: Collection[str] | None) -> list[Source]:
    """The sources asked for, in the order of `SOURCES`. Raises ValueError for an unknown name."""
    for name in (*(only or ()), *(skip or ())):
        if name not in RESOURCE_NAMES:
            raise ValueError(f"no resource {name!r}: choose from {', '.join(RESOURCE_NAMES)}")
    wanted = RESOURCE_NAMES if only is None else only
    sources = [s for s in SOURCES if s.name in wanted and s.name not in (skip or ())]
    if not sources:
        raise ValueError("no resource is left to mirror: check only and skip")
    return sources
