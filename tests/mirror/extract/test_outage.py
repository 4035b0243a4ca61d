"""Outages and rate limits are waited for, up to a maximum time without a successful request."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from starlette.responses import Response, StreamingResponse

from myonlinestore import (
    ConnectError,
    DeadlineExceededError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)
from myonlinestore._concurrency.gather import gather
from myonlinestore.mirror import Mirror, OutageWait, job
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract import outage
from myonlinestore.mirror.extract.outage import OutageHandler
from tests.mirror.databases import Database
from tests.mirror.interceptor import Respond, make_json_response, run_intercepted_sandbox
from tests.mirror.snapshots import assert_equals_store

UNAVAILABLE = ServerError("unavailable", 503)
REFUSED = TransportError("refused")
LIMITED = RateLimitError("too many requests")


class Clock:
    """A clock that only a sleep advances."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        await anyio.lowlevel.checkpoint()
        self.now += seconds


class Service:
    """An operation that fails during some periods of a clock."""

    def __init__(self, clock: Clock, *periods: tuple[float, float, ConnectError]) -> None:
        self.clock = clock
        self.periods = periods
        self.calls = list[float]()

    async def __call__(self) -> str:
        """Return a result, or raise the error of the current period."""
        self.calls.append(self.clock.now)
        await anyio.lowlevel.checkpoint()
        for start, end, error in self.periods:
            if start <= self.clock.now < end:
                raise error
        return "result"


def make_handler(
    clock: Clock, max_wait: float = 900.0, on_wait: Callable[[OutageWait], object] | None = None
) -> OutageHandler:
    return OutageHandler(max_wait, on_wait, clock)


@pytest.mark.anyio
async def test_delays_double_up_to_a_minute() -> None:
    """A request is repeated after 1, 2, 4, … seconds, and then each minute."""
    clock = Clock()
    service = Service(clock, (0, 200, UNAVAILABLE))
    assert await make_handler(clock).run(service, clock.sleep) == "result"
    assert service.calls == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


@pytest.mark.anyio
@pytest.mark.parametrize("error", [UNAVAILABLE, LIMITED, REFUSED])
async def test_an_outage_ends_the_run_after_the_maximum(error: ConnectError) -> None:
    """The failure is raised when the next attempt would be later than the maximum allows."""
    clock = Clock()
    handler = make_handler(clock, max_wait=30)
    await handler.run(Service(clock), clock.sleep)
    service = Service(clock, (0, 1e9, error))
    with pytest.raises(type(error)) as caught:
        await handler.run(service, clock.sleep)
    assert caught.value is error
    assert service.calls == [0, 1, 3, 7, 15]


