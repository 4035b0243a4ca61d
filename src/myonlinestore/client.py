"""ConnectClient: the entry to a store, with one resource per attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from myonlinestore import resources
from myonlinestore._concurrency.sync import sync_method
from myonlinestore._lazyimport import lazy_getattr
from myonlinestore._retry import OnRetry
from myonlinestore.config import ConnectConfig, token_from_environment
from myonlinestore.http import HttpTransport

if TYPE_CHECKING:
    import httpx
    from typing_extensions import Self

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

    # Hidden from type checkers, which would take every misspelt name for an object.
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

    Every operation has a sync method and an async twin with the prefix ``a``. Make one client and
    keep it; close it with ``close()`` or ``aclose()``, or use it in ``with`` or ``async with``.

    Args:
        store_token: the merchant's API token; ``MYONLINESTORE_TOKEN`` if omitted.
        partner_token: your application's token; ``MYONLINESTORE_PARTNER_TOKEN`` if omitted.
        api_version: ``"1"`` or ``"2-beta"``.
        base_url: scheme and host of the API.
        language: language of the store's texts, such as ``"nl_NL"``.
        timeout: seconds for each phase of a request.
        config: all values at once, instead of those above.
        transport: an httpx transport for sync calls (a proxy, a mock, another engine).
        async_transport: an httpx transport for async calls.
        engine: what speaks HTTP: ``"httpx"``, or ``"fast"``, which needs the extra `fast`.

    Raises:
        ValueError: a value is missing or wrong.
        ImportError: the extra of `engine` is not installed.
    """

    def __init__(
        self,
        store_token: str | None = None,
        *,
        partner_token: str | None = None,
        api_version: str = "1",
        base_url: str = "https://api.myonlinestore.com",
        language: str = "nl_NL",
        timeout: float = 30.0,
        config: ConnectConfig | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
        engine: str = "httpx",
    ) -> None:
        if config is None:
            config = ConnectConfig(
                store_token=token_from_environment(store_token, "MYONLINESTORE_TOKEN") or "",
                partner_token=token_from_environment(partner_token, "MYONLINESTORE_PARTNER_TOKEN"),
                api_version=api_version,
                base_url=base_url,
                language=language,
                timeout=timeout,
                engine=engine,
            )
        self._setup(HttpTransport(config, transport=transport, async_transport=async_transport))

    def _setup(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._config = transport.config
        self._twin: Self | None = None
        self._reset_resources()

    @property
    def config(self) -> ConnectConfig:
        """The values that this client works with."""
        return self._config

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        language: str | None = None,
        max_rate: float | None = None,
        on_retry: OnRetry | None = None,
    ) -> Self:
        """A client with other values on the same connections; closing either closes those.

        Args:
            timeout: seconds for each phase of a request, connecting and reading included.
            max_retries: how often a failed request is tried again.
            language: language of the store's texts.
            max_rate: most requests to start per second, those of the other clients included.
            on_retry: is called with a `Retry` before each wait for a repetition, in the thread or
                event loop of the call. What it raises ends the call.
        """
        options: dict[str, Any] = {
            "max_retries": max_retries,
            "language": language,
            "max_rate": max_rate,
        }
        changes = {name: value for name, value in options.items() if value is not None}
        if timeout is not None:
            changes |= {"timeout": timeout, "connect_timeout": None, "read_timeout": None}
        return self._copy_with_transport(
            self._transport.with_config(replace(self._config, **changes), on_retry)
        )

    def _copy_with_transport(self, transport: HttpTransport) -> Self:
        """This client, with all that a subclass keeps in it, on another pipeline."""
        other = object.__new__(type(self))
        other.__dict__ |= vars(self)
        other._setup(transport)
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
        """Call an operation that this client does not know yet, with tokens, retries and errors.

        Args:
            method: HTTP method.
            path: path below the version, such as ``"/articles"``, its segments quoted already.
            params: query parameters; ``None`` values are left out, lists repeat their name.
            json: the body.
            data: form fields, instead of `json`.
            files: files of a multipart form, as httpx takes them.
            version: API version, when it is not the client's.
            headers: headers beside the client's own.

        Returns:
            The answer's JSON as plain Python, or ``None`` where it holds nothing.

        Raises:
            ConnectError: the call failed.
            ValueError: `path` leads elsewhere.
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
        """This client on the blocking wire, where no coroutine suspends."""
        if self._twin is None:
            self._twin = self._copy_with_transport(self._transport.sync_view)
        return self._twin

    def close(self) -> None:
        """Close every connection; those of a running event loop are closed there, soon.

        The client can be used again: it then opens new connections.
        """
        self._transport.close()

    async def aclose(self) -> None:
        """Close every connection, those of the running event loop before this returns."""
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
            "a ConnectClient holds tokens and connections and is not pickled: "
            "make one in the other process"
        )
