"""Mirror runs that are killed, each in its own process.

As a script it reads jobs and forks for each of them, so that the modules are imported once.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

# What the runs import, so that it is imported once; not what starts threads.
MODULES = (
    "myonlinestore.mirror",
    "myonlinestore.mirror.destinations.files.destination",
    "myonlinestore.mirror.destinations.sql.duckdb",
    "myonlinestore.mirror.destinations.sql.postgres",
    "pyarrow.parquet",
    "s3fs",
)
CALLS = ("begin_sync", "write", "unmark_seen", "finish_sync")
INNERMOST = ("_replace", "_delete_unseen")
STORAGE_CALLS = ("put", "remove", "save_state")


class CrashRunner:
    """A process that starts runs and kills them with SIGKILL."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, **job: Any) -> bool:
        """Run `run_until_checkpoint` with these arguments. Return False if it finished before the kill."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        result = json.loads(self._process.stdout.readline())
        assert result in (0, -signal.SIGKILL)
        return bool(result)

    def __enter__(self) -> CrashRunner:  # noqa: PYI034 - Self is not in 3.10
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)


class CrashInjector:
    """A counter of checkpoints in the destination, which kills the process at one of them.

    There is a checkpoint before each call, and another one within the transaction of calls that
    replace or mark rows: after the rows and before the commit. A folder has more of them, before
    and after each of its files, and in the middle of an upload.
    """

    def __init__(self, at: int, on: str) -> None:
        self._left, self._on = at, on

    def checkpoint(self, call: str) -> None:
        """Count a checkpoint, and kill the process if it is the one."""
        if self._on in ("", call):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, destination: Any) -> Any:
        """Add the checkpoints to a destination and return it."""
        self._watch_calls(destination)
        storage = getattr(destination, "_storage", None)
        if storage is None:
            self._watch_innermost(destination)
        else:
            self._watch_storage(storage)
            destination.open = self._add_follow_up(
                destination.open, lambda: self._watch_innermost(destination._opened)
            )
        return destination

    def _watch_calls(self, destination: Any) -> None:
        for name in CALLS:
            setattr(
                destination, name, self._add_checkpoint_before(name, getattr(destination, name))
            )

    def _watch_innermost(self, destination: Any) -> None:
        for name in INNERMOST:
            setattr(destination, name, self._add_checkpoint_after(name, getattr(destination, name)))

    def _watch_storage(self, storage: Any) -> None:
        """Add checkpoints to the files of a folder, and to their transfers to an object store."""
        for name in STORAGE_CALLS:
            call = self._add_checkpoint_before(name, getattr(storage, name))
            setattr(storage, name, self._add_checkpoint_after(name, call))
        if hasattr(storage, "_system"):
            storage.open = self._add_follow_up(
                storage.open, lambda: self._watch_system(storage._system)
            )

    def _watch_system(self, system: Any) -> None:
        put_file = system.put_file

        def put_in_halves(local_path: str, remote_path: str) -> None:
            """Upload the first half of a file, and then all of it."""
            content = Path(local_path).read_bytes()
            system.pipe_file(remote_path, content[: len(content) // 2])
            self.checkpoint("put_file")
            put_file(local_path, remote_path)

        system.put_file = put_in_halves
        for name in ("mv", "rm_file"):
            setattr(system, name, self._add_checkpoint_after(name, getattr(system, name)))

    def _add_follow_up(self, call: Any, follow: Callable[[], None]) -> Any:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            done = call(*arguments, **options)
            follow()
            return done

        return wrapper

    def _add_checkpoint_before(self, name: str, call: Any) -> Any:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            self.checkpoint(name)
            return call(*arguments, **options)

        return wrapper

    def _add_checkpoint_after(self, name: str, call: Any) -> Any:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            done = call(*arguments, **options)
            self.checkpoint(name)
            return done

        return wrapper


def run_until_checkpoint(
    url: str,
    token: str,
    address: str,
    at: int,
    on: str = "",
    now: str | None = None,
    **options: Any,
) -> None:
    """Run a mirror until its nth checkpoint, or the nth of one call if that is named."""
    from myonlinestore import ConnectClient
    from myonlinestore.mirror import Mirror, timestamps
    from myonlinestore.mirror import job as run_module

    resolve_destination, injector = run_module.resolve_destination, CrashInjector(at, on)
    run_module.resolve_destination = lambda *arguments, **options: injector.watch(
        resolve_destination(*arguments, **options)
    )
    if now is not None:
        timestamps.utc_now = lambda: datetime.fromisoformat(now)
    Mirror(ConnectClient(token, base_url=url), address, **options).run()


def main() -> None:
    """Run a job for each line of JSON on standard input, until it ends."""
    for module in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            run_until_checkpoint(**json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
