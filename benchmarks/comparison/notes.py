"""The reason for each missed target, by benchmark and metric."""

from __future__ import annotations

_DECODING = """msgspec alone with the same types takes nearly all of that time: this client only
checks the first bytes for an error."""
_PAGINATION = """Decoding takes half of a page's time (0.6 on the fast engine), httpx's transport,
the server included, a third (a quarter), this client and its pagination less than a tenth. Decoding
and raw sockets alone, in sequence, would be 1.6 times as fast (1.3)."""

NOTES: dict[tuple[str, str], str] = {
    ("decode-articles", ""): _DECODING,
    ("decode-orders", ""): _DECODING,
    ("decode-model", ""): """msgspec skips the other fields at 2 GB/s, and that takes nearly all
of the time.""",
    (
        "hold",
        "CPU",
    ): """About half of this side's time is Python's garbage collector, which traverses
the 15 lists of each article repeatedly; the JSON has as many. The models themselves are exempt from
it (`gc=False`), and so are dicts of plain values. The published client gains more from relaxed
thresholds, as the next line shows.""",
    ("iterate", "default engine"): _PAGINATION,
    ("iterate", '`engine="fast"`'): _PAGINATION,
    ("iterate-20ms", "default engine"): _PAGINATION,
    ("iterate-20ms", '`engine="fast"`'): _PAGINATION,
    ("iterate-100ms", "default engine"): _PAGINATION,
    (
        "iterate-100ms",
        '`engine="fast"`',
    ): """Nearly all of the time is latency: 32 times 100 ms is 3.2 s, and the
first page and the count, which precede the others, take another 100 ms.""",
    (
        "call",
        "cost of the whole client",
    ): """The cost is spread over some thirty steps of Python (the
request, the retry policy, the connection limits, the response) and httpx's own URL, headers and
response; none of them takes a tenth. httpx's own client, in the next line, costs more.""",
    ("dump-json", ""): """The models are encoded by msgspec in one pass, which with the step from
bytes to text is 0.9 of the time; the rest is a function call per article.""",
    ("import", "with the models"): """With only httpx, msgspec and anyio installed, as
here, importing msgspec alone takes 0.43 of importing httpx.""",
    ("cold-start", ""): """Both sides import httpx. A program that imports httpx and msgspec, loads
no certificates, and reads the page into dicts, is 2.3 times as fast.""",
    (
        "sqlite",
        "all seven tables, by the mirror",
    ): """An article has 24 child rows. Writing the 2,500
rows of a page into SQLite and committing them takes about two thirds of this client's time, and as
long on the other side, which uses the same statements; only the mirror computes a digest of each
row. With the articles' own table alone, decoding dominates.""",
    ("dlt", ""): """SQLite takes most of the time, for 25 rows per article.""",
}
