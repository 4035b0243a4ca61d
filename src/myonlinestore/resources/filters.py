"""What the lists can be filtered by, for type checkers: the keywords of each list method."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

DateTimeLike = str | date | datetime


class PageParams(TypedDict, total=False):
    """Which rows of a list make the page."""

    limit: int | None
    offset: int | None


class CreatedChangedFilters(PageParams, total=False):
    """Lists whose rows have a moment of creation and of their last change."""

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
    """The keywords of ``client.newsletter.list``; `activate` is an older name."""

    activated: bool | None
    activate: bool | None


class OrderFilters(CreatedChangedFilters, total=False):
    """The keywords of ``client.orders.list``; those of `CreatedChangedFilters` are older names."""

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
