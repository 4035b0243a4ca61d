"""The resources as attributes of the client, each loaded when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myonlinestore import resources

if TYPE_CHECKING:
    from myonlinestore.http import HttpTransport
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

# The class of each attribute.
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


class LazyResources:
    """What gives the client its ``articles``, ``orders``, …, on the client's transport."""

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
            # Two threads may get here at once: the first one's stays.
            return vars(self).setdefault(name, resource)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_RESOURCES})

    def _reset_resources(self) -> None:
        """Make them anew when next used, as on another transport."""
        for name in _RESOURCES.keys() & vars(self).keys():
            delattr(self, name)
