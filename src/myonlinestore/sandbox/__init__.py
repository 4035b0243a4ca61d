"""A stateful Connect store on real HTTP, for learning, tests and trials (extra `sandbox`)."""

from __future__ import annotations

try:
    from myonlinestore.sandbox.server import Sandbox
except ModuleNotFoundError as error:
    library = (error.name or "").partition(".")[0]
    if library not in ("starlette", "uvicorn"):
        raise
    raise ImportError(
        f"the sandbox needs {library}: pip install 'myonlinestore-connect[sandbox]'"
    ) from error

__all__ = ["Sandbox"]
