"""Rate limiter of a client: a 429 pauses all its requests and halves their rate."""

from __future__ import annotations

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
# Fast enough that one odd 429 is soon forgotten, slow enough to seldom meet a real limit again.
_RECOVERY_SECONDS = 10.0
_MAX_SLEEP_SECONDS = 86_400.0
_EPSILON = 1e-6


class RateLimiter:
    """A rate limiter for all threads and event loops of a client, in requests per second.

    Without `max_rate` and before the first 429, requests start immediately.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lock: threading.RLock | None = None
    ) -> None:
        self._clock = clock
        self._lock = lock or threading.RLock()
        self._starts: deque[float] = deque(maxlen=_MAX_RECENT_STARTS)
        self._last = self._free_at = self._resumes_at = self._halved_at = -math.inf
        self._cancelled_slots: list[tuple[float, float]] = []
        # The rate after a 429, and the rate at which the reduction ends.
        self._reduced_rate: float | None = None
        self._recovery_target = math.inf
        # Seconds by which pauses were extended, in total.
        self._pause_extension = 0.0
        self.pause_generation: int = 0

    def reservation(self, max_rate: float | None = None) -> Reservation:
        """Return a reservation for one call, limited to `max_rate` requests per second."""
        return Reservation(self, max_rate)

    def reserve(self, reservation: Reservation) -> float:
        """Return the seconds until the request may start, or 0 if it starts now.

        A caller that has waited for the returned delay may start, unless a pause began or was
        extended during the wait.
        """
        with self._lock:
            if self.try_start(reservation):
                return 0.0
            now = self._clock()
            left = self._delay(now, reservation)
            if left <= 0:
                self._starts.append(now)
                reservation.at, reservation.waiting = now, False
            return max(left, 0.0)

    def try_start(self, reservation: Reservation) -> bool:
        """Start the request now and return True if no limit applies to it.

        This is the usual case. The caller must hold the lock.
        """
        if reservation.max_rate or reservation.waiting or self._reduced_rate is not None:
            return False
        now = self._clock()
        if now < self._last or now < self._free_at:
            return False
        reservation.pause_generation, reservation.at, self._last = self.pause_generation, now, now
        self._starts.append(now)
        return True

    def requeue(self, reservation: Reservation) -> float:
        """Reserve a later start; return the seconds until then."""
        with self._lock:
            return self._delay(self._clock(), reservation)

    def cancel(self, reservation: Reservation) -> None:
        """Release the reserved start for other requests."""
        with self._lock:
            if reservation.waiting and not reservation.is_stale:
                self._cancelled_slots.append(
                    (
                        reservation.at + self._pause_extension - reservation.pause_extension,
                        reservation.gap_before,
                    )
                )
            reservation.waiting = False

    def on_rate_limited(self, started: float, pause: float) -> None:
        """Start no request within the next `pause` seconds, after a 429.

        Requests that were already in flight when the rate was halved do not halve it again.

        Args:
            started: when the rejected request started, by the limiter's clock.
            pause: seconds.
        """
        with self._lock:
            now = self._clock()
            if started > self._halved_at:
                self._reduce_rate(now)
            if now < self._resumes_at:
                self._postpone(now, now + pause - self._resumes_at)
            else:
                self._resumes_at = self._free_at = now + pause
                self._last = min(self._last, now)
                self._cancelled_slots.clear()
                self.pause_generation += 1

    def _postpone(self, now: float, seconds: float) -> None:
        """Extend a pause; requests queued for its end keep their order."""
        if seconds <= 0:
            return
        self._resumes_at += seconds
        self._free_at += seconds
        self._pause_extension += seconds
        self._last += seconds if self._last > now else 0.0
        self._cancelled_slots = [(at + seconds, room) for at, room in self._cancelled_slots]

    def _delay(self, now: float, reservation: Reservation) -> float:
        if not reservation.waiting or reservation.is_stale:
            reservation.at, reservation.waiting = self._next_slot(now, reservation), True
            reservation.pause_generation, reservation.pause_extension = (
                self.pause_generation,
                self._pause_extension,
            )
        elif reservation.pause_extension == self._pause_extension:
            return 0.0  # The caller has waited until its start.
        reservation.at += self._pause_extension - reservation.pause_extension
        reservation.pause_extension = self._pause_extension
        return reservation.at - now

    def _next_slot(self, now: float, reservation: Reservation) -> float:
        gap = 1 / self._current_rate(now)
        if self._cancelled_slots and self._reuse_cancelled_slot(
            now, reservation, max(reservation.min_interval, gap)
        ):
            return reservation.at
        behind = self._last + reservation.min_interval if reservation.min_interval else now
        at = max(now, self._free_at, behind)
        reservation.gap_before, self._last = at - self._last, max(self._last, at)
        if gap:
            self._free_at = at + gap
        return at

    def _reuse_cancelled_slot(self, now: float, reservation: Reservation, room: float) -> bool:
        """Assign the earliest cancelled start that keeps the gap; return False if there is none."""
        self._cancelled_slots = [held for held in self._cancelled_slots if held[0] > now]
        fitting = [held for held in self._cancelled_slots if held[1] >= room - _EPSILON]
        if fitting:
            reservation.at, reservation.gap_before = min(fitting)
            self._cancelled_slots.remove((reservation.at, reservation.gap_before))
        return bool(fitting)

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
    """A reserved start of one call's next request.

    Attributes:
        limiter: the limiter that schedules it.
        max_rate: maximum requests per second of the call, if limited.
        at: the time at which the request may start; afterwards the time at which it started.
        waiting: True while the request has a start and has not used it.
        pause_generation: the number of pauses when the start was reserved.
        gap_before: seconds since the previous start.
        pause_extension: total seconds of pause extensions when the start was reserved.
    """

    limiter: RateLimiter
    max_rate: float | None = None
    at: float = 0.0
    waiting: bool = False
    pause_generation: int = 0
    gap_before: float = 0.0
    pause_extension: float = 0.0

    @property
    def min_interval(self) -> float:
        """Minimum seconds between two starts."""
        return 1 / self.max_rate if self.max_rate else 0.0

    @property
    def is_stale(self) -> bool:
        """True if a pause has begun since: the request must be scheduled again."""
        return self.pause_generation != self.limiter.pause_generation

    async def wait(self, sleep: Sleep) -> None:
        """Wait until the next request may start."""
        wait = self.limiter.reserve(self)
        while wait:
            await self._sleep(wait, sleep)
            wait = self.limiter.reserve(self)

    def on_failure(self, pause: float | None) -> None:
        """Pause the limiter for this many seconds if the failure calls for it."""
        if pause is not None:
            self.limiter.on_rate_limited(self.at, pause)

    async def wait_before_retry(self, wait: float, pause: float | None, sleep: Sleep) -> None:
        """Wait before a retry. Retries are queued ahead of new requests."""
        left = 0.0 if pause is None else self.limiter.requeue(self)
        await self._sleep(max(wait, left), sleep)

    async def _sleep(self, seconds: float, sleep: Sleep) -> None:
        try:
            await sleep(min(seconds, _MAX_SLEEP_SECONDS))
        except BaseException:
            self.limiter.cancel(self)
            raise
