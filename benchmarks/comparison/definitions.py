"""The benchmarks: their runs, metrics and targets."""

from __future__ import annotations

from comparison.benchmark import Benchmark, Metric, Run, absolute, overhead, speedup

LARGE_STORE = 50_000
MEGABYTE = 1e-6
FAST = {"engine": "fast"}
RELAXED_GC = [50_000, 20, 100]
SMALL = {"rows": LARGE_STORE, "small": True}
FEW_CHILD_ROWS = "articles with one image and no options or variants"


def _decode_runs(published: str, ours: str, rows: int = 2_000) -> dict[str, Run]:
    return {
        "published": Run("published", f"decoding.{published}", {"rows": rows}),
        "ours": Run("ours", f"decoding.{ours}", {"rows": rows}),
    }


def _decode_metrics(minimum: float | None, chart: str) -> tuple[Metric, ...]:
    return (
        Metric("", speedup("published", "ours", "decode"), minimum=minimum, chart=chart),
        Metric("with the rest of this client's call", speedup("published", "ours")),
    )


def _retain_runs(thresholds: list[int]) -> dict[str, Run]:
    """Return runs with the default garbage collector, or with other thresholds."""
    options = {"rows": LARGE_STORE, "thresholds": thresholds}
    suffix = ", relaxed GC" if thresholds else ""
    return {
        f"published{suffix}": Run("published", "decoding.published_retained", options, fresh=True),
        f"ours{suffix}": Run("ours", "decoding.retained", options, fresh=True),
    }


def _runs_on_both(workload: str, **options: object) -> dict[str, Run]:
    return {
        environment: Run(environment, workload, options) for environment in ("published", "ours")
    }


def _sequential_runs(latency: int) -> dict[str, Run]:
    """Return runs of sequential pagination."""
    options = {"rows": LARGE_STORE, "latency": latency}
    return {
        "published": Run("published", "pagination.sequential", options, served=True),
        "ours": Run("ours", "pagination.sequential", options, served=True),
        "fast": Run("ours", "pagination.sequential", {**options, **FAST}, served=True),
        "baseline": Run("baseline", "raw_sockets.sequential", options, served=True),
    }


def _concurrent_runs(latency: int) -> dict[str, Run]:
    """Return runs with 16 requests in flight; the published client's own pagination has one."""
    options = {"rows": LARGE_STORE, "latency": latency, "concurrency": 16}
    alone = {"rows": LARGE_STORE, "latency": latency}
    return {
        "published": Run("published", "pagination.sequential", alone, served=True),
        "by hand": Run("published", "pagination.manual_pagination", options, served=True),
        "ours": Run("ours", "pagination.concurrent", options, served=True),
        "fast": Run("ours", "pagination.concurrent", {**options, **FAST}, served=True),
        "threads": Run("ours", "pagination.threaded", options, served=True),
        "baseline": Run("baseline", "raw_sockets.concurrent", options, served=True),
    }


def _concurrent_metrics(ours: float, fast: float, chart: str) -> tuple[Metric, ...]:
    engine = f'{chart}, engine="fast"'
    return (
        Metric("default engine", speedup("published", "ours"), minimum=ours, chart=chart),
        Metric('`engine="fast"`', speedup("published", "fast"), minimum=fast, chart=engine),
        Metric("raw sockets", speedup("published", "baseline")),
        Metric("`iterate_all`, in threads", speedup("published", "threads")),
        Metric("default engine, compared with 16 at once by hand", speedup("by hand", "ours")),
        Metric('`engine="fast"`, compared with 16 at once by hand', speedup("by hand", "fast")),
        Metric("raw sockets, compared with 16 at once by hand", speedup("by hand", "baseline")),
    )


