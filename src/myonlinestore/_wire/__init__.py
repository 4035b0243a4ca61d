"""The only place that touches httpx: requests out, answers in, on a blocking or an async wire.

Requests go to the httpx transport directly. The tokens are added to a copy of the request beneath
everything that logs, chains or shows one, and only for the configured origin.
"""

from __future__ import annotations

from myonlinestore._wire.building import Builder
from myonlinestore._wire.opening import (
    async_client_on,
    client_on,
    engine_of,
    open_async,
    open_blocking,
)
from myonlinestore._wire.outgoing import Outgoing, form
from myonlinestore._wire.sending import AsyncWire, BlockingWire, Wire
from myonlinestore._wire.signing import Signer
from myonlinestore._wire.transports import AsyncTransport, BlockingTransport, forget_connections

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
