"""The small resources under the module name that the published client has."""

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
