"""Request bodies for categories."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from myonlinestore.models.bodies.base import Body, Flag, Integer, Text

__all__ = [
    "CategoryCreate",
    "CategorySortingCreate",
    "CategoryUpdate",
]


class CategorySortingCreate(Body, kw_only=True):
    """A category's position among its siblings; set one of the four fields.

    Attributes:
        first: make it the first sibling.
        last: make it the last sibling, which is the default.
        before: id of a sibling; by the vendor's documentation the category comes after it.
        after: id of a sibling; by the vendor's documentation the category comes before it.
    """

    first: Flag = UNSET
    last: Flag = UNSET
    before: Integer = UNSET
    after: Integer = UNSET


class CategoryUpdate(Body, kw_only=True):
    """Changes to a category (patchCategory).

    Attributes:
        parent_category_id: its parent category.
        hidden: whether its page is hidden from visitors.
        title: title of its page.
        content: text of its page, HTML.
        meta_title: title for search engines.
        meta_description: description for search engines.
        article_order: the order of its articles, 1 to 6 as in `Category`.
        sorting: its position among its siblings.
    """

    parent_category_id: Integer = UNSET
    hidden: Flag = UNSET
    title: Text = UNSET
    content: Text = UNSET
    meta_title: Text = UNSET
    meta_description: Text = UNSET
    article_order: Integer = UNSET
    sorting: CategorySortingCreate | UnsetType | None = UNSET


class CategoryCreate(Body, kw_only=True):
    """A new category (postCategory).

    Attributes:
        title: title of its page.
        parent_category_id: its parent category.
        hidden: whether its page is hidden from visitors.
        content: text of its page, HTML.
        meta_title: title for search engines.
        meta_description: description for search engines.
        article_order: the order of its articles, 1 to 6 as in `Category`.
        sorting: its position among its siblings.
    """

    title: str
    parent_category_id: Integer = UNSET
    hidden: Flag = UNSET
    content: Text = UNSET
    meta_title: Text = UNSET
    meta_description: Text = UNSET
    article_order: Integer = UNSET
    sorting: CategorySortingCreate | UnsetType | None = UNSET
