"""The data of a sandbox store: its tables, its clock, and the source of new ids."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, Generic, Protocol, TypeVar, overload

from myonlinestore.sandbox.store.tables import KeySet, KeyValueTable, Record, Row, Table, UndoLog

__all__ = [
    "TIMESTAMP_FORMAT",
    "Clock",
    "Ids",
    "Record",
    "Row",
    "Store",
    "StoreFile",
    "Table",
    "date_time_fields",
    "utc_now",
]

TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S"
V = TypeVar("V")
S = TypeVar("S", bound=KeyValueTable[Any, Any])


class StoreFile(Protocol):
    """Storage of a persistent store."""

    def save(self, undo_log: UndoLog) -> None:
        """Write the changes, all or (with an error) none."""

    def replace(self, tables: Sequence[KeyValueTable[Any, Any]]) -> None:
        """Replace the whole content by another store."""


class Ids:
    """New numbers and uuids, reproducible from the seed and never repeated."""

    def __init__(self, counters: KeyValueTable[str, int]) -> None:
        self._counters = counters

    def start(self, kind: str, after: int) -> None:
        """Start the numbers of a kind above `after`."""
        self._counters[kind] = max(after, self._counters.get(kind, 0))

    def number(self, kind: str) -> int:
        """Return the next number of a kind, such as article, category or order."""
        number = self._counters.get(kind, 0) + 1
        self._counters[kind] = number
        return number

    def uuid(self) -> str:
        """Return a new (version 4) uuid, derived from the seed and a counter."""
        source = f"{self._counters.get('seed', 0)}:{self.number('uuid')}".encode()
        digest = hashlib.blake2b(source, digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))


class Setting(Generic[V]):
    """A single value of a store, named after the attribute. Assign a new value to change it."""

    def __init__(self, default: V) -> None:
        self._default = default
        self._name = ""

    def __set_name__(self, owner: type[Store], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, store: None, owner: type[Store]) -> Setting[V]: ...
    @overload
    def __get__(self, store: Store, owner: type[Store]) -> V: ...
    def __get__(self, store: Store | None, owner: type[Store]) -> Setting[V] | V:
        if store is None:
            return self
        value: V = store.settings_table.get(self._name, self._default)
        return value

    def __set__(self, store: Store, value: V) -> None:
        store.settings_table[self._name] = value


def utc_now() -> datetime:
    """Return the current time, a store's default clock."""
    return datetime.now(timezone.utc)


