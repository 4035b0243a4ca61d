"""The operations, a module per attribute of the client."""

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
