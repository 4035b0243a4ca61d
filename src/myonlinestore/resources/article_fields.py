"""Extra fields of an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from myonlinestore._concurrency.sync import sync_method
from myonlinestore._request import Request, build_path
from myonlinestore.models import Article
from myonlinestore.resources.base import Resource


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
