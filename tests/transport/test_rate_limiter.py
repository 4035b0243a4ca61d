"""The rate limiter on a simulated clock."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore._transport.rate_limiter import RateLimiter, Reservation

TOLERANCE = 1e-6
RATES = st.floats(0.1, 1000)
SECONDS = st.floats(0, 40)


class Simulation:
    """A rate limiter and its callers on a simulated clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.limiter = RateLimiter(lambda: self.now)
        self.starts: list[tuple[float, Reservation]] = []
        self.pause_ends: list[tuple[int, float]] = []
        self._waiting: list[tuple[float, int, Reservation]] = []
        self._numbers = itertools.count()

    @property
    def times(self) -> list[float]:
        """The start of each request."""
        return [time for time, _ in self.starts]

    def add_request(self, max_rate: float | None = None) -> float:
        """Add a request; return the seconds that it has to wait."""
        reservation = self.limiter.reservation(max_rate)
        wait = self.limiter.reserve(reservation)
        self._start_or_wait(reservation, wait)
        return wait

    def advance(self, seconds: float) -> None:
        """Advance the clock; start the requests that are due."""
        until = self.now + seconds
        while self._waiting and self._waiting[0][0] <= until:
            due, _, reservation = heapq.heappop(self._waiting)
            self.now = max(self.now, due)
            self._start_or_wait(reservation, self.limiter.reserve(reservation))
        self.now = max(self.now, until)

    def cancel_all(self) -> None:
        """Cancel every request that has not started."""
        for _, _, reservation in self._waiting:
            self.limiter.cancel(reservation)
        self._waiting.clear()

    def cancel_first(self) -> None:
        """Cancel the request that would start next."""
        self.limiter.cancel(heapq.heappop(self._waiting)[2])

    def reject_last(self, pause: float, *, again: bool = False) -> None:
        """Fail the latest request with a 429, and retry it if `again`."""
        if self.starts:
            started, reservation = self.starts[-1]
            self.limiter.on_rate_limited(started, pause)
            self.pause_ends.append((len(self.starts), self.now + pause))
            if again and not reservation.waiting:
                self._start_or_wait(reservation, max(self.limiter.requeue(reservation), pause))

    def get_rate(self) -> float:
        """Return the current rate, which is infinite before a 429."""
        return self.limiter._current_rate(self.now)

    def _start_or_wait(self, reservation: Reservation, wait: float) -> None:
        if wait:
            heapq.heappush(self._waiting, (self.now + wait, next(self._numbers), reservation))
        else:
            self.starts.append((self.now, reservation))


Step = Callable[[Simulation], object]


def steps(rates: st.SearchStrategy[float | None]) -> st.SearchStrategy[list[Step]]:
    """Return a strategy for lists of steps."""
    arrives = rates.map(lambda rate: lambda simulation: simulation.add_request(rate))
    advances = SECONDS.map(lambda seconds: lambda simulation: simulation.advance(seconds))
    advances_a_little = SECONDS.map(
        lambda seconds: lambda simulation: simulation.advance(seconds / 100)
    )
    rejects = st.builds(
        lambda pause, again: lambda simulation: simulation.reject_last(pause, again=again),
        SECONDS,
        st.booleans(),
    )
    cancels: st.SearchStrategy[Step] = st.just(Simulation.cancel_all)
    return st.lists(
        st.one_of(arrives, arrives, arrives, advances, advances_a_little, rejects, cancels),
        max_size=60,
    )


def simulate(steps: list[Step]) -> Simulation:
    """Run all steps, and advance until every request has started."""
    simulation = Simulation()
    for step in steps:
        step(simulation)
    simulation.advance(1e6)
    return simulation


@given(steps(RATES))
def test_max_rate_is_never_exceeded(steps: list[Step]) -> None:
    """Each request starts at least 1/max_rate after the previous one, also around pauses."""
    simulation = simulate(steps)
    for (before, _), (start, reservation) in itertools.pairwise(simulation.starts):
        assert start - before >= reservation.min_interval - 2 * TOLERANCE


@given(steps(st.none() | RATES))
def test_no_request_starts_in_a_pause(steps: list[Step]) -> None:
    """A request that has not started when a pause begins starts after its end."""
    simulation = simulate(steps)
    for start, end in simulation.pause_ends:
        assert all(time >= end - TOLERANCE for time in simulation.times[start:])


@given(steps(st.none() | RATES))
def test_every_request_starts_in_the_end(steps: list[Step]) -> None:
    """No request is lost, and the starts are in order."""
    simulation = simulate(steps)
    assert not simulation._waiting
    assert simulation.times == sorted(simulation.times)


@given(steps(st.none() | RATES))
def test_the_reduced_rate_has_a_minimum(steps: list[Step]) -> None:
    """One request in two seconds may start, however often the rate is halved."""
    simulation = Simulation()
    for step in steps:
        step(simulation)
        assert simulation.get_rate() >= 0.5


