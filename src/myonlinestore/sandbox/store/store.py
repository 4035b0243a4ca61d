"""The data of a sandbox store: its tables, the clock that stamps them, the source of new ids."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Generic, Protocol, TypeVar, overload

from myonlinestore.sandbox.store.changes import Changes
from myonlinestore.sandbox.store.tables import Marks, Record, Row, Shelf, Table

__all__ = ["STAMP", "Ids", "Record", "Row", "Store", "StoreFile", "Table", "stamps", "utc_now"]

STAMP = "%Y-%m-%d %H:%M:%S"
V = TypeVar("V")
S = TypeVar("S", bound=Shelf[Any, Any])


class StoreFile(Protocol):
    """Where a store is kept, if its state lasts."""

    def save(self, changes: Changes) -> None:
        """Write down what was changed: all of it, or (with an error) nothing."""

    def replace(self, shelves: Sequence[Shelf[Any, Any]]) -> None:
        """Write down a whole store in the place of what was there."""


class Ids:
    """New numbers and uuids: the same sequence for the same seed, and no number twice."""

    def __init__(self, counters: Shelf[str, int]) -> None:
        self._counters = counters

    def start(self, kind: str, after: int) -> None:
        """Let the numbers of a kind begin above `after`."""
        self._counters[kind] = max(after, self._counters.get(kind, 0))

    def number(self, kind: str) -> int:
        """The next number of a kind, such as article, category or order."""
        number = self._counters.get(kind, 0) + 1
        self._counters[kind] = number
        return number

    def uuid(self) -> str:
        """A new (version 4) uuid: nothing but the seed and a count stands behind it."""
        source = f"{self._counters.get('seed', 0)}:{self.number('uuid')}".encode()
        digest = hashlib.blake2b(source, digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))


class Fact(Generic[V]):
    """A single value of a store, by the name of the attribute. Assign a new one to change it."""

    def __init__(self, default: V) -> None:
        self._default = default
        self._name = ""

    def __set_name__(self, owner: type[Store], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, store: None, owner: type[Store]) -> Fact[V]: ...
    @overload
    def __get__(self, store: Store, owner: type[Store]) -> V: ...
    def __get__(self, store: Store | None, owner: type[Store]) -> Fact[V] | V:
        if store is None:
            return self
        value: V = store.facts.get(self._name, self._default)
        return value

    def __set__(self, store: Store, value: V) -> None:
        store.facts[self._name] = value


def utc_now() -> datetime:
    """The time by which a store stamps its rows, unless it is given another clock."""
    return datetime.now(timezone.utc)


class Store:
    """Everything that a sandbox serves. Rows have the vendor's shapes, field for field."""

    settings: Fact[Row] = Fact({})
    gateways: Fact[list[Row]] = Fact([])
    store_gateways: Fact[list[Row]] = Fact([])
    minimum_order_total: Fact[str] = Fact("0.00")
    """What the goods of an order must cost at least; the vendor has it, but does not show it."""

    def __init__(self, seed: int = 0, clock: Callable[[], datetime] = utc_now) -> None:
        self.clock: Callable[[], datetime] = clock
        self.changes: Changes = Changes()
        self.file: StoreFile | None = None
        self.shelves: dict[str, Shelf[Any, Any]] = {}
        self.facts: Shelf[str, Any] = self._shelf("facts")
        counters: Shelf[str, int] = self._shelf("counters")
        counters["seed"] = seed
        self.ids: Ids = Ids(counters)
        self.answers: Shelf[str, Row] = self._shelf("answers")
        """A method, path and idempotency key → the first answer."""
        self.articles: Table[int] = self._table("articles")
        self.url_ids: Shelf[int, int] = self._shelf("url_ids")
        """The id in the URL of an article's page → the article's id (`use_url_id`)."""
        self.images: Shelf[str, int] = self._shelf("images")
        """An image's uuid → the article that shows it."""
        self.image_numbers: Shelf[int, str] = self._shelf("image_numbers")
        """An image's internal number → its uuid: deleteImage documents an integer."""
        self.article_lists: Table[int] = self._table("article_lists")
        self.categories: Table[int] = self._table("categories")
        self.branches: Shelf[int | None, Sequence[int]] = self._shelf("branches")
        """A category (None: the top) → the categories below it, as sorted in the store."""
        self.customers: Table[str] = self._table("customers")
        self.addresses: Table[str] = self._table("addresses")
        self.orders: Table[int] = self._table("orders")
        self.test_orders: Marks[int] = self._marks("test_orders")
        self.pickup_orders: Marks[int] = self._marks("pickup_orders")
        """Orders that are collected, by their `shipping_type`, which is not shown."""
        self.restocked_orders: Marks[int] = self._marks("restocked_orders")
        """Credit orders whose goods are back in stock."""
        self.payments: Table[str] = self._table("payments")
        self.discount_codes: Table[str] = self._table("discount_codes")
        self.subscribers: Table[str] = self._table("subscribers")
        self.statuses: Table[int] = self._table("statuses")
        self.shipping_methods: Table[str] = self._table("shipping_methods")
        self.shipping_costs: Shelf[str, str] = self._shelf("shipping_costs")
        """A shipping method's id → its costs including tax, which the vendor does not show."""
        self.locations: Table[str] = self._table("locations")
        self.regions: Table[str] = self._table("regions")

    def _shelf(self, name: str) -> Shelf[Any, Any]:
        return self._put_up(Shelf(name, self.changes))

    def _marks(self, name: str) -> Marks[Any]:
        return self._put_up(Marks(name, self.changes))

    def _table(self, name: str) -> Table[Any]:
        return self._put_up(Table[Any](name, self.changes))

    def _put_up(self, shelf: S) -> S:
        self.shelves[shelf.name] = shelf
        return shelf

    @contextmanager
    def all_or_nothing(self) -> Generator[None]:
        """Take back what the block changed when it raises."""
        mark = len(self.changes)
        try:
            yield
        except BaseException:
            self.changes.undo(mark)
            raise

    def commit(self) -> None:
        """Let what was changed stand, on disk as well where there is a file; else undo it all."""
        if self.file is not None and self.changes:
            try:
                self.file.save(self.changes)
            except BaseException:
                self.changes.undo()
                raise
        self.changes.clear()

    def become(self, other: Store) -> None:
        """Hold what another store holds, instead of what this one does, on disk as well."""
        if self.file is not None:
            self.file.replace(list(other.shelves.values()))
        self.take_over(other)

    def take_over(self, other: Store) -> None:
        """Hold what another store holds, which is on disk already if it should be."""
        self.changes.clear()
        for name, shelf in self.shelves.items():
            shelf.take_over(other.shelves[name])

    def copy(self) -> Store:
        """A store of its own that holds the same, by the same clock, in memory."""
        other = Store(clock=self.clock)
        other.take_over(self)
        return other

    def now(self) -> str:
        """The present moment as `yyyy-mm-dd hh:mm:ss`."""
        return self.clock().strftime(STAMP)

    def now_iso(self) -> str:
        """The present moment as payments have it, with an offset."""
        return self.clock().isoformat(timespec="seconds")


def stamps(created: str, changed: str) -> Row:
    """The date and time pairs that articles and subscribers show for two moments."""
    created_date, created_time = created.split(" ")
    updated_date, updated_time = changed.split(" ")
    return {
        "created_date": created_date,
        "created_time": created_time,
        "updated_date": updated_date,
        "updated_time": updated_time,
    }
