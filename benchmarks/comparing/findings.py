"""Why a target is not reached, where it is not, and what was tried; by experiment and line."""

from __future__ import annotations

_DECODING = """msgspec alone with the same types takes nearly all of that time: this client adds but
its look at the first bytes for an error."""
_WIRE = """Of 1.5 ms a page, msgspec's decoding takes 0.65 and httpx's transport 0.75 (0.55 on the
fast engine), of which the floor takes 0.3 too; this client and its walk take 0.1. Decoding and the
floor alone, in sequence, would be about 7.5 times."""

FINDINGS: dict[tuple[str, str], str] = {
    ("decode-articles", ""): _DECODING,
    ("decode-orders", ""): _DECODING,
    ("decode-model", ""): """What the four fields do not name is skipped by msgspec at 2 GB/s, and
that is nearly all of it.""",
    ("hold", "CPU"): """More than half of this side's time is Python's garbage collector, which
looks through the lists and plain dicts (`extra`, `categories`, an image's `urls`) of all articles
again and again; without it decoding to hold costs what decoding costs. The models themselves are
exempt from it (`gc=False`). The rest are types that the published client has too.""",
    ("walk", "default wire"): _WIRE,
    ("walk", '`engine="fast"`'): _WIRE,
    ("walk-20ms", "default wire"): _WIRE,
    ("walk-20ms", '`engine="fast"`'): _WIRE,
    ("walk-100ms", "default wire"): _WIRE,
    (
        "walk-100ms",
        '`engine="fast"`',
    ): """Nearly all is waiting: 32 turns of 100 ms are 3.2 s, and the first
page, which is asked for alone, is one more.""",
    ("call", "cost of the whole client"): """Building the request, the limits on what is in flight,
and reading the answer through httpx's classes; each is small. httpx's own client costs several
times as much.""",
    ("dump-json", ""): """The models are encoded by msgspec in one pass, which with the step from
bytes to text is 0.9 of the time; the rest is a call for each article.""",
    ("import", "with the models"): """Where nothing but httpx, msgspec and anyio is
installed, as here, importing msgspec alone takes 0.43 of importing httpx.""",
    ("cold-start", ""): """Importing httpx is in both. A program that imports httpx and msgspec,
loads no certificates, and reads the page into dicts, comes to 2.3 times.""",
    ("sqlite", "all seven tables, by the mirror"): """An article has 24 rows below it, and SQLite
takes about 3.5 ms to put in the 2,500 rows of a page, on both sides: decoding is a small part of
it. With the articles' own table alone, the ratio is the one in the next line.""",
    ("dlt", ""): """As above: about half of this side's time is SQLite's, for 25 rows an article.
Articles with fewer rows below them would be nearer to the target; that was not measured.""",
}
