"""A typed, fast client for the MyOnlineStore Connect API, sync and async.

    from myonlinestore import ConnectClient

    with ConnectClient("your-store-token") as client:
        for article in client.articles.list(limit=20):
            print(article.name, article.price)

Importing this package loads no HTTP library: each name below is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myonlinestore import client, config, exceptions, http, models, pagination, resources
    from myonlinestore._retry import Retry
    from myonlinestore.client import ConnectClient
    from myonlinestore.config import ConnectConfig
    from myonlinestore.exceptions import (
        AuthenticationError,
        ConnectError,
        DecodeError,
        NotFoundError,
        RateLimitError,
        RedirectError,
        ServerError,
        TransportError,
        ValidationError,
    )
    from myonlinestore.pagination import PaginatedResponse, aiterate_all, iterate_all

__version__ = "2.0.0"

__all__ = [
    "AuthenticationError",
    "ConnectClient",
    "ConnectConfig",
    "ConnectError",
    "DecodeError",
    "NotFoundError",
    "PaginatedResponse",
    "RateLimitError",
    "RedirectError",
    "Retry",
    "ServerError",
    "TransportError",
    "ValidationError",
    "aiterate_all",
    "client",
    "config",
    "exceptions",
    "http",
    "iterate_all",
    "models",
    "pagination",
    "resources",
]

_MODULES = frozenset(
    {"client", "config", "exceptions", "http", "models", "pagination", "resources"}
)
_HOMES = {
    "ConnectClient": "client",
    "ConnectConfig": "config",
    "PaginatedResponse": "pagination",
    "Retry": "_retry",
    "aiterate_all": "pagination",
    "iterate_all": "pagination",
}


# Hidden from type checkers, which would take every misspelt name for an object.
if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = name if name in _MODULES else _HOMES.get(name, "exceptions")
        module = importlib.import_module(f"{__name__}.{home}")
        found: object = module if name in _MODULES else getattr(module, name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
