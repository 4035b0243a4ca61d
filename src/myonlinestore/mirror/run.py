"""Mirror: the job that copies a store into a database and keeps the copy current."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Literal, TypeVar

import anyio
from anyio import from_thread, to_thread

from myonlinestore._loop import in_loop
from myonlinestore._request import origin
from myonlinestore.client import ConnectClient
from myonlinestore.mirror.destination import Destination, destination_of
from myonlinestore.mirror.passes import Options, Passes
from myonlinestore.mirror.rejects import tolerant
from myonlinestore.mirror.report import MirrorReport, OnProgress
from myonlinestore.mirror.sources import chosen
from myonlinestore.mirror.status import Planned, plan_of

T = TypeVar("T")

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Mirror:
    """Copies a store into a database: one table for each resource, child tables for its lists.

    The first run reads the whole store. Later ones ask what articles and subscribers have changed
    since, and read the other resources whole, as the vendor does not tell what changed in them.
    Rows are put in the place of those with the same key, and rows that the store has no more get a
    time in ``_deleted_at`` when everything is read. What was read and how far is one transaction,
    so a run that is cut off leaves a copy that is whole as far as it got, and the next run goes on.

    Args:
        client: the store.
        destination: a path such as ``catalog.sqlite``, or a URL such as ``sqlite:///catalog.sqlite``.
        only: names of the resources to copy; all if omitted.
        skip: names of resources to leave out.
        full: read everything, which also finds what was deleted.
        delete: ``"mark"`` rows that the store has no more, or (``"hard"``) remove them.
        overlap: seconds before the last run's beginning from which changes are asked for: for
            clocks that differ, and changes within one second.
        retry_rejects: try again to decode the rows that an earlier version could not.
        on_progress: is told how far each resource is.

    Raises:
        MirrorError: `destination` is of a kind that is not supported.
        ValueError: a resource has no such name, or none is left; `overlap` is negative.
    """

    def __init__(
        self,
        client: ConnectClient,
        destination: str | os.PathLike[str] = "catalog.sqlite",
        *,
        only: Collection[str] | None = None,
        skip: Collection[str] | None = None,
        full: bool = False,
        delete: Literal["mark", "hard"] = "mark",
        overlap: float = 300.0,
        retry_rejects: bool = False,
        on_progress: OnProgress | None = None,
    ) -> None:
        if not overlap >= 0:
            raise ValueError(f"overlap must be 0 seconds or more, got {overlap!r}")
        self._options = Options(full, delete == "hard", timedelta(seconds=overlap), retry_rejects)
        destination_of(destination)  # Refuses here what no run could use.
        self._client = client
        self._target = destination
        self._sources = chosen(only, skip)
        self._on_progress = on_progress

    def run(self) -> MirrorReport:
        """Copy the store, or bring the copy up to date. Works inside a running event loop as well.

        The client's connections are closed afterwards; it opens new ones when it is used again.

        Raises:
            ConnectError: a call failed, or (MirrorError) the copy cannot be written.
        """
        return self._in_own_loop(self.arun)

    async def arun(self) -> MirrorReport:
        """The async twin of `run`, on asyncio or trio. It leaves the client's connections open."""
        started = time.perf_counter()
        destination = destination_of(self._target)
        client = tolerant(self._client, {source.model: source.key for source in self._sources})
        try:
            await to_thread.run_sync(destination.open)
            await self._claim(client, destination)
            reports = [
                await Passes(source, client, destination, self._options, self._on_progress).run()
                for source in self._sources
            ]
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(destination.close)
        return MirrorReport(tuple(reports), time.perf_counter() - started)

    def plan(self) -> list[Planned]:
        """What `run` would do, resource by resource. Writes nothing, and reads counts alone.

        Raises:
            ConnectError: a call failed, or (MirrorError) the copy cannot be read.
        """
        return self._in_own_loop(self.aplan)

    async def aplan(self) -> list[Planned]:
        """The async twin of `plan`."""
        destination = destination_of(self._target)
        return await plan_of(self._sources, self._client, destination, self._options)

    def _in_own_loop(self, call: Callable[[], Awaitable[T]]) -> T:
        """The loop ends with the call, and with it the connections that were opened in it."""

        async def closing() -> T:
            try:
                return await call()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._client.aclose()

        if not in_loop():
            try:
                return anyio.run(closing)
            except asyncio.CancelledError as error:
                # What anyio makes of Ctrl-C on Python 3.10; nothing else cancels this loop.
                raise KeyboardInterrupt from error
        with from_thread.start_blocking_portal() as portal:
            return portal.call(closing)

    async def _claim(self, client: ConnectClient, destination: Destination) -> None:
        """A copy is of one store: rows of another one would replace and delete them."""
        store = await client.store.aget()
        await to_thread.run_sync(destination.claim, store.id or "", _origin(client))


def _origin(client: ConnectClient) -> str:
    """Scheme and host of the API. A server on this machine may have another port each time."""
    scheme, host, port = origin(client.config.base_url)
    return f"{scheme}://{host}" if host in _LOOPBACK else f"{scheme}://{host}:{port}"
