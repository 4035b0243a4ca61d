"""Packages whose names are loaded when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module

# What a type checker takes for typing.TYPE_CHECKING; loading typing takes longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_getattr(package: str, exports: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """A package's ``__getattr__``: imports the module that a name is in, or that it is.

    `homes` has the names that each module gives; the modules are relative to the package. A name
    that was found once is an ordinary attribute from then on.
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
