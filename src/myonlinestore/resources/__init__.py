"""The resources of the client: the operations, grouped as in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore._lazyimport import lazy_exports

if TYPE_CHECKING:
    from myonlinestore.resources import simple as simple
    from myonlinestore.resources.articles import ArticleFieldsResource as ArticleFieldsResource
    from myonlinestore.resources.articles import (
        ArticleListOptionsResource as ArticleListOptionsResource,
    )
    from myonlinestore.resources.articles import ArticleListsResource as ArticleListsResource
    from myonlinestore.resources.articles import ArticlesResource as ArticlesResource
    from myonlinestore.resources.categories import CategoriesResource as CategoriesResource
    from myonlinestore.resources.customers import CustomersResource as CustomersResource
    from myonlinestore.resources.discount_codes import (
        DiscountCodesResource as DiscountCodesResource,
    )
    from myonlinestore.resources.newsletter import NewsletterResource as NewsletterResource
    from myonlinestore.resources.orders import OrdersResource as OrdersResource
    from myonlinestore.resources.store import OfflineLocationsResource as OfflineLocationsResource
    from myonlinestore.resources.store import OrderStatusesResource as OrderStatusesResource
    from myonlinestore.resources.store import PaymentGatewaysResource as PaymentGatewaysResource
    from myonlinestore.resources.store import ShippingMethodsResource as ShippingMethodsResource
    from myonlinestore.resources.store import StoreResource as StoreResource
    from myonlinestore.resources.store import TaxPolicyResource as TaxPolicyResource

_EXPORTS = {
    "articles": (
        "ArticleFieldsResource",
        "ArticleListOptionsResource",
        "ArticleListsResource",
        "ArticlesResource",
    ),
    "categories": ("CategoriesResource",),
    "customers": ("CustomersResource",),
    "discount_codes": ("DiscountCodesResource",),
    "newsletter": ("NewsletterResource",),
    "orders": ("OrdersResource",),
    "simple": (),
    "store": (
        "OfflineLocationsResource",
        "OrderStatusesResource",
        "PaymentGatewaysResource",
        "ShippingMethodsResource",
        "StoreResource",
        "TaxPolicyResource",
    ),
}

# Hidden from type checkers, which would otherwise accept every name as an attribute.
if not TYPE_CHECKING:  # pragma: no branch
    __all__, __getattr__, __dir__ = lazy_exports(__name__, _EXPORTS, ("simple",))
