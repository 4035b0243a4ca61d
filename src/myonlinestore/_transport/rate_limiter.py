"""Pace: when the requests of a client may start. A 429 pauses them all and halves their rate."""

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
    """One line for every thread and event loop of a client; rates are requests per second.

    Without a ceiling and before the first 429 nobody waits.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lock: threading.RLock | None = None
    ) -> None:
        self._clock = clock
        self._lock = lock or threading.RLock()
        self._starts: deque[float] = deque(maxlen=_MAX_RECENT_STARTS)
        self._last = self._free_at = self._resumes_at = self._halved_at = -math.inf
        self._cancelled_slots: list[tuple[float, float]] = []
        # The rate that a 429 left, and the one that it is to grow back to.
        self._reduced_rate: float | None = None
        self._recovery_target = math.inf
        # By how much pauses were made longer, all in all.
        self._pause_extension = 0.0
        self.pause_generation: int = 0

    def reservation(self, max_rate: float | None = None) -> Reservation:
        """A place for one call, that starts at most `max_rate` requests per second."""
        return Reservation(self, max_rate)

    def reserve(self, reservation: Reservation) -> float:
        """Seconds until the place's request may start; 0 if it starts now.

        Who was told so and has waited starts, unless a pause began meanwhile, or became longer.
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
        """Whether the place's request starts at once, as there is no limit and nobody waits.

        Nearly always it does. Whoever calls holds the lock.
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
        """Take a place in the line for later; the seconds until its time comes."""
        with self._lock:
            return self._delay(self._clock(), reservation)

    def cancel(self, reservation: Reservation) -> None:
        """Leave the place to others."""
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
        """A request that started then was a 429: none starts within the next `pause` seconds.

        The rate is halved once for all those that were under way before it was.
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
        """Let a pause last longer; those in line for its end keep their order."""
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
        elif reservation.pause_extension == self._pause_extension:  # It has waited for its time.
            return 0.0
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
        """Whether a place that was given back has room enough before it."""
        self._cancelled_slots = [held for held in self._cancelled_slots if held[0] > now]
        fitting = [held for held in self._cancelled_slots if held[1] >= room - _EPSILON]
        if fitting:
            reservation.at, reservation.gap_before = min(fitting)
            self._cancelled_slots.remove((reservation.at, reservation.gap_before))
        return bool(fitting)

    def _current_rate(self, now: float) -> float:
        """Grows evenly since the last pause, until it is past what it was before the 429."""
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
        """Requests per second, over the last few seconds in which there were any."""
        starts = [start for start in self._starts if start >= now - _RATE_WINDOW_SECONDS]
        return len(starts) / max(now - min(starts, default=now), _MIN_WINDOW_SECONDS)


class Reservation(msgspec.Struct, eq=False):
    """A call's place in the line, taken anew for each request that the call sends.

    Attributes:
        limiter: the line.
        max_rate: most starts in a second, if there is such a limit.
        at: when the request may start, and then when it did.
        waiting: whether it waits for that time.
        pause_generation: how many pauses there had been when the place was given.
        gap_before: seconds between it and the place before it.
        pause_extension: by how much pauses had been made longer then.
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
        """Least seconds between two starts."""
        return 1 / self.max_rate if self.max_rate else 0.0

    @property
    def is_stale(self) -> bool:
        """Whether a pause began since: the request must not be sent, but come again."""
        return self.pause_generation != self.limiter.pause_generation

    async def wait(self, sleep: Sleep) -> None:
        """Wait until the next request may start."""
        wait = self.limiter.reserve(self)
        while wait:
            await self._sleep(wait, sleep)
            wait = self.limiter.reserve(self)

    def on_failure(self, pause: float | None) -> None:
        """The request failed, and nothing is to be sent for so long."""
        if pause is not None:
            self.limiter.on_rate_limited(self.at, pause)

    async def wait_before_retry(self, wait: float, pause: float | None, sleep: Sleep) -> None:
        """Wait before a repetition. Who was refused stands in line for it before any newcomer."""
        left = 0.0 if pause is None else self.limiter.requeue(self)
        await self._sleep(max(wait, left), sleep)

    async def _sleep(self, seconds: float, sleep: Sleep) -> None:
        try:
            await sleep(min(seconds, _MAX_SLEEP_SECONDS))
        except BaseException:
            self.limiter.cancel(self)
            raise
