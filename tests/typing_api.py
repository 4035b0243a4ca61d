"""The public types, for mypy and pyright in strict mode. This module is not executed."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any, TypedDict

import httpx
import msgspec
from typing_extensions import assert_type

import myonlinestore
from myonlinestore import (
    ConnectClient,
    ConnectConfig,
    ConnectError,
    DecodeError,
    PaginatedResponse,
    RateLimitError,
    ServerError,
    ValidationError,
    aiterate_all,
    iterate_all,
)
from myonlinestore.http import HttpTransport
from myonlinestore.models import (
    Address,
    Article,
    ArticleCreate,
    ArticleImage,
    ArticleLimited,
    ArticleList,
    ArticleListOptionCreate,
    ArticlePrice,
    ArticleUpdate,
    Category,
    CategoryCreate,
    CreditOrderCreate,
    Customer,
    CustomerAddress,
    CustomerCreate,
    CustomerUpdate,
    DiscountCode,
    DiscountCodeCreate,
    Model,
    NewsletterSubscriber,
    NewsletterSubscriberCreate,
    OfflineLocation,
    Order,
    OrderCreate,
    OrderDebtor,
    OrderDetail,
    OrderStatus,
    OrderUpdate,
    Payment,
    PaymentCreate,
    PaymentGateway,
    PaymentUpdate,
    ShippingMethod,
    Store,
    TaxPolicyRegion,
)
from myonlinestore.resources import ArticlesResource

client = ConnectClient("token", partner_token=None, language="nl_NL", timeout=5)


def check_client(config: ConnectConfig, transport: httpx.BaseTransport) -> None:
    assert_type(ConnectClient(), ConnectClient)
    assert_type(ConnectClient(config=config, transport=transport), ConnectClient)
    assert_type(client.config, ConnectConfig)
    assert_type(client.with_options(timeout=3, max_retries=0, language="en_GB"), ConnectClient)
    assert_type(client.with_options(max_rate=2, on_retry=lambda retry: retry.wait), ConnectClient)
    assert_type(client.articles, ArticlesResource)
    assert_type(client.request("GET", "/x", params={"a": 1}, json=[], headers={"b": "c"}), Any)
    assert_type(client.close(), None)
    with client as entered:
        assert_type(entered, ConnectClient)
    assert_type(myonlinestore.__version__, str)
    assert_type(config.timeout, float)
    assert_type(config.connect_timeout, float | None)
    assert_type(config.auth_params(), dict[str, str])
    assert_type(config.versioned_url("/articles", version="1"), str)


async def check_async_client() -> None:
    async with client as entered:
        assert_type(entered, ConnectClient)
    assert_type(await client.arequest("GET", "/x"), Any)
    assert_type(await client.aclose(), None)


class StoreClient(ConnectClient):
    """A subclass of the client."""


def check_subclass(store_client: StoreClient) -> None:
    assert_type(store_client.with_options(timeout=1), StoreClient)
    with store_client as entered:
        assert_type(entered, StoreClient)


def check_sync_methods() -> None:
    articles = client.articles
    assert_type(articles.list(limit=20, ids=[1], uuids=("a",)), PaginatedResponse[Article])
    assert_type(articles.list(created_start_date=dt.date(2024, 5, 6)), PaginatedResponse[Article])
    assert_type(
        articles.list(changed_end_date=dt.datetime.fromisoformat("2024-05-06")),
        PaginatedResponse[Article],
    )
    assert_type(articles.get(article_id=12, use_url_id=True), Article)
    assert_type(articles.create(body={"name": "Bike"}), Article)
    assert_type(articles.update(article_id="12", body=ArticleUpdate(stock=None)), Article)
    assert_type(articles.delete(article_id=12), None)
    assert_type(articles.count(created_start_date="2024-01-01"), int)
    assert_type(articles.upload_image(article_id=1, filename="a", content="b", position=1), str)
    assert_type(articles.delete_image(image_id=1), None)
    assert_type(client.article_fields.create(article_id=1, body={"a": "b"}, visible=True), Article)
    assert_type(client.article_fields.delete(article_id=1, body=["a"]), Article)
    assert_type(client.article_lists.get(id=5), ArticleList)
    assert_type(client.article_lists.get(list_id=5), ArticleList)
    assert_type(client.article_lists.add(list_id=5, body=[1], use_url_id=False), Article)
    assert_type(client.article_lists.remove(list_id=5, body=(1,)), Article)
    options = client.article_list_options
    option = ArticleListOptionCreate(name="XL", price="1.00")
    assert_type(options.create(articlelist_id=5, body=[option, {"name": "L"}]), ArticleList)
    assert_type(options.delete(articlelist_id=5, body=["XL"]), ArticleList)


def check_orders() -> None:
    orders = client.orders
    assert_type(
        orders.list(start_date=dt.date(2024, 5, 6), ordering="asc"), PaginatedResponse[Order]
    )
    assert_type(orders.list(created_start_date="2024-01-01"), PaginatedResponse[Order])
    assert_type(orders.count(test=True), int)
    assert_type(orders.get(order_number=1), Order)
    assert_type(orders.create(body={}, override_stock=True), Order)
    assert_type(orders.update(order_number=1, body=OrderUpdate(status=3)), Order)
    assert_type(orders.create_credit(body={}, mutate_stock=False), Order)
    assert_type(orders.list_payments(order_number=1, embed="order"), PaginatedResponse[Payment])
    assert_type(orders.create_payment(order_number=1, body={}), Payment)
    assert_type(orders.create_payment_raw(order_number=1, body={}), dict[str, Any])
    assert_type(orders.update_payment(order_number=1, payment_id="a", body={}), Payment)
    assert_type(orders.delete_payment(order_number=1, payment_id="a"), None)


def check_other_resources() -> None:
    customers = client.customers
    assert_type(customers.list(q="jan", embed="address"), PaginatedResponse[Customer])
    assert_type(customers.get(customer_id="a"), Customer)
    assert_type(customers.create(body={}), Customer)
    assert_type(customers.update(customer_id="a", body={}), Customer)
    assert_type(customers.delete(customer_id="a"), None)
    assert_type(customers.list_addresses(customer_id="a"), PaginatedResponse[CustomerAddress])
    assert_type(customers.get_address(customer_id="a", address_id="b"), CustomerAddress)
    assert_type(customers.create_address(customer_id="a", body={}), CustomerAddress)
    assert_type(customers.update_address(customer_id="a", address_id="b", body={}), CustomerAddress)
    assert_type(customers.delete_address(customer_id="a", address_id="b"), None)
    categories = client.categories
    assert_type(categories.list(as_tree=True, max_depth=2), PaginatedResponse[Category])
    assert_type(categories.get(category_id=1), Category)
    assert_type(categories.create(body={}), Category)
    assert_type(categories.update(category_id=1, body={}), Category)
    assert_type(categories.count(), int)
    assert_type(categories.list_articles(category_id=1, limit=5), PaginatedResponse[ArticleLimited])
    codes = client.discount_codes
    assert_type(codes.list(active=True), PaginatedResponse[DiscountCode])
    assert_type(codes.get(code="a"), DiscountCode)
    assert_type(codes.create(body={}), DiscountCode)
    assert_type(codes.update(body={}), DiscountCode)
    assert_type(codes.delete(code="a"), None)
    newsletter = client.newsletter
    assert_type(newsletter.list(activated=True), PaginatedResponse[NewsletterSubscriber])
    assert_type(newsletter.list(activate=True), PaginatedResponse[NewsletterSubscriber])
    assert_type(newsletter.get(email="a"), NewsletterSubscriber)
    assert_type(newsletter.create(body={}, activate=True), NewsletterSubscriber)
    assert_type(newsletter.update(email="a", body={}, activate=False), NewsletterSubscriber)
    assert_type(newsletter.delete(email="a"), None)
    assert_type(newsletter.count(), int)
    assert_type(client.order_statuses.list(), PaginatedResponse[OrderStatus])
    gateways = client.payment_gateways
    assert_type(gateways.list(), PaginatedResponse[PaymentGateway])
    assert_type(gateways.list_for_store(store="me"), PaginatedResponse[PaymentGateway])
    assert_type(client.shipping_methods.list(), PaginatedResponse[ShippingMethod])
    assert_type(client.store.get(), Store)
    locations = client.offline_locations
    assert_type(locations.list(deleted=False), PaginatedResponse[OfflineLocation])
    assert_type(locations.get(id="a"), OfflineLocation)
    assert_type(locations.get(location_id="a"), OfflineLocation)
    assert_type(client.tax_policy.list(), PaginatedResponse[TaxPolicyRegion])
    assert_type(client.tax_policy.get(code="NL"), TaxPolicyRegion)


async def check_async_methods() -> None:
    assert_type(await client.articles.alist(ids=[1]), PaginatedResponse[Article])
    assert_type(await client.articles.aget(article_id=1), Article)
    assert_type(await client.articles.adelete(article_id=1), None)
    assert_type(await client.articles.acount(), int)
    assert_type(await client.articles.aupload_image(article_id=1, filename="a", content="b"), str)
    assert_type(await client.orders.alist(archived=False), PaginatedResponse[Order])
    assert_type(await client.orders.acreate_payment_raw(order_number=1, body={}), dict[str, Any])
    assert_type(
        await client.customers.alist_addresses(customer_id="a"), PaginatedResponse[CustomerAddress]
    )
    assert_type(
        await client.categories.alist_articles(category_id=1), PaginatedResponse[ArticleLimited]
    )
    assert_type(await client.newsletter.aget(email="a"), NewsletterSubscriber)
    assert_type(await client.store.aget(), Store)
    assert_type(await client.article_list_options.adelete(articlelist_id=1), ArticleList)


def check_invalid_calls() -> None:
    """Both type checkers must report each ignored error, because unused ignores are errors."""
    client.articles.get()  # type: ignore[call-arg]
    client.articles.get(12)  # type: ignore[call-arg]
    client.articles.get(article_id=1, nonsense=1)  # type: ignore[call-arg]
    client.articles.get(article_id=1.5)  # type: ignore[arg-type]
    client.articles.list(limit="20")  # type: ignore[call-overload]
    client.articles.list(limti=20)  # type: ignore[call-overload]
    client.articles.list(model=Mine(id=1))  # type: ignore[call-overload]
    client.tax_policy.list(limit=20, model=Mine)  # type: ignore[call-overload]
    iterate_all(client.orders.list, concurrency="8")  # type: ignore[call-overload]
    iterate_all(client.orders.list, model=Mine(id=1))  # type: ignore[call-overload]
    client.articles.create(body=[])  # type: ignore[arg-type]
    client.articles.update(article_id=1, body=OrderUpdate())  # type: ignore[arg-type]
    _ = client.nonsense  # type: ignore[attr-defined]
    ArticleUpdate(nonsense=1)  # type: ignore[call-arg]
    _ = myonlinestore.nonsense  # type: ignore[attr-defined]


class Mine(msgspec.Struct):
    """A row type of the caller."""

    id: int
    name: str | None = None


class Row(TypedDict):
    """Another row type."""

    id: int


def check_row_types(filters: dict[str, Any], threads: ThreadPoolExecutor) -> None:
    assert_type(client.articles.list(limit=5, ids=[1], model=Mine).items, list[Mine])
    assert_type(client.articles.list(model=Row), PaginatedResponse[Row])
    assert_type(client.articles.list(model=dict[str, Any]), PaginatedResponse[dict[str, Any]])
    assert_type(client.articles.list(model=None), PaginatedResponse[Article])
    _: PaginatedResponse[Article] = client.articles.list(**filters)
    assert_type(client.orders.list(start_date="2024-05-06", model=Mine), PaginatedResponse[Mine])
    assert_type(client.orders.list(created_start_date="2024-05-06"), PaginatedResponse[Order])
    assert_type(client.orders.list_payments(order_number=1, model=Mine), PaginatedResponse[Mine])
    assert_type(client.customers.list(q="jan", model=Mine), PaginatedResponse[Mine])
    assert_type(client.customers.list_addresses(customer_id=1, model=Mine), PaginatedResponse[Mine])
    assert_type(client.categories.list(as_tree=True, model=Mine), PaginatedResponse[Mine])
    assert_type(
        client.categories.list_articles(category_id=1, limit=5, model=Mine), PaginatedResponse[Mine]
    )
    assert_type(client.discount_codes.list(active=True, model=Mine), PaginatedResponse[Mine])
    assert_type(client.newsletter.list(activated=True, model=Mine), PaginatedResponse[Mine])
    assert_type(client.offline_locations.list(deleted=True, model=Mine), PaginatedResponse[Mine])
    assert_type(client.payment_gateways.list(model=Mine), PaginatedResponse[Mine])
    assert_type(
        client.payment_gateways.list_for_store(store="me", model=Mine), PaginatedResponse[Mine]
    )
    assert_type(client.order_statuses.list(model=Mine), PaginatedResponse[Mine])
    assert_type(client.shipping_methods.list(model=Mine), PaginatedResponse[Mine])
    assert_type(client.tax_policy.list(model=Mine), PaginatedResponse[Mine])
    assert_type(threads.submit(client.articles.list, limit=5), Future[PaginatedResponse[Article]])
    assert_type(threads.submit(client.orders.list, model=Mine), Future[PaginatedResponse[Mine]])


async def check_async_row_types() -> None:
    assert_type(await client.articles.alist(limit=5, model=Mine), PaginatedResponse[Mine])
    assert_type(await client.orders.alist(model=Mine), PaginatedResponse[Mine])
    assert_type(await asyncio.to_thread(client.orders.list), PaginatedResponse[Order])
    assert_type(
        await asyncio.gather(client.articles.alist(), client.orders.alist(model=Mine)),
        tuple[PaginatedResponse[Article], PaginatedResponse[Mine]],
    )


def check_pages(page: PaginatedResponse[Article]) -> None:
    assert_type(page.items, list[Article])
    assert_type(iter(page), Iterator[Article])
    assert_type([article.id for article in page], list[int | None])
    assert_type(page.total, int | None)
    assert_type((page.limit, page.offset, page.next_offset), tuple[int, int, int])
    assert_type((page.has_next, page.paged), tuple[bool, bool])
    assert_type(PaginatedResponse(["a"], 1, 0), PaginatedResponse[str])


def check_iterators() -> None:
    assert_type(iterate_all(client.articles.list), Iterator[Article])
    assert_type(iterate_all(client.orders.list, page_size=50, archived=True), Iterator[Order])
    assert_type(iterate_all(client.customers.list), Iterator[Customer])
    assert_type(iterate_all(client.order_statuses.list), Iterator[OrderStatus])
    bound = functools.partial(client.categories.list_articles, category_id=4)
    assert_type(iterate_all(bound), Iterator[ArticleLimited])
    assert_type(iterate_all(client.articles.list, model=Mine, page_size=5), Iterator[Mine])
    assert_type(iterate_all(bound, model=Mine), Iterator[Mine])
    assert_type(iterate_all(client.orders.list, concurrency=8), Iterator[Order])
    for subscriber in iterate_all(client.newsletter.list):
        assert_type(subscriber, NewsletterSubscriber)


async def check_async_iterators() -> None:
    assert_type(aiterate_all(client.articles.alist), AsyncIterator[Article])
    assert_type(aiterate_all(client.orders.alist, model=Mine, test=True), AsyncIterator[Mine])
    assert_type(aiterate_all(client.orders.alist, concurrency=8), AsyncIterator[Order])
    async for order in aiterate_all(client.orders.alist, page_size=10):
        assert_type(order, Order)


def check_models(article: Article, order: Order) -> None:
    assert_type(article.id, int | None)
    assert_type(article.stock, int | None)
    assert_type(article.price, ArticlePrice | None)
    assert_type(article.images, list[ArticleImage] | None)
    assert_type(article.created_datetime, dt.datetime | None)
    if article.price is not None:
        assert_type(article.price.default, str | None)
        assert_type(article.price.default_decimal, Decimal | None)
    assert_type(order.number, str | int | None)
    assert_type(order.debtor, OrderDebtor | None)
    assert_type(order.orderlines, list[OrderDetail] | None)
    assert_type(Address().id, str | int | None)


def check_model_methods(article: Article) -> None:
    assert_type(Article.model_validate({"id": 1}), Article)
    assert_type(Article.model_validate_json(b"{}"), Article)
    assert_type(Article.model_construct(id=1), Article)
    assert_type(article.model_copy(update={"id": 2}), Article)
    assert_type(article.model_dump(by_alias=True, exclude_none=True), dict[str, Any])
    assert_type(article.model_dump_json(indent=2), str)
    assert_type(article.model_fields_set, set[str])
    assert_type(Article.model_json_schema(), dict[str, Any])
    base: Model = article
    assert_type(list(base), list[tuple[str, Any]])


def check_body_values() -> None:
    client.articles.create(body=ArticleCreate(name="Bike", description="", categories=[]))
    client.articles.update(article_id=1, body=ArticleUpdate(stock=None, name="Bike"))
    client.categories.create(body=CategoryCreate(title="Bikes"))
    client.customers.update(customer_id="a", body=CustomerUpdate(first_name=None))


def check_bodies(
    customer: CustomerCreate,
    order: OrderCreate,
    credit: CreditOrderCreate,
    payment: PaymentCreate,
    change: PaymentUpdate,
    code: DiscountCodeCreate,
    subscriber: NewsletterSubscriberCreate,
) -> None:
    client.customers.create(body=customer)
    client.orders.create(body=order)
    client.orders.create_credit(body=credit)
    client.orders.create_payment(order_number=1, body=payment)
    client.orders.update_payment(order_number=1, payment_id="a", body=change)
    client.discount_codes.create(body=code)
    client.newsletter.create(body=subscriber)


def check_errors(error: ConnectError) -> None:
    assert_type(error.status_code, int | None)
    assert_type(error.body, Any)
    if isinstance(error, (RateLimitError, ServerError)):
        assert_type(error.retry_after, float | None)
    if isinstance(error, ValidationError):
        assert_type(error.detail, str | None)
    if isinstance(error, DecodeError):
        assert_type(error.json_path, str | None)
        assert_type(error.index, int | None)
        bad_value: ValueError = error
        raise bad_value


def check_transport(transport: HttpTransport) -> None:
    assert_type(transport.get("/articles", params={"limit": 5}), Any)
    assert_type(transport.post("/articles", json={}), Any)
    assert_type(transport.sync_client, httpx.Client)
    assert_type(transport.async_client, httpx.AsyncClient)
    assert_type(transport.config, ConnectConfig)
