"""Rate limiter of a client: a 429 pauses all its requests and halves their rate."""

from __future__ import annotations

import bisect
import math
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

Sleep = Callable[[float], Awaitable[None]]

_MAX_RECENT_STARTS = 256
_RATE_WINDOW_SECONDS = 5.0
_MIN_WINDOW_SECONDS = 1.0
_MIN_RATE = 0.5
# Short enough to forget an isolated 429 soon, long enough to rarely hit a real limit again.
_RECOVERY_SECONDS = 10.0
_MAX_SLEEP_SECONDS = 86_400.0


class RateLimiter:
    """A rate limiter for all threads and event loops of a client, in requests per second.

    Without `max_rate` and before the first 429, requests start immediately. Otherwise each request
    is scheduled: a fixed time per request, rather than a queue with a head, because the head could
    belong to an event loop that is blocked, and would block all others.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lock: threading.RLock | None = None
    ) -> None:
        self._clock = clock
        self._lock = lock or threading.RLock()
        # The requests that wait for their start, in the order of their starts.
        self._scheduled: list[Reservation] = []
        self._starts = deque([-math.inf], maxlen=_MAX_RECENT_STARTS)
        self._resumes_at = self._halved_at = -math.inf
        # The rate after a 429, and the rate at which the reduction ends.
        self._reduced_rate: float | None = None
        self._recovery_target = math.inf
        self.pause_generation: int = 0

    def reservation(self, max_rate: float | None = None) -> Reservation:
        """Return a reservation for one call, limited to `max_rate` requests per second."""
        return Reservation(self, max_rate)

    def reserve(self, reservation: Reservation) -> float:
        """Return the seconds until the request may start, or 0 if it starts now.

        After that time, the caller must call again: a pause may have begun or been extended.
        """
        with self._lock:
            if self.try_start(reservation):
                return 0.0
            now = self._clock()
            if not reservation.waiting:
                self._schedule(reservation, now)
            if now < reservation.at:
                return reservation.at - now
            self._unschedule(reservation)
            self._start(reservation, now)
            return 0.0

    def try_start(self, reservation: Reservation) -> bool:
        """Start the request now and return True if no limit applies to it.

        This is the usual case. The caller must hold the lock.
        """
        if reservation.max_rate or reservation.waiting or self._reduced_rate is not None:
            return False
        self._start(reservation, self._clock())
        return True

    def requeue(self, reservation: Reservation) -> float:
        """Schedule a retry after a 429; return the seconds until its start.

        Retries keep the order of their first attempts, and precede all other requests.
        """
        with self._lock:
            now = self._clock()
            reservation.waiting = True
            bisect.insort(self._scheduled, reservation, key=lambda each: each.started_at)
            self._reschedule(now)
            return reservation.at - now

    def cancel(self, reservation: Reservation) -> None:
        """Release the reserved start for other requests."""
        with self._lock:
            if reservation.waiting:
                self._unschedule(reservation)

    def on_rate_limited(self, started: float, pause: float) -> None:
        """Start no request within the next `pause` seconds, after a 429.

        Requests that were already in flight when the rate was halved do not halve it again.

        Args:
            started: when the rejected request started, by the limiter's clock.
            pause: seconds.
        """
        with self._lock:
            now = self._clock()
            if started > self._halved_at or self._reduced_rate is None:
                self._reduce_rate(now)
            if now >= self._resumes_at:
                self.pause_generation += 1
            self._resumes_at = max(self._resumes_at, now + pause)
            self._reschedule(now)

    def _start(self, reservation: Reservation, now: float) -> None:
        self._starts.append(now)
        reservation.started_at = now
        reservation.pause_generation = self.pause_generation

    def _schedule(self, reservation: Reservation, now: float) -> None:
        """Find the first free start: a cancelled request may have left one between others."""
        gap = self._gap(reservation, now)
        at = max(now, self._earliest_start(reservation, gap))
        for other in self._scheduled:
            if gap and other.at - at < self._gap(other, now):
                at = max(at, other.at + gap)
        reservation.at, reservation.waiting = at, True
        bisect.insort(self._scheduled, reservation, key=lambda each: each.at)

    def _unschedule(self, reservation: Reservation) -> None:
        self._scheduled.remove(reservation)
        reservation.waiting = False

    def _reschedule(self, now: float) -> None:
        """Postpone the scheduled starts for a pause and for the current rate, in their order.

        No start moves forward, because its caller sleeps until the time it was given.
        """
        previous = -math.inf
        for reservation in self._scheduled:
            gap = self._gap(reservation, now)
            earliest = self._earliest_start(reservation, gap)
            previous = reservation.at = max(reservation.at, earliest, previous + gap)

    def _earliest_start(self, reservation: Reservation, gap: float) -> float:
        """Return when the request may start if no other request is scheduled.

        The reduced rate applies from the end of a pause on: the first request starts then, unless
        its own `max_rate` requires a longer distance.
        """
        last = self._starts[-1]
        return max(
            self._resumes_at, last + (gap if last >= self._resumes_at else reservation.min_interval)
        )

    def _gap(self, reservation: Reservation, now: float) -> float:
        """Return the minimum seconds between the previous start and this one."""
        return max(reservation.min_interval, 1 / self._current_rate(now))

    def _current_rate(self, now: float) -> float:
        """Return the rate, which grows linearly after a pause until it reaches its former value."""
        if self._reduced_rate is None:
            return math.inf
        halves = 1 + max(0.0, now - self._resumes_at) / _RECOVERY_SECONDS
        if self._reduced_rate * halves > self._recovery_target:
            self._reduced_rate = None
            return math.inf
        return self._reduced_rate * halves

    def _reduce_rate(self, now: float) -> None:
        self._recovery_target = max(
            min(self._current_rate(now), self._observed_rate(now)), 2 * _MIN_RATE
        )
        self._reduced_rate = self._recovery_target / 2
        self._halved_at = now

    def _observed_rate(self, now: float) -> float:
        """Return the requests per second over the most recent seconds with any request."""
        starts = [start for start in self._starts if start >= now - _RATE_WINDOW_SECONDS]
        return len(starts) / max(now - min(starts, default=now), _MIN_WINDOW_SECONDS)


class Reservation(msgspec.Struct, eq=False):
    """The starts of one call's requests, one after the other.

    Attributes:
        limiter: the limiter that schedules them.
        max_rate: maximum requests per second, or None.
        started_at: the latest start, by the limiter's clock; infinity before the first.
        pause_generation: the number of pauses before that start.
        waiting: True while the next start is scheduled.
        at: when that is.
    """

    limiter: RateLimiter
    max_rate: float | None = None
    started_at: float = math.inf
    pause_generation: int = 0
    waiting: bool = False
    at: float = -math.inf

    @property
    def min_interval(self) -> float:
        """Minimum seconds between two starts, at most a day."""
        return 1 / max(self.max_rate, 1 / _MAX_SLEEP_SECONDS) if self.max_rate else 0.0

    @property
    def is_stale(self) -> bool:
        """True if a pause began after the start: the request must be scheduled again."""
        return self.pause_generation != self.limiter.pause_generation

    async def wait(self, sleep: Sleep) -> None:
        """Wait until the next request may start."""
        while wait := self.limiter.reserve(self):
            await self.sleep(wait, sleep)

    def on_failure(self, pause: float | None) -> None:
        """Pause the limiter for this many seconds if the failure calls for it."""
        if pause is not None:
            self.limiter.on_rate_limited(self.started_at, pause)

    def schedule_retry(self, wait: float, pause: float | None) -> float:
        """Return the seconds until a retry, which is `wait` or more.

        Retries after a 429 precede requests that have not started yet.
        """
        return max(wait, 0.0 if pause is None else self.limiter.requeue(self))

    def cancel(self) -> None:
        """Release the scheduled start for other requests."""
        self.limiter.cancel(self)

    async def sleep(self, seconds: float, sleep: Sleep) -> None:
        """Wait for a scheduled start, and release it if the wait is interrupted."""
        try:
            await sleep(min(seconds, _MAX_SLEEP_SECONDS))
        except BaseException:
            self.cancel()
            raise
