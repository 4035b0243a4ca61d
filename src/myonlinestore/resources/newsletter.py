"""Newsletter subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import (
    CountResponse,
    NewsletterSubscriber,
    NewsletterSubscriberCreate,
    NewsletterSubscriberUpdate,
)
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.pagination._count import attach_count
from myonlinestore.resources.base import Resource, coalesce, pop_deprecated_kwargs

# The published client has `CountResponse` under this module's name too.
__all__ = ["CountResponse", "NewsletterResource"]

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from myonlinestore.resources.filters import SubscriberFilters

T = TypeVar("T")


class NewsletterResource(Resource):
    """``client.newsletter``."""

    @overload
    async def alist(
        self, /, *, model: None = None, **filters: Unpack[SubscriberFilters]
    ) -> PaginatedResponse[NewsletterSubscriber]: ...
    @overload
    async def alist(
        self, /, *, model: type[T], **filters: Unpack[SubscriberFilters]
    ) -> PaginatedResponse[T]: ...
    @attach_count("acount", unsupported=("activate",))
    async def alist(
        self,
        /,
        *,
        limit: int | None = None,
        offset: int | None = None,
        activated: bool | None = None,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
        model: type[Any] | None = None,
        **legacy_filters: Any,
    ) -> PaginatedResponse[NewsletterSubscriber] | PaginatedResponse[Any]:
        """List a page of newsletter subscribers (getNewsletterSubscribers).

        Args:
            limit: rows on the page, 1 to 100; the configuration's `default_limit` if omitted.
            offset: rows to skip.
            activated: only confirmed subscriptions, or only unconfirmed ones.
            created_start_date: created at or after this time, in store time; a date means midnight.
            created_end_date: created at or before this time.
            changed_start_date: changed at or after this time.
            changed_end_date: changed at or before this time.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
            legacy_filters: `activate`, the name of `activated` in version 1.0.

        Raises:
            ConnectError: the call failed.
            TypeError: rows cannot be decoded to `model`.
            ValueError: `limit` or `offset` is out of range.
        """
        (activate,) = pop_deprecated_kwargs(legacy_filters, "activate")
        query = {
            "activated": coalesce(activated, activate),
            "created_start_date": created_start_date,
            "created_end_date": created_end_date,
            "changed_start_date": changed_start_date,
            "changed_end_date": changed_end_date,
        }
        subscribers = build_path("newsletter", "subscribers")
        request = Request(
            "GET",
            subscribers,
            list[NewsletterSubscriber],
            query,
            operation="getNewsletterSubscribers",
        )
        return await self._list_page(request, limit, offset, model)

    async def aget(self, *, email: str) -> NewsletterSubscriber:
        """Return a subscriber, by email address (getNewsletterSubscriber)."""
        subscriber = build_path("newsletter", "subscribers", email)
        return await self._send(
            Request("GET", subscriber, NewsletterSubscriber, operation="getNewsletterSubscriber")
        )

    async def acreate(
        self,
        *,
        body: Mapping[str, Any] | NewsletterSubscriberCreate,
        activate: bool | None = None,
    ) -> NewsletterSubscriber:
        """Add a subscriber (postNewsletterSubscriber) and return it as stored.

        Args:
            body: name and email address.
            activate: whether the API sends the subscriber an activation email.
        """
        query = {"activate": activate}
        subscribers = build_path("newsletter", "subscribers")
        return await self._send(
            Request(
                "POST",
                subscribers,
                NewsletterSubscriber,
                query,
                body,
                operation="postNewsletterSubscriber",
            )
        )

    async def aupdate(
        self,
        *,
        email: str,
        body: Mapping[str, Any] | NewsletterSubscriberUpdate,
        activate: bool | None = None,
    ) -> NewsletterSubscriber:
        """Change a subscriber (patchNewsletterSubscriber) and return it as stored.

        Args:
            email: the subscriber's email address.
            body: the fields to change.
            activate: whether the API sends an activation email, if not activated already.
        """
        query = {"activate": activate}
        subscriber = build_path("newsletter", "subscribers", email)
        return await self._send(
            Request(
                "PATCH",
                subscriber,
                NewsletterSubscriber,
                query,
                body,
                operation="patchNewsletterSubscriber",
            )
        )

    async def adelete(self, *, email: str) -> None:
        """Delete a subscriber (deleteNewsletterSubscriber)."""
        await self._send(
            Request(
                "DELETE",
                build_path("newsletter", "subscribers", email),
                NoneType,
                operation="deleteNewsletterSubscriber",
            )
        )

    async def acount(
        self,
        *,
        activated: bool | None = None,
        created_start_date: str | date | datetime | None = None,
        created_end_date: str | date | datetime | None = None,
        changed_start_date: str | date | datetime | None = None,
        changed_end_date: str | date | datetime | None = None,
    ) -> int:
        """Return the number of subscribers (countNewsletterSubscribers), filtered as in `list`."""
        query = {
            "activated": activated,
            "created_start_date": created_start_date,
            "created_end_date": created_end_date,
            "changed_start_date": changed_start_date,
            "changed_end_date": changed_end_date,
        }
        counted = build_path("newsletter", "subscribers", "count")
        return await self._send(
            Request(
                "GET", counted, int, query, envelope="count", operation="countNewsletterSubscribers"
            )
        )

    @overload
    def list(
        self, /, *, model: None = None, **filters: Unpack[SubscriberFilters]
    ) -> PaginatedResponse[NewsletterSubscriber]: ...
    @overload
    def list(
        self, /, *, model: type[T], **filters: Unpack[SubscriberFilters]
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
