"""Give articles of a sandbox dates that no filter of the API finds."""

from __future__ import annotations

from collections.abc import Iterable

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.store.tables import Record

_OUTSIDE_ALL_WINDOWS = "9999-99-99 99:99:99"


_DATE_FIELDS = ("created_date", "created_time", "updated_date", "updated_time")


def remove_dates(sandbox: Sandbox, keys: Iterable[int], *, in_json: bool = False) -> None:
    """Replace the dates of the articles with these keys; those in their JSON too if `in_json`."""
    table = sandbox.store.articles
    for key in keys:
        old = table[key]
        body = {**old.body, **dict.fromkeys(_DATE_FIELDS)} if in_json else old.body
        table[key] = Record(body, _OUTSIDE_ALL_WINDOWS, _OUTSIDE_ALL_WINDOWS, old.owner)
    sandbox.store.commit()
