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
    """An option of a choice list.

    Attributes:
        id: identifies the option.
        name: its name in the store.
        price: surcharge in major units, as exact text.
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
        name: its name in the store.
        description: explains the choice.
        options: the options to choose from.
        has_images: whether its options have images; true for at most one list of an article.
    """

    id: int | None = None
    name: str | None = None
    description: str | None = None
    options: list[ArticleListOption] | None = None
    has_images: bool | None = None


class ArticleVariantOption(Model):
    """An option that defines a variant.

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
        options: the options that define it.
        stock: number of pieces; ``None`` is unlimited.
        can_backorder: whether it can be ordered when out of stock.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "stock")

    id: int | None = None
    options: list[ArticleVariantOption] | None = None
    stock: int | None = None
    can_backorder: bool | None = None


class ArticlePrice(Model):
    """An article's prices in major units, as exact text.

    Attributes:
        default: the regular price; includes tax if `Store.prices_include_tax` is true.
        action: the discounted price, which replaces the regular one; includes tax likewise.
        purchase: the merchant's purchase price, excluding tax.
    """

    default: str | None = None
    action: str | None = None
    purchase: str | None = None

    default_decimal: ClassVar[DecimalView] = DecimalView("default")
    action_decimal: ClassVar[DecimalView] = DecimalView("action")
    purchase_decimal: ClassVar[DecimalView] = DecimalView("purchase")


class ArticleExtraFieldSet(Model):
    """An article's custom fields, as values by field name.

    Attributes:
        visible: fields shown to visitors.
        invisible: fields for the merchant only, such as weight and barcode.
    """

    visible: dict[str, Any] | None = None
    invisible: dict[str, Any] | None = None


class ArticleImage(Model):
    """An image of an article.

    Attributes:
        position: its position among the article's images, from 1.
        id: UUID.
        original_name: name of the uploaded file, without extension.
        url: its URL (deprecated: use `urls`).
        urls: its URL by format (``full``, ``article``, ``thumb``), as one map or a list of maps.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "url")

    position: int | None = None
    id: str | None = None
    original_name: str | None = None
    url: str | None = None
    urls: dict[str, Any] | list[dict[str, Any]] | None = None


class ArticleImagePostable(Model):
    """An image in a request, as in the API's documentation; to send one, use `ArticleImageCreate`.

    Attributes:
        id: UUID of an existing image.
        position: its position among the article's images, from 1.
        url: URL from which the API downloads a new image.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "url")

    id: str | int | None = None
    position: int | None = None
    url: str | None = None


class ArticleLimited(Model):
    """An article in the list of a category's articles (getCategoryArticles).

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
    """An article's position on a category page.

    Attributes:
        category_id: the category.
        article_url_id: identifies the article on that page.
        is_active: whether visitors see the article there.
        is_main: whether the category is the article's main one.
        position: the article's position on the page.
    """

    map_fields: ClassVar[tuple[str, str]] = ("category_id", "is_active")
    # `Article.categories` holds plain dicts; if they arrive as a map, "id" is their key.
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
        delivery_days: days until delivery if it is out of stock.
        meta_title: title for search engines.
        meta_description: description for search engines.
        extra: its custom fields.
        created_date: date of creation, ``yyyy-mm-dd``.
        created_time: time of creation, ``hh:mm:ss`` in store time.
        updated_date: date of the last change.
        updated_time: time of the last change.
        can_backorder: whether it can be ordered when out of stock.
        categories: its category pages, as plain dicts; `category_links` has them typed.
        lists: its choice lists.
        images: its images.
        variants: its variants, each with its own stock.
        url: URL of its page in the store.
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
        """`categories`, typed. Raises DecodeError if one of them has another shape."""
        return validate(self.categories or [], list[CategoryArticle])
