"""Functions with which tests wait for other tasks and threads."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio.lowlevel


async def run_other_tasks() -> None:
    """Let every other task run until it is blocked."""
    for _ in range(30):
        await anyio.lowlevel.checkpoint()


async def await_until(condition: Callable[[], object]) -> None:
    """Return when the condition holds. Fails after 30 seconds."""
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110  other threads make it true
            await anyio.sleep(0.003)


def wait_until(condition: Callable[[], bool]) -> bool:
    """Block this thread until the condition holds. Return False after 20 seconds without it."""
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.001)
    return condition()