@pytest.mark.anyio
async def test_the_maximum_begins_again_with_a_success() -> None:
    """Only the time since the latest successful request counts."""
    clock = Clock()
    handler = make_handler(clock, max_wait=30)
    service = Service(clock, *((start, start + 10, UNAVAILABLE) for start in range(0, 200, 20)))
    for _ in range(10):
        assert await handler.run(service, clock.sleep) == "result"
        clock.now = 20 * (clock.now // 20 + 1)


@pytest.mark.anyio
async def test_only_the_time_of_an_outage_counts() -> None:
    """An outage after a long time without any request has the whole maximum."""
    clock = Clock()
    handler = make_handler(clock, max_wait=30)
    await handler.run(Service(clock), clock.sleep)
    clock.now = 1000
    service = Service(clock, (1000, 1010, UNAVAILABLE))
    assert await handler.run(service, clock.sleep) == "result"


@pytest.mark.anyio
async def test_a_server_that_was_never_reached_ends_the_run() -> None:
    """A refused connection ends a run at once if no request of it has succeeded."""
    clock = Clock()
    service = Service(clock, (0, 1e9, REFUSED))
    with pytest.raises(TransportError):
        await make_handler(clock).run(service, clock.sleep)
    assert service.calls == [0]


@pytest.mark.anyio
async def test_other_errors_are_raised_at_once() -> None:
    """An error that is not an outage is not repeated, also not at the end of an outage."""
    clock = Clock()
    gone = NotFoundError("gone", 404)
    service = Service(clock, (0, 2, UNAVAILABLE), (2, 9, gone))
    with pytest.raises(NotFoundError):
        await make_handler(clock).run(service, clock.sleep)
    assert service.calls == [0, 1, 3]
    with pytest.raises(NotFoundError):
        await make_handler(clock).run(service, clock.sleep)
    assert service.calls == [0, 1, 3, 3]


@pytest.mark.anyio
async def test_retry_after_is_a_minimum() -> None:
    """A longer Retry-After is waited for, unless it exceeds the maximum."""
    clock = Clock()
    service = Service(clock, (0, 60, RateLimitError("limited", retry_after=120.0)))
    assert await make_handler(clock).run(service, clock.sleep) == "result"
    assert service.calls == [0, 120]
    service = Service(clock, (0, 1e9, ServerError("down", 503, retry_after=3600.0)))
    with pytest.raises(ServerError):
        await make_handler(clock).run(service, clock.sleep)
    assert service.calls == [120]


@pytest.mark.anyio
async def test_one_request_is_repeated_during_an_outage() -> None:
    """Requests in flight and later ones wait for one that is repeated, and then follow at once."""
    clock = Clock()
    handler = make_handler(clock)
    service = Service(clock, (0, 60, UNAVAILABLE))
    results = list[str]()

    async def request() -> None:
        results.append(await handler.run(service, clock.sleep))

    async def request_later() -> None:
        while clock.now < 10:
            await anyio.lowlevel.checkpoint()
        await request()

    await gather(*[request] * 5, request_later)
    assert results == ["result"] * 6
    # Five at the start, the attempts of one, and five when it has succeeded.
    assert sorted(service.calls) == [0] * 5 + [1, 3, 7, 15, 31, 63] + [63] * 5


@pytest.mark.anyio
async def test_a_wait_is_reported_each_second() -> None:
    """The countdown has the seconds to the next attempt, and to the end of the run."""
    clock = Clock()
    waits = list[OutageWait]()
    service = Service(clock, (0, 3, UNAVAILABLE))
    await make_handler(clock, 900, waits.append).run(service, clock.sleep)
    assert waits == [
        OutageWait(UNAVAILABLE, 1, 900),
        OutageWait(UNAVAILABLE, 2, 899),
        OutageWait(UNAVAILABLE, 1, 898),
    ]


@pytest.mark.anyio
async def test_the_rate_is_learned_from_a_fixed_window() -> None:
    """A store that allows 20 requests per 15 seconds shows a rate near that."""
    clock = Clock()
    handler = make_handler(clock)
    used = dict[int, int]()

    async def request() -> str:
        window = int(clock.now // 15)
        used[window] = used.get(window, 0) + 1
        if used[window] > 20:
            raise LIMITED
        return "result"

    for _ in range(21):
        await handler.run(request, clock.sleep)
    assert handler.learned_rate == pytest.approx(20 / 15, rel=0.1)


@pytest.mark.anyio
async def test_the_rate_is_learned_once_for_each_pause() -> None:
    """Requests that follow at once after a pause do not count as a period of their own."""
    clock = Clock()
    handler = make_handler(clock)
    used = dict[int, int]()

    async def request() -> None:
        await anyio.lowlevel.checkpoint()
        window = int(clock.now // 15)
        used[window] = used.get(window, 0) + 1
        if used[window] > 20:
            raise LIMITED

    async def send_all() -> None:
        for _ in range(8):
            await handler.run(request, clock.sleep)

    await gather(*[send_all] * 10)
    assert handler.learned_rate == pytest.approx(20 / 15, rel=0.2)


@pytest.mark.anyio
async def test_no_rate_is_learned_from_a_few_requests() -> None:
    """A rate limit that was reached by others, before this run began, shows no rate."""
    clock = Clock()
    handler = make_handler(clock)
    await handler.run(Service(clock, (0, 10, LIMITED)), clock.sleep)
    assert handler.learned_rate is None


def respond_with_errors(first: int, last: int, status: int) -> Respond:
    """Return an error for the requests with these numbers."""
    requests = itertools.count(1)

    def respond(path: str, query: dict[str, str]) -> Response | None:
        return make_json_response("{}", status) if first <= next(requests) <= last else None

    return respond


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("first", [1, 9])
def test_a_run_continues_after_an_outage(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, status: int, first: int
) -> None:
    """A store that fails for many requests in a row is copied completely, in one run."""
    monkeypatch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)
    waits = list[OutageWait]()
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        interceptor.respond = respond_with_errors(first, first + 12, status)
        only = ["articles", "orders"]
        report = Mirror(client, catalog, only=only, on_wait=waits.append).run()
        interceptor.respond = lambda path, query: None
        assert not report.has_differences
        assert_equals_store(catalog, client, *only)
    assert waits[0].error.status_code == status


def test_an_outage_without_patience(catalog: Path) -> None:
    """With max_wait=0, a run ends with the error of the first request that fails."""
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        interceptor.respond = respond_with_errors(4, 4, 503)
        with pytest.raises(ServerError):
            Mirror(client, catalog, only=["articles"], max_wait=0).run()
    with pytest.raises(ValueError, match="max_wait"):
        Mirror(client, catalog, max_wait=-1)


@pytest.mark.parametrize("own_deadline", [None, 0.4])
def test_a_response_that_never_ends_ends_the_run(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, own_deadline: float | None
) -> None:
    """A response that arrives byte by byte ends at the deadline, the client's own if it has one."""
    monkeypatch.setattr(job, "MIN_DEADLINE", 0.4 if own_deadline is None else 60.0)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.05)

    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0, deadline=own_deadline) as client,
    ):
        interceptor.respond = lambda path, query: (
            StreamingResponse(drip()) if path == "/v1/articles" else None
        )
        with pytest.raises(DeadlineExceededError, match=r"not completed within 0\.4 s"):
            Mirror(client, catalog, only=["articles"], max_wait=0).run()


def test_a_learned_rate_has_a_maximum(catalog: Path) -> None:
    """A rate that was increased in thousands of runs stays one that a client accepts."""
    with run_intercepted_sandbox() as (sandbox, _), sandbox.client() as client:
        job = Mirror(client, catalog, only=["discount_codes"])
        job.run()
        destination = resolve_destination(catalog)
        destination.open()
        destination.save_setting("learned_rate", "1.5e308")
        destination.close()
        for _ in range(2):
            job.run()


def test_the_learned_rate_is_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run begins at the rate that a rate limit showed, and saves a higher one."""
    monkeypatch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)

    def get_saved_rate() -> str | None:
        destination = resolve_destination(database.address)
        destination.open(read_only=True)
        try:
            return destination.read_setting("learned_rate")
        finally:
            destination.close()

    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        # One request at a time: one that started before the latest success shows no rate.
        only = ["articles", "orders"]
        job = Mirror(client, database.address, only=only, concurrency=1, full=True)
        job.run()
        assert get_saved_rate() is None
        interceptor.respond = respond_with_errors(10, 12, 429)
        job.run()
        learned = get_saved_rate()
        assert learned is not None
        interceptor.respond = lambda path, query: None
        report = job.run()
        assert report.seconds > (report.requests - 1) / float(learned) * 0.9
        assert float(get_saved_rate() or 0) == pytest.approx(1.5 * float(learned), abs=0.01)
