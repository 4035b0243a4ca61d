"""The arithmetic of the pace, over a clock that the tests turn."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore._transport.rate_limiter import RateLimiter, Reservation

CLOSE = 1e-6
RATES = st.floats(0.1, 1000)
SECONDS = st.floats(0, 40)


class Line:
    """Requests at a pace: when each came, waited and started."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.limiter = RateLimiter(lambda: self.now)
        self.starts: list[tuple[float, Reservation]] = []
        self.ends_of_pauses: list[tuple[int, float]] = []
        self._waiting: list[tuple[float, int, Reservation]] = []
        self._numbers = itertools.count()

    @property
    def times(self) -> list[float]:
        """When each request started."""
        return [time for time, _ in self.starts]

    def arrive(self, max_rate: float | None = None) -> float:
        """One more request; the seconds that it has to wait."""
        reservation = self.limiter.reservation(max_rate)
        wait = self.limiter.reserve(reservation)
        self._go_or_wait(reservation, wait)
        return wait

    def pass_(self, seconds: float) -> None:
        """Turn the clock, and let those start whose time has come."""
        until = self.now + seconds
        while self._waiting and self._waiting[0][0] <= until:
            due, _, reservation = heapq.heappop(self._waiting)
            self.now = max(self.now, due)
            self._go_or_wait(reservation, self.limiter.reserve(reservation))
        self.now = max(self.now, until)

    def give_up(self) -> None:
        """Those that wait go away."""
        for _, _, reservation in self._waiting:
            self.limiter.cancel(reservation)
        self._waiting.clear()

    def refuse(self, pause: float, *, again: bool = False) -> None:
        """The latest request that started was a 429; it is sent again or not."""
        if self.starts:
            started, reservation = self.starts[-1]
            self.limiter.on_rate_limited(started, pause)
            self.ends_of_pauses.append((len(self.starts), self.now + pause))
            if again and not reservation.waiting:
                self._go_or_wait(reservation, max(self.limiter.requeue(reservation), pause))

    def limit(self) -> float:
        """The rate that a 429 has left."""
        return self.limiter._current_rate(self.now)

    def _go_or_wait(self, reservation: Reservation, wait: float) -> None:
        if wait:
            heapq.heappush(self._waiting, (self.now + wait, next(self._numbers), reservation))
        else:
            self.starts.append((self.now, reservation))


Step = Callable[[Line], object]


def steps(rates: st.SearchStrategy[float | None]) -> st.SearchStrategy[list[Step]]:
    """What may befall a line."""
    arrives = rates.map(lambda rate: lambda line: line.arrive(rate))
    passes = SECONDS.map(lambda seconds: lambda line: line.pass_(seconds))
    passes_a_little = SECONDS.map(lambda seconds: lambda line: line.pass_(seconds / 100))
    refuses = st.builds(
        lambda pause, again: lambda line: line.refuse(pause, again=again), SECONDS, st.booleans()
    )
    gives_up: st.SearchStrategy[Step] = st.just(Line.give_up)
    return st.lists(
        st.one_of(arrives, arrives, arrives, passes, passes_a_little, refuses, gives_up),
        max_size=60,
    )


def after(steps: list[Step]) -> Line:
    """A line that all of this befell, and in which nobody waits any more."""
    line = Line()
    for step in steps:
        step(line)
    line.pass_(1e6)
    return line


@given(steps(RATES))
def test_a_ceiling_holds_whatever_happens(steps: list[Step]) -> None:
    """Each request starts at least 1/max_rate after the one before it, also around pauses."""
    line = after(steps)
    for (before, _), (start, reservation) in itertools.pairwise(line.starts):
        assert start - before >= reservation.min_interval - 2 * CLOSE


@given(steps(st.none() | RATES))
def test_nothing_starts_in_a_pause(steps: list[Step]) -> None:
    """What had not started when a pause began starts when it is over."""
    line = after(steps)
    for begun, end in line.ends_of_pauses:
        assert all(time >= end - CLOSE for time in line.times[begun:])


@given(steps(st.none() | RATES))
def test_everybody_starts_in_the_end(steps: list[Step]) -> None:
    """Nobody is lost in the line, and its times are those of a clock that runs."""
    line = after(steps)
    assert not line._waiting
    assert line.times == sorted(line.times)


@given(steps(st.none() | RATES))
def test_the_limit_has_its_least(steps: list[Step]) -> None:
    """However often it is halved, a request in two seconds may always start."""
    line = Line()
    for step in steps:
        step(line)
        assert line.limit() >= 0.5


@given(st.lists(SECONDS, max_size=50))
def test_without_a_ceiling_nobody_waits(gaps: list[float]) -> None:
    """Until a 429 comes, each request starts when it is made."""
    line = Line()
    for gap in gaps:
        line.pass_(gap)
        assert line.arrive() == 0
    assert line.limit() == math.inf


def slowed(requests: int = 40, seconds: float = 2.0, pause: float = 1.0) -> Line:
    """A line after so many requests in so much time, of which the last was a 429."""
    line = Line()
    for _ in range(requests):
        line.pass_(seconds / requests)
        line.arrive()
    line.refuse(pause)
    return line


@given(st.integers(20, 200), st.floats(1, 4))
def test_a_429_halves_what_was_measured(requests: int, seconds: float) -> None:
    """After a 429 the rate is half of that of the last seconds."""
    line = slowed(requests, seconds)
    assert line.limit() == pytest.approx(requests / seconds / 2, rel=0.1)


def test_a_burst_counts_as_a_second() -> None:
    """Requests within less than a second are so many in a second: nobody knows more."""
    assert slowed(30, 0.01).limit() == pytest.approx(15)