class Store:
    """All data that a sandbox serves. Rows have the vendor's shapes, field for field."""

    settings: Setting[Row] = Setting({})
    gateways: Setting[list[Row]] = Setting([])
    store_gateways: Setting[list[Row]] = Setting([])
    minimum_order_total: Setting[str] = Setting("0.00")
    """The minimum total of an order's items; the vendor's API does not expose it."""

    def __init__(self, seed: int = 0, clock: Callable[[], datetime] = utc_now) -> None:
        self.clock: Callable[[], datetime] = clock
        self.undo_log: UndoLog = UndoLog()
        self.file: StoreFile | None = None
        self.tables: dict[str, KeyValueTable[Any, Any]] = {}
        self.settings_table: KeyValueTable[str, Any] = self._key_value_table("settings")
        counters: KeyValueTable[str, int] = self._key_value_table("counters")
        counters["seed"] = seed
        self.ids: Ids = Ids(counters)
        self.idempotent_responses: KeyValueTable[str, Row] = self._key_value_table(
            "idempotent_responses"
        )
        """A method, path and idempotency key → the first response."""
        self.articles: Table[int] = self._table("articles")
        self.url_ids: KeyValueTable[int, int] = self._key_value_table("url_ids")
        """The id in the URL of an article's page → the article's id (`use_url_id`)."""
        self.images: KeyValueTable[str, int] = self._key_value_table("images")
        """An image's uuid → its article."""
        self.image_numbers: KeyValueTable[int, str] = self._key_value_table("image_numbers")
        """An image's internal number → its uuid; deleteImage documents an integer."""
        self.article_lists: Table[int] = self._table("article_lists")
        self.categories: Table[int] = self._table("categories")
        self.children: KeyValueTable[int | None, Sequence[int]] = self._key_value_table("children")
        """A category (None for the root) → its children, in order."""
        self.customers: Table[str] = self._table("customers")
        self.addresses: Table[str] = self._table("addresses")
        self.orders: Table[int] = self._table("orders")
        self.test_orders: KeySet[int] = self._key_set("test_orders")
        self.pickup_orders: KeySet[int] = self._key_set("pickup_orders")
        """Orders for pickup, by their `shipping_type`, which the API does not return."""
        self.restocked_orders: KeySet[int] = self._key_set("restocked_orders")
        """Credit orders whose items are back in stock."""
        self.payments: Table[str] = self._table("payments")
        self.discount_codes: Table[str] = self._table("discount_codes")
        self.subscribers: Table[str] = self._table("subscribers")
        self.statuses: Table[int] = self._table("statuses")
        self.shipping_methods: Table[str] = self._table("shipping_methods")
        self.shipping_costs: KeyValueTable[str, str] = self._key_value_table("shipping_costs")
        """A shipping method's id → its costs including tax, which the API does not return."""
        self.locations: Table[str] = self._table("locations")
        self.regions: Table[str] = self._table("regions")

    def _key_value_table(self, name: str) -> KeyValueTable[Any, Any]:
        return self._register(KeyValueTable(name, self.undo_log))

    def _key_set(self, name: str) -> KeySet[Any]:
        return self._register(KeySet(name, self.undo_log))

    def _table(self, name: str) -> Table[Any]:
        return self._register(Table[Any](name, self.undo_log))

    def _register(self, table: S) -> S:
        self.tables[table.name] = table
        return table

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Undo the changes of the block if it raises."""
        mark = len(self.undo_log)
        try:
            yield
        except BaseException:
            self.undo_log.undo(mark)
            raise

    def commit(self) -> None:
        """Commit the changes, also to the file if there is one; undo them if that fails."""
        if self.file is not None and self.undo_log:
            try:
                self.file.save(self.undo_log)
            except BaseException:
                self.undo_log.undo()
                raise
        self.undo_log.clear()

    def replace_with(self, other: Store) -> None:
        """Replace the content by that of another store, also in the file."""
        if self.file is not None:
            self.file.replace(list(other.tables.values()))
        self.copy_from(other)

    def copy_from(self, other: Store) -> None:
        """Replace the content by that of another store, without writing to the file."""
        self.undo_log.clear()
        for name, table in self.tables.items():
            table.copy_from(other.tables[name])

    def copy(self) -> Store:
        """Return an independent copy in memory, with the same clock."""
        other = Store(clock=self.clock)
        other.copy_from(self)
        return other

    def now(self) -> str:
        """Return the current time as `yyyy-mm-dd hh:mm:ss`."""
        return self.clock().strftime(TIMESTAMP_FORMAT)

    def now_iso(self) -> str:
        """Return the current time as in payments, with an offset."""
        return self.clock().isoformat(timespec="seconds")


def date_time_fields(created: str, changed: str) -> Row:
    """Return the date and time pairs of articles and subscribers for two timestamps."""
    created_date, created_time = created.split(" ")
    updated_date, updated_time = changed.split(" ")
    return {
        "created_date": created_date,
        "created_time": created_time,
        "updated_date": updated_date,
        "updated_time": updated_time,
    }


class Clock:
    """A UTC clock that follows the system time until it is changed.

    Calling it returns the current time. A timestamp is a datetime, or text such as
    ``"2025-04-01 12:00:00"``; without a time zone it is UTC.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen_at: datetime | None = None

    def __call__(self) -> datetime:
        """Return the current time."""
        return self._frozen_at or utc_now() + self._offset

    def __repr__(self) -> str:
        return f"<Clock {self().isoformat()}{', frozen' if self.frozen else ''}>"

    @property
    def frozen(self) -> bool:
        """True if the clock is frozen."""
        return self._frozen_at is not None

    def freeze(self, timestamp: datetime | str | None = None) -> None:
        """Freeze at a timestamp, or at the current time. Raise ValueError if it is invalid."""
        self._frozen_at = self() if timestamp is None else _to_utc(timestamp)

    def set(self, timestamp: datetime | str) -> None:
        """Continue from a timestamp. Raise ValueError if it is invalid."""
        self._offset = _to_utc(timestamp) - utc_now()
        self._frozen_at = None

    def advance(self, step: timedelta | float) -> None:
        """Move by a timedelta or by seconds, also backwards; a frozen clock stays frozen.

        Raises ValueError if the result is out of range.
        """
        try:
            moved = self() + (step if isinstance(step, timedelta) else timedelta(seconds=step))
        except OverflowError as error:
            raise ValueError(
                f"cannot advance the clock by {step}: the result is out of range"
            ) from error
        if self.frozen:
            self._frozen_at = moved
        else:
            self.set(moved)

    def run(self) -> None:
        """Continue from the current time of the clock."""
        self.set(self())

    def reset(self) -> None:
        """Follow the system time again."""
        self._offset = timedelta()
        self._frozen_at = None


def _to_utc(value: datetime | str) -> datetime:
    timestamp = _parse(value) if isinstance(value, str) else value
    return (
        timestamp.astimezone(timezone.utc)
        if timestamp.tzinfo
        else timestamp.replace(tzinfo=timezone.utc)
    )


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 does not parse Z
    except ValueError as error:
        raise ValueError(f"invalid timestamp {text!r}: expected YYYY-MM-DD HH:MM:SS") from error
