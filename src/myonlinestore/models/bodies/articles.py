"""Request bodies for articles, their images, lists and fields."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from myonlinestore.models.bodies.base import Body, Flag, Integer, Money, Text

__all__ = [
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
]


class ArticlePriceCreate(Body, kw_only=True):
    """An article's prices in major units.

    Attributes:
        default: the regular price; includes tax if `Store.prices_include_tax` is true.
        action: the discounted price, which replaces the regular one; includes tax likewise.
        purchase: the merchant's purchase price, excluding tax.
    """

    default: Money = UNSET
    action: Money = UNSET
    purchase: Money = UNSET


class ArticleExtraFieldsCreate(Body, kw_only=True):
    """An article's custom fields, as values by field name.

    Attributes:
        visible: fields shown to visitors.
        invisible: fields for the merchant only.
    """

    visible: dict[str, Any] | UnsetType | None = UNSET
    invisible: dict[str, Any] | UnsetType | None = UNSET


class ArticleCategoryCreate(Body, kw_only=True):
    """A category page that shows a new article.

    Attributes:
        category_id: the category.
        is_active: whether visitors see the article there.
        is_main: whether the category is the article's main one.
    """

    category_id: int
    is_active: Flag = UNSET
    is_main: Flag = UNSET


class ArticleCategoryUpdate(ArticleCategoryCreate, kw_only=True):
    """A category page that shows an article.

    Attributes:
        article_url_id: identifies the article on that page.
    """

    article_url_id: Integer = UNSET


class ArticleListOptionAttach(Body, kw_only=True):
    """The images of one option of an article's list.

    Attributes:
        id: the `ArticleListOption`.
        image_ids: UUIDs of the article's images that show this option.
    """

    id: int
    image_ids: list[str]


class ArticleListAttach(Body, kw_only=True):
    """A choice list of an article.

    Attributes:
        id: the `ArticleList`.
        options: the images of its options.
        has_images: whether its options have images; true for at most one list of an article.
    """

    id: int
    options: list[ArticleListOptionAttach]
    has_images: Flag = UNSET


class ArticleImageCreate(Body, kw_only=True):
    """An image of an article.

    Attributes:
        id: UUID of an existing image.
        position: its position among the article's images, 1 to 15.
        url: URL from which the API downloads a new image.
    """

    id: Text = UNSET
    position: Integer = UNSET
    url: Text = UNSET


class ArticleVariantOptionUpdate(Body, kw_only=True):
    """An option that defines a variant.

    Attributes:
        list_id: the list chosen from.
        option_id: the option chosen.
        name: the option's name.
    """

    list_id: Integer = UNSET
    option_id: Integer = UNSET
    name: Text = UNSET


class ArticleVariantUpdate(Body, kw_only=True):
    """A version of an article with its own stock.

    Attributes:
        id: identifies the variant.
        options: the options that define it.
        stock: number of pieces; ``None`` is unlimited.
        can_backorder: whether it can be ordered when out of stock.
    """

    id: Integer = UNSET
    options: list[ArticleVariantOptionUpdate] | UnsetType | None = UNSET
    stock: Integer = UNSET
    can_backorder: Flag = UNSET


class ArticleFields(Body, kw_only=True):
    """The fields of both `ArticleCreate` and `ArticleUpdate`.

    Attributes:
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
        can_backorder: whether it can be ordered when out of stock.
        lists: its choice lists.
        images: its images.
    """

    name: Text = UNSET
    description: Text = UNSET
    sku: Text = UNSET
    badge_text: Text = UNSET
    taxable: Flag = UNSET
    price: ArticlePriceCreate | UnsetType | None = UNSET
    stock: Integer = UNSET
    delivery_days: Integer = UNSET
    meta_title: Text = UNSET
    meta_description: Text = UNSET
    extra: ArticleExtraFieldsCreate | UnsetType | None = UNSET
    can_backorder: Flag = UNSET
    lists: list[ArticleListAttach] | UnsetType | None = UNSET
    images: list[ArticleImageCreate] | UnsetType | None = UNSET


class ArticleCreate(ArticleFields, kw_only=True):
    """A new article (postArticle).

    Attributes:
        categories: its category pages.
    """

    categories: list[ArticleCategoryCreate] | UnsetType | None = UNSET


class ArticleUpdate(ArticleFields, kw_only=True):
    """Changes to an article (patchArticle).

    Attributes:
        categories: its category pages.
        variants: its variants.
    """

    categories: list[ArticleCategoryUpdate] | UnsetType | None = UNSET
    variants: list[ArticleVariantUpdate] | UnsetType | None = UNSET


class ArticleImageUpload(Body, kw_only=True):
    """An image to upload and attach (postUploadImage).

    Attributes:
        filename: name of the file.
        position: its position among the article's images, 1 to 15.
        content: the image as bytes, which are sent as base64, or as base64 text.
    """

    filename: Text = UNSET
    position: Integer = UNSET
    content: bytes | str | UnsetType | None = UNSET


class ArticleListOptionCreate(Body, kw_only=True):
    """A new option of an article list (postArticleListOptions).

    Attributes:
        id: identifies the option.
        name: its name in the store.
        price: surcharge in major units.
    """

    id: Integer = UNSET
    name: Text = UNSET
    price: Money = UNSET
