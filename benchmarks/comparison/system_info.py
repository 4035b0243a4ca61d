"""The machine, the Python and the package versions of a measurement."""

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
_VERSION_SCRIPT = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try: return version(name)
    except PackageNotFoundError: return "none"
print(json.dumps({name: of(name) for name in sys.argv[1:]}))
"""


def get_cpu_info() -> str:
    """Return the processor and the system, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_get_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def get_python_info() -> str:
    """Return the versions of Python and SQLite."""
    import sqlite3

    version = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{version}, SQLite {sqlite3.sqlite_version}"


def get_package_versions(environment: str, interpreter: Path) -> str:
    """Return the package versions of an environment."""
    command = [str(interpreter), "-c", _VERSION_SCRIPT, *PACKAGES[environment]]
    found: dict[str, str] = json.loads(subprocess.check_output(command))
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _get_processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
