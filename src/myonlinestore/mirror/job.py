"""Mirror: the job that copies a store into a database and keeps the copy up to date."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, TypeAlias, TypeVar

import anyio
from anyio import from_thread

from myonlinestore._concurrency.event_loops import in_loop
from myonlinestore._request import origin
from myonlinestore.client import ConnectClient
from myonlinestore.config import is_integer
from myonlinestore.exceptions import AuthenticationError, NotFoundError
from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT, Destination
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.child_sync import ChildSync
from myonlinestore.mirror.extract.incremental import (
    MirrorOptions,
    check_language,
    with_raw_column,
)
from myonlinestore.mirror.extract.order_sync import OrderSync
from myonlinestore.mirror.extract.outage import OutageHandler
from myonlinestore.mirror.extract.stream_sync import StreamSync, run_in_thread
from myonlinestore.mirror.extract.streams import ChildStream, Stream, select_streams
from myonlinestore.mirror.extract.transport import MirrorTransport
from myonlinestore.mirror.report import (
    MirrorReport,
    OnProgress,
    OnWait,
    ProgressCounter,
    ResourceReport,
    Traffic,
)
from myonlinestore.mirror.schema.table import Table
from myonlinestore.mirror.status import PlannedSync, make_plan, plan_sync

T = TypeVar("T")
OnStart: TypeAlias = Callable[[list[PlannedSync], Traffic], object]
"""A function that is called with the plan of a run, and its traffic, which changes afterwards."""

# The maximum of each option, in seconds: a day, a year, and 30 days.
MAX_BUSY_TIMEOUT = 86_400
MAX_OVERLAP = 31_536_000
MAX_WAIT = 2_592_000
# The minimum deadline of a call, in seconds: a response that arrives byte by byte has no timeout.
MIN_DEADLINE = 300.0

# The name of the setting with the requests per second that the store allows.
_RATE_SETTING = "learned_rate"
_RATE_INCREASE = 1.5
# More requests per second than a run sends; without a maximum, the increases would reach infinity.
_MAX_RATE = 1_000.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Mirror:
    """Copies a store into a database: one table for each resource, child tables for its lists.

    The first run reads the whole store. Later runs read the articles and subscribers that have
    changed since, the orders that are new, recent or have a new status, and all rows of the other
    resources, whose lists cannot be filtered by change. Rows replace those with the same key. After
    a full refresh, and with `find_deleted` after every run, rows that were deleted from the store
    have a time in ``_deleted_at``. Each transaction writes rows together with the sync state, so an
    interrupted run leaves a consistent copy, and the next run resumes it.

    Args:
        client: the store.
        destination: a path such as ``catalog.sqlite``, or a URL such as ``sqlite:///catalog.sqlite``.
        only: names of the resources to copy; all if omitted.
        skip: names of resources to skip, or ``order_payments`` and ``category_articles``, which
            take a request for each order and category in a full sync.
        full: read all rows, which also finds deleted ones.
        find_deleted: find the rows that were deleted from the store also in a run that reads
            changes, if the store has fewer rows than the copy. It takes a few requests for each
            deleted row.
        delete: ``"mark"`` rows that were deleted from the store, or delete them too (``"hard"``).
        max_delete: the maximum number of rows of a resource that a run marks or deletes, to protect
            the copy from a list that is empty by mistake; if omitted, half of the rows in the copy,
            and at least 10.
        overlap: seconds before the start of the last run from which changes are read again, because
            clocks differ, and for changes within one second.
        retry_rejects: decode and write again the rows that an earlier run could not.
        raw: keep each row's JSON as it was received, in a column `raw` of the resource's table. A
            copy that has the column keeps it in later runs without this option.
        reread_days: days for which an order may change without a new status; younger orders are
            read again in every run, and their payments until these are final.
        concurrency: maximum number of requests in flight.
        max_rate: maximum requests per second; the client's setting if omitted.
        max_wait: seconds without a successful request after which an outage or a rate limit ends
            the run; 0 to end it as soon as a request and its retries fail. It is also the
            `deadline` of each call, 5 minutes at least, unless the client has another one.
        on_start: a function that is called once in a run, with the plan for each resource and the
            traffic of the run so far, before the first row is read.
        on_progress: a function that is called with the progress of each resource.
        busy_timeout: seconds after which a database that another program has locked is an error.
        on_wait: a function that is called with an `OutageWait` each second during an outage.

    Attributes:
        last_report: the report of the latest run, also of one that failed: the resources that it
            finished.

    Raises:
        MirrorError: the kind of `destination` is not supported.
        ValueError: a resource's name is unknown, or no resource is left; `max_delete` or
            `reread_days` is negative; `concurrency` is less than 1; `overlap` is not 0 seconds to
            a year, `max_wait` to 30 days, or `busy_timeout` to a day.
    """

    def __init__(
        self,
        client: ConnectClient,
        destination: str | os.PathLike[str] = "catalog.sqlite",
        *,
        only: Collection[str] | None = None,
        skip: Collection[str] | None = None,
        full: bool = False,
        find_deleted: bool = False,
        delete: Literal["mark", "hard"] = "mark",
        max_delete: int | None = None,
        overlap: float = 300.0,
        retry_rejects: bool = False,
        raw: bool = False,
        reread_days: int = 60,
        concurrency: int = 8,
        max_rate: float | None = None,
        max_wait: float = 900.0,
        busy_timeout: float = BUSY_TIMEOUT,
        on_start: OnStart | None = None,
        on_progress: OnProgress | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        _check_seconds("overlap", overlap, MAX_OVERLAP)
        _check_seconds("max_wait", max_wait, MAX_WAIT)
        _check_seconds("busy_timeout", busy_timeout, MAX_BUSY_TIMEOUT)
        if not is_integer(concurrency) or concurrency < 1:
            raise ValueError(f"concurrency must be a whole number, 1 or more, got {concurrency!r}")
        if max_delete is not None and (not is_integer(max_delete) or max_delete < 0):
            raise ValueError(f"max_delete must be a whole number, 0 or more, got {max_delete!r}")
        if not is_integer(reread_days) or reread_days < 0:
            raise ValueError(f"reread_days must be a whole number, 0 or more, got {reread_days!r}")
        self._options = MirrorOptions(
            full=full,
            hard_delete=delete == "hard",
            overlap=timedelta(seconds=overlap),
            retry_rejects=retry_rejects,
            concurrency=concurrency,
            raw=raw,
            max_delete=max_delete,
            max_wait=max_wait,
            find_deleted=find_deleted,
            language=client.config.language,
            reread_days=reread_days,
        )
        self._resolve_destination = functools.partial(
            resolve_destination, destination, busy_timeout=busy_timeout
        )
        self._resolve_destination()  # Raises for an invalid destination before the run.
        self._client = client.with_options(
            max_rate=max_rate, deadline=client.config.deadline or max(max_wait, MIN_DEADLINE)
        )
        self._streams = select_streams(only, skip)
        self._on_start = on_start
        self._on_progress = on_progress
        self._on_wait = on_wait
        self.last_report: MirrorReport = MirrorReport((), 0.0)

    def run(self) -> MirrorReport:
        """Copy the store, or bring the copy up to date; also inside a running event loop.

        The client's connections are closed afterwards; it opens new ones when it is used again.

        Raises:
            ConnectError: a call failed, or (MirrorError) the copy cannot be written, or is of
                another store or in another language.
        """
        return self._run_in_new_loop(self.arun)

    async def arun(self) -> MirrorReport:
        """Run as `run` does, on asyncio or trio. The client's connections stay open."""
        started = time.perf_counter()
        self.last_report = MirrorReport((), 0.0)
        traffic = Traffic()
        outages = OutageHandler(self._options.max_wait, self._on_wait)
        connect = functools.partial(
            MirrorTransport,
            concurrency=self._options.concurrency,
            traffic=traffic,
            outages=outages,
        )
        # First, so that a wrong token leaves no file.
        client = self._client.with_transport(functools.partial(connect, streams=self._streams))
        store = await client.store.aget()
        destination, lock = self._resolve_destination(), threading.Lock()
        try:
            await run_in_thread(lock, destination.open)
            await run_in_thread(lock, destination.bind_store, store.id or "", get_origin(client))
            max_rate = client.config.max_rate
            async with _learned_rate(destination, lock, outages, max_rate) as rate:
                streams = [
                    await run_in_thread(lock, with_raw_column, stream, destination, self._options)
                    for stream in self._streams
                ]
                await run_in_thread(lock, check_language, destination, streams, self._options)
                client = self._client.with_options(max_rate=rate)
                connect = functools.partial(connect, streams=streams)
                run = _Run(
                    client.with_transport(connect),
                    client.with_transport(functools.partial(connect, repeats=False)),
                    destination,
                    self._options,
                    functools.partial(
                        ProgressCounter, traffic=traffic, on_progress=self._on_progress
                    ),
                    lock,
                )
                await self._announce(streams, run.client, destination, lock, traffic)
                async with aclosing(run.sync(streams)) as finished:
                    async for report in finished:
                        reports = (*self.last_report, report)
                        self.last_report = MirrorReport(reports, time.perf_counter() - started)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_thread(lock, destination.close)
        return self.last_report

    async def _announce(
        self,
        streams: Sequence[Stream],
        client: ConnectClient,
        destination: Destination,
        lock: threading.Lock,
        traffic: Traffic,
    ) -> None:
        """Call `on_start` with what the run is about to read."""
        if self._on_start is None:
            return
        plans = list[PlannedSync]()
        for stream in streams:
            state = await run_in_thread(lock, destination.read_state, stream.table)
            # The sync of the resource reports it if the token may not read it.
            with contextlib.suppress(AuthenticationError, NotFoundError):
                plan = await plan_sync(stream, client, state, self._options)
                plans.append(plan)
                if stream.child is not None and plan.full:
                    plans.append(replace(plan, resource=stream.child.name, row_count=0))
        self._on_start(plans, traffic)

    def plan(self) -> list[PlannedSync]:
        """Return the work of the next run for each resource. Reads only counts, and writes nothing.

        Raises:
            ConnectError: a call failed, or (MirrorError) the copy cannot be read, or is of another
                store or in another language.
        """
        return self._run_in_new_loop(self.aplan)

    async def aplan(self) -> list[PlannedSync]:
        """Return the work of the next run, as `plan` does, on asyncio or trio."""
        destination = self._resolve_destination()
        owner = (await self._client.store.aget()).id or "", get_origin(self._client)
        return await make_plan(self._streams, self._client, destination, self._options, owner)

    def _run_in_new_loop(self, call: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine in a new event loop, and close the connections it opened there."""

        async def run_and_close() -> T:
            try:
                return await call()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._client.aclose()

        if not in_loop():
            try:
                return anyio.run(run_and_close)
            except asyncio.CancelledError as error:
                # On Python 3.10, anyio turns Ctrl-C into this; nothing else cancels this loop.
                raise KeyboardInterrupt from error
        with from_thread.start_blocking_portal() as portal:
            return portal.call(run_and_close)


@dataclass
class _Run:
    """The syncs of a run.

    Attributes:
        client: repeats requests during an outage.
        direct_client: raises FailedReadError for a request that fails.
        destination: the copy.
        options: the options.
        count_progress: returns the counter of a resource.
        lock: held by each call of the destination.
    """

    client: ConnectClient
    direct_client: ConnectClient
    destination: Destination
    options: MirrorOptions
    count_progress: Callable[[str], ProgressCounter]
    lock: threading.Lock
    has_links: bool = False

    async def sync(self, streams: Collection[Stream]) -> AsyncGenerator[ResourceReport, None]:
        """Sync streams one after the other, each before its child stream, and yield the reports."""
        for stream in streams:
            kind = OrderSync if stream.rereads_recent else StreamSync
            counter = self.count_progress(stream.name)
            sync = kind(stream, self.client, self.destination, self.options, counter, self.lock)
            report = await sync.run()
            yield report
            self.has_links |= stream.name == "articles" and report.error is None
            if stream.child is not None and report.error is None:
                yield await self._sync_child(stream.child, stream.table)

    async def _sync_child(self, child: ChildStream, parent: Table) -> ResourceReport:
        sync = ChildSync(
            child,
            parent,
            self.client,
            self.direct_client,
            self.destination,
            self.options,
            self.count_progress(child.name),
            self.lock,
            derives=self.has_links,
        )
        return await sync.run()


def _check_seconds(name: str, value: float, maximum: float) -> None:
    """Raise ValueError if an option is not a number from 0 to its maximum."""
    if not 0 <= value <= maximum:
        raise ValueError(f"{name} must be 0 to {maximum} seconds, got {value!r}")


@asynccontextmanager
async def _learned_rate(
    destination: Destination,
    lock: threading.Lock,
    outages: OutageHandler,
    max_rate: float | None,
) -> AsyncGenerator[float | None, None]:
    """Yield the rate that an earlier run learned, or a lower `max_rate`; save a new one at the end.

    A run without a rate limit increases the rate for the next run, since the limit may be gone.
    """
    saved = await run_in_thread(lock, destination.read_setting, _RATE_SETTING)
    learned = min(float(saved), _MAX_RATE) if saved else None
    yield min(filter(None, (learned, max_rate)), default=None)
    rate = outages.learned_rate
    if rate is None and learned is not None:
        rate = learned * _RATE_INCREASE
    if rate is not None:
        await run_in_thread(lock, destination.save_setting, _RATE_SETTING, f"{rate:.3f}")


def get_origin(client: ConnectClient) -> str:
    """Return scheme, host and port of the API; no port for this machine, where it may vary."""
    scheme, host, port = origin(client.config.base_url)
    return f"{scheme}://{host}" if host in _LOOPBACK else f"{scheme}://{host}:{port}"
