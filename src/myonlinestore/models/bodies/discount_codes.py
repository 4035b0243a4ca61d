"""Request bodies for discount codes."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from myonlinestore.models.bodies.base import Body, Date, Flag, Integer, Money, Text

__all__ = [
    "DiscountCodeCreate",
    "DiscountCodeProductCreate",
    "DiscountCodeUpdate",
]


class DiscountCodeProductCreate(Body, kw_only=True):
    """A product that a discount code applies to.

    Attributes:
        product_id: the product.
        max_quantity: maximum number of discounted pieces.
    """

    product_id: Text = UNSET
    max_quantity: Integer = UNSET


class DiscountCodeCreate(Body, kw_only=True):
    """A new discount code (postDiscountcode).

    Attributes:
        code: the code that the buyer enters, at most 20 characters.
        description: the merchant's note.
        percentage_discount: discount in percent.
        fixed_discount: discount in major units.
        minimum_order_price: minimum total of the valid articles in an order, in major units.
        minimum_products: minimum number of products in an order.
        applies_to_shipping: whether the fixed discount also reduces shipping costs.
        free_shipping: whether shipping is free.
        applies_to_action_prices: whether it applies to articles with an action price.
        single_use: whether it can be used only once.
        active: whether it can be used now.
        valid_from: first day: a date, or ``yyyy-mm-dd``.
        valid_until: last day: a date, or ``yyyy-mm-dd``.
        valid_article_ids: articles that it applies to (deprecated: use the products).
        valid_product_ids: products that it applies to.
        invalid_article_ids: articles that it does not apply to (deprecated).
        invalid_product_ids: products that it does not apply to.
        valid_category_ids: categories that it applies to.
        invalid_category_ids: categories that it does not apply to.
        valid_products: products that it applies to, as the vendor's examples name them.
    """

    code: Text = UNSET
    description: Text = UNSET
    percentage_discount: Money = UNSET
    fixed_discount: Money = UNSET
    minimum_order_price: Money = UNSET
    minimum_products: Integer = UNSET
    applies_to_shipping: Flag = UNSET
    free_shipping: Flag = UNSET
    applies_to_action_prices: Flag = UNSET
    single_use: Flag = UNSET
    active: Flag = UNSET
    valid_from: Date = UNSET
    valid_until: Date = UNSET
    valid_article_ids: list[str] | UnsetType | None = UNSET
    valid_product_ids: list[DiscountCodeProductCreate] | UnsetType | None = UNSET
    invalid_article_ids: list[str] | UnsetType | None = UNSET
    invalid_product_ids: list[str] | UnsetType | None = UNSET
    valid_category_ids: list[str] | UnsetType | None = UNSET
    invalid_category_ids: list[str] | UnsetType | None = UNSET
    valid_products: list[DiscountCodeProductCreate] | UnsetType | None = UNSET


class DiscountCodeUpdate(DiscountCodeCreate, kw_only=True):
    """Changes to a discount code (patchDiscountcode); the fields of `DiscountCodeCreate`."""
