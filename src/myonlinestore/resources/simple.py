"""The small resources under the module name that the published client has."""

from myonlinestore.resources.article_fields import ArticleFieldsResource
from myonlinestore.resources.article_list_options import ArticleListOptionsResource
from myonlinestore.resources.article_lists import ArticleListsResource
from myonlinestore.resources.offline_locations import OfflineLocationsResource
from myonlinestore.resources.order_statuses import OrderStatusesResource
from myonlinestore.resources.payment_gateways import PaymentGatewaysResource
from myonlinestore.resources.shipping_methods import ShippingMethodsResource
from myonlinestore.resources.store import StoreResource
from myonlinestore.resources.tax_policy import TaxPolicyResource

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
