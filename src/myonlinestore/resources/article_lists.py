"""Configurator lists, and the lists that an article offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from myonlinestore._concurrency.sync import sync_method
from myonlinestore._request import Request, build_path
from myonlinestore.models import Article, ArticleList
from myonlinestore.resources.base import Resource, identifier


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
