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
    """Where a category is to stand among its siblings; one of the four.

    Attributes:
        first: as the first of its branch.
        last: as the last of its branch, which is where it goes unless told otherwise.
        before: id of a sibling; the vendor's text says that the category comes after it.
        after: id of a sibling; the vendor's text says that the category comes before it.
    """

    first: Flag = UNSET
    last: Flag = UNSET
    before: Integer = UNSET
    after: Integer = UNSET


class CategoryUpdate(Body, kw_only=True):
    """Changes to a category (patchCategory).

    Attributes:
        parent_category_id: the category above it.
        hidden: whether its page is hidden from visitors.
        title: title of its page.
        content: text of its page, HTML.
        meta_title: title for search engines.
        meta_description: description for search engines.
        article_order: how its articles are sorted, 1 to 6 as in `Category`.
        sorting: its place among its siblings.
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
        parent_category_id: the category above it.
        hidden: whether its page is hidden from visitors.
        content: text of its page, HTML.
        meta_title: title for search engines.
        meta_description: description for search engines.
        article_order: how its articles are sorted, 1 to 6 as in `Category`.
        sorting: its place among its siblings.
    """

    title: str
    parent_category_id: Integer = UNSET
    hidden: Flag = UNSET
    content: Text = UNSET
    meta_title: Text = UNSET
    meta_description: Text = UNSET
    article_order: Integer = UNSET
    sorting: CategorySortingCreate | UnsetType | None = UNSET
