"""Peak memory does not grow with the store; benchmarks/README.md has the figure for a large one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "mirror_memory.py"


def peak(articles: int) -> int:
    """Megabytes that a mirror of so many articles takes at the most, in a process of its own."""
    command = [sys.executable, str(BENCHMARK), "--articles", str(articles)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = re.fullmatch(r"([\d,]+) rows, .* peak (\d+) MB, difference 0\n", ended.stdout)
    assert told is not None, ended.stdout
    assert int(told[1].replace(",", "")) == articles
    return int(told[2])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no module resource")
def test_peak_memory_does_not_grow_with_the_store() -> None:
    """Four times as many articles take a few megabytes more at the most."""
    few, many = peak(2_500), peak(10_000)
    assert many < few + 15
    assert many < 150
