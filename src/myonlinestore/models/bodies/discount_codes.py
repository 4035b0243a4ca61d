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
    """A product that a discount code is good for.

    Attributes:
        product_id: the product.
        max_quantity: how many pieces get the discount.
    """

    product_id: Text = UNSET
    max_quantity: Integer = UNSET


class DiscountCodeCreate(Body, kw_only=True):
    """A new discount code (postDiscountcode).

    Attributes:
        code: what the buyer types in, at most 20 characters.
        description: the merchant's note.
        percentage_discount: percent off.
        fixed_discount: amount off, in major units.
        minimum_order_price: what the valid articles of an order must cost, in major units.
        minimum_products: how many products an order must hold.
        applies_to_shipping: whether the fixed discount also lowers shipping costs.
        free_shipping: whether it takes away all shipping costs.
        applies_to_action_prices: whether it is good for articles with an action price.
        single_use: whether it can be used only once.
        active: whether it can be used now.
        valid_from: first day: a date, or ``yyyy-mm-dd``.
        valid_until: last day: a date, or ``yyyy-mm-dd``.
        valid_article_ids: articles it is good for (deprecated: use the products).
        valid_product_ids: products it is good for.
        invalid_article_ids: articles it is not good for (deprecated).
        invalid_product_ids: products it is not good for.
        valid_category_ids: categories it is good for.
        invalid_category_ids: categories it is not good for.
        valid_products: products it is good for, under the name of the vendor's examples.
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
