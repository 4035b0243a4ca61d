"""The page of results, as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from comparison.notes import FINDINGS
from comparison.summary import Result

HEAD = """# Results

Written by `{command}` on {date}; the published client is
`myonlinestore-connect` 1.0.2.

![How many times as fast](results.svg)

Each figure is a ratio of runs taken in turn, published client over this one, so more is faster
(where another unit stands, it is that). Shown are the median of up to {rounds} rounds,
and the quartiles.
"""
TABLE = """
| work | target | result (quartiles) | reached |
|---|---|---|---|
"""
HOW = """
## How it is measured

- One server in a process of its own serves both clients: 50,000 articles of 4 KB with every
  documented field, in pages of 100, in shapes that the published client accepts. Each contender is
  a process of its own too, and they run one after another, round by round, on an idle machine.
- A walk is each client's own: `iterate_all(client.articles.list, page_size=100)`, and for 16 at
  once `aiterate_all(client.articles.alist, page_size=100, concurrency=16)`.
- **The published client has no concurrent walk.** Its column of the rows "16 at once" is therefore
  its own walk, page after page: what a user gains by changing the client and one argument. Beside
  it stands the best that a user of it can write by hand: count, then `alist` of every known offset
  with `asyncio.gather` and a semaphore of 16. That loses rows when the store changes meanwhile,
  and gives them in no order; this client's walk does neither.
- This client's walk asks for pages that overlap by one row, so for 506 of them instead of 500, and
  with 16 at once for a count.
- The floor is the same bytes over raw sockets, kept alive, with as many in flight, and nothing
  decoded: no client in Python can be faster than about that.
- Decoding: the published side is `json.loads` and `model_validate`, as in its list methods, and no
  more of the call; this side is the whole call on a transport that answers at once.
- Articles that are mostly text have 3 KB of it, one image, and neither options nor variants: taking
  text out of JSON is the same work for both sides.
- "Hold" and "memory" run in new processes; memory is the growth of the peak of resident memory.
- SQLite, all tables: this side is the whole mirror, of a store that answers from memory: windows,
  counts, and books of its own (a digest of each row, what is new, what changed). The published
  side is `model_dump` of its models into the same tables by the same statements, and no books.
  Each article has 24 rows below it, and both sides put all of them into the same SQLite.
- Articles with one image and no options or variants are of 1.7 KB, with three rows below each.
- SQLite, one table: a Struct of the caller's with the columns of the articles' own table, beside
  the published models, into that table alone by the same statement.
- dlt reads the same server by its `rest_api` source with the offset paginator, and merges by `id`;
  everything else is its default.
"""


def table(results: Iterable[Result]) -> str:
    """The rows, as Markdown."""
    return "".join(f"| {' | '.join(_cells(result))} |\n" for result in results)


def page(
    results: Sequence[Result],
    *,
    command: str,
    date: str,
    made_of: Mapping[str, str],
    missing: Mapping[str, str],
) -> str:
    """The whole page."""
    rounds = max(len(result.figures) for result in results)
    parts = [HEAD.format(command=command, date=date, rounds=rounds), TABLE, table(results)]
    parts += [f"\nNot measured: {title}. {reason}.\n" for title, reason in missing.items()]
    parts += [_findings(results), HOW, "\n## Measured on\n\n"]
    parts += [f"- {name}: {what}\n" for name, what in made_of.items()]
    return "".join(parts)


def _cells(result: Result) -> tuple[str, str, str, str]:
    title = result.experiment.title
    work = f"{title}: {result.line.title}" if result.line.title else title
    return work, result.target, result.shown, result.verdict


def _findings(results: Iterable[Result]) -> str:
    missed = [result for result in results if result.verdict == "no"]
    if not missed:
        return ""
    return "\n## Not reached\n\n" + "".join(map(_finding, missed))


def _finding(result: Result) -> str:
    reason = FINDINGS.get((result.experiment.name, result.line.title), "No reason is known yet.")
    told = f"{_cells(result)[0]}: {result.shown}, {result.target} was wanted. {reason}"
    return textwrap.fill(told, 100, initial_indent="- ", subsequent_indent="  ") + "\n"
