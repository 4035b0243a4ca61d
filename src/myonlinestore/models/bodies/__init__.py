"""Typed request bodies, one for each body in the vendor's OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore._lazyimport import lazy_exports

if TYPE_CHECKING:
    from myonlinestore.models.bodies.articles import *
    from myonlinestore.models.bodies.base import Body as Body
    from myonlinestore.models.bodies.categories import *
    from myonlinestore.models.bodies.customers import *
    from myonlinestore.models.bodies.discount_codes import *
    from myonlinestore.models.bodies.orders import *

# The public names of each module; type checkers read them from the modules above.
_EXPORTS = {
    "articles": (
        "ArticleCategoryCreate",
        "ArticleCategoryUpdate",
        "ArticleCreate",
        "ArticleExtraFieldsCreate",
        "ArticleImageCreate",
        "ArticleImageUpload",
        "ArticleListAttach",
        "ArticleListOptionAttach",
        "ArticleListOptionCreate",
        "ArticlePriceCreate",
        "ArticleUpdate",
        "ArticleVariantOptionUpdate",
        "ArticleVariantUpdate",
    ),
    "base": ("Body",),
    "categories": ("CategoryCreate", "CategorySortingCreate", "CategoryUpdate"),
    "customers": (
        "CustomerAddressCreate",
        "CustomerAddressUpdate",
        "CustomerCreate",
        "CustomerUpdate",
        "NewsletterSubscriberCreate",
        "NewsletterSubscriberUpdate",
    ),
    "discount_codes": ("DiscountCodeCreate", "DiscountCodeProductCreate", "DiscountCodeUpdate"),
    "orders": (
        "AddressCreate",
        "CreditOrderCreate",
        "InvoiceAddressCreate",
        "OrderAddressCreate",
        "OrderArticleCreate",
        "OrderArticleOptionCreate",
        "OrderCommentCreate",
        "OrderCreate",
        "OrderDebtorCreate",
        "OrderLineCreate",
        "OrderPaymentCreate",
        "OrderPaymentStatusCreate",
        "OrderUpdate",
        "PaymentCreate",
        "PaymentLinePortion",
        "PaymentUpdate",
        "TaxPriceCreate",
    ),
}

# Hidden from type checkers, which would otherwise accept every name as an attribute.
if not TYPE_CHECKING:  # pragma: no branch
    __all__, __getattr__, __dir__ = lazy_exports(__name__, _EXPORTS)
