"""A request to the admin endpoint, /_sandbox/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from myonlinestore.sandbox.state import SandboxState
    from myonlinestore.sandbox.store.store import Row


@dataclass(frozen=True)
class AdminRequest:
    """A request to the admin endpoint: its sandbox, the HTTP request, the JSON object sent."""

    state: SandboxState
    http: Request
    body: Row
