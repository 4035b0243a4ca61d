"""Peak memory does not grow with the store; benchmarks/README.md has the figure for a large one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "mirror_memory.py"


def measure_peak(articles: int) -> int:
    """Return the peak memory in megabytes of a mirror of articles, in a new process."""
    command = [sys.executable, str(BENCHMARK), "--articles", str(articles)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    output = re.fullmatch(r"([\d,]+) rows, .* peak (\d+) MB, difference 0\n", process.stdout)
    assert output is not None, process.stdout
    assert int(output[1].replace(",", "")) == articles
    return int(output[2])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no module resource")
def test_peak_memory_does_not_grow_with_the_store() -> None:
    """Four times as many articles take at most a few megabytes more.

    The smaller store is large enough to fill the buffers, whatever else the machine does.
    """
    few, many = measure_peak(5_000), measure_peak(20_000)
    assert many < few + 15
    assert many < 150
