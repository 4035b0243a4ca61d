"""How click's runner is told to keep standard output and error apart."""

from __future__ import annotations

import inspect
from typing import Any

from click.testing import CliRunner

# Before click 8.2, a runner has to be told.
_TOLD = "mix_stderr" in inspect.signature(CliRunner).parameters
SEPARATE: dict[str, Any] = {"mix_stderr": False} if _TOLD else {}