BENCHMARKS = (
    Benchmark(
        "decode-articles",
        "Decode 100 articles (400 KB page), all documented fields",
        _decode_runs("published_articles", "articles"),
        _decode_metrics(8, "decode articles"),
        rounds=15,
    ),
    Benchmark(
        "decode-orders",
        "Decode 100 orders with nested articles and options (300 KB page)",
        _decode_runs("published_orders", "orders"),
        _decode_metrics(9, "decode orders"),
        rounds=15,
    ),
    Benchmark(
        "decode-model",
        "Decode 100 articles into a caller's own Struct of four fields (`model=`)",
        _decode_runs("published_articles", "four_fields"),
        _decode_metrics(20, "decode articles, model= of four fields"),
        rounds=15,
    ),
    Benchmark(
        "decode-texts",
        "Decode 100 articles that are mostly text (460 KB page)",
        _decode_runs("published_texts", "texts"),
        _decode_metrics(None, "decode articles, mostly text"),
        rounds=15,
    ),
    Benchmark(
        "hold",
        "Keep 50,000 articles",
        {**_retain_runs([]), **_retain_runs(RELAXED_GC)},
        (
            Metric(
                "memory",
                speedup("published", "ours", "grown"),
                minimum=2.2,
                chart="keep 50,000 articles, memory",
            ),
            Metric(
                "CPU",
                speedup("published", "ours", "cpu"),
                minimum=10,
                chart="keep 50,000 articles, CPU",
            ),
            Metric(
                "CPU, with `gc.set_threshold(50_000, 20, 100)` on both sides",
                speedup("published, relaxed GC", "ours, relaxed GC", "cpu"),
            ),
            Metric(
                "CPU, this client without compared with this client with those thresholds",
                speedup("ours", "ours, relaxed GC", "cpu"),
            ),
        ),
        rounds=5,
    ),
    Benchmark(
        "iterate",
        "Iterate over 50,000 articles in sequence, no latency",
        _sequential_runs(0),
        (
            Metric(
                "default engine",
                speedup("published", "ours"),
                minimum=6.5,
                chart="iterate, no latency",
            ),
            Metric(
                '`engine="fast"`',
                speedup("published", "fast"),
                minimum=8,
                chart='iterate, no latency, engine="fast"',
            ),
            Metric("raw sockets", speedup("published", "baseline")),
        ),
        rounds=5,
    ),
    Benchmark(
        "iterate-20ms",
        "Iterate over 50,000 articles, 20 ms latency, 16 at once",
        _concurrent_runs(20),
        _concurrent_metrics(8.5, 11, "iterate, 20 ms, 16 at once"),
        rounds=5,
    ),
    Benchmark(
        "iterate-100ms",
        "Iterate over 50,000 articles, 100 ms latency, 16 at once",
        _concurrent_runs(100),
        _concurrent_metrics(13, 16, "iterate, 100 ms, 16 at once"),
        rounds=3,
    ),
    Benchmark(
        "call",
        "One call on a mock transport",
        {"ours": Run("ours", "single_call.single_call")},
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
        _runs_on_both("serialization.to_json", rows=5_000),
        (Metric("", speedup("published", "ours"), minimum=4.5, chart="model_dump_json"),),
        rounds=15,
    ),
    Benchmark(
        "dump",
        "`model_dump` of 100 articles",
        _runs_on_both("serialization.to_dicts", rows=5_000),
        (Metric("", speedup("published", "ours"), minimum=1.9, chart="model_dump"),),
        rounds=15,
    ),
    Benchmark(
        "memory",
        "Client memory while iterating, 8 in flight",
        {
            "ours": Run(
                "ours",
                "pagination.concurrent",
                {"rows": LARGE_STORE, "latency": 20, "concurrency": 8},
                served=True,
                fresh=True,
            )
        },
        (Metric("", absolute("ours", "grown", MEGABYTE), maximum=25, unit=" MB"),),
        rounds=3,
    ),
    Benchmark(
        "import",
        "Import, compared with `import httpx`",
        {
            "nothing": Run("bare", "startup.importing", {"what": "pass"}),
            "httpx": Run("bare", "startup.importing", {"what": "import httpx"}),
            "bare": Run("bare", "startup.importing", {"what": "import myonlinestore"}),
            "models": Run(
                "bare", "startup.importing", {"what": "from myonlinestore.models import Article"}
            ),
            "client": Run(
                "bare", "startup.importing", {"what": "from myonlinestore import ConnectClient"}
            ),
        },
        (
            Metric("`import myonlinestore`", overhead("bare", "httpx", "nothing"), maximum=0.2),
            Metric("with the models", overhead("models", "httpx", "nothing"), maximum=0.2),
            Metric("with the client", overhead("client", "httpx", "nothing")),
        ),
        rounds=15,
    ),
    Benchmark(
        "cold-start",
        "Cold start to the first page of articles",
        {
            "published": Run("published", "startup.first_page", served=True),
            "ours": Run("bare", "startup.first_page", served=True),
        },
        (
            Metric(
                "", speedup("published", "ours"), minimum=2.3, chart="cold start to the first page"
            ),
        ),
        rounds=15,
    ),
    Benchmark(
        "sqlite",
        "Bytes of 50,000 articles into SQLite tables, compared with the published models and SQL",
        {
            "published": Run("published", "loading.published_stored", {"rows": LARGE_STORE}),
            "ours": Run("ours", "loading.mirrored", {"rows": LARGE_STORE}),
            "published, small": Run("published", "loading.published_stored", SMALL),
            "ours, small": Run("ours", "loading.mirrored", SMALL),
            "published, one": Run(
                "published", "loading.published_one_table", {"rows": LARGE_STORE}
            ),
            "ours, one": Run("ours", "single_table.stored", {"rows": LARGE_STORE}),
        },
        (
            Metric(
                "all seven tables, by the mirror",
                speedup("published", "ours"),
                minimum=7,
                chart="bytes into SQLite, all tables",
            ),
            Metric(
                f"{FEW_CHILD_ROWS}, by the mirror",
                speedup("published, small", "ours, small"),
                chart="bytes into SQLite, articles with few child rows",
            ),
            Metric(
                "the articles' own table, by `model=`",
                speedup("published, one", "ours, one"),
                chart="bytes into SQLite, one table",
            ),
        ),
        rounds=3,
    ),
    Benchmark(
        "dlt",
        "Mirror 20,000 articles into SQLite, compared with dlt's default into DuckDB",
        {
            "dlt": Run("dlt", "loading.dlt", {"rows": 20_000}, served=True),
            "ours": Run("ours", "loading.mirror", {"rows": 20_000, "kind": "sqlite"}, served=True),
            "duckdb": Run(
                "ours", "loading.mirror", {"rows": 20_000, "kind": "duckdb"}, served=True
            ),
            "dlt, small": Run("dlt", "loading.dlt", {"rows": 20_000, "small": True}, served=True),
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
                speedup("dlt", "ours"),
                minimum=30,
                chart="mirror into SQLite, compared with dlt",
            ),
            Metric(FEW_CHILD_ROWS, speedup("dlt, small", "ours, small")),
            Metric("into DuckDB as well", speedup("dlt", "duckdb")),
        ),
        rounds=3,
    ),
)
