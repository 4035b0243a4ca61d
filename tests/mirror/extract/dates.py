"""Give articles of a sandbox dates that no filter of the API finds."""

from __future__ import annotations

from collections.abc import Iterable

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.store.tables import Record

_OUTSIDE_ALL_WINDOWS = "9999-99-99 99:99:99"


def remove_dates(sandbox: Sandbox, keys: Iterable[int]) -> None:
    """Replace the dates of the articles with these keys."""
    table = sandbox.store.articles
    for key in keys:
        old = table[key]
        table[key] = Record(old.body, _OUTSIDE_ALL_WINDOWS, _OUTSIDE_ALL_WINDOWS, old.owner)
    sandbox.store.commit()
