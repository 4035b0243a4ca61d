"""RESULTS.md, rendered from the results."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from comparison.notes import NOTES
from comparison.summary import Result

HEAD = """# Results

Written by `{command}` on {date}; the published client is
`myonlinestore-connect` 1.0.2.

![How many times as fast](results.svg)

Unless a unit is given, each figure is the ratio of the published client's time to this client's, in
alternating runs: more is faster. Shown are the median of up to {rounds} rounds and the quartiles.
"""
TABLE = """
| workload | target | result (quartiles) | reached |
|---|---|---|---|
"""
HOW = """
## How it is measured

- One server in a process of its own serves both clients: 50,000 articles of 4 KB with every
  documented field, in pages of 100, in shapes that the published client accepts. Each candidate is
  a process of its own too, and they alternate, round by round, on an idle machine.
- Pagination is each client's own: `iterate_all(client.articles.list, page_size=100)`, and for 16 at
  once `aiterate_all(client.articles.alist, page_size=100, concurrency=16)`.
- **The published client has no concurrent pagination.** The rows "16 at once" therefore compare
  with its sequential pagination: the gain of changing the client and one argument. The rows
  "by hand" compare with the best that its user can write: count, then `alist` of every known
  offset with `asyncio.gather` and a semaphore of 16. That loses rows if the store changes during
  the run, and yields them out of order; this client's pagination does neither.
- This client requests pages that overlap by one row, so 506 of them instead of 500, and with 16 at
  once also a count.
- Raw sockets are the baseline: the same bytes over keep-alive connections, with as many requests in
  flight, and nothing decoded. No client in Python can be much faster.
- Decoding: the published side is `json.loads` and `model_validate`, as in its list methods, without
  the rest of the call; this side is the whole call on a mock transport.
- Articles that are mostly text have 3 KB of it, one image, and neither options nor variants:
  decoding JSON strings takes as long on both sides.
- "Keep" and "memory" run in new processes; memory is the growth of the peak of resident memory.
- SQLite, all tables: this side is the whole mirror of a store in memory: windows, counts and sync
  state (a digest of each row, new and changed rows). The published side writes `model_dump` of its
  models into the same tables by the same statements, without sync state. Each article has 24 child
  rows, and both sides write all of them.
- Articles with one image and no options or variants have 1.7 KB and three child rows.
- SQLite, one table: a custom Struct with the columns of the articles' own table, compared with the
  published models, written into that table by the same statement.
- dlt reads the same server by its `rest_api` source with the offset paginator, and merges by `id`;
  everything else is its default.
"""


def render_table(results: Iterable[Result]) -> str:
    """Return the table's rows as Markdown."""
    return "".join(f"| {' | '.join(_format_cells(result))} |\n" for result in results)


def render(
    results: Sequence[Result],
    *,
    command: str,
    date: str,
    versions: Mapping[str, str],
    missing: Mapping[str, str],
) -> str:
    """Return the whole document."""
    rounds = max(len(result.figures) for result in results)
    parts = [HEAD.format(command=command, date=date, rounds=rounds), TABLE, render_table(results)]
    parts += [f"\nNot measured: {title}. {reason}.\n" for title, reason in missing.items()]
    parts += [_format_notes(results), HOW, "\n## Measured on\n\n"]
    parts += [f"- {name}: {what}\n" for name, what in versions.items()]
    return "".join(parts)


def _format_cells(result: Result) -> tuple[str, str, str, str]:
    title = result.benchmark.title
    workload = f"{title}: {result.metric.title}" if result.metric.title else title
    return workload, result.target, str(result), result.verdict


def _format_notes(results: Iterable[Result]) -> str:
    missed = [result for result in results if result.verdict == "no"]
    if not missed:
        return ""
    return "\n## Not reached\n\n" + "".join(map(_format_note, missed))


def _format_note(result: Result) -> str:
    reason = NOTES.get((result.benchmark.name, result.metric.title), "No reason is known yet.")
    note = f"{_format_cells(result)[0]}: {result}, the target was {result.target}. {reason}"
    return textwrap.fill(note, 100, initial_indent="- ", subsequent_indent="  ") + "\n"
