"""Concurrent execution of coroutines whose first error is raised directly, not in a group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio


async def gather(*functions: Callable[[], Awaitable[object]]) -> None:
    """Run all functions concurrently. The first error cancels the others and is raised."""
    errors: list[BaseException] = []
    async with anyio.create_task_group() as group:

        async def run(function: Callable[[], Awaitable[object]]) -> None:
            try:
                await function()
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:  # noqa: BLE001 - it is raised again below
                errors.append(error)
                group.cancel_scope.cancel()

        for function in functions:
            group.start_soon(run, function)
    if errors:
        raise errors[0]
