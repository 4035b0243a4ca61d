"""Choice lists of articles, and the variants that a choice selects."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import DecimalView, Model


class ArticleListOption(Model):
    """One choice of a list.

    Attributes:
        id: identifies the option.
        name: as the visitor reads it.
        price: surcharge in major units.
        image_ids: UUIDs of the article's images that show this option.
    """

    id: int | None = None
    name: str | None = None
    price: str | None = None
    image_ids: list[str] | None = None

    price_decimal: ClassVar[DecimalView] = DecimalView("price")


class ArticleList(Model):
    """A choice that the buyer of an article makes, such as its colour.

    Attributes:
        id: identifies the list within the store.
        name: as the visitor reads it.
        description: explains the choice.
        options: what there is to choose from.
        has_images: whether options show images; at most one list of an article does.
    """

    id: int | None = None
    name: str | None = None
    description: str | None = None
    options: list[ArticleListOption] | None = None
    has_images: bool | None = None


class ArticleVariantOption(Model):
    """One choice that a variant stands for.

    Attributes:
        list_id: the list chosen from.
        option_id: the option chosen.
        name: the option's name.
    """

    map_fields: ClassVar[tuple[str, str]] = ("list_id", "name")

    list_id: int | None = None
    option_id: int | None = None
    name: str | None = None


class ArticleVariant(Model):
    """A version of an article with its own stock.

    Attributes:
        id: identifies the variant.
        options: the choices that lead to it.
        stock: number of pieces; ``None`` is unlimited.
        can_backorder: whether it sells on when sold out.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "stock")

    id: int | None = None
    options: list[ArticleVariantOption] | None = None
    stock: int | None = None
    can_backorder: bool | None = None
