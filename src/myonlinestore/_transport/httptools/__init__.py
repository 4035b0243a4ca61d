"""The fast engine: httpx's own transports and pools, with a parser in C where h11 is slow.

Connecting, TLS, timeouts, pooling and the errors stay httpx's and httpcore's, so that everything
that holds for the default engine holds here: asyncio, trio and threads, `max_connections`, one
timeout for each phase. What is out of the ordinary (a proxy, a body that is streamed, an upgrade)
goes the default engine's way.

It builds on parts of httpcore that are not promised: they are looked for before anything else.
"""

from __future__ import annotations

from myonlinestore._transport.httptools import requirements as ground

ground.check()

from myonlinestore._transport.httptools.async_transport import AsyncFastTransport  # noqa: E402
from myonlinestore._transport.httptools.sync_transport import FastTransport  # noqa: E402

__all__ = ["AsyncFastTransport", "FastTransport"]
