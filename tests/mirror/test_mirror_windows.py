"""Windows of time: what is read, in which order, how much at once, and in how many requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore.mirror import moments
from myonlinestore.mirror.batches import Batch, joined
from myonlinestore.mirror.moments import EARLIEST
from myonlinestore.mirror.rejects import Reject
from myonlinestore.mirror.together import together
from myonlinestore.mirror.windows import Windows
from myonlinestore.pagination import PaginatedResponse

NOW = moments.now()


@dataclass(frozen=True)
class Row:
    id: int
    created_date: str
    created_time: str


@dataclass
class Shop:
    """A list call over rows with these moments, which takes a while to answer."""

    moments: list[datetime]
    latency: float = 0.0
    reads: list[dict[str, Any]] = field(default_factory=list)
    counts: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def matching(self, start: str, end: str) -> list[Row]:
        """The rows between two moments."""
        stamped = ((n, moments.text(moment)) for n, moment in enumerate(self.moments))
        return [Row(n, *text.split()) for n, text in stamped if start <= text <= end]

    async def fetch(
        self,
        *,
        limit: int = 10,
        offset: int = 0,
        created_start_date: str = "",
        created_end_date: str = "9999",
    ) -> PaginatedResponse[Row]:
        """A page."""
        self.reads.append({"from": created_start_date, "to": created_end_date})
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await anyio.sleep(self.latency)
        self.in_flight -= 1
        rows = self.matching(created_start_date, created_end_date)
        return PaginatedResponse(rows[offset : offset + limit], limit, offset)

    async def count(self, *, created_start_date: str = "", created_end_date: str = "9999") -> int:
        """How many rows there are."""
        self.counts += 1
        await anyio.sleep(self.latency)
        return len(self.matching(created_start_date, created_end_date))

    def windows(self, start: datetime = EARLIEST, concurrency: int = 1) -> Windows:
        """What is tested."""
        return Windows(self.fetch, self.count, "created", start, concurrency)


async def read(windows: Windows) -> list[Batch]:
    batches: list[Batch] = []

    async def take(ready: Sequence[Batch]) -> None:
        batches.extend(ready)

    await windows.read(take)
    return batches


def ids(batches: list[Batch]) -> list[int]:
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
    """However the rows lie in time, each is read, and all before a cursor are handed over by it."""
    dates = [NOW - timedelta(seconds=age) for age in ages for _ in range(times)]
    dates += [NOW - timedelta(days=99)] * (250 if burst else 0)
    dates += [datetime(2999, 1, 1)] * (120 if future else 0)  # noqa: DTZ001
    shop = Shop(dates)
    batches = anyio.run(read, shop.windows(concurrency=concurrency))
    assert sorted(set(ids(batches))) == list(range(len(dates)))
    handed_over = 0
    cursors = [batch.cursor for batch in batches if batch.cursor]
    assert cursors == sorted(cursors)
    for batch in batches:
        handed_over += len({row.id for row in batch.rows})
        if batch.cursor is not None:
            assert handed_over >= sum(moment < batch.cursor for moment in dates)


@pytest.mark.anyio
async def test_as_many_at_once_as_are_allowed() -> None:
    """No more requests are in flight than asked for, and so many are."""
    shop = Shop([NOW - timedelta(hours=n) for n in range(2000)], latency=0.002)
    assert len(ids(await read(shop.windows(concurrency=5)))) == 2000
    assert shop.most_in_flight == 5


@pytest.mark.anyio
async def test_few_requests_more_than_pages() -> None:
    """Rows of twenty years, and rows of one day, take less than twice as many requests as pages."""
    for width in (timedelta(days=2), timedelta(seconds=20)):
        shop = Shop([NOW - n * width for n in range(4000)])
        await read(shop.windows(concurrency=4))
        assert len(shop.reads) + shop.counts < 2 * 40 + 80


@pytest.mark.anyio
async def test_a_slow_writer_holds_the_readers_back() -> None:
    """While nothing is taken, no more than a few pages are read."""
    shop = Shop([NOW - timedelta(hours=n) for n in range(6000)])
    release = anyio.Event()

    async def take(batches: Sequence[Batch]) -> None:
        await release.wait()

    async def look() -> None:
        held = -1
        while held < len(shop.reads):
            held = len(shop.reads)
            await anyio.sleep(0.3)
        assert held < 30
        release.set()

    await together(lambda: shop.windows(concurrency=4).read(take), look)
    assert len(shop.reads) > 60


@pytest.mark.anyio
async def test_what_waits_is_written_at_once() -> None:
    """A slow writer is given several windows, half of what may be held, and all of them in order."""
    shop = Shop([NOW - timedelta(hours=n) for n in range(3000)])
    given: list[list[Batch]] = []

    async def take(batches: Sequence[Batch]) -> None:
        given.append(list(batches))
        await anyio.sleep(0.01)

    await shop.windows(concurrency=4).read(take)
    assert max(map(len, given)) == 4
    handed_over = [batch for batches in given for batch in batches]
    assert sorted(ids(handed_over)) == list(range(3000))
    cursors = [batch.cursor for batch in handed_over if batch.cursor is not None]
    assert cursors == sorted(cursors)


def test_batches_that_wait_are_joined() -> None:
    """They are one with the last cursor, up to a size, and end with one that has a reject."""
    reject = Reject(b"{}", "odd", "GET /articles", 1)
    small, odd, last = Batch([1], NOW), Batch([reject], NOW), Batch([2])
    assert list(joined([])) == []
    assert list(joined([small, Batch([3]), last])) == [Batch([1, 3, 2], NOW)]
    assert list(joined([small, odd, last])) == [Batch([1, reject], NOW), last]
    whole = Batch(range(100))
    assert [len(batch.rows) for batch in joined([whole] * 20)] == [900, 900, 200]


@pytest.mark.anyio
async def test_a_failure_is_raised_as_itself() -> None:
    """The first error of a reader or of the writer ends all of them, and comes out of no group."""
    shop = Shop([NOW - timedelta(hours=n) for n in range(2000)])

    async def take(batches: Sequence[Batch]) -> None:
        raise KeyError("disk")

    with pytest.raises(KeyError, match="disk"):
        await shop.windows(concurrency=4).read(take)
    shop.moments = []
    shop.count = None  # type: ignore[assignment]
    broken = Windows(shop.count, shop.count, "created", EARLIEST, 4)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        await read(broken)


@pytest.mark.anyio
async def test_a_window_begins_where_it_is_told() -> None:
    """Reading from a moment on asks for nothing before it."""
    shop = Shop([NOW - timedelta(days=n) for n in range(1000)])
    batches = await read(shop.windows(NOW - timedelta(days=99), concurrency=3))
    assert sorted(ids(batches)) == list(range(100))
    assert min(read["from"] for read in shop.reads) == moments.text(NOW - timedelta(days=99))
