"""How tests wait for tasks and threads that run beside them."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio.lowlevel


async def settled() -> None:
    """Every task has come as far as it can."""
    for _ in range(30):
        await anyio.lowlevel.checkpoint()


def soon(condition: Callable[[], bool]) -> bool:
    """Whether something becomes true in a moment, in another thread."""
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.001)
    return condition()
