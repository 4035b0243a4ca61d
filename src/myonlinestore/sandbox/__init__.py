"""A stateful Connect store on real HTTP, for learning, tests and trials (extra `sandbox`).

Importing this package does not import a web server; the first access to a public name does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myonlinestore.sandbox.faults import Fault
    from myonlinestore.sandbox.sandbox import Sandbox
    from myonlinestore.sandbox.store.file import SandboxDataError
    from myonlinestore.sandbox.stores import SandboxStore

__all__ = ["Fault", "Sandbox", "SandboxDataError", "SandboxStore"]

_LIBRARIES = ("starlette", "uvicorn")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from myonlinestore.sandbox.faults import Fault  # noqa: PLC0415 - see above
        from myonlinestore.sandbox.sandbox import Sandbox  # noqa: PLC0415
        from myonlinestore.sandbox.store.file import SandboxDataError  # noqa: PLC0415
        from myonlinestore.sandbox.stores import SandboxStore  # noqa: PLC0415
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        raise ImportError(
            f"the sandbox needs {library}: pip install 'myonlinestore-connect[sandbox]'"
        ) from error
    exports: dict[str, object] = {
        "Fault": Fault,
        "Sandbox": Sandbox,
        "SandboxDataError": SandboxDataError,
        "SandboxStore": SandboxStore,
    }
    globals().update(exports)
    return exports[name]


def __dir__() -> list[str]:
    return list(__all__)
