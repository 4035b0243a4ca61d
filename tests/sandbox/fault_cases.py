"""Shared parts of the fault tests: every way to break a response, and a plain socket."""

from __future__ import annotations

import socket
from typing import Any

import httpx

from myonlinestore.sandbox import Sandbox

DROPS = ["before", "lost", "headers", "body"]
BODIES = ["short", "cut", "garbled", "gzip"]
BROKEN = [
    *(f"drop={drop}" for drop in DROPS),
    *(f"drop={drop} reset=true" for drop in DROPS),
    *(f"body={body}" for body in BODIES),
    "status=500",
    "status=503 retry_after=0",
]


def get(sandbox: Sandbox, path: str = "/v1/store", **options: Any) -> httpx.Response:
    """Send a GET request on a connection of its own."""
    token = {"token": sandbox.store_token}
    return httpx.get(sandbox.url + path, params=token, verify=False, **options)


def read_raw_response(sandbox: Sandbox) -> bytes:
    """Return the bytes received until the sandbox closes the connection."""
    head = f"GET /v1/store?token={sandbox.store_token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as connection:
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))
