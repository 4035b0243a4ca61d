"""Why a target is not reached, where it is not, and what was tried; by experiment and line."""

from __future__ import annotations

_DECODING = """msgspec alone with the same types takes nearly all of that time: this client adds but
its look at the first bytes for an error."""
_WIRE = """Decoding takes half of a page's time (0.6 on the fast engine), httpx's transport, the
server included, a third (a quarter), this client and its walk less than a tenth. Decoding and the
floor alone, in sequence, would be 1.6 times as fast (1.3)."""

FINDINGS: dict[tuple[str, str], str] = {
    ("decode-articles", ""): _DECODING,
    ("decode-orders", ""): _DECODING,
    ("decode-model", ""): """What the four fields do not name is skipped by msgspec at 2 GB/s, and
that is nearly all of it.""",
    ("hold", "CPU"): """About half of this side's time is Python's garbage collector, which looks
through the 15 lists of each article again and again; the JSON has as many. The models themselves
are exempt from it (`gc=False`), and it leaves dicts of plain values alone. The published client
gains more from a collector that looks seldom, as the line after this one shows.""",
    ("walk", "default wire"): _WIRE,
    ("walk", '`engine="fast"`'): _WIRE,
    ("walk-20ms", "default wire"): _WIRE,
    ("walk-20ms", '`engine="fast"`'): _WIRE,
    ("walk-100ms", "default wire"): _WIRE,
    (
        "walk-100ms",
        '`engine="fast"`',
    ): """Nearly all is waiting: 32 turns of 100 ms are 3.2 s, and the first page
and the count, which come before them, are one more.""",
    ("call", "cost of the whole client"): """What is left is spread over some thirty steps of Python
(the request, the retry policy, the limits on what is in flight, the answer) and httpx's own URL,
headers and response; none of them is a tenth of it. Beside httpx's own client, in the next line, it
is the smaller part.""",
    ("dump-json", ""): """The models are encoded by msgspec in one pass, which with the step from
bytes to text is 0.9 of the time; the rest is a call for each article.""",
    ("import", "with the models"): """Where nothing but httpx, msgspec and anyio is
installed, as here, importing msgspec alone takes 0.43 of importing httpx.""",
    ("cold-start", ""): """Importing httpx is in both. A program that imports httpx and msgspec,
loads no certificates, and reads the page into dicts, comes to 2.3 times.""",
    ("sqlite", "all seven tables, by the mirror"): """An article has 24 rows below it. Putting the
2,500 rows of a page into SQLite and committing them is about two thirds of this side's time, and is
in the other side's as well, by the same statements; the mirror's digest of each row is only in this
side's. With the articles' own table alone, decoding decides.""",
    ("dlt", ""): """As above: most of this side's time is SQLite's, for 25 rows an article.""",
}