def test_old_requests_are_not_measured() -> None:
    """What was sent a while ago tells nothing about the pace of today."""
    line = Line()
    for _ in range(3):
        line.arrive()
        line.pass_(600)
    for _ in range(10):
        line.arrive()
    line.refuse(1)
    assert line.limit() == 5


def test_after_a_pause_they_come_one_after_the_other() -> None:
    """Those that came in the pause start in turn at the halved rate, the first at its end."""
    line = slowed()
    end = line.now + 1
    for _ in range(5):
        line.arrive()
    line.pass_(10)
    starts = line.times[40:]
    assert starts[0] == pytest.approx(end)
    gaps = [b - a for a, b in itertools.pairwise(starts)]
    assert gaps == [pytest.approx(0.1, abs=0.01)] * 4


def test_those_that_wait_when_a_pause_begins_come_anew() -> None:
    """Places of before a pause are void: they are given again, at the new rate, after it."""
    line = Line()
    for _ in range(8):
        line.arrive(10)
    line.pass_(0.15)
    line.refuse(3)
    line.pass_(100)
    times = line.times
    assert times[:2] == [1000, pytest.approx(1000.1)]
    assert times[2] == pytest.approx(1003.15)
    assert all(b - a >= 0.9 for a, b in itertools.pairwise(times[2:]))


@given(st.integers(2, 20))
def test_a_burst_of_429_halves_once(times: int) -> None:
    """However many of those under way are refused, the rate is halved once, the pause the last's."""
    line = slowed(20, 1)
    once = line.limit()
    for _ in range(times):
        line.pass_(0.01)
        line.refuse(1)
    assert line.limit() == once
    assert line.arrive() == pytest.approx(1)


def test_a_burst_of_429_keeps_its_order() -> None:
    """Those that were refused together start again in that order, before any that came later."""
    line = Line()
    for _ in range(3):
        line.arrive()
    for number in range(3):
        line.pass_(0.01)
        reservation = line.starts[number][1]
        line.limiter.on_rate_limited(1000.0, 2)
        line._go_or_wait(reservation, line.limiter.requeue(reservation))
    line.arrive()
    line.pass_(60)
    again = line.starts[3:]
    assert [reservation for _, reservation in again[:3]] == [
        reservation for _, reservation in line.starts[:3]
    ]
    # The pause is that of the last; three in a second were measured, so it is half of that.
    assert again[0][0] == pytest.approx(1002.03)
    assert [b - a for (a, _), (b, _) in itertools.pairwise(again)] == [
        pytest.approx(2 / 3, abs=0.05)
    ] * 3


def test_a_place_that_is_given_back_in_a_longer_pause_moves_with_it() -> None:
    """Who takes over a place of a pause that became longer starts after its end."""
    line = slowed(pause=2)
    for _ in range(3):
        line.arrive(1)
    line.give_up()
    line.pass_(1)
    line.refuse(3)
    assert line.arrive(1) == pytest.approx(3)
    line.give_up()
    assert line.arrive(1) == pytest.approx(3)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    """The longest of the pauses that were asked for is kept."""
    line = slowed(pause=5)
    line.refuse(1)
    assert line.arrive() == pytest.approx(5)


def test_a_429_at_the_lower_rate_halves_again() -> None:
    """A request that started after the pause and is refused halves what is left."""
    line = slowed()
    first = line.limit()
    line.pass_(1)
    line.arrive()
    line.refuse(1)
    assert line.limit() == pytest.approx(first / 2, rel=0.05)


def test_the_rate_grows_until_it_is_forgotten() -> None:
    """It grows evenly from the end of the pause, has doubled in 10 seconds, and is none then."""
    line = slowed()
    half = line.limit()
    line.pass_(1 + 5)
    assert line.limit() == pytest.approx(1.5 * half)
    line.pass_(4.9)
    assert line.limit() == pytest.approx(2 * half, rel=0.01)
    line.pass_(0.2)
    assert line.limit() == math.inf
    assert [line.arrive() for _ in range(9)] == [0] * 9


def test_a_lower_ceiling_wins_over_the_limit() -> None:
    """Of the ceiling and the rate that a 429 left, the lower one holds."""
    line = slowed()
    for _ in range(4):
        line.arrive(2)
    line.pass_(20)
    assert [b - a for a, b in itertools.pairwise(line.times[40:])] == [pytest.approx(0.5)] * 3


@given(st.integers(1, 30), RATES)
def test_places_of_those_who_gave_up_are_free(many: int, rate: float) -> None:
    """After others gave up waiting, a request waits no longer than if they had not come."""
    line = Line()
    for _ in range(many + 1):
        line.arrive(rate)
    line.give_up()
    waits = [line.arrive(rate) for _ in range(many + 2)]
    assert waits == [pytest.approx(n / rate, abs=CLOSE) for n in range(1, many + 3)]


def test_a_place_with_too_little_room_is_not_taken_over() -> None:
    """Who needs more room than a place has goes to the end of the line."""
    line = Line()
    for _ in range(3):
        line.arrive(10)
    line.give_up()
    assert line.arrive(2) == pytest.approx(0.7)
    assert line.arrive(10) == pytest.approx(0.1)


def test_a_client_without_a_ceiling_does_not_wait_for_one_with() -> None:
    """Those that wait for their own ceiling are passed by those that have none."""
    line = Line()
    for _ in range(5):
        line.arrive(1)
    assert line.arrive() == 0
    assert line.arrive(1) == pytest.approx(5)


def test_a_place_that_was_void_is_not_given_back() -> None:
    """Giving up after a pause began frees no place that is no more."""
    line = Line()
    for _ in range(3):
        line.arrive(10)
    line.refuse(1)
    line.give_up()
    assert line.arrive(10) == pytest.approx(1)
    assert line.arrive(10) == pytest.approx(3)
