"""The lines of an order."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import DecimalView, Model
from myonlinestore.models.money import OrderArticlePrice, TaxPrice


class OrderArticleOption(Model):
    """A choice that the buyer of an ordered article made.

    Attributes:
        list_option_id: the `ArticleListOption` chosen.
        description: its name.
        price: its surcharge, major units: with its tax, or as bare text.
    """

    map_fields: ClassVar[tuple[str, str]] = ("list_option_id", "description")

    list_option_id: int | None = None
    description: str | None = None
    price: TaxPrice | str | None = None

    price_decimal: ClassVar[DecimalView] = DecimalView("price")


class OrderArticle(Model):
    """An article in an order line.

    Attributes:
        id: the `Article`.
        description: its name when it was ordered.
        sku: the merchant's article number.
        price: what one piece costs.
        options: the choices made.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "description")

    id: int | None = None
    description: str | None = None
    sku: str | None = None
    price: OrderArticlePrice | None = None
    options: list[OrderArticleOption] | None = None


class OrderLinePrice(TaxPrice):
    """What an order line costs at one tax rate.

    Attributes:
        articles: the line's articles, where the answer nests them here.
    """

    articles: list[OrderArticle] | None = None

    def __post_init__(self) -> None:
        # A list of prices may arrive as {"0": …, "1": …}, which has none of these names: refused
        # here, so that it is repaired and not taken for one empty price.
        if (
            self.rate is None
            and self.amount is None
            and self.amount_including_tax is None
            and self.articles is None
        ):
            raise ValueError("a price of an order line needs an amount or a rate")


class OrderDetail(Model):
    """A line of an order.

    Attributes:
        id: UUID.
        type: ``"article"``, ``"custom"``, ``"payment"`` and the like.
        quantity: number of pieces.
        unit_price: price of one piece of a custom line: with its tax, or as bare text.
        unit_weight: weight of one piece of a custom line.
        price_override: the price that was set in place of the article's, major units.
        description: what it is, options included.
        price: what the line costs; a list where it has several tax rates.
        weight: weight of the whole line.
        articles: the articles in it.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "description")

    id: str | None = None
    type: str | None = None
    quantity: int | None = None
    unit_price: TaxPrice | str | None = None
    unit_weight: str | None = None
    price_override: str | bool | None = None
    description: str | None = None
    price: OrderLinePrice | list[OrderLinePrice] | None = None
    weight: str | None = None
    articles: list[OrderArticle] | None = None

    unit_price_decimal: ClassVar[DecimalView] = DecimalView("unit_price")
    price_override_decimal: ClassVar[DecimalView] = DecimalView("price_override")
