"""Control of a request's TCP connection, and truncated responses."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

TRANSPORT = "sandbox.transport"
SHUTTING_DOWN = "sandbox.leaving"
# A socket closed with this option sends a reset instead of an end (RFC 9293, 3.10.4).
_RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class TruncatedResponse(Response):
    """A response of which a part is sent before its connection is closed.

    Args:
        response: the whole response.
        sent_bytes: the number of body bytes to send; None to send nothing at all.
        missing_bytes: the number of bytes that Content-Length claims in addition.
        reset: reset the connection instead of closing it.
    """

    def __init__(
        self,
        response: Response,
        sent_bytes: int | None,
        *,
        missing_bytes: int = 0,
        reset: bool = False,
    ) -> None:
        super().__init__(response.body, response.status_code)
        self.raw_headers: list[tuple[bytes, bytes]] = list(response.raw_headers)
        self._sent_bytes = sent_bytes
        self._missing_bytes = missing_bytes
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the partial response, then close the connection."""
        if self._sent_bytes is not None:
            await self._send(self._sent_bytes, send)
        transport = scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise ConnectionResetError("the sandbox dropped the connection")
        _close(transport, reset=self._reset, immediately=self._sent_bytes is None)
        # Uvicorn reports a response that ends early as an error, unless the connection is closed.
        # The request's body was read, so the next message is `http.disconnect`.
        await receive()

    async def _send(self, sent_bytes: int, send: Send) -> None:
        content_length = str(len(self.body) + self._missing_bytes)
        self.headers["content-length"] = content_length
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        is_complete = sent_bytes >= len(self.body) and not self._missing_bytes
        chunk = bytes(self.body[:sent_bytes])
        await send({"type": "http.response.body", "body": chunk, "more_body": not is_complete})


def _close(transport: asyncio.Transport, *, reset: bool, immediately: bool) -> None:
    if reset:
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
        )
    if reset or immediately:
        transport.abort()
    else:
        transport.close()


async def pause(scope: Scope, seconds: float) -> None:
    """Sleep before a response; stopping the sandbox ends the sleep."""
    shutting_down = scope.get("state", {}).get(SHUTTING_DOWN)
    if shutting_down is None:
        await anyio.sleep(seconds)
        return
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(shutting_down.wait(), seconds)
