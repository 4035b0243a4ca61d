"""``myonlinestore …``: the command line (extra `cli`)."""

from __future__ import annotations

import sys

from myonlinestore.cli.interrupts import EXIT_INTERRUPTED, exit_interrupted, ignore_interrupts
from myonlinestore.cli.streams import FULL_DISK_ERRORS, discard_output, tolerate_full_disk


def main() -> None:
    """Run the command line; the entry point of the package's script."""
    tolerate_full_disk()
    try:
        _run()
    except KeyboardInterrupt:
        exit_interrupted()
    except OSError as error:
        if error.errno not in FULL_DISK_ERRORS:
            raise
        discard_output()
        sys.exit(f"Error: the output cannot be written: {error.strerror}")
    except SystemExit as error:
        if error.code == EXIT_INTERRUPTED:
            ignore_interrupts()
        raise


def _run() -> None:
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
