"""Articles, their custom fields, and their choice lists with options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import (
    Article,
    ArticleCreate,
    ArticleImageUpload,
    ArticleList,
    ArticleListOptionCreate,
    ArticleUpdate,
    CountResponse,
)
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.pagination._count import attach_count
from myonlinestore.resources.base import Resource, resolve_id, unset_if_none

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from myonlinestore.resources.filters import ArticleFilters

# The published client has `CountResponse` under this module's name too.
__all__ = [
    "ArticleFieldsResource",
    "ArticleListOptionsResource",
    "ArticleListsResource",
    "ArticlesResource",
    "CountResponse",
]

T = TypeVar("T")


class ArticlesResource(Resource):
    """``client.articles``."""

    @overload
    async def alist(
        self, *, model: None = None, **filters: Unpack[ArticleFilters]
    ) -> PaginatedResponse[Article]: ...
    @overload
    async def alist(
        self, *, model: type[T], **filters: Unpack[ArticleFilters]
    ) -> PaginatedResponse[T]: ...
    @attach_count("acount", unsupported=("ids", "uuids", "use_url_id"))
    async def alist(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
        ids: Sequence[int] | None = None,
        uuids: Sequence[str] | None = None,
        use_url_id: bool | None = None,
        model: type[Any] | None = None,
    ) -> PaginatedResponse[Article] | PaginatedResponse[Any]:
        """List a page of articles (getArticles).

        Args:
            limit: rows on the page, 1 to 100; the configuration's `default_limit` if omitted.
            offset: rows to skip.
            created_start_date: created at or after this time, in store time; a date means midnight.
            created_end_date: created at or before this time.
            changed_start_date: changed at or after this time.
            changed_end_date: changed at or before this time.
            ids: only these ids, on one page that takes a request per 100 of them, unless `limit` or
                `offset` is passed; an empty list returns an empty page without a request.
            uuids: only these UUIDs, as `ids`.
            use_url_id: not documented for this operation; sent unchanged.
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
            "ids": ids,
            "uuids": uuids,
            "use_url_id": use_url_id,
        }
        return await self._list_page(
            Request("GET", build_path("articles"), list[Article], query, operation="getArticles"),
            limit,
            offset,
            model,
        )

    async def aget(self, *, article_id: int | str, use_url_id: bool | None = None) -> Article:
        """Return an article (getArticle).

        Args:
            article_id: the article's id, or the id in its page's URL if `use_url_id` is true.
            use_url_id: whether `article_id` is the id in the URL of the article's page.

        Raises:
            NotFoundError: the store has no such article.
            ConnectError: the call failed otherwise.
        """
        query = {"use_url_id": use_url_id}
        return await self._send(
            Request(
                "GET", build_path("articles", article_id), Article, query, operation="getArticle"
            )
        )

    async def acreate(self, *, body: Mapping[str, Any] | ArticleCreate) -> Article:
        """Create an article (postArticle) and return it as stored.

        Raises:
            ValidationError: the API rejected the body.
            ConnectError: the call failed otherwise.
        """
        return await self._send(
            Request("POST", build_path("articles"), Article, body=body, operation="postArticle")
        )

    async def aupdate(
        self,
        *,
        article_id: int | str,
        body: Mapping[str, Any] | ArticleUpdate,
        use_url_id: bool | None = None,
    ) -> Article:
        """Change the given fields of an article (patchArticle) and return it as stored.

        An omitted field keeps its value; ``None`` is sent as null, which means unlimited for
        `stock`. `images`, and the options of `lists`, replace all existing ones.

        Raises:
            NotFoundError: the store has no such article.
            ValidationError: the API rejected the body.
            ConnectError: the call failed otherwise.
        """
        query = {"use_url_id": use_url_id}
        request = Request(
            "PATCH",
            build_path("articles", article_id),
            Article,
            query,
            body,
            operation="patchArticle",
        )
        return await self._send(request)

    async def adelete(self, *, article_id: int | str, use_url_id: bool | None = None) -> None:
        """Delete an article (deleteArticle).

        Raises:
            NotFoundError: the store has no such article.
            ConnectError: the call failed otherwise.
        """
        query = {"use_url_id": use_url_id}
        await self._send(
            Request(
                "DELETE",
                build_path("articles", article_id),
                NoneType,
                query,
                operation="deleteArticle",
            )
        )

    async def acount(
        self,
        *,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
    ) -> int:
        """Return the number of articles (getArticleCount), with the filters of `list`."""
        query = {
            "created_start_date": created_start_date,
            "created_end_date": created_end_date,
            "changed_start_date": changed_start_date,
            "changed_end_date": changed_end_date,
        }
        request = Request(
            "GET",
            build_path("articles", "count"),
            int,
            query,
            envelope="count",
            operation="getArticleCount",
        )
        return await self._send(request)

    async def aupload_image(
        self, *, article_id: int | str, filename: str, content: str, position: int | None = None
    ) -> str:
        """Upload an image and attach it to an article (postUploadImage).

        Args:
            article_id: the article's id.
            filename: the image's file name.
            content: the image, base64-encoded.
            position: position among the article's images, 1 to 15; the API chooses if omitted.

        Returns:
            The text of the response: the image's URL or identifier.
        """
        body = ArticleImageUpload(
            filename=filename, content=content, position=unset_if_none(position)
        )
        request = Request(
            "POST",
            build_path("articles", "uploadImage", article_id),
            str,
            body=body,
            operation="postUploadImage",
        )
        return await self._send(request)

    async def adelete_image(self, *, image_id: int | str) -> None:
        """Delete an image (deleteImage)."""
        await self._send(
            Request(
                "DELETE", build_path("deleteImage", image_id), NoneType, operation="deleteImage"
            )
        )

    @overload
    def list(
        self, *, model: None = None, **filters: Unpack[ArticleFilters]
    ) -> PaginatedResponse[Article]: ...
    @overload
    def list(
        self, *, model: type[T], **filters: Unpack[ArticleFilters]
    ) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(aupdate)
    def update(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...

    @sync_method(acount)
    def count(self) -> None: ...

    @sync_method(aupload_image)
    def upload_image(self) -> None: ...

    @sync_method(adelete_image)
    def delete_image(self) -> None: ...


class ArticleFieldsResource(Resource):
    """``client.article_fields``."""

    async def acreate(
        self,
        *,
        article_id: int | str,
        body: Mapping[str, Any],
        use_url_id: bool | None = None,
        visible: bool | None = None,
    ) -> Article:
        """Set custom fields of an article (postArticleFields) and return the article.

        Args:
            article_id: the article's id, or the id in its page's URL if `use_url_id` is true.
            body: the fields' values by name.
            use_url_id: whether `article_id` is the id in the URL of the article's page.
            visible: whether the fields are shown to visitors.
        """
        query = {"use_url_id": use_url_id, "visible": visible}
        fields = build_path("articlefields", article_id)
        return await self._send(
            Request("POST", fields, Article, query, body, operation="postArticleFields")
        )

    async def adelete(
        self,
        *,
        article_id: int | str,
        body: Sequence[str] | None = None,
        use_url_id: bool | None = None,
        visible: bool | None = None,
    ) -> Article:
        """Delete custom fields of an article (deleteArticleFields) and return the article.

        Args:
            article_id: the article's id, or the id in its page's URL if `use_url_id` is true.
            body: the names of the fields to delete.
            use_url_id: whether `article_id` is the id in the URL of the article's page.
            visible: whether the fields are shown to visitors.
        """
        query = {"use_url_id": use_url_id, "visible": visible}
        fields = build_path("articlefields", article_id)
        return await self._send(
            Request("DELETE", fields, Article, query, body, operation="deleteArticleFields")
        )

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...


class ArticleListsResource(Resource):
    """``client.article_lists``."""

    async def aget(self, /, *, id: int | str | None = None, **kwargs: Any) -> ArticleList:
        """Return a choice list (getArticleList).

        Args:
            id: the list's id.
            kwargs: `list_id`, the name of `id` in version 1.0.
        """
        article_list = build_path("articlelists", resolve_id(id, kwargs, "list_id"))
        return await self._send(
            Request("GET", article_list, ArticleList, operation="getArticleList")
        )

    async def aadd(
        self,
        *,
        list_id: int | str,
        body: Sequence[int] | Mapping[str, Any],
        use_url_id: bool | None = None,
    ) -> Article:
        """Add choice lists to an article (postArticleLists) and return the article.

        Args:
            list_id: the id of the article, under the name that it has in version 1.0.
            body: the ids of the lists to add.
            use_url_id: whether `list_id` is the id in the URL of the article's page.
        """
        query = {"use_url_id": use_url_id}
        return await self._send(
            Request(
                "POST",
                build_path("articlelists", list_id),
                Article,
                query,
                body,
                operation="postArticleLists",
            )
        )

    async def aremove(
        self,
        *,
        list_id: int | str,
        body: Sequence[int] | None = None,
        use_url_id: bool | None = None,
    ) -> Article:
        """Remove choice lists from an article (deleteArticleLists) and return the article.

        Args:
            list_id: the id of the article, under the name that it has in version 1.0.
            body: the ids of the lists to remove.
            use_url_id: whether `list_id` is the id in the URL of the article's page.
        """
        query = {"use_url_id": use_url_id}
        return await self._send(
            Request(
                "DELETE",
                build_path("articlelists", list_id),
                Article,
                query,
                body,
                operation="deleteArticleLists",
            )
        )

    @sync_method(aget)
    def get(self) -> None: ...

    @sync_method(aadd)
    def add(self) -> None: ...

    @sync_method(aremove)
    def remove(self) -> None: ...


class ArticleListOptionsResource(Resource):
    """``client.article_list_options``."""

    async def acreate(
        self,
        *,
        articlelist_id: int | str,
        body: Sequence[Mapping[str, Any] | ArticleListOptionCreate] | Mapping[str, Any],
    ) -> ArticleList:
        """Add options to a list (postArticleListOptions) and return the list.

        Args:
            articlelist_id: the list's id.
            body: the options, each with a name and a price.
        """
        options = build_path("articlelistoptions", articlelist_id)
        return await self._send(
            Request("POST", options, ArticleList, body=body, operation="postArticleListOptions")
        )

    async def adelete(
        self, *, articlelist_id: int | str, body: Sequence[str] | None = None
    ) -> ArticleList:
        """Delete options of a list (deleteArticleListOptions) and return the list.

        Args:
            articlelist_id: the list's id.
            body: the names of the options to delete.
        """
        options = build_path("articlelistoptions", articlelist_id)
        return await self._send(
            Request("DELETE", options, ArticleList, body=body, operation="deleteArticleListOptions")
        )

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...
