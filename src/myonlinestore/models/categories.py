"""Categories: the pages of the store that show articles."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import Model

__all__ = [
    "Category",
    "CategorySorting",
]


class CategorySorting(Model):
    """A category's position among its siblings.

    Attributes:
        first: whether it is the first sibling.
        last: whether it is the last sibling.
        previous: id of the sibling before it.
        next: id of the sibling after it.
    """

    aliased_fields: ClassVar[tuple[str, ...]] = ("next",)

    first: bool | int | None = None
    last: bool | int | None = None
    previous: int | None = None
    next: int | None = None


class Category(Model):
    """A category and its subcategories (getCategories, getCategory).

    Attributes:
        id: identifies the category.
        parent_category_id: its parent category.
        hidden: whether its page is hidden from visitors.
        title: title of its page.
        content: text of its page, HTML.
        meta_title: title for search engines.
        meta_description: description for search engines.
        article_order: the order of its articles: 1 price, 2 name, 3 last changed first,
            4 newest first, 5 manual with new ones last, 6 manual with new ones first.
        leafs: its subcategories.
        sorting: its position among its siblings.
        parent_id: its parent category, in a category that is nested in `leafs`.
    """

    map_fields: ClassVar[tuple[str, str]] = ("id", "title")

    id: int | None = None
    parent_category_id: int | None = None
    hidden: bool | None = None
    title: str | None = None
    content: str | None = None
    meta_title: str | None = None
    meta_description: str | None = None
    article_order: int | None = None
    leafs: list[Category] | None = None
    sorting: CategorySorting | None = None
    parent_id: int | None = None
