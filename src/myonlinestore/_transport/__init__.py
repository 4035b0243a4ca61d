"""The only place that touches httpx: requests out, answers in, on a blocking or an async wire.

Requests go to the httpx transport directly. The tokens are added to a copy of the request beneath
everything that logs, chains or shows one, and only for the configured origin.
"""

from __future__ import annotations

from myonlinestore._transport.auth import Signer
from myonlinestore._transport.connections import (
    AsyncTransport,
    BlockingTransport,
    forget_connections,
)
from myonlinestore._transport.engines import (
    async_client_on,
    client_on,
    engine_of,
    open_async,
    open_blocking,
)
from myonlinestore._transport.prepared_request import Outgoing, form
from myonlinestore._transport.request_builder import Builder
from myonlinestore._transport.send import AsyncWire, BlockingWire, Wire

__all__ = [
    "AsyncTransport",
    "AsyncWire",
    "BlockingTransport",
    "BlockingWire",
    "Builder",
    "Outgoing",
    "Signer",
    "Wire",
    "async_client_on",
    "client_on",
    "engine_of",
    "forget_connections",
    "form",
    "open_async",
    "open_blocking",
]
