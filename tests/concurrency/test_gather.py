"""Running coroutines concurrently: all end, or the first error ends the others."""

from __future__ import annotations

import anyio
import pytest

from myonlinestore._concurrency.gather import gather

pytestmark = pytest.mark.anyio


async def test_all_complete() -> None:
    """The coroutines run concurrently, and all of them have completed afterwards."""
    ended: list[str] = []
    event = anyio.Event()

    async def wait_for_event() -> None:
        await event.wait()
        ended.append("waits")

    async def set_event() -> None:
        event.set()
        ended.append("sets")

    with anyio.fail_after(5):
        await gather(wait_for_event, set_event)
    assert sorted(ended) == ["sets", "waits"]


async def test_first_error_cancels_the_others() -> None:
    """The first error is raised itself, not in a group, and the others are cancelled."""
    cancelled: list[bool] = []

    async def fail() -> None:
        raise ValueError("the first")

    async def wait_forever() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(True)

    with anyio.fail_after(5), pytest.raises(ValueError, match=r"^the first$"):
        await gather(wait_forever, fail)
    assert cancelled == [True]


async def test_a_cancellation_is_not_an_error() -> None:
    """A cancelled scope around it cancels all coroutines."""
    with anyio.move_on_after(0.01) as scope:
        await gather(anyio.sleep_forever, anyio.sleep_forever)
    assert scope.cancelled_caught
