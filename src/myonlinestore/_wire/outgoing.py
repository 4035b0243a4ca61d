"""What goes out: a request without its tokens, its headers, its timeouts, a form's bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

from myonlinestore import __version__

if TYPE_CHECKING:
    from myonlinestore.config import ConnectConfig

HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"myonlinestore-connect/{__version__} python-httpx/{httpx.__version__}",
}


@dataclass(frozen=True)
class Outgoing:
    """A request without its tokens; `timeouts` in seconds, by phase."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    timeouts: Mapping[str, float | None]

    def to(self, url: str) -> Outgoing:
        """The same request to another place."""
        return replace(self, url=url)

    def request(self) -> httpx.Request:
        """As httpx has it. Raises httpx.InvalidURL for what is no URL."""
        headers = httpx.Headers(HEADERS)
        headers.update(self.headers)
        return httpx.Request(
            self.method,
            self.url,
            headers=headers,
            content=self.content,
            extensions={"timeout": self.timeouts},
        )


def timeouts_of(config: ConnectConfig) -> Mapping[str, float | None]:
    """Seconds for each phase of a request."""
    return httpx.Timeout(
        config.timeout,
        connect=config.connect_timeout or config.timeout,
        read=config.read_timeout or config.timeout,
        pool=config.pool_timeout,
    ).as_dict()


def form(data: Any, files: Any) -> tuple[dict[str, str], bytes | None]:
    """A form's headers and bytes, so that a repeated request sends the same ones.

    Data that is text or bytes already is sent as it is, under the caller's own content type.
    """
    if files is None and (data is None or isinstance(data, bytes)):
        return {}, data
    if files is None and isinstance(data, str):
        return {}, data.encode()
    request = httpx.Request("POST", "http://form", data=data, files=files)
    kind = request.headers.get("content-type")
    return {"Content-Type": kind} if kind else {}, request.read()
