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
    """Prices of an article, major units.

    Attributes:
        default: the regular price; `Store.prices_include_tax` tells whether tax is in it.
        action: the discounted price.
        purchase: what the merchant pays, tax excluded.
    """

    default: Money = UNSET
    action: Money = UNSET
    purchase: Money = UNSET


class ArticleExtraFieldsCreate(Body, kw_only=True):
    """The store's own fields of an article, by field name.

    Attributes:
        visible: fields that visitors see.
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
        image_ids: UUIDs of the images that show it.
    """

    id: int
    image_ids: list[str]


class ArticleListAttach(Body, kw_only=True):
    """A list offered with an article.

    Attributes:
        id: the `ArticleList`.
        options: images of its options.
        has_images: whether options show images; at most one list of an article may.
    """

    id: int
    options: list[ArticleListOptionAttach]
    has_images: Flag = UNSET


class ArticleImageCreate(Body, kw_only=True):
    """An image of an article.

    Attributes:
        id: UUID of an image that is already there.
        position: its place among the article's images, 1 to 15.
        url: address from which the vendor fetches a new image.
    """

    id: Text = UNSET
    position: Integer = UNSET
    url: Text = UNSET


class ArticleVariantOptionUpdate(Body, kw_only=True):
    """One choice that a variant stands for.

    Attributes:
        list_id: the list chosen from.
        option_id: the option chosen.
        name: the option's name.
    """

    list_id: Integer = UNSET
    option_id: Integer = UNSET
    name: Text = UNSET


class ArticleVariantUpdate(Body, kw_only=True):
    """A version of an article.

    Attributes:
        id: identifies the variant.
        options: the choices that lead to it.
        stock: number of pieces; ``None`` is unlimited.
        can_backorder: whether it sells on when sold out.
    """

    id: Integer = UNSET
    options: list[ArticleVariantOptionUpdate] | UnsetType | None = UNSET
    stock: Integer = UNSET
    can_backorder: Flag = UNSET


class ArticleFields(Body, kw_only=True):
    """What a new and a changed article have in common.

    Attributes:
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
        can_backorder: whether it sells on when sold out.
        lists: the choices that its buyer makes.
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
        categories: the pages that show it.
    """

    categories: list[ArticleCategoryCreate] | UnsetType | None = UNSET


class ArticleUpdate(ArticleFields, kw_only=True):
    """Changes to an article (patchArticle).

    Attributes:
        categories: the pages that show it.
        variants: its versions.
    """

    categories: list[ArticleCategoryUpdate] | UnsetType | None = UNSET
    variants: list[ArticleVariantUpdate] | UnsetType | None = UNSET


class ArticleImageUpload(Body, kw_only=True):
    """An image to upload and attach (postUploadImage).

    Attributes:
        filename: name of the file.
        position: its place among the article's images, 1 to 15.
        content: the image: bytes, which go out as base64, or base64 text.
    """

    filename: Text = UNSET
    position: Integer = UNSET
    content: bytes | str | UnsetType | None = UNSET


class ArticleListOptionCreate(Body, kw_only=True):
    """A new option of an article list (postArticleListOptions).

    Attributes:
        id: identifies the option.
        name: as the visitor reads it.
        price: surcharge in major units.
    """

    id: Integer = UNSET
    name: Text = UNSET
    price: Money = UNSET
