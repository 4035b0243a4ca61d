"""Runs of a mirror that are killed for good, each in a process of its own.

As a script it waits for jobs and forks for each of them: so the modules are imported once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from types import TracebackType
from typing import Any

CALLS = ("begin_sync", "write", "unmark_seen", "finish_sync")
INNERMOST = ("_replace", "_delete_unseen")


class Killer:
    """Starts runs that end with SIGKILL."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, **job: Any) -> bool:
        """A run as `attempt` takes it. Returns whether it was killed, and not done before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        ended = json.loads(self._process.stdout.readline())
        assert ended in (0, -signal.SIGKILL)
        return bool(ended)

    def __enter__(self) -> Killer:  # noqa: PYI034 - Self is not in 3.10
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)


class Fate:
    """Counts what a run does to its destination, and ends it at one of these moments.

    Each call has a moment before it; those that replace or mark rows, another one within their
    transaction, after the rows and before the commit.
    """

    def __init__(self, at: int, on: str) -> None:
        self._left, self._on = at, on

    def strike(self, call: str) -> None:
        """One moment has come."""
        if self._on in ("", call):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, destination: Any) -> Any:
        """The destination, with all its moments."""
        for name in CALLS:
            setattr(destination, name, self._before(name, getattr(destination, name)))
        for name in INNERMOST:
            setattr(destination, name, self._after(name, getattr(destination, name)))
        return destination

    def _before(self, name: str, call: Any) -> Any:
        def struck(*arguments: Any, **options: Any) -> Any:
            self.strike(name)
            return call(*arguments, **options)

        return struck

    def _after(self, name: str, call: Any) -> Any:
        def struck(*arguments: Any, **options: Any) -> Any:
            done = call(*arguments, **options)
            self.strike(name)
            return done

        return struck


def attempt(
    url: str,
    token: str,
    address: str,
    at: int,
    on: str = "",
    now: str | None = None,
    **options: Any,
) -> None:
    """A run that is killed at the nth moment, of those of one call if that is named."""
    from myonlinestore import ConnectClient
    from myonlinestore.mirror import Mirror, timestamps
    from myonlinestore.mirror import job as run_module

    resolve_destination, fate = run_module.resolve_destination, Fate(at, on)
    run_module.resolve_destination = lambda target: fate.watch(resolve_destination(target))
    if now is not None:
        timestamps.utc_now = lambda: datetime.fromisoformat(now)
    Mirror(ConnectClient(token, base_url=url), address, **options).run()


def main() -> None:
    """Do the jobs that are asked for, a line of JSON each, until there are no more."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            attempt(**json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
