"""The small resources, under their module name in the published client."""

from myonlinestore.resources.articles import (
    ArticleFieldsResource,
    ArticleListOptionsResource,
    ArticleListsResource,
)
from myonlinestore.resources.store import (
    OfflineLocationsResource,
    OrderStatusesResource,
    PaymentGatewaysResource,
    ShippingMethodsResource,
    StoreResource,
    TaxPolicyResource,
)

__all__ = [
    "ArticleFieldsResource",
    "ArticleListOptionsResource",
    "ArticleListsResource",
    "OfflineLocationsResource",
    "OrderStatusesResource",
    "PaymentGatewaysResource",
    "ShippingMethodsResource",
    "StoreResource",
    "TaxPolicyResource",
]
