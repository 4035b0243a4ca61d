"""Read a copy and compare it with the store, field by field."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from myonlinestore import ConnectClient, iterate_all

Row = dict[str, Any]

SINGULARS = {
    "articles": "article",
    "categories": "category",
    "customers": "customer",
    "discount_codes": "discount_code",
    "newsletter_subscribers": "newsletter_subscriber",
    "offline_locations": "offline_location",
    "order_statuses": "order_status",
    "orders": "order",
    "payment_gateways": "payment_gateway",
    "shipping_methods": "shipping_method",
    "store": "store",
    "store_payment_gateways": "store_payment_gateway",
    "tax_regions": "tax_region",
}

STREAMS: dict[str, Callable[[ConnectClient], Iterable[Any]]] = {
    "articles": lambda client: iterate_all(client.articles.list),
    "categories": lambda client: iterate_all(client.categories.list),
    "customers": lambda client: client.customers.list(embed="address"),
    "discount_codes": lambda client: client.discount_codes.list(),
    "newsletter_subscribers": lambda client: iterate_all(client.newsletter.list),
    "offline_locations": lambda client: client.offline_locations.list(),
    "order_statuses": lambda client: client.order_statuses.list(),
    "orders": lambda client: iterate_all(client.orders.list),
    "payment_gateways": lambda client: client.payment_gateways.list(),
    "shipping_methods": lambda client: client.shipping_methods.list(),
    "store": lambda client: [client.store.get()],
    "store_payment_gateways": lambda client: client.payment_gateways.list_for_store(store="me"),
    "tax_regions": lambda client: client.tax_policy.list(),
}


class SqliteSnapshot:
    """A finished copy in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._database.row_factory = sqlite3.Row
        self.tables = [
            row["name"] for row in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def query(self, statement: str, *values: object) -> list[Row]:
        """Return the rows of a statement."""
        return [dict(row) for row in self._database.execute(statement, values)]

    def get_keys(self, table: str) -> list[str]:
        """Return the columns of the primary key, in order."""
        info = self.query(f'PRAGMA table_info("{table}")')
        return [c["name"] for c in sorted(info, key=lambda c: c["pk"]) if c["pk"]]

    def read_rows(self, table: str, *keys: object) -> list[Row]:
        """Return the rows whose key begins with these values, in the order of the key."""
        names = self.get_keys(table)
        where = " AND ".join(f'"{name}" = ?' for name in names[: len(keys)]) or "1"
        order = ", ".join(f'"{name}"' for name in names)
        return self.query(f'SELECT * FROM "{table}" WHERE {where} ORDER BY {order}', *keys)

    def read_undeleted_rows(self, table: str) -> list[Row]:
        """Return the rows of a resource that are not marked as deleted."""
        return [row for row in self.read_rows(table) if row["_deleted_at"] is None]

    def is_same_value(self, held: Any, value: Any) -> bool:
        """Return True if the column holds the value that was sent, in its type."""
        if isinstance(value, (dict, list)):
            return bool(json.loads(held) == value)
        return bool(held == value) and (isinstance(held, type(value)) or isinstance(value, bool))

    def get_state(self, resource: str) -> Row:
        """Return the sync state of a resource."""
        (state,) = self.query("SELECT * FROM _mirror_state WHERE resource = ?", resource)
        return state


def assert_equals_store(path: Path, client: ConnectClient, *resources: str) -> None:
    """Assert that a copy holds each row of the store with its children, and no other."""
    copy = SqliteSnapshot(path)
    try:
        assert_same(copy, client, *resources)
    finally:
        copy.close()


def compare_all(_resource: str, _row: Any) -> bool:
    """Return True for every row."""
    return True


def assert_same(
    copy: SqliteSnapshot,
    client: ConnectClient,
    *resources: str,
    is_compared: Callable[[str, Any], bool] = compare_all,
) -> None:
    """Assert the same of a copy that is open.

    Args:
        copy: the copy.
        client: a client of the store.
        resources: the names of the resources to compare; all if empty.
        is_compared: returns True for each row whose values are compared, and not only its key.
    """
    for resource in resources or STREAMS:
        rows = list(STREAMS[resource](client))
        (key,) = copy.get_keys(resource)
        held = {row[key]: row for row in copy.read_undeleted_rows(resource)}
        assert held.keys() == {getattr(row, key) for row in rows}, resource
        for row in (row for row in rows if is_compared(resource, row)):
            name = getattr(row, key)
            _Comparison(copy, resource, SINGULARS[resource], (name,), held[name]).compare(
                row.model_dump()
            )


def dump_tables(path: Path) -> dict[str, list[Row]]:
    """Return every row of every table in order, without timestamps and sync ids."""
    copy = SqliteSnapshot(path)
    try:
        return {table: _read_without_times(copy, table) for table in sorted(copy.tables)}
    finally:
        copy.close()


def _read_without_times(copy: SqliteSnapshot, table: str) -> list[Row]:
    rows = copy.read_rows(table) if copy.get_keys(table) else copy.query(f'SELECT * FROM "{table}"')
    for row in rows:
        for name in _TIMES.get(table, ("_deleted_at",)):
            if row.get(name) is not None:
                row[name] = "some time"
    return sorted(rows, key=str) if table == "_mirror_rejects" else rows


# A sync that resumes an interrupted one has another id.
_TIMES = {
    "_mirror_state": (
        "started_at",
        "finished_at",
        "complete_from",
        "full_at",
        "sync_id",
        "rows",
        "full",
    ),
    "_mirror_rows": ("sync_id",),
    "_mirror_rejects": ("seen_at", "sync_id"),
}


class _Comparison:
    """The comparison of one row with the JSON that was sent."""

    def __init__(
        self, copy: SqliteSnapshot, table: str, singular: str, keys: tuple[object, ...], row: Row
    ) -> None:
        self._copy, self._table, self._singular = copy, table, singular
        self._keys, self._row = keys, row
        self._seen = {"_deleted_at", "raw", *copy.get_keys(table)}

    def compare(self, sent: Row) -> None:
        self._compare_fields(sent, "")
        rest = {name: value for name, value in self._row.items() if name not in self._seen}
        assert not any(value is not None for value in rest.values()), (self._table, rest)

    def _compare_fields(self, sent: Row, prefix: str) -> None:
        for field, value in sent.items():
            self._compare_field(f"{prefix}{field}", value)

    def _compare_field(self, name: str, value: Any) -> None:
        child = f"{self._singular}_{'lines' if name == 'orderlines' else name}"
        if child in self._copy.tables:
            self._compare_list(
                child, value if isinstance(value, list) else [value] if value else []
            )
        elif isinstance(value, dict) and any(c.startswith(f"{name}_") for c in self._row):
            self._compare_fields(value, f"{name}_")
        elif name in self._row:
            self._seen.add(name)
            self._compare_value(name, value)
        else:
            assert value is None, f"{self._table} lost {name} = {value!r}"

    def _compare_value(self, name: str, value: Any) -> None:
        held = self._row[name]
        assert self._copy.is_same_value(held, value), (self._table, name, held, value)

    def _compare_list(self, child: str, sent: list[Any]) -> None:
        held = self._copy.read_rows(child, *self._keys)
        assert [row["_position"] for row in held] == list(range(1, len(sent) + 1)), child
        for row, item in zip(held, sent, strict=True):
            keys = (*self._keys, row["_position"])
            _Comparison(self._copy, child, child.removesuffix("s"), keys, row).compare(item)
