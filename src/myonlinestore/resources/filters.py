"""The keywords of each list method, for type checkers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

DateTimeLike = str | date | datetime


class PageParams(TypedDict, total=False):
    """The keywords of lists that are paginated."""

    limit: int | None
    offset: int | None


class CreatedChangedFilters(PageParams, total=False):
    """The keywords of lists that are filtered by creation time and last change."""

    created_start_date: DateTimeLike | None
    created_end_date: DateTimeLike | None
    changed_start_date: DateTimeLike | None
    changed_end_date: DateTimeLike | None


class ArticleFilters(CreatedChangedFilters, total=False):
    """The keywords of ``client.articles.list``."""

    ids: Sequence[int] | None
    uuids: Sequence[str] | None
    use_url_id: bool | None


class CategoryFilters(CreatedChangedFilters, total=False):
    """The keywords of ``client.categories.list``."""

    as_tree: bool | None
    max_depth: int | None


class SubscriberFilters(CreatedChangedFilters, total=False):
    """The keywords of ``client.newsletter.list``; `activate` is `activated` in version 1.0."""

    activated: bool | None
    activate: bool | None


class OrderFilters(CreatedChangedFilters, total=False):
    """The keywords of ``client.orders.list``; those of `CreatedChangedFilters` are from 1.0."""

    status_id: int | None
    debtor_email: str | None
    debtor_id: int | str | None
    archived: bool | None
    test: bool | None
    start_date: DateTimeLike | None
    end_date: DateTimeLike | None
    ordering: str | None
    status_changed_start_date: DateTimeLike | None
    status_changed_end_date: DateTimeLike | None


class CustomerFilters(PageParams, total=False):
    """The keywords of ``client.customers.list``."""

    q: str | None
    embed: str | None


class DiscountCodeFilters(PageParams, total=False):
    """The keywords of ``client.discount_codes.list``."""

    active: bool | None
    valid_start_date: DateTimeLike | None
    valid_end_date: DateTimeLike | None
