"""Typed request bodies, one for each body of the vendor's document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore._lazyimport import lazy_getattr

if TYPE_CHECKING:
    from myonlinestore.models.bodies.articles import (
        ArticleCategoryCreate,
        ArticleCategoryUpdate,
        ArticleCreate,
        ArticleExtraFieldsCreate,
        ArticleImageCreate,
        ArticleImageUpload,
        ArticleListAttach,
        ArticleListOptionAttach,
        ArticleListOptionCreate,
        ArticlePriceCreate,
        ArticleUpdate,
        ArticleVariantOptionUpdate,
        ArticleVariantUpdate,
    )
    from myonlinestore.models.bodies.base import Body
    from myonlinestore.models.bodies.categories import (
        CategoryCreate,
        CategorySortingCreate,
        CategoryUpdate,
    )
    from myonlinestore.models.bodies.customers import (
        CustomerAddressCreate,
        CustomerAddressUpdate,
        CustomerCreate,
        CustomerUpdate,
    )
    from myonlinestore.models.bodies.debtors import (
        AddressCreate,
        InvoiceAddressCreate,
        OrderAddressCreate,
        OrderDebtorCreate,
    )
    from myonlinestore.models.bodies.discount_codes import (
        DiscountCodeCreate,
        DiscountCodeProductCreate,
        DiscountCodeUpdate,
    )
    from myonlinestore.models.bodies.newsletter import (
        NewsletterSubscriberCreate,
        NewsletterSubscriberUpdate,
    )
    from myonlinestore.models.bodies.orders import (
        CreditOrderCreate,
        OrderArticleCreate,
        OrderArticleOptionCreate,
        OrderCommentCreate,
        OrderCreate,
        OrderLineCreate,
        OrderPaymentCreate,
        OrderPaymentStatusCreate,
        OrderUpdate,
        TaxPriceCreate,
    )
    from myonlinestore.models.bodies.payments import (
        PaymentCreate,
        PaymentLinePortion,
        PaymentUpdate,
    )

__all__ = [
    "AddressCreate",
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
    "Body",
    "CategoryCreate",
    "CategorySortingCreate",
    "CategoryUpdate",
    "CreditOrderCreate",
    "CustomerAddressCreate",
    "CustomerAddressUpdate",
    "CustomerCreate",
    "CustomerUpdate",
    "DiscountCodeCreate",
    "DiscountCodeProductCreate",
    "DiscountCodeUpdate",
    "InvoiceAddressCreate",
    "NewsletterSubscriberCreate",
    "NewsletterSubscriberUpdate",
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
]

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
    ),
    "debtors": ("AddressCreate", "InvoiceAddressCreate", "OrderAddressCreate", "OrderDebtorCreate"),
    "discount_codes": ("DiscountCodeCreate", "DiscountCodeProductCreate", "DiscountCodeUpdate"),
    "newsletter": ("NewsletterSubscriberCreate", "NewsletterSubscriberUpdate"),
    "orders": (
        "CreditOrderCreate",
        "OrderArticleCreate",
        "OrderArticleOptionCreate",
        "OrderCommentCreate",
        "OrderCreate",
        "OrderLineCreate",
        "OrderPaymentCreate",
        "OrderPaymentStatusCreate",
        "OrderUpdate",
        "TaxPriceCreate",
    ),
    "payments": ("PaymentCreate", "PaymentLinePortion", "PaymentUpdate"),
}

# Hidden from type checkers, which would take every misspelt name for an object.
if not TYPE_CHECKING:  # pragma: no branch
    __getattr__ = lazy_getattr(__name__, _EXPORTS)


def __dir__() -> list[str]:
    return sorted({*__all__, *_EXPORTS})
