"""Articles, their extra fields, and their choice lists with options."""

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
from myonlinestore.pagination._paginator import attach_count
from myonlinestore.resources.base import Resource, identifier, unset_if_none

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
    @attach_count("count")
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
        """A page of articles (getArticles).

        Args:
            limit: rows on the page, 1 to 100; the configuration's `default_limit` if omitted.
            offset: rows to skip.
            created_start_date: created at or after this moment, in store time; a date is midnight.
            created_end_date: created at or before this moment.
            changed_start_date: changed at or after this moment.
            changed_end_date: changed at or before this moment.
            ids: only these ids; an empty list asks for nothing and sends no request.
            uuids: only these UUIDs; an empty list asks for nothing and sends no request.
            use_url_id: not documented for this operation; sent as given, for older callers.
            model: what each row is decoded to instead, such as a Struct of the fields you need.

        Raises:
            ConnectError: the call failed.
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
            Request("GET", build_path("articles"), list[Article], query), limit, offset, model
        )

    async def aget(self, *, article_id: int | str, use_url_id: bool | None = None) -> Article:
        """One article (getArticle).

        Args:
            article_id: its id, or the id in its page's URL when `use_url_id` is true.
            use_url_id: whether `article_id` is the one from the article's page URL.

        Raises:
            NotFoundError: the store has no such article.
            ConnectError: the call failed otherwise.
        """
        query = {"use_url_id": use_url_id}
        return await self._send(Request("GET", build_path("articles", article_id), Article, query))

    async def acreate(self, *, body: Mapping[str, Any] | ArticleCreate) -> Article:
        """Create an article (postArticle) and return it as stored.

        Raises:
            ValidationError: the vendor refused the body.
            ConnectError: the call failed otherwise.
        """
        return await self._send(Request("POST", build_path("articles"), Article, body=body))

    async def aupdate(
        self,
        *,
        article_id: int | str,
        body: Mapping[str, Any] | ArticleUpdate,
        use_url_id: bool | None = None,
    ) -> Article:
        """Change the given fields of an article (patchArticle) and return it as stored.

        A field that is absent stays; ``None`` is sent as null, which for `stock` means unlimited.
        The options of `lists`, and `images`, replace the whole set.

        Raises:
            NotFoundError: the store has no such article.
            ValidationError: the vendor refused the body.
            ConnectError: the call failed otherwise.
        """
        query = {"use_url_id": use_url_id}
        request = Request("PATCH", build_path("articles", article_id), Article, query, body)
        return await self._send(request)

    async def adelete(self, *, article_id: int | str, use_url_id: bool | None = None) -> None:
        """Remove an article (deleteArticle).

        Raises:
            NotFoundError: the store has no such article.
            ConnectError: the call failed otherwise.
        """
        query = {"use_url_id": use_url_id}
        await self._send(Request("DELETE", build_path("articles", article_id), NoneType, query))

    async def acount(
        self,
        *,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
    ) -> int:
        """How many articles there are (getArticleCount), under the same filters as `list`."""
        query = {
            "created_start_date": created_start_date,
            "created_end_date": created_end_date,
            "changed_start_date": changed_start_date,
            "changed_end_date": changed_end_date,
        }
        request = Request("GET", build_path("articles", "count"), int, query, envelope="count")
        return await self._send(request)

    async def aupload_image(
        self, *, article_id: int | str, filename: str, content: str, position: int | None = None
    ) -> str:
        """Upload an image and attach it to an article (postUploadImage).

        Args:
            article_id: the article's id.
            filename: the image's file name.
            content: the image, base64-encoded.
            position: place among the article's images, 1 to 15; the vendor chooses if omitted.

        Returns:
            What the vendor answers: the image's URL or identifier.
        """
        body = ArticleImageUpload(
            filename=filename, content=content, position=unset_if_none(position)
        )
        request = Request("POST", build_path("articles", "uploadImage", article_id), str, body=body)
        return await self._send(request)

    async def adelete_image(self, *, image_id: int | str) -> None:
        """Remove an image (deleteImage)."""
        await self._send(Request("DELETE", build_path("deleteImage", image_id), NoneType))

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
        """Set extra fields of an article (postArticleFields) and return the article.

        Args:
            article_id: its id, or the id in its page's URL when `use_url_id` is true.
            body: the fields' names and values.
            use_url_id: whether `article_id` is the one from the article's page URL.
            visible: whether visitors of the shop see the fields.
        """
        query = {"use_url_id": use_url_id, "visible": visible}
        fields = build_path("articlefields", article_id)
        return await self._send(Request("POST", fields, Article, query, body))

    async def adelete(
        self,
        *,
        article_id: int | str,
        body: Sequence[str] | None = None,
        use_url_id: bool | None = None,
        visible: bool | None = None,
    ) -> Article:
        """Remove extra fields of an article (deleteArticleFields) and return the article.

        Args:
            article_id: its id, or the id in its page's URL when `use_url_id` is true.
            body: the names of the fields to remove.
            use_url_id: whether `article_id` is the one from the article's page URL.
            visible: whether the fields are among those that visitors see.
        """
        query = {"use_url_id": use_url_id, "visible": visible}
        fields = build_path("articlefields", article_id)
        return await self._send(Request("DELETE", fields, Article, query, body))

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...


class ArticleListsResource(Resource):
    """``client.article_lists``."""

    async def aget(self, /, *, id: int | str | None = None, **kwargs: Any) -> ArticleList:
        """One configurator list (getArticleList).

        Args:
            id: the list's id.
            kwargs: `list_id`, an older name of `id`.
        """
        article_list = build_path("articlelists", identifier(id, kwargs, "list_id"))
        return await self._send(Request("GET", article_list, ArticleList))

    async def aadd(
        self,
        *,
        list_id: int | str,
        body: Sequence[int] | Mapping[str, Any],
        use_url_id: bool | None = None,
    ) -> Article:
        """Offer more lists with an article (postArticleLists) and return the article.

        Args:
            list_id: the id of the article; the published client gave it this name.
            body: the ids of the lists to add.
            use_url_id: whether the id is the one from the article's page URL.
        """
        query = {"use_url_id": use_url_id}
        return await self._send(
            Request("POST", build_path("articlelists", list_id), Article, query, body)
        )

    async def aremove(
        self,
        *,
        list_id: int | str,
        body: Sequence[int] | None = None,
        use_url_id: bool | None = None,
    ) -> Article:
        """Stop offering lists with an article (deleteArticleLists) and return the article.

        Args:
            list_id: the id of the article; the published client gave it this name.
            body: the ids of the lists to remove.
            use_url_id: whether the id is the one from the article's page URL.
        """
        query = {"use_url_id": use_url_id}
        return await self._send(
            Request("DELETE", build_path("articlelists", list_id), Article, query, body)
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
        return await self._send(Request("POST", options, ArticleList, body=body))

    async def adelete(
        self, *, articlelist_id: int | str, body: Sequence[str] | None = None
    ) -> ArticleList:
        """Remove options from a list (deleteArticleListOptions) and return the list.

        Args:
            articlelist_id: the list's id.
            body: the names of the options to remove.
        """
        options = build_path("articlelistoptions", articlelist_id)
        return await self._send(Request("DELETE", options, ArticleList, body=body))

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...
