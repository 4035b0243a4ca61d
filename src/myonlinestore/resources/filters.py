"""What the lists can be filtered by, for type checkers: the keywords of each list method."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

Moment = str | date | datetime


class Window(TypedDict, total=False):
    """Which rows of a list make the page."""

    limit: int | None
    offset: int | None


class Dated(Window, total=False):
    """Lists whose rows have a moment of creation and of their last change."""

    created_start_date: Moment | None
    created_end_date: Moment | None
    changed_start_date: Moment | None
    changed_end_date: Moment | None


class ArticleFilters(Dated, total=False):
    """The keywords of ``client.articles.list``."""

    ids: Sequence[int] | None
    uuids: Sequence[str] | None
    use_url_id: bool | None


class CategoryFilters(Dated, total=False):
    """The keywords of ``client.categories.list``."""

    as_tree: bool | None
    max_depth: int | None


class SubscriberFilters(Dated, total=False):
    """The keywords of ``client.newsletter.list``; `activate` is an older name."""

    activated: bool | None
    activate: bool | None


class OrderFilters(Dated, total=False):
    """The keywords of ``client.orders.list``; those of `Dated` are older names."""

    status_id: int | None
    debtor_email: str | None
    debtor_id: int | str | None
    archived: bool | None
    test: bool | None
    start_date: Moment | None
    end_date: Moment | None
    ordering: str | None
    status_changed_start_date: Moment | None
    status_changed_end_date: Moment | None


class CustomerFilters(Window, total=False):
    """The keywords of ``client.customers.list``."""

    q: str | None
    embed: str | None


class DiscountCodeFilters(Window, total=False):
    """The keywords of ``client.discount_codes.list``."""

    active: bool | None
    valid_start_date: Moment | None
    valid_end_date: Moment | None
