"""Plain HTTP to a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from myonlinestore.sandbox import Sandbox


def connect(sandbox: Sandbox, version: str = "v1") -> httpx.Client:
    """Return a plain HTTP client with the store's tokens."""
    tokens = {"token": sandbox.store_token, "partner_token": sandbox.partner_token}
    return httpx.Client(base_url=f"{sandbox.url}/{version}", params=tokens)
