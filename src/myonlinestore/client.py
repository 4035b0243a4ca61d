"""ConnectClient: the client of a store, with one resource per attribute."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

from myonlinestore import resources
from myonlinestore._concurrency.sync import sync_method
from myonlinestore._lazyimport import lazy_getattr
from myonlinestore._retry import OnRetry
from myonlinestore.config import (
    BASE_URL_VARIABLE,
    DEFAULT_BASE_URL,
    PARTNER_TOKEN_VARIABLE,
    TOKEN_VARIABLE,
    ConnectConfig,
    FromEnvironment,
)
from myonlinestore.http import HttpTransport

if TYPE_CHECKING:
    import httpx
    from typing_extensions import Self, Unpack

    from myonlinestore.config import ConfigOptions
    from myonlinestore.resources import (
        ArticleFieldsResource,
        ArticleListOptionsResource,
        ArticleListsResource,
        ArticlesResource,
        CategoriesResource,
        CustomersResource,
        DiscountCodesResource,
        NewsletterResource,
        OfflineLocationsResource,
        OrdersResource,
        OrderStatusesResource,
        PaymentGatewaysResource,
        ShippingMethodsResource,
        StoreResource,
        TaxPolicyResource,
    )

# Attribute: the name of its class.
_RESOURCES = {
    "articles": "ArticlesResource",
    "orders": "OrdersResource",
    "customers": "CustomersResource",
    "categories": "CategoriesResource",
    "discount_codes": "DiscountCodesResource",
    "newsletter": "NewsletterResource",
    "order_statuses": "OrderStatusesResource",
    "payment_gateways": "PaymentGatewaysResource",
    "shipping_methods": "ShippingMethodsResource",
    "store": "StoreResource",
    "offline_locations": "OfflineLocationsResource",
    "tax_policy": "TaxPolicyResource",
    "article_fields": "ArticleFieldsResource",
    "article_lists": "ArticleListsResource",
    "article_list_options": "ArticleListOptionsResource",
}

# The published client has the resources' classes under this module's name too.
if not TYPE_CHECKING:  # pragma: no branch
    __getattr__ = lazy_getattr(__name__, {".resources": tuple(_RESOURCES.values())})


def _refuse_conflicts(config: ConnectConfig, **passed: object) -> None:
    """Raise ValueError for a value that is not the default and differs from the configuration."""
    for name, value in passed.items():
        default = None if name == "store_token" else getattr(ConnectConfig, name)
        if value not in (default, getattr(config, name)):
            raise ValueError(
                f"pass {name}= or config=, not both: the configuration has another one"
            )


class LazyResources:
    """The resources as attributes, each created on first use."""

    if TYPE_CHECKING:
        _transport: HttpTransport
        articles: ArticlesResource
        orders: OrdersResource
        customers: CustomersResource
        categories: CategoriesResource
        discount_codes: DiscountCodesResource
        newsletter: NewsletterResource
        order_statuses: OrderStatusesResource
        payment_gateways: PaymentGatewaysResource
        shipping_methods: ShippingMethodsResource
        store: StoreResource
        offline_locations: OfflineLocationsResource
        tax_policy: TaxPolicyResource
        article_fields: ArticleFieldsResource
        article_lists: ArticleListsResource
        article_list_options: ArticleListOptionsResource

    # Hidden from type checkers, which would accept every misspelled name.
    if not TYPE_CHECKING:  # pragma: no branch

        def __getattr__(self, name: str) -> Any:
            if name not in _RESOURCES:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            resource = getattr(resources, _RESOURCES[name])(self._transport)
            # If two threads get here at once, both get the first one's resource.
            return vars(self).setdefault(name, resource)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_RESOURCES})

    def _reset_resources(self) -> None:
        """Drop the resources, so that new ones are created on the current transport."""
        for name in _RESOURCES.keys() & vars(self).keys():
            delattr(self, name)


class ConnectClient(LazyResources):
    """A client of one store, for sync and async code, threads, and event loops.

    Every operation has a sync method, and an async method with the prefix ``a``. Create one client
    and keep it; close it with ``close()`` or ``aclose()``, or use it in ``with`` or ``async with``.

    Args:
        store_token: the merchant's API token; ``MYONLINESTORE_TOKEN`` if omitted.
        partner_token: your application's token; ``MYONLINESTORE_PARTNER_TOKEN`` if omitted.
        api_version: ``"1"`` or ``"2-beta"``.
        base_url: scheme and host of the API; ``MYONLINESTORE_BASE_URL`` if omitted and set.
        language: language of the store's texts, such as ``"nl_NL"``.
        timeout: seconds for each phase of a request.
        deadline: seconds for a whole call, with its retries; ``None`` for no limit.
        config: the whole configuration, instead of the values above and of `options`.
        transport: an httpx transport for sync calls (a proxy, a mock, HTTP/2). Each request asks it
            to close the connection. It is closed by `close`, and must not be used after a fork if
            it keeps connections open, as with HTTP/2: its pool is not visible to this client.
        async_transport: an httpx transport for async calls, closed by `aclose`. It belongs to one
            event loop at a time if it keeps connections open.
        engine: the HTTP client, as in `ConnectConfig`: ``"auto"``, ``"fast"`` (extra `fast`) or
            ``"httpx"``.
        options: every other value of `ConnectConfig`, such as ``max_retries=5``.

    Raises:
        TypeError: an option has an unknown name.
        ValueError: a value is missing or invalid, or differs from that in `config`.
        ImportError: the extra for `engine` is not installed.
    """

    def __init__(
        self,
        store_token: str | None = None,
        *,
        partner_token: str | None = None,
        api_version: str = "1",
        base_url: str = FromEnvironment(BASE_URL_VARIABLE, DEFAULT_BASE_URL),
        language: str = "nl_NL",
        timeout: float = 30.0,
        deadline: float | None = None,
        config: ConnectConfig | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
        engine: str = "auto",
        **options: Unpack[ConfigOptions],
    ) -> None:
        values: dict[str, Any] = {
            "api_version": api_version,
            "base_url": base_url,
            "language": language,
            "timeout": timeout,
            "deadline": deadline,
            "engine": engine,
            **options,
        }
        if config is None:
            if partner_token is None:
                partner_token = os.environ.get(PARTNER_TOKEN_VARIABLE) or None
            token = FromEnvironment(TOKEN_VARIABLE) if store_token is None else store_token
            config = ConnectConfig(token, partner_token, **values)
        else:
            _refuse_conflicts(
                config, store_token=store_token, partner_token=partner_token, **values
            )
        self._setup(HttpTransport(config, transport=transport, async_transport=async_transport))

    def _setup(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._config = transport.config
        self._sync_view: Self | None = None
        self._reset_resources()

    @property
    def config(self) -> ConnectConfig:
        """The client's configuration."""
        return self._config

    def with_options(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        language: str | None = None,
        max_rate: float | None = None,
        on_retry: OnRetry | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Self:
        """Return a client with other options on the same connections.

        Closing either client closes the connections of both. Each resource has this method, too:
        ``client.articles.with_options(timeout=5).list()``.

        Args:
            timeout: seconds for each phase of a request, connecting and reading included.
            deadline: seconds for a whole call, with its retries and everything that it waits for.
            max_retries: maximum retries of a failed request.
            language: language of the store's texts.
            max_rate: maximum requests per second, including those of the other clients.
            on_retry: a function that is called with a `Retry` before each wait, in the thread or
                event loop of the call. Its exceptions propagate to the caller.
            headers: headers in addition to the client's.
            idempotency_key: the key of the next POST or PATCH, instead of a random one. The API
                must not execute a second request with the same key, so use it for one call only.
        """
        return self.with_transport(
            lambda transport: transport.with_options(
                timeout=timeout,
                deadline=deadline,
                max_retries=max_retries,
                language=language,
                max_rate=max_rate,
                on_retry=on_retry,
                headers=headers,
                idempotency_key=idempotency_key,
            )
        )

    def with_transport(self, create: Callable[[HttpTransport], HttpTransport]) -> Self:
        """Return a copy of this client on another transport.

        Args:
            create: takes this client's transport and returns the one to use, usually on the same
                connections.
        """
        other = object.__new__(type(self))
        other.__dict__ |= vars(self)
        other._setup(create(self._transport))
        return other

    async def arequest(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        json: Any = None,
        data: Any = None,
        files: Any = None,
        version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Call an endpoint that this client does not cover, with its tokens, retries and errors.

        Args:
            method: HTTP method.
            path: quoted path below the version, such as ``"/articles"``.
            params: query parameters; ``None`` values are omitted, lists repeat their name.
            json: the body.
            data: form fields, instead of `json`.
            files: files of a multipart form, in the format of httpx.
            version: API version, if it is not the client's.
            headers: headers in addition to the client's.

        Returns:
            The response's JSON as plain Python, or ``None`` for an empty response.

        Raises:
            ConnectError: the call failed.
            ValueError: `path` is not a path below the version.
        """
        return await self._transport.arequest(
            method,
            path,
            params=params,
            json=json,
            data=data,
            files=files,
            version=version,
            headers=headers,
        )

    @sync_method(arequest)
    def request(self) -> None: ...

    @property
    def sync_view(self) -> Self:
        """The same client for sync calls, whose coroutines never suspend."""
        if self._sync_view is None:
            self._sync_view = self.with_transport(attrgetter("sync_view"))
        return self._sync_view

    def close(self) -> None:
        """Close every connection, and your `transport`; not `async_transport`, as that is async.

        What is in use is closed when its call ends. The client can be used again; it then opens
        new connections.
        """
        self._transport.close()

    async def aclose(self) -> None:
        """Close every connection and both of your transports, when their calls have ended."""
        await self._transport.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._config!r})"

    def __getstate__(self) -> NoReturn:
        raise TypeError(
            "a ConnectClient holds tokens and connections and cannot be pickled: "
            "create one in the other process"
        )
