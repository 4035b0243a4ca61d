"""The data of a sandbox store: its tables, the clock that stamps them, the source of new ids."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from myonlinestore import _codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

Row: TypeAlias = dict[str, Any]
"""One JSON object, in the vendor's shape."""

K = TypeVar("K", int, str)
STAMP = "%Y-%m-%d %H:%M:%S"


class Record:
    """A row with what the vendor keeps beside it: its stamps and the key of the row that owns it.

    A body is never changed in place: a change is a new body, so the encoded bytes stay true.
    """

    __slots__ = ("_encoded", "body", "changed", "created", "owner")

    def __init__(self, body: Row, created: str, changed: str, owner: int | str | None) -> None:
        self.body = body
        self.created = created
        self.changed = changed
        self.owner = owner
        self._encoded: bytes | None = None

    @property
    def encoded(self) -> bytes:
        """The body as JSON, encoded once."""
        encoded = self._encoded
        if encoded is None:
            encoded = self._encoded = _codec.encode(self.body)
        return encoded


class Table(Generic[K]):
    """Records by key, in the order in which they were added; numbers only grow, so by id."""

    def __init__(self) -> None:
        self._records: dict[K, Record] = {}
        self._keys: list[K] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __getitem__(self, key: K) -> Record:
        return self._records[key]

    @property
    def keys(self) -> Sequence[K]:
        """All keys, in order."""
        return self._keys

    def find(self, key: K) -> Record | None:
        """The record of a key, or None."""
        return self._records.get(key)

    def bodies(self) -> list[Row]:
        """All bodies, in order."""
        return [self._records[key].body for key in self._keys]

    def owned_by(self, owner: int | str) -> list[Row]:
        """The bodies that belong to one row of another table, in order."""
        return [
            record.body
            for record in map(self._records.__getitem__, self._keys)
            if record.owner == owner
        ]

    def by_owner(self) -> dict[int | str | None, list[Row]]:
        """The bodies of the whole table, grouped by the row that they belong to."""
        groups: dict[int | str | None, list[Row]] = {}
        for key in self._keys:
            record = self._records[key]
            groups.setdefault(record.owner, []).append(record.body)
        return groups

    def add(
        self,
        key: K,
        body: Row,
        *,
        created: str = "",
        changed: str = "",
        owner: int | str | None = None,
    ) -> Record:
        """Add a row under a new key."""
        if key in self._records:
            raise KeyError(f"the table already holds {key!r}: change it instead")
        record = Record(body, created, changed or created, owner)
        self._records[key] = record
        self._keys.append(key)
        return record

    def change(self, key: K, body: Row, changed: str) -> Record:
        """Put a new body in the place of an old one."""
        old = self._records[key]
        record = Record(body, old.created, changed, old.owner)
        self._records[key] = record
        return record

    def remove(self, key: K) -> None:
        """Drop a row."""
        del self._records[key]
        self._keys.remove(key)


class Ids:
    """New numbers and uuids: the same sequence for the same seed, and no number twice."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"{seed}:ids")
        self._last: defaultdict[str, int] = defaultdict(int)

    def start(self, kind: str, after: int) -> None:
        """Let the numbers of a kind begin above `after`."""
        self._last[kind] = max(after, self._last[kind])

    def number(self, kind: str) -> int:
        """The next number of a kind, such as article, category or order."""
        self._last[kind] += 1
        return self._last[kind]

    def uuid(self) -> str:
        """A new random (version 4) uuid."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def utc_now() -> datetime:
    """The time by which a store stamps its rows, unless it is given another clock."""
    return datetime.now(timezone.utc)


class Store:
    """Everything that a sandbox serves. Rows have the vendor's shapes, field for field."""

    def __init__(self, seed: int = 0, clock: Callable[[], datetime] = utc_now) -> None:
        self.ids = Ids(seed)
        self.clock = clock
        self.settings: Row = {}
        self.articles: Table[int] = Table()
        self.url_ids: dict[int, int] = {}
        """The id in the URL of an article's page → the article's id (`use_url_id`)."""
        self.images: dict[str, int] = {}
        """An image's uuid → the article that shows it."""
        self.image_numbers: dict[int, str] = {}
        """An image's internal number → its uuid: deleteImage documents an integer."""
        self.article_lists: Table[int] = Table()
        self.categories: Table[int] = Table()
        self.branches: defaultdict[int | None, list[int]] = defaultdict(list)
        """A category (None: the top) → the categories below it, as sorted in the store."""
        self.customers: Table[str] = Table()
        self.addresses: Table[str] = Table()
        self.orders: Table[int] = Table()
        self.test_orders: set[int] = set()
        self.payments: Table[str] = Table()
        self.discount_codes: Table[str] = Table()
        self.subscribers: Table[str] = Table()
        self.statuses: Table[int] = Table()
        self.gateways: list[Row] = []
        self.store_gateways: list[Row] = []
        self.shipping_methods: Table[str] = Table()
        self.shipping_costs: dict[str, Decimal] = {}
        """A shipping method's id → its costs including tax, which the vendor does not show."""
        self.locations: Table[str] = Table()
        self.regions: Table[str] = Table()

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
