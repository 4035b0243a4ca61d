"""A bar chart as SVG text, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from comparison.summary import Result

WIDTH, ROW, TOP = 900, 30, 64
LABELS, BARS = 330, 480
TITLE = "Speedup over the published client (for memory: reduction)"
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 16px; font-weight: 600; }
    .small, .value { font-size: 12px; }
    .small { fill: #57606a; }
    .bar { fill: #2da44e; }
    .one { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .small { fill: #8d96a0; }
      .bar { fill: #3fb950; }
      .one { stroke: #f85149; }
    }
"""


def render_chart(results: Sequence[Result]) -> str:
    """Return a bar chart of the metrics with a label; the dashed line is the published client."""
    charted = [result for result in results if result.metric.chart]
    height = TOP + ROW * len(charted) + 16
    scale = BARS / max((result.median for result in charted), default=1)
    one, end = LABELS + scale, TOP + ROW * len(charted)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="12" y="26">{TITLE}</text>',
        f'<text class="small" x="{one:.1f}" y="{TOP - 10}" text-anchor="middle">1</text>',
        *(_render_bar(result, number, scale) for number, result in enumerate(charted)),
        f'<line class="one" x1="{one:.1f}" x2="{one:.1f}" y1="{TOP - 6}" y2="{end}"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _render_bar(result: Result, number: int, scale: float) -> str:
    top, width = TOP + ROW * number, result.median * scale
    value = f"{result.median:.1f}{result.metric.unit}"
    label = escape(result.metric.chart)
    middle = top + ROW / 2 + 4
    return (
        f'<text x="{LABELS - 10}" y="{middle}" text-anchor="end">{label}</text>'
        f'<rect class="bar" x="{LABELS}" y="{top + 5}" width="{width:.1f}" height="{ROW - 10}"'
        ' rx="2"/>'
        f'<text class="value" x="{LABELS + width + 6:.1f}" y="{middle}">{value}</text>'
    )
