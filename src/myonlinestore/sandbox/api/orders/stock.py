"""Stock: what an order takes, what a credit order puts back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http.problems import Problem
from myonlinestore.sandbox.store.store import Row, Store, stamps

if TYPE_CHECKING:
    from collections.abc import Sequence


def take(store: Store, lines: Sequence[Row], *, ignore_limits: bool) -> None:
    """Take the articles of order lines out of stock, or refuse when there are too few."""
    if not ignore_limits:
        _check(store, lines)
    for line in lines:
        _move(store, line, -line["quantity"])


def put_back(store: Store, lines: Sequence[Row]) -> None:
    """Return the articles of a credit order's lines, whose quantities are negative."""
    for line in lines:
        _move(store, line, -line["quantity"])


def _check(store: Store, lines: Sequence[Row]) -> None:
    wanted: dict[tuple[int, int | None], int] = {}
    for line in lines:
        for item in line.get("articles", []):
            article = store.articles[item["id"]].body
            variant = variant_of(article, item["options"])
            key = (item["id"], variant["id"] if variant else None)
            wanted[key] = wanted.get(key, 0) + line["quantity"]
            _suffices(variant or article, article["name"], wanted[key])


def _suffices(holder: Row, name: str, wanted: int) -> None:
    stock = holder["stock"]
    if stock is not None and stock < wanted and not holder["can_backorder"]:
        raise Problem(422, f"orderlines: only {max(stock, 0)} of {name!r} in stock, not {wanted}.")


def variant_of(article: Row, options: Sequence[Row]) -> Row | None:
    """The variant that the chosen options make, if the article has it."""
    chosen = {option["list_option_id"] for option in options}
    for variant in article["variants"]:
        if variant["options"] and chosen.issuperset(
            option["option_id"] for option in variant["options"]
        ):
            return dict(variant)
    return None


def _move(store: Store, line: Row, change: int) -> None:
    """A changed stock is a changed article: its `updated_date` moves. Null stays unlimited."""
    for item in line.get("articles", []):
        record = store.articles.find(item["id"])
        if record is None:
            continue
        body, now = record.body, store.now()
        variant = variant_of(body, item["options"])
        changed = {**body, "stock": _moved(body["stock"], change)}
        if variant:
            changed["variants"] = [
                {**other, "stock": _moved(other["stock"], change)}
                if other["id"] == variant["id"]
                else other
                for other in body["variants"]
            ]
        store.articles.change(item["id"], {**changed, **stamps(record.created, now)}, now)


def _moved(stock: int | None, change: int) -> int | None:
    return None if stock is None else stock + change
