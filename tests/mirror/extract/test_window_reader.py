"""The window reader: its rows, their order, its concurrency and its number of requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore._concurrency.gather import gather
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract.window_reader import WindowReader
from myonlinestore.mirror.records import Batch, Reject, merge_batches
from myonlinestore.mirror.timestamps import MIN_TIMESTAMP
from myonlinestore.pagination import PaginatedResponse

NOW = timestamps.utc_now()


@dataclass(frozen=True)
class Row:
    id: int
    created_date: str
    created_time: str


@dataclass
class FakeList:
    """A list operation over rows with these timestamps.

    Attributes:
        going: the number of requests before a row is deleted, by the row's number.
        restless: True if each response has its rows in another order.
        counted: the function from the number of rows to the count that is returned.
    """

    moments: list[datetime]
    latency: float = 0.0
    going: dict[int, int] = field(default_factory=dict[int, int])
    restless: bool = False
    counted: Callable[[int], int] = int
    random: random.Random = field(default_factory=random.Random)
    reads: list[dict[str, Any]] = field(default_factory=list)
    counts: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def get_rows(self, start: str, end: str) -> list[Row]:
        """Return the rows between two timestamps."""
        requests = len(self.reads) + self.counts
        timestamps_by_number = (
            (n, timestamps.format_timestamp(moment)) for n, moment in enumerate(self.moments)
        )
        rows = [
            Row(n, *text.split())
            for n, text in timestamps_by_number
            if start <= text <= end and self.going.get(n, requests) >= requests
        ]
        return self.random.sample(rows, len(rows)) if self.restless else rows

    async def fetch(
        self,
        *,
        limit: int = 10,
        offset: int = 0,
        created_start_date: str = "",
        created_end_date: str = "9999",
    ) -> PaginatedResponse[Row]:
        """Return a page."""
        self.reads.append({"from": created_start_date, "to": created_end_date, "limit": limit})
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await anyio.sleep(self.latency)
        self.in_flight -= 1
        rows = self.get_rows(created_start_date, created_end_date)
        return PaginatedResponse(rows[offset : offset + limit], limit, offset)

    async def count(self, *, created_start_date: str = "", created_end_date: str = "9999") -> int:
        """Return the count of rows."""
        self.counts += 1
        await anyio.sleep(self.latency)
        return self.counted(len(self.get_rows(created_start_date, created_end_date)))

    def make_reader(self, start: datetime = MIN_TIMESTAMP, concurrency: int = 1) -> WindowReader:
        """Return a reader of these rows."""
        return WindowReader(self.fetch, self.count, "id", "created", start, concurrency=concurrency)


async def read(windows: WindowReader) -> list[Batch]:
    batches: list[Batch] = []

    async def take(ready: Sequence[Batch]) -> None:
        batches.extend(ready)

    await windows.read(take)
    return batches


def get_ids(batches: list[Batch]) -> list[int]:
    return [row.id for batch in batches for row in batch.rows]


AGES = st.one_of(
    st.integers(0, 20 * 365 * 86_400), st.integers(0, 90), st.integers(0, 86_400), st.just(7)
)


@settings(max_examples=60, deadline=None)
@given(
    ages=st.lists(AGES, max_size=600),
    times=st.integers(1, 6),
    concurrency=st.integers(1, 8),
    future=st.booleans(),
    burst=st.booleans(),
)
def test_every_row_is_in_one_window(
    ages: list[int], times: int, concurrency: int, future: bool, burst: bool
) -> None:
    """Every row is read for any timestamps, and a cursor comes after all rows before it."""
    dates = [NOW - timedelta(seconds=age) for age in ages for _ in range(times)]
    dates += [NOW - timedelta(days=99)] * (250 if burst else 0)
    dates += [datetime(2999, 1, 1)] * (120 if future else 0)  # noqa: DTZ001
    source = FakeList(dates)
    batches = anyio.run(read, source.make_reader(concurrency=concurrency))
    assert sorted(set(get_ids(batches))) == list(range(len(dates)))
    row_count = 0
    cursors = [batch.cursor for batch in batches if batch.cursor]
    assert cursors == sorted(cursors)
    for batch in batches:
        row_count += len({row.id for row in batch.rows})
        if batch.cursor is not None:
            assert row_count >= sum(moment < batch.cursor for moment in dates)


@settings(max_examples=80, deadline=None)
@given(
    ages=st.lists(AGES, min_size=80, max_size=600),
    going=st.dictionaries(st.integers(0, 599), st.integers(1, 25), max_size=12),
    concurrency=st.integers(1, 8),
    restless=st.booleans(),
)
def test_what_stays_is_read(
    ages: list[int], going: dict[int, int], concurrency: int, restless: bool
) -> None:
    """Deletions between any two requests hide no other row, in any order of the list."""
    dates = [NOW - timedelta(days=1, seconds=age) for age in ages]
    # More rows of one second than fit a page are read by offset, which needs an order.
    source = FakeList(dates, going=going, restless=restless and max(map(dates.count, dates)) < 100)
    ids = get_ids(anyio.run(read, source.make_reader(concurrency=concurrency)))
    assert set(ids) >= set(range(len(dates))) - set(going)
    assert len(ids) == len(set(ids))


COUNTS: dict[str, Callable[[int], int]] = {
    "all that there ever was": lambda _: 5_000,
    "nothing": lambda _: 0,
    "too few": lambda number: max(0, number - 1),
    "too many": lambda number: number + 7,
    "of an hour ago": lambda number: number // 100 * 100,
}


@settings(max_examples=60, deadline=None)
@given(
    ages=st.lists(AGES, min_size=80, max_size=400),
    counted=st.sampled_from([*COUNTS]),
    concurrency=st.integers(1, 8),
)
def test_whatever_the_store_counts(ages: list[int], counted: str, concurrency: int) -> None:
    """Wrong counts cost a few requests, and no row."""
    source = FakeList(
        [NOW - timedelta(days=1, seconds=age) for age in ages], counted=COUNTS[counted]
    )
    batches = anyio.run(read, source.make_reader(concurrency=concurrency))
    assert sorted(get_ids(batches)) == list(range(len(ages)))
    assert len(source.reads) + source.counts < 400


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["id", "number"])
async def test_rows_without_keys(key: str) -> None:
    """Every row is read without keys, too, in windows of one page."""
    source = FakeList([NOW - timedelta(days=n) for n in range(1, 401)])
    windows = WindowReader(source.fetch, source.count, key, "created", MIN_TIMESTAMP)
    assert sorted(get_ids(await read(windows))) == list(range(400))
    assert (len(source.reads) > 7) == (key == "number")


@pytest.mark.anyio
async def test_invalid_timestamps() -> None:
    """Windows are split by time if the rows have invalid timestamps."""

    async def fetch(**filters: Any) -> PaginatedResponse[Row]:
        page = await source.fetch(**filters)
        rows = [Row(row.id, "0000-00-00", "") for row in page.items]
        return PaginatedResponse(rows, page.limit, page.offset)

    source = FakeList([NOW - timedelta(days=n) for n in range(1, 1401)])
    source.moments += [datetime(2999, 1, 1)] * 120  # noqa: DTZ001
    windows = WindowReader(fetch, source.count, "id", "created", MIN_TIMESTAMP, concurrency=3)
    assert sorted(set(get_ids(await read(windows)))) == list(range(1520))


@pytest.mark.anyio
async def test_reading_ends_at_the_end() -> None:
    """No request asks for rows after the end."""
    source = FakeList([NOW - timedelta(days=n) for n in range(1000)])
    end = NOW - timedelta(days=50)
    windows = WindowReader(source.fetch, source.count, "id", "created", MIN_TIMESTAMP, end=end)
    batches = await read(windows)
    assert sorted(get_ids(batches)) == list(range(50, 1000))
    assert batches[-1].cursor == end + timedelta(seconds=1)
    assert max(read["to"] for read in source.reads) == timestamps.format_timestamp(end)


@pytest.mark.anyio
async def test_as_many_at_once_as_are_allowed() -> None:
    """The maximum number of requests in flight is `concurrency`."""
    source = FakeList([NOW - timedelta(hours=n) for n in range(2000)], latency=0.002)
    assert len(get_ids(await read(source.make_reader(concurrency=5)))) == 2000
    assert source.most_in_flight == 5


@pytest.mark.anyio
async def test_few_requests_more_than_pages() -> None:
    """Five pages take one count and one request of a row more, for any timestamps."""
    even_dates = [NOW - n * timedelta(days=2) for n in range(4000)]
    today = [NOW - n * timedelta(seconds=20) for n in range(4000)]
    imported_dates = [
        NOW - timedelta(days=90 * (n // 700) + 1, seconds=n % 700) for n in range(4000)
    ]
    for dates in (even_dates, today, imported_dates, sorted(imported_dates)):
        source = FakeList(dates)
        await read(source.make_reader(concurrency=4))
        assert len(source.reads) + source.counts < 1.8 * 40


@pytest.mark.anyio
async def test_a_slow_writer_limits_the_readers() -> None:
    """At most a few pages are read while the writer blocks."""
    source = FakeList([NOW - timedelta(hours=n) for n in range(6000)])
    release = anyio.Event()

    async def take(batches: Sequence[Batch]) -> None:
        await release.wait()

    async def check_requests() -> None:
        await anyio.wait_all_tasks_blocked()
        # Other requests find the rows at which windows are split.
        assert sum(read["limit"] > 1 for read in source.reads) < 20
        release.set()

    await gather(lambda: source.make_reader(concurrency=4).read(take), check_requests)
    assert len(source.reads) > 60


@pytest.mark.anyio
async def test_pending_batches_are_written_together() -> None:
    """A slow writer receives several windows at once, in order."""
    source = FakeList([NOW - timedelta(seconds=n) for n in range(3000)])
    received: list[list[Batch]] = []

    async def take(batches: Sequence[Batch]) -> None:
        received.append(list(batches))
        await anyio.sleep(0.01)

    await source.make_reader(concurrency=4).read(take)
    assert max(map(len, received)) == 4
    row_count = [batch for batches in received for batch in batches]
    assert sorted(get_ids(row_count)) == list(range(3000))
    cursors = [batch.cursor for batch in row_count if batch.cursor is not None]
    assert cursors == sorted(cursors)


def test_batches_are_merged() -> None:
    """Merged batches have the last cursor, a maximum size, and end at a reject."""
    reject = Reject(b"{}", "odd", "GET /articles", 1)
    small, odd, last = Batch([1], NOW), Batch([reject], NOW), Batch([2])
    assert list(merge_batches([])) == []
    assert list(merge_batches([small, Batch([3]), last])) == [Batch([1, 3, 2], NOW)]
    assert list(merge_batches([small, odd, last])) == [Batch([1, reject], NOW), last]
    whole = Batch(range(100))
    assert [len(batch.rows) for batch in merge_batches([whole] * 20)] == [900, 900, 200]


@pytest.mark.anyio
async def test_a_failure_is_raised_as_itself() -> None:
    """The first error of a reader or the writer is raised without an exception group."""
    source = FakeList([NOW - timedelta(hours=n) for n in range(2000)])

    async def take(batches: Sequence[Batch]) -> None:
        raise KeyError("disk")

    with pytest.raises(KeyError, match="disk"):
        await source.make_reader(concurrency=4).read(take)
    source.moments = []
    source.count = None  # type: ignore[assignment]
    broken = WindowReader(source.count, source.count, "id", "created", MIN_TIMESTAMP)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        await read(broken)


@pytest.mark.anyio
async def test_reading_starts_at_the_start() -> None:
    """No request asks for rows before the start."""
    source = FakeList([NOW - timedelta(days=n) for n in range(1000)])
    batches = await read(source.make_reader(NOW - timedelta(days=99), concurrency=3))
    assert sorted(get_ids(batches)) == list(range(100))
    assert min(read["from"] for read in source.reads) == timestamps.format_timestamp(
        NOW - timedelta(days=99)
    )
