"""OutageHandler: requests are repeated until the store responds again, within a limit of time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import anyio

from myonlinestore._retry import READ_RETRY_STATUSES, is_transient
from myonlinestore.exceptions import ConnectError, RateLimitError, TransportError
from myonlinestore.mirror.report import OnWait, OutageWait

T = TypeVar("T")
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

INITIAL_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 60.0
# `on_wait` is called this often, for a countdown.
_TICK_SECONDS = 1.0
# Fewer successes than these do not show what rate the store allows.
_MIN_LEARNED_REQUESTS = 5


class OutageHandler:
    """Repeats requests during an outage, for all requests of a run.

    The client has retried a request before it counts as failed here. During an outage, only one
    request is repeated, with delays that double up to a minute, and all others wait for its
    success. A server that was never reached, such as one with a misspelled name, does not count as
    an outage.

    Args:
        max_wait: seconds without a successful request after which an outage ends the run. Time in
            which no request was sent does not count.
        on_wait: a function that is called each second during an outage.
        clock: a monotonic clock, in seconds.

    Attributes:
        learned_rate: requests per second that the store allows, if a rate limit showed it.
    """

    def __init__(
        self,
        max_wait: float,
        on_wait: OnWait | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_wait = max_wait
        self._on_wait = on_wait
        self._clock = clock
        self._recovery = anyio.Lock()
        self._last_success = self._period_start = clock()
        self._successes = 0
        self._has_succeeded = False
        self.learned_rate: float | None = None

    async def run(
        self, send: Callable[[], Awaitable[T]], sleep: Sleep, *, repeats: bool = True
    ) -> T:
        """Send a request, repeatedly during an outage.

        Args:
            send: sends the request.
            sleep: waits for a number of seconds.
            repeats: False to repeat the request only after a rate limit.

        Raises:
            ConnectError: the failure is not an outage, or the outage lasts too long.
        """
        if self._recovery.locked():
            async with self._recovery:
                pass
        started = self._clock()
        try:
            return await self._send(send)
        except ConnectError as error:
            is_unreachable = isinstance(error, TransportError) and not self._has_succeeded
            is_repeated = repeats or isinstance(error, RateLimitError)
            if is_unreachable or not is_repeated or not is_outage(error):
                raise
            failure = error
        async with self._recovery:
            return await self._repeat(send, sleep, failure, started)

    async def _repeat(
        self,
        send: Callable[[], Awaitable[T]],
        sleep: Sleep,
        failure: ConnectError,
        started: float,
    ) -> T:
        """Send a request again until it succeeds.

        It is sent at once if another one has succeeded since it `started`, and then after delays.
        """
        delay = INITIAL_DELAY_SECONDS
        is_rate_limited = isinstance(failure, RateLimitError)
        has_recovered = self._last_success > started
        while True:
            ends_pause = not has_recovered
            if ends_pause:
                deadline = max(self._last_success, started) + self._max_wait
                await self._wait(max(delay, _retry_after(failure)), failure, sleep, deadline)
                delay = min(2 * delay, MAX_DELAY_SECONDS)
            has_recovered = False
            try:
                result = await send()
            except ConnectError as error:
                if not is_outage(error):
                    raise
                failure = error
                continue
            if is_rate_limited and ends_pause:
                self._learn_rate()
            self._on_success()
            return result

    async def _send(self, send: Callable[[], Awaitable[T]]) -> T:
        result = await send()
        self._on_success()
        return result

    def _on_success(self) -> None:
        self._last_success = self._clock()
        self._successes += 1
        self._has_succeeded = True

    def _learn_rate(self) -> None:
        """Derive the rate from the requests between two ends of a rate limit's pauses."""
        now = self._clock()
        if self._successes >= _MIN_LEARNED_REQUESTS:
            self.learned_rate = self._successes / (now - self._period_start)
        self._period_start, self._successes = now, 0

    async def _wait(
        self, delay: float, failure: ConnectError, sleep: Sleep, deadline: float
    ) -> None:
        """Wait before the next attempt. Raises the failure if that is after the deadline."""
        ends_at = self._clock() + delay
        if ends_at > deadline:
            raise failure
        while (left := ends_at - self._clock()) > 0:
            if self._on_wait is not None:
                self._on_wait(OutageWait(failure, left, deadline - self._clock()))
            await sleep(min(left, _TICK_SECONDS))


def is_outage(error: ConnectError) -> bool:
    """Return True if the same request may succeed when an outage or a rate limit ends."""
    return is_transient(error) or error.status_code in READ_RETRY_STATUSES


def _retry_after(error: ConnectError) -> float:
    """Return the seconds that the store asks to wait, or 0."""
    return getattr(error, "retry_after", None) or 0.0
