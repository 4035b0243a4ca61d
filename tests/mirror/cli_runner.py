"""The command in this process, with standard output and error apart."""

from __future__ import annotations

import inspect
from typing import Any

from click.testing import CliRunner, Result

from myonlinestore.cli.main import cli
from myonlinestore.sandbox import Sandbox

# Before click 8.2, a runner has to be told.
_TOLD = "mix_stderr" in inspect.signature(CliRunner).parameters
SEPARATE: dict[str, Any] = {"mix_stderr": False} if _TOLD else {}


def run(shop: Sandbox, *arguments: str) -> Result:
    """``myonlinestore mirror …`` in this process, on a store."""
    environment = {"MYONLINESTORE_TOKEN": shop.store_token, "MYONLINESTORE_BASE_URL": shop.url}
    return CliRunner(**SEPARATE).invoke(cli, ["mirror", *arguments], env=environment)