@given(st.lists(SECONDS, max_size=50))
def test_unlimited_requests_start_immediately(gaps: list[float]) -> None:
    """Without `max_rate` and before a 429, each request starts immediately."""
    simulation = Simulation()
    for gap in gaps:
        simulation.advance(gap)
        assert simulation.add_request() == 0
    assert simulation.get_rate() == math.inf


def make_slowed_simulation(
    requests: int = 40, seconds: float = 2.0, pause: float = 1.0
) -> Simulation:
    """Return a simulation of some requests within some seconds, the last rejected with a 429."""
    simulation = Simulation()
    for _ in range(requests):
        simulation.advance(seconds / requests)
        simulation.add_request()
    simulation.reject_last(pause)
    return simulation


@given(st.integers(20, 200), st.floats(1, 4))
def test_a_429_halves_the_observed_rate(requests: int, seconds: float) -> None:
    """A 429 sets the rate to half of the rate over the last seconds."""
    simulation = make_slowed_simulation(requests, seconds)
    assert simulation.get_rate() == pytest.approx(requests / seconds / 2, rel=0.1)


def test_a_burst_counts_as_a_second() -> None:
    """Requests within less than a second count as that many per second."""
    assert make_slowed_simulation(30, 0.01).get_rate() == pytest.approx(15)


def test_old_requests_do_not_count() -> None:
    """Requests that were sent minutes ago do not count."""
    simulation = Simulation()
    for _ in range(3):
        simulation.add_request()
        simulation.advance(600)
    for _ in range(10):
        simulation.add_request()
    simulation.reject_last(1)
    assert simulation.get_rate() == 5


def test_requests_are_spread_after_a_pause() -> None:
    """Requests from a pause start at the halved rate, the first at the end of the pause."""
    simulation = make_slowed_simulation()
    end = simulation.now + 1
    for _ in range(5):
        simulation.add_request()
    simulation.advance(10)
    starts = simulation.times[40:]
    assert starts[0] == pytest.approx(end)
    gaps = [b - a for a, b in itertools.pairwise(starts)]
    assert gaps == [pytest.approx(0.1, abs=0.01)] * 4


def test_a_pause_reschedules_waiting_requests() -> None:
    """A pause reschedules waiting requests after its end, at the new rate."""
    simulation = Simulation()
    for _ in range(8):
        simulation.add_request(10)
    simulation.advance(0.15)
    simulation.reject_last(3)
    simulation.advance(100)
    times = simulation.times
    assert times[:2] == [1000, pytest.approx(1000.1)]
    assert times[2] == pytest.approx(1003.15)
    assert all(b - a >= 0.9 for a, b in itertools.pairwise(times[2:]))


@given(st.integers(20, 400))
def test_the_rate_is_halved_from_that_of_the_latest_seconds(requests: int) -> None:
    """Half of the observed rate remains, however many requests there were."""
    simulation = Simulation()
    for _ in range(requests):
        simulation.advance(0.05)
        simulation.add_request()
    simulation.reject_last(1)
    assert simulation.get_rate() == pytest.approx(10, rel=0.1)


@given(st.integers(2, 20))
def test_a_burst_of_429_halves_once(times: int) -> None:
    """Several 429s of requests in flight halve the rate once; the latest end of a pause counts."""
    simulation = make_slowed_simulation(20, 1)
    rate_after_one = simulation.get_rate()
    for _ in range(times):
        simulation.advance(0.01)
        simulation.reject_last(1)
    assert simulation.get_rate() == rate_after_one
    assert simulation.add_request() == pytest.approx(1)


def test_a_burst_of_429_keeps_its_order() -> None:
    """Requests that were rejected together are retried in order, before later requests."""
    simulation = Simulation()
    for _ in range(3):
        simulation.add_request()
    for number in range(3):
        simulation.advance(0.01)
        reservation = simulation.starts[number][1]
        simulation.limiter.on_rate_limited(1000.0, 2)
        simulation._start_or_wait(reservation, simulation.limiter.requeue(reservation))
    simulation.add_request()
    simulation.advance(60)
    again = simulation.starts[3:]
    assert [reservation for _, reservation in again[:3]] == [
        reservation for _, reservation in simulation.starts[:3]
    ]
    # The last 429 extended the pause. Three requests per second were observed: the rate is half.
    assert again[0][0] == pytest.approx(1002.03)
    assert [b - a for (a, _), (b, _) in itertools.pairwise(again)] == [
        pytest.approx(2 / 3, abs=0.05)
    ] * 3


def test_a_start_released_in_an_extended_pause_is_after_its_end() -> None:
    """A start that was released in a pause is not used before the end of the extended pause."""
    simulation = make_slowed_simulation(pause=2)
    for _ in range(3):
        simulation.add_request(1)
    simulation.cancel_all()
    simulation.advance(1)
    simulation.reject_last(3)
    assert simulation.add_request(1) == pytest.approx(3)
    simulation.cancel_all()
    assert simulation.add_request(1) == pytest.approx(3)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    """The longest of several pauses counts."""
    simulation = make_slowed_simulation(pause=5)
    simulation.reject_last(1)
    assert simulation.add_request() == pytest.approx(5)


