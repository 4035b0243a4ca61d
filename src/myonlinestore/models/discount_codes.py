"""Discount codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from myonlinestore._codec.decode import validate
from myonlinestore.models.base import Model
from myonlinestore.models.views import DecimalView

__all__ = [
    "DiscountCode",
    "DiscountCodeProduct",
]


class DiscountCodeProduct(Model):
    """A product that a discount code applies to.

    Attributes:
        product_id: the product.
        max_quantity: maximum number of discounted pieces; ``None`` is unlimited.
    """

    map_fields: ClassVar[tuple[str, str]] = ("product_id", "max_quantity")
    # `valid_product_ids` holds plain dicts; if they arrive as a map, "id" is their key.
    spellings: ClassVar[Mapping[str, str]] = {"id": "product_id"}

    product_id: str | None = None
    max_quantity: int | None = None


class DiscountCode(Model):
    """A discount code (getDiscountcodes, getDiscountcode).

    Attributes:
        id: UUID.
        code: the code that the buyer enters, at most 20 characters.
        description: the merchant's note.
        percentage_discount: discount in percent, as exact text.
        fixed_discount: discount in major units, as exact text.
        minimum_order_price: minimum total of the valid articles in an order, in major units.
        minimum_products: minimum number of products in an order.
        applies_to_shipping: whether the fixed discount also reduces shipping costs.
        free_shipping: whether shipping is free.
        applies_to_action_prices: whether it applies to articles with an action price.
        single_use: whether it can be used only once.
        active: whether it can be used now.
        valid_from: first day, ``yyyy-mm-dd``.
        valid_until: last day, ``yyyy-mm-dd``.
        valid_article_ids: articles that it applies to (deprecated: use the products).
        valid_product_ids: products that it applies to, as plain dicts; `valid_product_links` has
            them typed.
        invalid_article_ids: articles that it does not apply to (deprecated).
        invalid_product_ids: products that it does not apply to.
        valid_category_ids: categories that it applies to.
        invalid_category_ids: categories that it does not apply to.
        customer_id: UUID of the only customer who may use it.
        valid_products: products that it applies to, as the vendor's examples name them.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "code")
    row_keys: ClassVar[tuple[str, ...]] = ("id", "code")

    id: str | None = None
    code: str | None = None
    description: str | None = None
    percentage_discount: str | None = None
    fixed_discount: str | None = None
    minimum_order_price: str | None = None
    minimum_products: int | None = None
    applies_to_shipping: bool | None = None
    free_shipping: bool | None = None
    applies_to_action_prices: bool | None = None
    single_use: bool | None = None
    active: bool | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    valid_article_ids: list[str] | None = None
    valid_product_ids: list[dict[str, Any]] | None = None
    invalid_article_ids: list[str] | None = None
    invalid_product_ids: list[str] | None = None
    valid_category_ids: list[str] | None = None
    invalid_category_ids: list[str] | None = None
    customer_id: str | None = None
    valid_products: list[DiscountCodeProduct] | None = None

    percentage_discount_decimal: ClassVar[DecimalView] = DecimalView("percentage_discount")
    fixed_discount_decimal: ClassVar[DecimalView] = DecimalView("fixed_discount")
    minimum_order_price_decimal: ClassVar[DecimalView] = DecimalView("minimum_order_price")

    @property
    def valid_product_links(self) -> list[DiscountCodeProduct]:
        """`valid_product_ids`, typed. Raises DecodeError if one of them has another shape."""
        return validate(self.valid_product_ids or [], list[DiscountCodeProduct])
