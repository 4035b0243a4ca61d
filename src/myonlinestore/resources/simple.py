"""The small resources under the module name that the published client has."""

from myonlinestore.resources import (
    ArticleFieldsResource,
    ArticleListOptionsResource,
    ArticleListsResource,
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
