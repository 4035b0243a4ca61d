"""The options of a configurator list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from myonlinestore._concurrency.sync import sync_method
from myonlinestore._request import Request, build_path
from myonlinestore.models import ArticleList, ArticleListOptionCreate
from myonlinestore.resources.base import Resource


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
