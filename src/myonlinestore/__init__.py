"""A typed, fast client for the MyOnlineStore Connect API, sync and async.

    from myonlinestore import ConnectClient

    with ConnectClient("your-store-token") as client:
        for article in client.articles.list(limit=20):
            print(article.name, article.price)

Importing this package loads no HTTP library: each name below is loaded when it is first used.
"""

from __future__ import annotations

from myonlinestore._lazyimport import lazy_getattr
from myonlinestore._version import __version__ as __version__

# What a type checker takes for typing.TYPE_CHECKING; loading typing takes longer than all the rest.
TYPE_CHECKING = False
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

_EXPORTS = {
    "_retry": ("Retry",),
    "client": ("ConnectClient",),
    "config": ("ConnectConfig",),
    "exceptions": (
        "AuthenticationError",
        "ConnectError",
        "DecodeError",
        "NotFoundError",
        "RateLimitError",
        "RedirectError",
        "ServerError",
        "TransportError",
        "ValidationError",
    ),
    "http": (),
    "models": (),
    "pagination": ("PaginatedResponse", "aiterate_all", "iterate_all"),
    "resources": (),
}

# Hidden from type checkers, which would take every misspelt name for an object.
if not TYPE_CHECKING:  # pragma: no branch
    __getattr__ = lazy_getattr(__name__, _EXPORTS)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