def test_a_429_at_the_reduced_rate_halves_it_again() -> None:
    """A 429 of a request that started after the pause halves the rate again."""
    simulation = make_slowed_simulation()
    first = simulation.get_rate()
    simulation.advance(1)
    simulation.add_request()
    simulation.reject_last(1)
    assert simulation.get_rate() == pytest.approx(first / 2, rel=0.05)


def test_the_rate_grows_until_it_is_unlimited() -> None:
    """The rate grows linearly after the pause, doubles in 10 seconds, and is unlimited then."""
    simulation = make_slowed_simulation()
    half = simulation.get_rate()
    simulation.advance(1 + 5)
    assert simulation.get_rate() == pytest.approx(1.5 * half)
    simulation.advance(4.9)
    assert simulation.get_rate() == pytest.approx(2 * half, rel=0.01)
    simulation.advance(0.2)
    assert simulation.get_rate() == math.inf
    assert [simulation.add_request() for _ in range(9)] == [0] * 9


def test_a_lower_max_rate_applies() -> None:
    """The lower of `max_rate` and the reduced rate applies."""
    simulation = make_slowed_simulation()
    for _ in range(4):
        simulation.add_request(2)
    simulation.advance(20)
    assert [b - a for a, b in itertools.pairwise(simulation.times[40:])] == [pytest.approx(0.5)] * 3


@given(st.integers(1, 30), RATES)
def test_cancelled_starts_are_reused(many: int, rate: float) -> None:
    """Cancelled requests delay no later request."""
    simulation = Simulation()
    for _ in range(many + 1):
        simulation.add_request(rate)
    simulation.cancel_all()
    waits = [simulation.add_request(rate) for _ in range(many + 2)]
    assert waits == [pytest.approx(n / rate, abs=TOLERANCE) for n in range(1, many + 3)]


def test_a_gap_that_is_too_small_is_not_used() -> None:
    """A request that needs a longer distance than a cancelled start has is scheduled last."""
    simulation = Simulation()
    for _ in range(3):
        simulation.add_request(10)
    simulation.cancel_first()
    assert simulation.add_request(2) == pytest.approx(0.7)
    assert simulation.add_request(10) == pytest.approx(0.1)


def test_a_request_keeps_its_distance_to_the_next() -> None:
    """A request is not scheduled so early that the next one would start too soon after it."""
    simulation = Simulation()
    simulation.add_request(10)
    assert simulation.add_request(2) == pytest.approx(0.5)
    assert simulation.add_request(10) == pytest.approx(0.6)


def test_a_retry_precedes_requests_that_have_not_started() -> None:
    """A request that was rejected starts again first, and those that waited keep their order."""
    simulation = Simulation()
    for _ in range(4):
        simulation.add_request(10)
    waiting = [reservation for _, _, reservation in sorted(simulation._waiting)]
    simulation.reject_last(1, again=True)
    simulation.add_request(10)
    simulation.advance(100)
    reservations = [reservation for _, reservation in simulation.starts]
    assert reservations[1] is reservations[0]
    assert reservations[2:5] == waiting
    assert simulation.times[1] == pytest.approx(1001)


def test_a_caller_that_is_late_delays_no_other() -> None:
    """A request whose caller does not call again, as on a blocked loop, keeps only its own start."""
    simulation = Simulation()
    simulation.add_request(10)
    late = simulation.limiter.reservation(10)
    assert simulation.limiter.reserve(late) == pytest.approx(0.1)
    assert simulation.add_request(10) == pytest.approx(0.2)
    simulation.advance(0.25)
    assert simulation.times == [1000, pytest.approx(1000.2)]
    assert simulation.limiter.reserve(late) == 0


def test_unlimited_requests_do_not_wait_for_limited_ones() -> None:
    """Requests without `max_rate` do not wait for requests that have one."""
    simulation = Simulation()
    for _ in range(5):
        simulation.add_request(1)
    assert simulation.add_request() == 0
    assert simulation.add_request(1) == pytest.approx(5)


def test_starts_released_in_a_pause_are_reused_after_it() -> None:
    """Requests cancelled in a pause release the starts that they were rescheduled to."""
    simulation = Simulation()
    for _ in range(3):
        simulation.add_request(10)
    simulation.reject_last(1)
    simulation.cancel_all()
    assert simulation.add_request(10) == pytest.approx(1)
    assert simulation.add_request(10) == pytest.approx(3)


def test_cancelling_a_request_that_is_not_scheduled_changes_nothing() -> None:
    """A caller may be cancelled while it waits for a retry that the limiter does not schedule."""
    simulation = Simulation()
    reservation = simulation.limiter.reservation()
    assert simulation.limiter.reserve(reservation) == 0
    simulation.limiter.cancel(reservation)
    assert simulation.add_request() == 0
