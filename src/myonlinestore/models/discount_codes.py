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
    """A product that a discount code is good for.

    Attributes:
        product_id: the product.
        max_quantity: how many pieces get the discount; ``None`` is all.
    """

    map_fields: ClassVar[tuple[str, str]] = ("product_id", "max_quantity")
    # `valid_product_ids` keeps plain dicts; what arrives as a map keeps its key there as "id".
    spellings: ClassVar[Mapping[str, str]] = {"id": "product_id"}

    product_id: str | None = None
    max_quantity: int | None = None


class DiscountCode(Model):
    """A discount code (getDiscountcodes, getDiscountcode).

    Attributes:
        id: UUID.
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
        valid_from: first day, ``yyyy-mm-dd``.
        valid_until: last day, ``yyyy-mm-dd``.
        valid_article_ids: articles it is good for (deprecated: use the products).
        valid_product_ids: products it is good for, as plain dicts; `valid_product_links` has
            them typed.
        invalid_article_ids: articles it is not good for (deprecated).
        invalid_product_ids: products it is not good for.
        valid_category_ids: categories it is good for.
        invalid_category_ids: categories it is not good for.
        customer_id: UUID of the only customer who may use it.
        valid_products: products it is good for, under the name of the vendor's examples.
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
        """`valid_product_ids`, typed. Raises DecodeError where one has another shape."""
        return validate(self.valid_product_ids or [], list[DiscountCodeProduct])
