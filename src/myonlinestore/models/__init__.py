"""The API's objects as msgspec Structs: responses, and the bodies of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore._lazyimport import lazy_exports
from myonlinestore.models import bodies

if TYPE_CHECKING:
    from myonlinestore.models.articles import *
    from myonlinestore.models.base import Model as Model
    from myonlinestore.models.bodies import *
    from myonlinestore.models.categories import *
    from myonlinestore.models.customers import *
    from myonlinestore.models.discount_codes import *
    from myonlinestore.models.orders import *
    from myonlinestore.models.payments import *
    from myonlinestore.models.responses import *
    from myonlinestore.models.store import *

# The public names of each module; type checkers read them from the modules above.
_EXPORTS = {
    "articles": (
        "Article",
        "ArticleExtraFieldSet",
        "ArticleImage",
        "ArticleImagePostable",
        "ArticleLimited",
        "ArticleList",
        "ArticleListOption",
        "ArticlePrice",
        "ArticleVariant",
        "ArticleVariantOption",
        "CategoryArticle",
    ),
    "base": ("Model",),
    "bodies": tuple(vars(bodies)["__all__"]),
    "categories": ("Category", "CategorySorting"),
    "customers": ("Customer", "CustomerAddress", "NewsletterSubscriber"),
    "discount_codes": ("DiscountCode", "DiscountCodeProduct"),
    "orders": (
        "Address",
        "InvoiceAddress",
        "Order",
        "OrderAddress",
        "OrderArticle",
        "OrderArticleOption",
        "OrderArticlePrice",
        "OrderComment",
        "OrderDebtor",
        "OrderDetail",
        "OrderLinePrice",
        "OrderPaymentStatus",
        "OrderPaymentSummary",
        "OrderPrice",
        "OrderShipping",
        "OrderShippingCountry",
        "TaxPrice",
    ),
    "payments": (
        "Payment",
        "PaymentAddress",
        "PaymentCustomer",
        "PaymentGateway",
        "PaymentGateways",
        "PaymentMethod",
        "PaymentMethodCost",
        "PaymentMethodSettings",
        "PaymentMutation",
        "PaymentName",
        "PaymentOrder",
        "PaymentOrderLine",
        "PaymentShippingAddress",
        "PaymentStreet",
    ),
    "responses": ("ApiError", "ApiProblem", "CountResponse"),
    "store": (
        "OfflineLocation",
        "OrderStatus",
        "ShippingMethod",
        "Store",
        "TaxPolicyOverride",
        "TaxPolicyRegion",
        "TaxPolicyRegionOverride",
    ),
}

# Hidden from type checkers, which would otherwise accept every name as an attribute.
if not TYPE_CHECKING:  # pragma: no branch
    __all__, __getattr__, __dir__ = lazy_exports(__name__, _EXPORTS)
