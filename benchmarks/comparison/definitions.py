"""The rows of the table: which works, in which turns, and what is wanted of them."""

from __future__ import annotations

from comparison.benchmark import Experiment, Line, Run, taken, times, without

MANY = 50_000
MEGABYTE = 1e-6
FAST = {"engine": "fast"}
SELDOM = [50_000, 20, 100]
SMALL = {"rows": MANY, "small": True}
FEW_ROWS = "articles with one image and no options or variants"


def _decoding(published: str, ours: str, rows: int = 2_000) -> dict[str, Run]:
    return {
        "published": Run("published", f"decoding.{published}", {"rows": rows}),
        "ours": Run("ours", f"decoding.{ours}", {"rows": rows}),
    }


def _decoded(least: float | None, chart: str) -> tuple[Line, ...]:
    return (
        Line("", times("published", "ours", "decode"), least=least, chart=chart),
        Line("with the rest of this client's call", times("published", "ours")),
    )


def _holding(thresholds: list[int]) -> dict[str, Run]:
    """With the garbage collector as it is, or with thresholds of its own."""
    asked = {"rows": MANY, "thresholds": thresholds}
    when = ", seldom" if thresholds else ""
    return {
        f"published{when}": Run("published", "decoding.published_held", asked, fresh=True),
        f"ours{when}": Run("ours", "decoding.held", asked, fresh=True),
    }


def _both(work: str, **options: object) -> dict[str, Run]:
    return {place: Run(place, work, options) for place in ("published", "ours")}


def _walk(latency: int) -> dict[str, Run]:
    """In sequence, by everybody."""
    asked = {"rows": MANY, "latency": latency}
    return {
        "published": Run("published", "walks.in_sequence", asked, served=True),
        "ours": Run("ours", "walks.in_sequence", asked, served=True),
        "fast": Run("ours", "walks.in_sequence", {**asked, **FAST}, served=True),
        "floor": Run("floor", "floor.in_sequence", asked, served=True),
    }


def _walk_at_once(latency: int) -> dict[str, Run]:
    """16 pages in flight, and the published client's own walk, which has one."""
    asked = {"rows": MANY, "latency": latency, "concurrency": 16}
    alone = {"rows": MANY, "latency": latency}
    return {
        "published": Run("published", "walks.in_sequence", alone, served=True),
        "by hand": Run("published", "walks.by_hand", asked, served=True),
        "ours": Run("ours", "walks.at_once", asked, served=True),
        "fast": Run("ours", "walks.at_once", {**asked, **FAST}, served=True),
        "threads": Run("ours", "walks.by_threads", asked, served=True),
        "floor": Run("floor", "floor.at_once", asked, served=True),
    }


def _lines_at_once(ours: float, fast: float, chart: str) -> tuple[Line, ...]:
    engine = f'{chart}, engine="fast"'
    return (
        Line("default wire", times("published", "ours"), least=ours, chart=chart),
        Line('`engine="fast"`', times("published", "fast"), least=fast, chart=engine),
        Line("floor", times("published", "floor")),
        Line("`iterate_all`, in threads", times("published", "threads")),
        Line("default wire, beside 16 at once by hand", times("by hand", "ours")),
        Line('`engine="fast"`, beside 16 at once by hand', times("by hand", "fast")),
        Line("floor, beside 16 at once by hand", times("by hand", "floor")),
    )


