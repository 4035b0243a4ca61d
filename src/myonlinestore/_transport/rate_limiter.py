"""Pace: when the requests of a client may start. A 429 pauses them all and halves their rate."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

Sleep = Callable[[float], Awaitable[None]]

_REMEMBERED = 256
_MEASURED_OVER = 5.0
_LEAST_SPAN = 1.0
_LEAST_RATE = 0.5
# Fast enough that one odd 429 is soon forgotten, slow enough to seldom meet a real limit again.
_DOUBLES_IN = 10.0
_LONGEST_SLEEP = 86_400.0
_ROUNDING = 1e-6


class Pace:
    """One line for every thread and event loop of a client; rates are requests per second.

    Without a ceiling and before the first 429 nobody waits.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lock: threading.RLock | None = None
    ) -> None:
        self._clock = clock
        self._lock = lock or threading.RLock()
        self._starts: deque[float] = deque(maxlen=_REMEMBERED)
        self._last = self._free_at = self._resumes_at = self._halved_at = -math.inf
        self._given_back: list[tuple[float, float]] = []
        # The rate that a 429 left, and the one that it is to grow back to.
        self._half: float | None = None
        self._before = math.inf
        # By how much pauses were made longer, all in all.
        self._shift = 0.0
        self.pauses: int = 0

    def place(self, max_rate: float | None = None) -> Place:
        """A place for one call, that starts at most `max_rate` requests per second."""
        return Place(self, max_rate)

    def take(self, place: Place) -> float:
        """Seconds until the place's request may start; 0 if it starts now.

        Who was told so and has waited starts, unless a pause began meanwhile, or became longer.
        """
        with self._lock:
            if self.starts(place):
                return 0.0
            now = self._clock()
            left = self._left(now, place)
            if left <= 0:
                self._starts.append(now)
                place.at, place.held = now, False
            return max(left, 0.0)

    def starts(self, place: Place) -> bool:
        """Whether the place's request starts at once, as there is no limit and nobody waits.

        Nearly always it does. Whoever calls holds the lock.
        """
        if place.max_rate or place.held or self._half is not None:
            return False
        now = self._clock()
        if now < self._last or now < self._free_at:
            return False
        place.pauses, place.at, self._last = self.pauses, now, now
        self._starts.append(now)
        return True

    def hold(self, place: Place) -> float:
        """Take a place in the line for later; the seconds until its time comes."""
        with self._lock:
            return self._left(self._clock(), place)

    def give_back(self, place: Place) -> None:
        """Leave the place to others."""
        with self._lock:
            if place.held and not place.is_void:
                self._given_back.append((place.at + self._shift - place.shift, place.room))
            place.held = False

    def refused(self, started: float, pause: float) -> None:
        """A request that started then was a 429: none starts within the next `pause` seconds.

        The rate is halved once for all those that were under way before it was.
        """
        with self._lock:
            now = self._clock()
            if started > self._halved_at:
                self._halve(now)
            if now < self._resumes_at:
                self._postpone(now, now + pause - self._resumes_at)
            else:
                self._resumes_at = self._free_at = now + pause
                self._last = min(self._last, now)
                self._given_back.clear()
                self.pauses += 1

    def _postpone(self, now: float, seconds: float) -> None:
        """Let a pause last longer; those in line for its end keep their order."""
        if seconds <= 0:
            return
        self._resumes_at += seconds
        self._free_at += seconds
        self._shift += seconds
        self._last += seconds if self._last > now else 0.0
        self._given_back = [(at + seconds, room) for at, room in self._given_back]

    def _left(self, now: float, place: Place) -> float:
        if not place.held or place.is_void:
            place.at, place.held = self._slot(now, place), True
            place.pauses, place.shift = self.pauses, self._shift
        elif place.shift == self._shift:  # It has waited for its time.
            return 0.0
        place.at += self._shift - place.shift
        place.shift = self._shift
        return place.at - now

    def _slot(self, now: float, place: Place) -> float:
        gap = 1 / self._limit(now)
        if self._given_back and self._take_over(now, place, max(place.apart, gap)):
            return place.at
        behind = self._last + place.apart if place.apart else now
        at = max(now, self._free_at, behind)
        place.room, self._last = at - self._last, max(self._last, at)
        if gap:
            self._free_at = at + gap
        return at

    def _take_over(self, now: float, place: Place, room: float) -> bool:
        """Whether a place that was given back has room enough before it."""
        self._given_back = [held for held in self._given_back if held[0] > now]
        fitting = [held for held in self._given_back if held[1] >= room - _ROUNDING]
        if fitting:
            place.at, place.room = min(fitting)
            self._given_back.remove((place.at, place.room))
        return bool(fitting)

    def _limit(self, now: float) -> float:
        """Grows evenly since the last pause, until it is past what it was before the 429."""
        if self._half is None:
            return math.inf
        halves = 1 + max(0.0, now - self._resumes_at) / _DOUBLES_IN
        if self._half * halves > self._before:
            self._half = None
            return math.inf
        return self._half * halves

    def _halve(self, now: float) -> None:
        self._before = max(min(self._limit(now), self._measured(now)), 2 * _LEAST_RATE)
        self._half = self._before / 2
        self._halved_at = now

    def _measured(self, now: float) -> float:
        """Requests per second, over the last few seconds in which there were any."""
        starts = [start for start in self._starts if start >= now - _MEASURED_OVER]
        return len(starts) / max(now - min(starts, default=now), _LEAST_SPAN)


class Place(msgspec.Struct, eq=False):
    """A call's place in the line, taken anew for each request that the call sends.

    Attributes:
        pace: the line.
        max_rate: most starts in a second, if there is such a limit.
        at: when the request may start, and then when it did.
        held: whether it waits for that time.
        pauses: how many pauses there had been when the place was given.
        room: seconds between it and the place before it.
        shift: by how much pauses had been made longer then.
    """

    pace: Pace
    max_rate: float | None = None
    at: float = 0.0
    held: bool = False
    pauses: int = 0
    room: float = 0.0
    shift: float = 0.0

    @property
    def apart(self) -> float:
        """Least seconds between two starts."""
        return 1 / self.max_rate if self.max_rate else 0.0

    @property
    def is_void(self) -> bool:
        """Whether a pause began since: the request must not be sent, but come again."""
        return self.pauses != self.pace.pauses

    async def come(self, sleep: Sleep) -> None:
        """Wait until the next request may start."""
        wait = self.pace.take(self)
        while wait:
            await self._sleep(wait, sleep)
            wait = self.pace.take(self)

    def failed(self, pause: float | None) -> None:
        """The request failed, and nothing is to be sent for so long."""
        if pause is not None:
            self.pace.refused(self.at, pause)

    async def rest(self, wait: float, pause: float | None, sleep: Sleep) -> None:
        """Wait before a repetition. Who was refused stands in line for it before any newcomer."""
        left = 0.0 if pause is None else self.pace.hold(self)
        await self._sleep(max(wait, left), sleep)

    async def _sleep(self, seconds: float, sleep: Sleep) -> None:
        try:
            await sleep(min(seconds, _LONGEST_SLEEP))
        except BaseException:
            self.pace.give_back(self)
            raise
