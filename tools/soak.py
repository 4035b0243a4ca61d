"""Send many requests by one client, some of which fail, and check that nothing is left behind.

    python tools/soak.py [--requests 100000] [--faults 0.05] [--engine auto]

Threads, asyncio and trio share the client and send a third of the requests each. The run fails if
a response belongs to another request, if an error is not a ConnectError, or if memory, file
descriptors or permits of connections are not as they were after a tenth of the requests.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import anyio

from myonlinestore import ConnectClient, ConnectConfig, ConnectError

SERVER = Path(__file__).with_name("soak_server.py")
MAX_CONNECTIONS = 24
THREADS = 8
TASKS = 40
# Every tenth request is a write, with an idempotency key.
READS_PER_WRITE = 10
SAMPLE_SECONDS = 0.25
WARM_UP = 0.1
MAX_GROWTH_MB = 8.0
MAX_GROWTH_FDS = 8


class Soak:
    """The numbers of the requests, and what became of each of them."""

    def __init__(self, client: ConnectClient, requests: int) -> None:
        self.client = client
        self.requests = requests
        self.results: Counter[str] = Counter()
        self.violations: list[str] = []
        self._lock = threading.Lock()
        self._numbers = [iter(range(way, requests, 3)) for way in range(3)]

    @property
    def done(self) -> int:
        """The number of requests that have ended."""
        return sum(self.results.values())

    def run(self) -> None:
        """Send all requests, by threads and on two event loops at once."""
        threads = [threading.Thread(target=self._call_all) for _ in range(THREADS)]
        for way, backend in ((1, "asyncio"), (2, "trio")):
            options = {"backend": backend}
            args = (self._run_tasks, way)
            threads.append(threading.Thread(target=anyio.run, args=args, kwargs=options))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _get_next_number(self, way: int) -> int | None:
        with self._lock:
            return next(self._numbers[way], None)

    def _call_all(self) -> None:
        while (number := self._get_next_number(0)) is not None:
            self._record(number, self._call(number))

    def _call(self, number: int) -> object:
        try:
            if number % READS_PER_WRITE:
                return self.client.articles.get(article_id=number).id
            return self.client.request("POST", f"/x/{number}", json={})["id"]
        except Exception as error:  # noqa: BLE001  any other than a ConnectError is reported
            return error

    async def _run_tasks(self, way: int) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(self._acall_all, way)

    async def _acall_all(self, way: int) -> None:
        while (number := self._get_next_number(way)) is not None:
            self._record(number, await self._acall(number))

    async def _acall(self, number: int) -> object:
        try:
            if number % READS_PER_WRITE:
                return (await self.client.articles.aget(article_id=number)).id
            return (await self.client.arequest("POST", f"/x/{number}", json={}))["id"]
        except Exception as error:  # noqa: BLE001  as in _call
            return error

    def _record(self, number: int, result: object) -> None:
        with self._lock:
            is_error = isinstance(result, Exception)
            self.results[type(result).__name__ if is_error else "ok"] += 1
            if not isinstance(result, ConnectError) and result != number:
                self.violations.append(f"request {number} returned {result!r}")


def measure() -> tuple[float, int]:
    """Return this process's resident memory in MB, and its number of file descriptors (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6, len([*Path("/proc/self/fd").iterdir()])


@contextmanager
def run_server(faults: float) -> Generator[str]:
    """Run the server in its own process, and yield its URL."""
    command = [sys.executable, str(SERVER), "--faults", str(faults)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        assert server.stdin is not None
        server.stdin.close()


def collect_samples(is_done: Callable[[], bool], soak: Soak) -> list[tuple[float, int]]:
    """Return measurements of memory and file descriptors, from the warm-up to the end."""
    samples = []
    while not is_done():
        time.sleep(SAMPLE_SECONDS)
        if soak.done >= soak.requests * WARM_UP:
            samples.append(measure())
    return samples


def check_permits(client: ConnectClient) -> bool:
    """Return True if as many requests as there are permits can be in flight at once."""
    results: list[object] = []

    def call() -> None:
        results.append(client.request("GET", f"/barrier/{MAX_CONNECTIONS}"))

    threads = [threading.Thread(target=call) for _ in range(MAX_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(results) == MAX_CONNECTIONS


def main() -> int:
    """Run the soak, print the figures, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    with run_server(options.faults) as url:
        config = ConnectConfig(
            "token",
            base_url=url,
            engine=options.engine,
            max_connections=MAX_CONNECTIONS,
            max_retry_delay=0.05,
            timeout=30,
        )
        client = ConnectClient(config=config)
        soak = Soak(client, options.requests)
        started = time.monotonic()
        running = threading.Thread(target=soak.run)
        running.start()
        samples = collect_samples(lambda: not running.is_alive(), soak)
        seconds = time.monotonic() - started
        are_permits_free = check_permits(client)
        counts = client.request("GET", "/statistics")
        client.close()
    return print_report(soak, samples, counts, seconds, are_permits_free=are_permits_free)


def print_report(
    soak: Soak,
    samples: list[tuple[float, int]],
    counts: dict[str, int],
    seconds: float,
    *,
    are_permits_free: bool,
) -> int:
    """Print the figures and what is wrong with them; return 1 if anything is."""
    memory = [sample[0] for sample in samples]
    files = [sample[1] for sample in samples]
    quarter = max(1, len(samples) // 4)
    memory_growth = max(memory[-quarter:]) - max(memory[:quarter])
    file_growth = max(files[-quarter:]) - max(files[:quarter])
    print(f"{soak.done} requests in {seconds:.0f} s ({soak.done / seconds:.0f}/s)")
    print("results:", dict(soak.results.most_common()))
    print("server:", counts)
    print(f"memory: {max(memory[:quarter]):.1f} MB, then {memory_growth:+.1f} MB")
    print(f"file descriptors: at most {max(files)}, then {file_growth:+d}")
    print(f"all {MAX_CONNECTIONS} permits free: {are_permits_free}")
    problems = [
        *itertools.islice(soak.violations, 10),
        *(["the memory grew"] if memory_growth > MAX_GROWTH_MB else []),
        *(["file descriptors leaked"] if file_growth > MAX_GROWTH_FDS else []),
        *([] if are_permits_free else ["permits leaked"]),
        *(["too many connections"] if counts["max_open"] > MAX_CONNECTIONS else []),
    ]
    print("\n".join(problems) or "nothing is wrong")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
