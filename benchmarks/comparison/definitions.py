"""The benchmarks: their runs, metrics and targets."""

from __future__ import annotations

from comparison.benchmark import Benchmark, Metric, Run, make_figure, make_overhead, make_speedup

LARGE_STORE = 50_000
MEGABYTE = 1e-6
FAST = {"engine": "fast"}
RELAXED_GC = [50_000, 20, 100]
SMALL = {"rows": LARGE_STORE, "small": True}
FEW_CHILD_ROWS = "articles with one image and no options or variants"


def _make_decode_runs(published: str, ours: str, rows: int = 2_000) -> dict[str, Run]:
    return {
        "published": Run("published", f"decoding.decode_{published}", {"rows": rows}),
        "ours": Run("ours", f"decoding.decode_{ours}", {"rows": rows}),
    }


def _make_decode_metrics(minimum: float | None, chart: str) -> tuple[Metric, ...]:
    return (
        Metric("", make_speedup("published", "ours", "decode"), minimum=minimum, chart=chart),
        Metric("with the rest of this client's call", make_speedup("published", "ours")),
    )


def _make_retain_runs(thresholds: list[int]) -> dict[str, Run]:
    """Return runs with the default garbage collector, or with other thresholds."""
    options = {"rows": LARGE_STORE, "thresholds": thresholds}
    suffix = ", relaxed GC" if thresholds else ""
    return {
        f"published{suffix}": Run("published", "decoding.retain_published", options, fresh=True),
        f"ours{suffix}": Run("ours", "decoding.retain", options, fresh=True),
    }


def _make_runs_on_both(workload: str, **options: object) -> dict[str, Run]:
    return {
        environment: Run(environment, workload, options) for environment in ("published", "ours")
    }


def _make_sequential_runs(latency: int) -> dict[str, Run]:
    """Return runs of sequential pagination."""
    options = {"rows": LARGE_STORE, "latency": latency}
    return {
        "published": Run("published", "pagination.iterate_sequentially", options, served=True),
        "ours": Run("ours", "pagination.iterate_sequentially", options, served=True),
        "fast": Run("ours", "pagination.iterate_sequentially", {**options, **FAST}, served=True),
        "baseline": Run("baseline", "raw_sockets.request_sequentially", options, served=True),
    }


def _make_concurrent_runs(latency: int) -> dict[str, Run]:
    """Return runs with 16 requests in flight; the published client's own pagination has one."""
    options = {"rows": LARGE_STORE, "latency": latency, "concurrency": 16}
    alone = {"rows": LARGE_STORE, "latency": latency}
    return {
        "published": Run("published", "pagination.iterate_sequentially", alone, served=True),
        "by hand": Run("published", "pagination.paginate_by_hand", options, served=True),
        "ours": Run("ours", "pagination.iterate_concurrently", options, served=True),
        "fast": Run("ours", "pagination.iterate_concurrently", {**options, **FAST}, served=True),
        "threads": Run("ours", "pagination.iterate_in_threads", options, served=True),
        "baseline": Run("baseline", "raw_sockets.request_concurrently", options, served=True),
    }


def _make_concurrent_metrics(ours: float, fast: float, chart: str) -> tuple[Metric, ...]:
    engine = f'{chart}, engine="fast"'
    return (
        Metric("default engine", make_speedup("published", "ours"), minimum=ours, chart=chart),
        Metric('`engine="fast"`', make_speedup("published", "fast"), minimum=fast, chart=engine),
        Metric("raw sockets", make_speedup("published", "baseline")),
        Metric("`iterate_all`, in threads", make_speedup("published", "threads")),
        Metric("default engine, compared with 16 at once by hand", make_speedup("by hand", "ours")),
        Metric(
            '`engine="fast"`, compared with 16 at once by hand', make_speedup("by hand", "fast")
        ),
        Metric(
            "raw sockets, compared with 16 at once by hand", make_speedup("by hand", "baseline")
        ),
    )


