"""Articles, their choice lists and their variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from myonlinestore._codec.decode import validate
from myonlinestore.models.base import Model
from myonlinestore.models.views import DatetimeView, DecimalView

__all__ = [
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
]


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


class ArticlePrice(Model):
    """An article's prices in major units, exact text as sent.

    Attributes:
        default: the regular price; `Store.prices_include_tax` tells whether tax is in it.
        action: the discounted price, which goes before the regular one; same tax.
        purchase: what the merchant pays, tax excluded.
    """

    default: str | None = None
    action: str | None = None
    purchase: str | None = None

    default_decimal: ClassVar[DecimalView] = DecimalView("default")
    action_decimal: ClassVar[DecimalView] = DecimalView("action")
    purchase_decimal: ClassVar[DecimalView] = DecimalView("purchase")


class ArticleExtraFieldSet(Model):
    """The store's own fields of an article, by field name.

    Attributes:
        visible: fields that visitors see.
        invisible: fields for the merchant only, such as weight and barcode.
    """

    visible: dict[str, Any] | None = None
    invisible: dict[str, Any] | None = None


class ArticleImage(Model):
    """An image of an article.

    Attributes:
        position: its place among the article's images, from 1.
        id: UUID.
        original_name: name of the uploaded file, without extension.
        url: one address (deprecated: use `urls`).
        urls: an address for each format (``full``, ``article``, ``thumb``), as one map or a
            list of maps.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "url")

    position: int | None = None
    id: str | None = None
    original_name: str | None = None
    url: str | None = None
    urls: dict[str, Any] | list[dict[str, Any]] | None = None


class ArticleImagePostable(Model):
    """An image as it is sent; `ArticleImageCreate` is the request body of this shape.

    Attributes:
        id: UUID of an image that is already there.
        position: its place among the article's images, from 1.
        url: address from which the vendor fetches a new image.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "url")

    id: str | int | None = None
    position: int | None = None
    url: str | None = None


class ArticleLimited(Model):
    """An article as the articles of a category are listed (getCategoryArticles).

    Attributes:
        id: identifies the article within the store.
        name: its name.
        uuid: identifies the article everywhere.
        is_main: whether that category is the article's main one.
    """

    id: int | None = None
    name: str | None = None
    uuid: str | None = None
    is_main: bool | None = None


class CategoryArticle(Model):
    """An article's place on a category page.

    Attributes:
        category_id: the category.
        article_url_id: identifies the article on that page.
        is_active: whether visitors see the article there.
        is_main: whether the category is the article's main one.
        position: the article's place on the page.
    """

    map_fields: ClassVar[tuple[str, str]] = ("category_id", "is_active")
    # `Article.categories` keeps plain dicts; what arrives as a map keeps its key there as "id".
    spellings: ClassVar[Mapping[str, str]] = {"id": "category_id"}

    category_id: int | None = None
    article_url_id: int | None = None
    is_active: bool | None = None
    is_main: bool | None = None
    position: int | None = None


class Article(Model):
    """An article of the store (getArticles, getArticle).

    Attributes:
        id: identifies the article within the store (deprecated: use `uuid`).
        uuid: identifies the article everywhere.
        name: its name.
        description: its description, HTML.
        sku: the merchant's article number.
        badge_text: text of the badge on its image.
        taxable: whether tax is charged on it.
        price: its prices.
        stock: number of pieces; ``None`` is unlimited.
        delivery_days: days until delivery when it is sold out.
        meta_title: title for search engines.
        meta_description: description for search engines.
        extra: the store's own fields.
        created_date: date of creation, ``yyyy-mm-dd``.
        created_time: time of creation, ``hh:mm:ss`` in store time.
        updated_date: date of the last change.
        updated_time: time of the last change.
        can_backorder: whether it sells on when sold out.
        categories: the pages that show it, as plain dicts; `category_links` has them typed.
        lists: the choices that its buyer makes.
        images: its images.
        variants: its versions that differ in some value.
        url: address of its page in the store.
    """

    id: int | None = None
    uuid: str | None = None
    name: str | None = None
    description: str | None = None
    sku: str | None = None
    badge_text: str | None = None
    taxable: bool | None = None
    price: ArticlePrice | None = None
    stock: int | None = None
    delivery_days: int | None = None
    meta_title: str | None = None
    meta_description: str | None = None
    extra: ArticleExtraFieldSet | None = None
    created_date: str | None = None
    created_time: str | None = None
    updated_date: str | None = None
    updated_time: str | None = None
    can_backorder: bool | None = None
    categories: list[dict[str, Any]] | None = None
    lists: list[ArticleList] | None = None
    images: list[ArticleImage] | None = None
    variants: list[ArticleVariant] | None = None
    url: str | None = None

    created_datetime: ClassVar[DatetimeView] = DatetimeView("created_date", "created_time")
    updated_datetime: ClassVar[DatetimeView] = DatetimeView("updated_date", "updated_time")

    @property
    def category_links(self) -> list[CategoryArticle]:
        """`categories`, typed. Raises DecodeError where one has another shape."""
        return validate(self.categories or [], list[CategoryArticle])