EXPERIMENTS = (
    Experiment(
        "decode-articles",
        "Decode 100 articles (400 KB page), all documented fields",
        _decoding("published_articles", "articles"),
        _decoded(8, "decode articles"),
        rounds=15,
    ),
    Experiment(
        "decode-orders",
        "Decode 100 orders with nested articles and options (300 KB page)",
        _decoding("published_orders", "orders"),
        _decoded(9, "decode orders"),
        rounds=15,
    ),
    Experiment(
        "decode-model",
        "Decode 100 articles into a caller's own Struct of four fields (`model=`)",
        _decoding("published_articles", "four_fields"),
        _decoded(20, "decode articles, model= of four fields"),
        rounds=15,
    ),
    Experiment(
        "decode-texts",
        "Decode 100 articles that are mostly text (460 KB page)",
        _decoding("published_texts", "texts"),
        _decoded(None, "decode articles, mostly text"),
        rounds=15,
    ),
    Experiment(
        "hold",
        "Hold 50,000 articles",
        {**_holding([]), **_holding(SELDOM)},
        (
            Line(
                "memory",
                times("published", "ours", "grown"),
                least=2.2,
                chart="hold 50,000 articles, memory",
            ),
            Line(
                "CPU",
                times("published", "ours", "cpu"),
                least=10,
                chart="hold 50,000 articles, CPU",
            ),
            Line(
                "CPU, with `gc.set_threshold(50_000, 20, 100)` on both sides",
                times("published, seldom", "ours, seldom", "cpu"),
            ),
            Line("CPU, this client with that beside without", times("ours", "ours, seldom", "cpu")),
        ),
        rounds=5,
    ),
    Experiment(
        "walk",
        "Walk 50,000 articles in sequence, no latency",
        _walk(0),
        (
            Line("default wire", times("published", "ours"), least=6.5, chart="walk, no latency"),
            Line(
                '`engine="fast"`',
                times("published", "fast"),
                least=8,
                chart='walk, no latency, engine="fast"',
            ),
            Line("floor", times("published", "floor")),
        ),
        rounds=5,
    ),
    Experiment(
        "walk-20ms",
        "Walk 50,000 articles, 20 ms latency, 16 at once",
        _walk_at_once(20),
        _lines_at_once(8.5, 11, "walk, 20 ms, 16 at once"),
        rounds=5,
    ),
    Experiment(
        "walk-100ms",
        "Walk 50,000 articles, 100 ms latency, 16 at once",
        _walk_at_once(100),
        _lines_at_once(13, 16, "walk, 100 ms, 16 at once"),
        rounds=3,
    ),
    Experiment(
        "call",
        "One call on a transport that answers at once",
        {"ours": Run("ours", "calling.one_call")},
        (
            Line(
                "cost of the whole client",
                lambda turn: turn["ours"]["client"] - turn["ours"]["transport"],
                most=10,
                unit=" µs",
            ),
            Line(
                "cost of httpx's own client, beside it",
                lambda turn: turn["ours"]["httpx"] - turn["ours"]["transport"],
                unit=" µs",
            ),
        ),
    ),
    Experiment(
        "sync",
        "A sync call over the same coroutine awaited",
        {"ours": Run("ours", "calling.sync_and_async")},
        (
            Line(
                "",
                lambda turn: turn["ours"]["sync"] - turn["ours"]["awaited"],
                most=2,
                unit=" µs",
            ),
        ),
    ),
    Experiment(
        "dump-json",
        "`model_dump_json` of 100 articles",
        _both("dumping.to_json", rows=5_000),
        (Line("", times("published", "ours"), least=4.5, chart="model_dump_json"),),
        rounds=15,
    ),
    Experiment(
        "dump",
        "`model_dump` of 100 articles",
        _both("dumping.to_dicts", rows=5_000),
        (Line("", times("published", "ours"), least=1.9, chart="model_dump"),),
        rounds=15,
    ),
    Experiment(
        "memory",
        "Client memory while walking, 8 in flight",
        {
            "ours": Run(
                "ours",
                "walks.at_once",
                {"rows": MANY, "latency": 20, "concurrency": 8},
                served=True,
                fresh=True,
            )
        },
        (Line("", taken("ours", "grown", MEGABYTE), most=25, unit=" MB"),),
        rounds=3,
    ),
    Experiment(
        "import",
        "Import, beside `import httpx`",
        {
            "nothing": Run("bare", "starting.importing", {"what": "pass"}),
            "httpx": Run("bare", "starting.importing", {"what": "import httpx"}),
            "bare": Run("bare", "starting.importing", {"what": "import myonlinestore"}),
            "models": Run(
                "bare", "starting.importing", {"what": "from myonlinestore.models import Article"}
            ),
            "client": Run(
                "bare", "starting.importing", {"what": "from myonlinestore import ConnectClient"}
            ),
        },
        (
            Line("`import myonlinestore`", without("bare", "httpx", "nothing"), most=0.2),
            Line("with the models", without("models", "httpx", "nothing"), most=0.2),
            Line("with the client", without("client", "httpx", "nothing")),
        ),
        rounds=15,
    ),
    Experiment(
        "cold-start",
        "Cold start to the first page of articles",
        {
            "published": Run("published", "starting.first_page", served=True),
            "ours": Run("bare", "starting.first_page", served=True),
        },
        (Line("", times("published", "ours"), least=2.3, chart="cold start to the first page"),),
        rounds=15,
    ),
    Experiment(
        "sqlite",
        "Bytes of 50,000 articles into SQLite tables, beside the published models and the same SQL",
        {
            "published": Run("published", "copying.published_written", {"rows": MANY}),
            "ours": Run("ours", "copying.written", {"rows": MANY}),
            "published, small": Run("published", "copying.published_written", SMALL),
            "ours, small": Run("ours", "copying.written", SMALL),
            "published, one": Run("published", "copying.published_one_table", {"rows": MANY}),
            "ours, one": Run("ours", "one_table.written", {"rows": MANY}),
        },
        (
            Line(
                "all seven tables, by the mirror",
                times("published", "ours"),
                least=7,
                chart="bytes into SQLite, all tables",
            ),
            Line(
                f"{FEW_ROWS}, by the mirror",
                times("published, small", "ours, small"),
                chart="bytes into SQLite, articles with few rows below",
            ),
            Line(
                "the articles' own table, by `model=`",
                times("published, one", "ours, one"),
                chart="bytes into SQLite, one table",
            ),
        ),
        rounds=3,
    ),
    Experiment(
        "dlt",
        "Mirror 20,000 articles into SQLite, beside dlt's default into DuckDB",
        {
            "dlt": Run("dlt", "copying.dlt", {"rows": 20_000}, served=True),
            "ours": Run("ours", "copying.mirror", {"rows": 20_000, "kind": "sqlite"}, served=True),
            "duckdb": Run(
                "ours", "copying.mirror", {"rows": 20_000, "kind": "duckdb"}, served=True
            ),
            "dlt, small": Run("dlt", "copying.dlt", {"rows": 20_000, "small": True}, served=True),
            "ours, small": Run(
                "ours",
                "copying.mirror",
                {"rows": 20_000, "kind": "sqlite", "small": True},
                served=True,
            ),
        },
        (
            Line("", times("dlt", "ours"), least=30, chart="mirror into SQLite, beside dlt"),
            Line(FEW_ROWS, times("dlt, small", "ours, small")),
            Line("into DuckDB as well", times("dlt", "duckdb")),
        ),
        rounds=3,
    ),
)