BENCHMARKS = (
    Benchmark(
        "decode-articles",
        "Decode 100 articles (400 KB page), all documented fields",
        _make_decode_runs("published_articles", "articles"),
        _make_decode_metrics(8, "decode articles"),
        rounds=15,
    ),
    Benchmark(
        "decode-orders",
        "Decode 100 orders with nested articles and options (300 KB page)",
        _make_decode_runs("published_orders", "orders"),
        _make_decode_metrics(9, "decode orders"),
        rounds=15,
    ),
    Benchmark(
        "decode-model",
        "Decode 100 articles into a caller's own Struct of four fields (`model=`)",
        _make_decode_runs("published_articles", "four_fields"),
        _make_decode_metrics(20, "decode articles, model= of four fields"),
        rounds=15,
    ),
    Benchmark(
        "decode-texts",
        "Decode 100 articles that are mostly text (460 KB page)",
        _make_decode_runs("published_texts", "texts"),
        _make_decode_metrics(None, "decode articles, mostly text"),
        rounds=15,
    ),
    Benchmark(
        "hold",
        "Keep 50,000 articles",
        {**_make_retain_runs([]), **_make_retain_runs(RELAXED_GC)},
        (
            Metric(
                "memory",
                make_speedup("published", "ours", "grown"),
                minimum=2.2,
                chart="keep 50,000 articles, memory",
            ),
            Metric(
                "CPU",
                make_speedup("published", "ours", "cpu"),
                minimum=10,
                chart="keep 50,000 articles, CPU",
            ),
            Metric(
                "CPU, with `gc.set_threshold(50_000, 20, 100)` on both sides",
                make_speedup("published, relaxed GC", "ours, relaxed GC", "cpu"),
            ),
            Metric(
                "CPU, this client without compared with this client with those thresholds",
                make_speedup("ours", "ours, relaxed GC", "cpu"),
            ),
        ),
        rounds=5,
    ),
    Benchmark(
        "iterate",
        "Iterate over 50,000 articles in sequence, no latency",
        _make_sequential_runs(0),
        (
            Metric(
                "default engine",
                make_speedup("published", "ours"),
                minimum=6.5,
                chart="iterate, no latency",
            ),
            Metric(
                '`engine="fast"`',
                make_speedup("published", "fast"),
                minimum=8,
                chart='iterate, no latency, engine="fast"',
            ),
            Metric("raw sockets", make_speedup("published", "baseline")),
        ),
        rounds=5,
    ),
    Benchmark(
        "iterate-20ms",
        "Iterate over 50,000 articles, 20 ms latency, 16 at once",
        _make_concurrent_runs(20),
        _make_concurrent_metrics(8.5, 11, "iterate, 20 ms, 16 at once"),
        rounds=5,
    ),
    Benchmark(
        "iterate-100ms",
        "Iterate over 50,000 articles, 100 ms latency, 16 at once",
        _make_concurrent_runs(100),
        _make_concurrent_metrics(13, 16, "iterate, 100 ms, 16 at once"),
        rounds=3,
    ),
    Benchmark(
        "call",
        "One call on a mock transport",
        {"ours": Run("ours", "single_call.call_once")},
        (
            Metric(
                "cost of the whole client",
                lambda round_: round_["ours"]["client"] - round_["ours"]["transport"],
                maximum=10,
                unit=" µs",
            ),
            Metric(
                "cost of httpx's own client, for comparison",
                lambda round_: round_["ours"]["httpx"] - round_["ours"]["transport"],
                unit=" µs",
            ),
        ),
    ),
    Benchmark(
        "sync",
        "A sync call over the same coroutine awaited",
        {"ours": Run("ours", "single_call.sync_and_async")},
        (
            Metric(
                "",
                lambda round_: round_["ours"]["sync"] - round_["ours"]["awaited"],
                maximum=2,
                unit=" µs",
            ),
        ),
    ),
    Benchmark(
        "dump-json",
        "`model_dump_json` of 100 articles",
        _make_runs_on_both("serialization.to_json", rows=5_000),
        (Metric("", make_speedup("published", "ours"), minimum=4.5, chart="model_dump_json"),),
        rounds=15,
    ),
    Benchmark(
        "dump",
        "`model_dump` of 100 articles",
        _make_runs_on_both("serialization.to_dicts", rows=5_000),
        (Metric("", make_speedup("published", "ours"), minimum=1.9, chart="model_dump"),),
        rounds=15,
    ),
    Benchmark(
        "memory",
        "Client memory while iterating, 8 in flight",
        {
            "ours": Run(
                "ours",
                "pagination.iterate_concurrently",
                {"rows": LARGE_STORE, "latency": 20, "concurrency": 8},
                served=True,
                fresh=True,
            )
        },
        (Metric("", make_figure("ours", "grown", MEGABYTE), maximum=25, unit=" MB"),),
        rounds=3,
    ),
    Benchmark(
        "import",
        "Import, compared with `import httpx`",
        {
            "nothing": Run("bare", "startup.run_statement", {"what": "pass"}),
            "httpx": Run("bare", "startup.run_statement", {"what": "import httpx"}),
            "bare": Run("bare", "startup.run_statement", {"what": "import myonlinestore"}),
            "models": Run(
                "bare",
                "startup.run_statement",
                {"what": "from myonlinestore.models import Article"},
            ),
            "client": Run(
                "bare", "startup.run_statement", {"what": "from myonlinestore import ConnectClient"}
            ),
        },
        (
            Metric(
                "`import myonlinestore`", make_overhead("bare", "httpx", "nothing"), maximum=0.2
            ),
            Metric("with the models", make_overhead("models", "httpx", "nothing"), maximum=0.2),
            Metric("with the client", make_overhead("client", "httpx", "nothing")),
        ),
        rounds=15,
    ),
    Benchmark(
        "cold-start",
        "Cold start to the first page of articles",
        {
            "published": Run("published", "startup.read_first_page", served=True),
            "ours": Run("bare", "startup.read_first_page", served=True),
        },
        (
            Metric(
                "",
                make_speedup("published", "ours"),
                minimum=2.3,
                chart="cold start to the first page",
            ),
        ),
        rounds=15,
    ),
    Benchmark(
        "sqlite",
        "Bytes of 50,000 articles into SQLite tables, compared with the published models and SQL",
        {
            "published": Run("published", "loading.store_published", {"rows": LARGE_STORE}),
            "ours": Run("ours", "loading.mirror_in_memory", {"rows": LARGE_STORE}),
            "published, small": Run("published", "loading.store_published", SMALL),
            "ours, small": Run("ours", "loading.mirror_in_memory", SMALL),
            "published, one": Run(
                "published", "loading.store_published_table", {"rows": LARGE_STORE}
            ),
            "ours, one": Run("ours", "single_table.store_articles", {"rows": LARGE_STORE}),
        },
        (
            Metric(
                "all seven tables, by the mirror",
                make_speedup("published", "ours"),
                minimum=7,
                chart="bytes into SQLite, all tables",
            ),
            Metric(
                f"{FEW_CHILD_ROWS}, by the mirror",
                make_speedup("published, small", "ours, small"),
                chart="bytes into SQLite, articles with few child rows",
            ),
            Metric(
                "the articles' own table, by `model=`",
                make_speedup("published, one", "ours, one"),
                chart="bytes into SQLite, one table",
            ),
        ),
        rounds=3,
    ),
    Benchmark(
        "dlt",
        "Mirror 20,000 articles into SQLite, compared with dlt's default into DuckDB",
        {
            "dlt": Run("dlt", "loading.load_by_dlt", {"rows": 20_000}, served=True),
            "ours": Run("ours", "loading.mirror", {"rows": 20_000, "kind": "sqlite"}, served=True),
            "duckdb": Run(
                "ours", "loading.mirror", {"rows": 20_000, "kind": "duckdb"}, served=True
            ),
            "dlt, small": Run(
                "dlt", "loading.load_by_dlt", {"rows": 20_000, "small": True}, served=True
            ),
            "ours, small": Run(
                "ours",
                "loading.mirror",
                {"rows": 20_000, "kind": "sqlite", "small": True},
                served=True,
            ),
        },
        (
            Metric(
                "",
                make_speedup("dlt", "ours"),
                minimum=30,
                chart="mirror into SQLite, compared with dlt",
            ),
            Metric(FEW_CHILD_ROWS, make_speedup("dlt, small", "ours, small")),
            Metric("into DuckDB as well", make_speedup("dlt", "duckdb")),
        ),
        rounds=3,
    ),
)
