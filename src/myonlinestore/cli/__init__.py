"""``myonlinestore …``: the command line (extra `cli`)."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the entry point of the package's script."""
    try:
        from myonlinestore.cli.main import cli  # noqa: PLC0415 - it needs the extra
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("click", "rich"):
            raise
        sys.exit(
            f"myonlinestore: the command line needs {missing}: "
            "pip install 'myonlinestore-connect[cli]'"
        )
    cli(prog_name="myonlinestore")
