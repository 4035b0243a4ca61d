"""Measure the peak memory and the duration of a mirror of many articles into SQLite.

The server returns lists and counts from a sorted array of dates, because the sandbox filters all
rows for each request. Its articles are repeated sandbox articles with unique numbers. Server and
mirror run in processes of their own; the mirror reports its peak memory (the maximum resident set).

    python benchmarks/mirror_memory.py [--articles 200000] [--concurrency 8] [--again]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SAMPLES = 400
FIRST = datetime(2012, 1, 1)  # noqa: DTZ001 - as the vendor's stamps, without zone
DAYS = 4_500
STORE = b'{"id":"benchmark","name":"Benchmark"}'


class FakeStore:
    """Articles in order of creation: a third of them were created on one day."""

    def __init__(self, articles: int) -> None:
        import msgspec

        from myonlinestore.sandbox import Sandbox

        bodies = Sandbox(SAMPLES, 1).store.articles.bodies()
        stamped = ("id", "uuid", "created_date", "created_time", "updated_date", "updated_time")
        self._samples = [
            msgspec.json.encode({k: v for k, v in body.items() if k not in stamped})
            for body in bodies
        ]
        import_day, rest = articles // 3, articles - articles // 3
        seconds = [DAYS * 86_400 * n // rest for n in range(rest)]
        seconds += [1_500 * 86_400 + 86_400 * n // import_day for n in range(import_day)]
        self._dates = [str(FIRST + timedelta(seconds=second)) for second in sorted(seconds)]

    def respond(self, path: str, query: dict[str, list[str]]) -> bytes:
        """Return the JSON body of a response."""
        if path.endswith("/store"):
            return STORE
        low, high = self._filter_by_date(query)
        if path.endswith("/count"):
            return b'{"count":%d}' % (high - low)
        first = low + int(query["offset"][0])
        last = min(high, first + int(query["limit"][0]))
        return b"[%s]" % b",".join(map(self._encode_article, range(first, last)))

    def _filter_by_date(self, query: dict[str, list[str]]) -> tuple[int, int]:
        """Return the range of articles that pass the filters on creation and change."""
        low, high = 0, len(self._dates)
        for field in ("created", "changed"):
            if start := query.get(f"{field}_start_date"):
                low = max(low, bisect_left(self._dates, start[0]))
            if end := query.get(f"{field}_end_date"):
                high = min(high, bisect_right(self._dates, end[0]))
        return low, max(low, high)

    def _encode_article(self, number: int) -> bytes:
        day, time = self._dates[number].split(" ")
        own = (
            f'{{"id":{number + 1},"uuid":"00000000-0000-4000-8000-{number:012}",'
            f'"created_date":"{day}","created_time":"{time}",'
            f'"updated_date":"{day}","updated_time":"{time}",'
        )
        return own.encode() + self._samples[number % SAMPLES][1:]


def serve(articles: int) -> None:
    """Print the URL, and serve until the process ends."""
    store = FakeStore(articles)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = store.respond(url.path, parse_qs(url.query))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def mirror(url: str, catalog: str, concurrency: int) -> None:
    """Mirror in this process, and print the peak memory and the duration."""
    import resource

    from myonlinestore import ConnectClient
    from myonlinestore.mirror import Mirror

    with ConnectClient("token", base_url=url) as client:
        job = Mirror(client, catalog, only=["articles"], full=True, concurrency=concurrency)
        report = job.run()["articles"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform != "darwin" else 1024**2
    )
    print(
        f"{report.rows:,} rows, {report.seconds:.1f} seconds, {report.requests:,} requests, "
        f"peak {peak:.0f} MB, difference {report.difference}",
        flush=True,
    )


def main() -> None:
    """Measure, or run as one of the two processes of a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--again", action="store_true", help="a second run, over everything")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--mirror", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.articles)
    elif chosen.mirror:
        mirror(*chosen.mirror, chosen.concurrency)
    else:
        measure(chosen.articles, chosen.concurrency, 1 + chosen.again)


def measure(articles: int, concurrency: int, runs: int) -> None:
    """Run full mirrors, each in a process of its own."""
    this = [sys.executable, __file__, "--concurrency", str(concurrency)]
    command = [*this, "--articles", str(articles), "--serve"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            for _ in range(runs):
                subprocess.run([*this, "--mirror", url, str(Path(folder, "c.sqlite"))], check=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
