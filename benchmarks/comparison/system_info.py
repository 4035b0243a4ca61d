"""What was measured on: machine, Python, and the versions of all that took part."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path

PACKAGES = {
    "ours": ("myonlinestore-connect", "httpx", "httpcore", "h11", "msgspec", "anyio", "httptools"),
    "published": ("myonlinestore-connect", "httpx", "httpcore", "h11", "pydantic", "pydantic_core"),
    "dlt": ("dlt", "duckdb"),
}
_ASK = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try: return version(name)
    except PackageNotFoundError: return "none"
print(json.dumps({name: of(name) for name in sys.argv[1:]}))
"""


def machine() -> str:
    """The processor and the system, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def python() -> str:
    """Which Python measured, and which SQLite is in it."""
    import sqlite3

    version = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{version}, SQLite {sqlite3.sqlite_version}"


def versions(place: str, interpreter: Path) -> str:
    """What a contender is made of."""
    asked = [str(interpreter), "-c", _ASK, *PACKAGES[place]]
    found: dict[str, str] = json.loads(subprocess.check_output(asked))
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
