"""Run the command in this process, with standard output and error separate."""

from __future__ import annotations

import inspect
from typing import Any

from click.testing import CliRunner, Result

from myonlinestore.cli.main import cli
from myonlinestore.sandbox import Sandbox

# Before click 8.2, a runner needs an argument for this.
_HAS_MIX_STDERR = "mix_stderr" in inspect.signature(CliRunner).parameters
SEPARATE: dict[str, Any] = {"mix_stderr": False} if _HAS_MIX_STDERR else {}


def run(sandbox: Sandbox, *arguments: str) -> Result:
    """Run ``myonlinestore mirror …`` on a store."""
    environment = {
        "MYONLINESTORE_TOKEN": sandbox.store_token,
        "MYONLINESTORE_BASE_URL": sandbox.url,
    }
    return CliRunner(**SEPARATE).invoke(cli, ["mirror", *arguments], env=environment)
