"""A typed, fast client for the MyOnlineStore Connect API, sync and async.

    from myonlinestore import ConnectClient

    with ConnectClient("your-store-token") as client:
        for article in client.articles.list(limit=20):
            print(article.name, article.price)

Importing this package loads no other library: each name is loaded on first use.
"""

from __future__ import annotations

from myonlinestore._lazyimport import lazy_exports
from myonlinestore._version import __version__ as __version__

# Type checkers treat this name like typing.TYPE_CHECKING, whose import takes longer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from myonlinestore import client as client
    from myonlinestore import config as config
    from myonlinestore import exceptions as exceptions
    from myonlinestore import http as http
    from myonlinestore import models as models
    from myonlinestore import pagination as pagination
    from myonlinestore import resources as resources
    from myonlinestore._retry import Retry as Retry
    from myonlinestore.client import ConnectClient as ConnectClient
    from myonlinestore.config import ConnectConfig as ConnectConfig
    from myonlinestore.exceptions import AuthenticationError as AuthenticationError
    from myonlinestore.exceptions import ConnectError as ConnectError
    from myonlinestore.exceptions import DeadlineExceededError as DeadlineExceededError
    from myonlinestore.exceptions import DecodeError as DecodeError
    from myonlinestore.exceptions import NotFoundError as NotFoundError
    from myonlinestore.exceptions import RateLimitError as RateLimitError
    from myonlinestore.exceptions import RedirectError as RedirectError
    from myonlinestore.exceptions import ResponseTooLargeError as ResponseTooLargeError
    from myonlinestore.exceptions import ServerError as ServerError
    from myonlinestore.exceptions import TransportError as TransportError
    from myonlinestore.exceptions import ValidationError as ValidationError
    from myonlinestore.pagination import PaginatedResponse as PaginatedResponse
    from myonlinestore.pagination import aiterate_all as aiterate_all
    from myonlinestore.pagination import iterate_all as iterate_all

_EXPORTS = {
    "_retry": ("Retry",),
    "client": ("ConnectClient",),
    "config": ("ConnectConfig",),
    "exceptions": (
        "AuthenticationError",
        "ConnectError",
        "DeadlineExceededError",
        "DecodeError",
        "NotFoundError",
        "RateLimitError",
        "RedirectError",
        "ResponseTooLargeError",
        "ServerError",
        "TransportError",
        "ValidationError",
    ),
    "http": (),
    "models": (),
    "pagination": ("PaginatedResponse", "aiterate_all", "iterate_all"),
    "resources": (),
}

# Hidden from type checkers, which would otherwise accept every name as an attribute.
if not TYPE_CHECKING:  # pragma: no branch
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        _EXPORTS,
        ("client", "config", "exceptions", "http", "models", "pagination", "resources"),
    )
