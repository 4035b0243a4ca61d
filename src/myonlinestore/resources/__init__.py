"""The operations, a module per attribute of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore._lazyimport import lazy_getattr

if TYPE_CHECKING:
    from myonlinestore.resources import simple
    from myonlinestore.resources.article_fields import ArticleFieldsResource
    from myonlinestore.resources.article_list_options import ArticleListOptionsResource
    from myonlinestore.resources.article_lists import ArticleListsResource
    from myonlinestore.resources.articles import ArticlesResource
    from myonlinestore.resources.categories import CategoriesResource
    from myonlinestore.resources.customers import CustomersResource
    from myonlinestore.resources.discount_codes import DiscountCodesResource
    from myonlinestore.resources.newsletter import NewsletterResource
    from myonlinestore.resources.offline_locations import OfflineLocationsResource
    from myonlinestore.resources.order_statuses import OrderStatusesResource
    from myonlinestore.resources.orders import OrdersResource
    from myonlinestore.resources.payment_gateways import PaymentGatewaysResource
    from myonlinestore.resources.shipping_methods import ShippingMethodsResource
    from myonlinestore.resources.store import StoreResource
    from myonlinestore.resources.tax_policy import TaxPolicyResource

__all__ = [
    "ArticleFieldsResource",
    "ArticleListOptionsResource",
    "ArticleListsResource",
    "ArticlesResource",
    "CategoriesResource",
    "CustomersResource",
    "DiscountCodesResource",
    "NewsletterResource",
    "OfflineLocationsResource",
    "OrderStatusesResource",
    "OrdersResource",
    "PaymentGatewaysResource",
    "ShippingMethodsResource",
    "StoreResource",
    "TaxPolicyResource",
    "simple",
]

_EXPORTS = {
    "simple": (),
    "article_fields": ("ArticleFieldsResource",),
    "article_list_options": ("ArticleListOptionsResource",),
    "article_lists": ("ArticleListsResource",),
    "articles": ("ArticlesResource",),
    "categories": ("CategoriesResource",),
    "customers": ("CustomersResource",),
    "discount_codes": ("DiscountCodesResource",),
    "newsletter": ("NewsletterResource",),
    "offline_locations": ("OfflineLocationsResource",),
    "order_statuses": ("OrderStatusesResource",),
    "orders": ("OrdersResource",),
    "payment_gateways": ("PaymentGatewaysResource",),
    "shipping_methods": ("ShippingMethodsResource",),
    "store": ("StoreResource",),
    "tax_policy": ("TaxPolicyResource",),
}

# Hidden from type checkers, which would take every misspelt name for an object.
if not TYPE_CHECKING:  # pragma: no branch
    __getattr__ = lazy_getattr(__name__, _EXPORTS)


def __dir__() -> list[str]:
    return sorted({*__all__, *_EXPORTS})
