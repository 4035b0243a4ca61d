"""Stock: reserved by orders, released by credit orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http.problems import Problem
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    from collections.abc import Sequence


def reserve(store: Store, lines: Sequence[Row], *, ignore_limits: bool) -> None:
    """Reserve the articles of order lines, or raise a 422 if stock is insufficient."""
    if not ignore_limits:
        _check_stock(store, lines)
    for line in lines:
        _adjust(store, line, -line["quantity"])


def release(store: Store, lines: Sequence[Row]) -> None:
    """Release the articles of a credit order's lines, whose quantities are negative."""
    for line in lines:
        _adjust(store, line, -line["quantity"])


def _check_stock(store: Store, lines: Sequence[Row]) -> None:
    requested: dict[tuple[int, int | None], int] = {}
    for line in lines:
        for item in line.get("articles", []):
            article = store.articles[item["id"]].body
            variant = find_variant(article, item["options"])
            key = (item["id"], variant["id"] if variant else None)
            requested[key] = requested.get(key, 0) + line["quantity"]
            _check_available(variant or article, article["name"], requested[key])


def _check_available(item: Row, name: str, requested: int) -> None:
    stock = item["stock"]
    if stock is not None and stock < requested and not item["can_backorder"]:
        raise Problem(
            422, f"orderlines: only {max(stock, 0)} of {name!r} in stock, not {requested}."
        )


def find_variant(article: Row, options: Sequence[Row]) -> Row | None:
    """Return the variant for the selected options, if there is one."""
    option_ids = {option["list_option_id"] for option in options}
    for variant in article["variants"]:
        if variant["options"] and option_ids.issuperset(
            option["option_id"] for option in variant["options"]
        ):
            return dict(variant)
    return None


def _adjust(store: Store, line: Row, change: int) -> None:
    """Change the stock and the article's `updated_date`; null (unlimited) stays null."""
    for item in line.get("articles", []):
        record = store.articles.find(item["id"])
        if record is None:
            continue
        body, now = record.body, store.now()
        variant = find_variant(body, item["options"])
        changed = {**body, "stock": _add(body["stock"], change)}
        if variant:
            changed["variants"] = [
                {**other, "stock": _add(other["stock"], change)}
                if other["id"] == variant["id"]
                else other
                for other in body["variants"]
            ]
        store.articles.change(item["id"], {**changed, **date_time_fields(record.created, now)}, now)


def _add(stock: int | None, change: int) -> int | None:
    return None if stock is None else stock + change
