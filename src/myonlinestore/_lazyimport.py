"""Lazy loading of a package's public names (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module

# Type checkers treat this name like typing.TYPE_CHECKING, whose import takes longer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_exports(
    package: str, exports: Mapping[str, Sequence[str]], modules: Sequence[str] = ()
) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """Return a package's ``__all__``, ``__getattr__`` and ``__dir__``.

    Args:
        package: the package's name.
        exports: the public names that each module defines, by the module's name relative to the
            package.
        modules: the modules of `exports` that are public names themselves.
    """
    names = sorted({*modules, *(name for names in exports.values() for name in names)})
    public_modules = {module for module in exports if not module.startswith("_")}

    def list_names() -> list[str]:
        special = {name for name in vars(sys.modules[package]) if name.startswith("__")}
        return sorted({*names, *public_modules, *special})

    return names, lazy_getattr(package, exports), list_names


def lazy_getattr(package: str, exports: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Return a module's ``__getattr__`` that imports the module named or the one with the name.

    A name that was loaded once is an ordinary attribute from then on.

    Args:
        package: the name of the module that the function is for.
        exports: the names that each module defines, by the module's name relative to `package`.
    """
    module_of = {name: module for module, names in exports.items() for name in names}

    def load(name: str) -> object:
        if name in exports:
            return import_module(f".{name}", package)
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(f".{module_of[name]}", package), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
