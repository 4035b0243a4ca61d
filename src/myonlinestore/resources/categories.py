"""Categories: the pages of the store that show articles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import (
    ArticleLimited,
    Category,
    CategoryCreate,
    CategoryUpdate,
    CountResponse,
)
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.pagination._count import attach_count
from myonlinestore.resources.base import Resource

# The published client has `CountResponse` under this module's name too.
__all__ = ["CategoriesResource", "CountResponse"]

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from myonlinestore.resources.filters import CategoryFilters

T = TypeVar("T")


class CategoriesResource(Resource):
    """``client.categories``."""

    @overload
    async def alist(
        self, *, model: None = None, **filters: Unpack[CategoryFilters]
    ) -> PaginatedResponse[Category]: ...
    @overload
    async def alist(
        self, *, model: type[T], **filters: Unpack[CategoryFilters]
    ) -> PaginatedResponse[T]: ...
    @attach_count("acount", unsupported=("as_tree", "max_depth"))
    async def alist(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
        as_tree: bool | None = None,
        max_depth: int | None = None,
        model: type[Any] | None = None,
    ) -> PaginatedResponse[Category] | PaginatedResponse[Any]:
        """List a page of categories (getCategories).

        Args:
            limit: rows on the page, 1 to 100; the configuration's `default_limit` if omitted.
            offset: rows to skip.
            created_start_date: created at or after this time, in store time; a date means midnight.
            created_end_date: created at or before this time.
            changed_start_date: changed at or after this time.
            changed_end_date: changed at or before this time.
            as_tree: whether each category contains its children, in `leafs`.
            max_depth: maximum depth of the tree.
            model: a type to decode each row to instead, such as a Struct of the fields you need.

        Raises:
            ConnectError: the call failed.
            TypeError: rows cannot be decoded to `model`.
            ValueError: `limit` or `offset` is out of range.
        """
        query = {
            "created_start_date": created_start_date,
            "created_end_date": created_end_date,
            "changed_start_date": changed_start_date,
            "changed_end_date": changed_end_date,
            "as_tree": as_tree,
            "max_depth": max_depth,
        }
        request = Request(
            "GET", build_path("categories"), list[Category], query, operation="getCategories"
        )
        return await self._list_page(request, limit, offset, model)

    async def aget(self, *, category_id: int | str) -> Category:
        """Return a category (getCategory)."""
        return await self._send(
            Request("GET", build_path("categories", category_id), Category, operation="getCategory")
        )

    async def acreate(self, *, body: Mapping[str, Any] | CategoryCreate) -> Category:
        """Create a category (postCategory) and return it as stored."""
        return await self._send(
            Request("POST", build_path("categories"), Category, body=body, operation="postCategory")
        )

    async def aupdate(
        self, *, category_id: int | str, body: Mapping[str, Any] | CategoryUpdate
    ) -> Category:
        """Change the given fields of a category (patchCategory) and return it as stored."""
        category = build_path("categories", category_id)
        return await self._send(
            Request("PATCH", category, Category, body=body, operation="patchCategory")
        )

    async def acount(
        self,
        *,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
    ) -> int:
        """Return the number of categories (getCategoryCount), with the filters of `list`."""
        query = {
            "created_start_date": created_start_date,
            "created_end_date": created_end_date,
            "changed_start_date": changed_start_date,
            "changed_end_date": changed_end_date,
        }
        request = Request(
            "GET",
            build_path("categories", "count"),
            int,
            query,
            envelope="count",
            operation="getCategoryCount",
        )
        return await self._send(request)

    @overload
    async def alist_articles(
        self,
        *,
        category_id: int | str,
        limit: int | None = None,
        offset: int | None = None,
        model: None = None,
    ) -> PaginatedResponse[ArticleLimited]: ...
    @overload
    async def alist_articles(
        self,
        *,
        category_id: int | str,
        limit: int | None = None,
        offset: int | None = None,
        model: type[T],
    ) -> PaginatedResponse[T]: ...
    async def alist_articles(
        self,
        *,
        category_id: int | str,
        limit: int | None = None,
        offset: int | None = None,
        model: type[Any] | None = None,
    ) -> PaginatedResponse[ArticleLimited] | PaginatedResponse[Any]:
        """List a page of the articles in a category (getCategoryArticles).

        Each row has only the fields id, name, uuid and is_main.

        Args:
            category_id: the category's id.
            limit: rows on the page, 1 to 100; the configuration's `default_limit` if omitted.
            offset: rows to skip.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        articles = build_path("categories", category_id, "articles")
        return await self._list_page(
            Request("GET", articles, list[ArticleLimited], operation="getCategoryArticles"),
            limit,
            offset,
            model,
        )

    @overload
    def list(
        self, *, model: None = None, **filters: Unpack[CategoryFilters]
    ) -> PaginatedResponse[Category]: ...
    @overload
    def list(
        self, *, model: type[T], **filters: Unpack[CategoryFilters]
    ) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(aupdate)
    def update(self) -> None: ...

    @sync_method(acount)
    def count(self) -> None: ...

    @overload
    def list_articles(
        self,
        *,
        category_id: int | str,
        limit: int | None = None,
        offset: int | None = None,
        model: None = None,
    ) -> PaginatedResponse[ArticleLimited]: ...
    @overload
    def list_articles(
        self,
        *,
        category_id: int | str,
        limit: int | None = None,
        offset: int | None = None,
        model: type[T],
    ) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist_articles)
    def list_articles(self) -> None: ...
