"""What each operation answers with: the model of its rows, and the envelope around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore import models

if TYPE_CHECKING:
    from myonlinestore.models import Model

_OPERATIONS: dict[type[Model], tuple[str, ...]] = {
    models.Article: (
        "getArticles",
        "postArticle",
        "getArticle",
        "patchArticle",
        "postArticleFields",
        "deleteArticleFields",
        "postArticleLists",
        "deleteArticleLists",
    ),
    models.ArticleList: ("getArticleList", "postArticleListOptions", "deleteArticleListOptions"),
    models.ArticleLimited: ("getCategoryArticles",),
    models.Category: ("getCategories", "postCategory", "getCategory", "patchCategory"),
    models.CountResponse: (
        "getArticleCount",
        "getCategoryCount",
        "getOrderCount",
        "countNewsletterSubscribers",
    ),
    models.Customer: ("getCustomers", "createCustomer", "getCustomer", "patchCustomer"),
    models.CustomerAddress: (
        "getCustomersAddresses",
        "postCustomersAddress",
        "getCustomersAddress",
        "patchCustomersAddress",
    ),
    models.Order: ("getOrders", "postOrder", "postCreditOrder", "getOrder", "patchOrder"),
    models.Payment: ("getOrderPayments", "postOrderPayment", "patchOrderPayment"),
    models.DiscountCode: (
        "getDiscountcodes",
        "postDiscountcode",
        "patchDiscountcode",
        "getDiscountcode",
    ),
    models.NewsletterSubscriber: (
        "getNewsletterSubscribers",
        "postNewsletterSubscriber",
        "getNewsletterSubscriber",
        "patchNewsletterSubscriber",
    ),
    models.Store: ("getStore",),
    models.OrderStatus: ("getOrderStatuses",),
    models.PaymentGateway: ("getGateways", "getStoreGateways"),
    models.ShippingMethod: ("getShippingMethods",),
    models.OfflineLocation: ("getOfflineLocations", "getOfflineLocation"),
    models.TaxPolicyRegion: ("TaxPolicyRegionList", "getTaxPolicyRegion"),
}
RESPONSE_MODELS: dict[str, type[Model]] = {
    operation: model for model, operations in _OPERATIONS.items() for operation in operations
}

ENVELOPES = {
    "getCustomers": "customers",
    "createCustomer": "customer",
    "getCustomer": "customer",
    "patchCustomer": "customer",
    "getCustomersAddresses": "addresses",
    "postCustomersAddress": "address",
    "getCustomersAddress": "address",
    "patchCustomersAddress": "address",
    "getOrderPayments": "payments",
    "postOrderPayment": "payment",
    "patchOrderPayment": "payment",
    "getGateways": "gateways",
    "getStoreGateways": "gateways",
    "TaxPolicyRegionList": "regions",
    "getTaxPolicyRegion": "region",
}
OPTIONAL_ENVELOPES = frozenset({"customers", "customer", "regions", "region"})
"""Those that live answers have and have not."""
