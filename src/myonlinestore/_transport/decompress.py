"""Decompression of a response's body, once all of it has been received.

httpx decompresses while it reads. On corrupt bytes it leaves its generators unfinished, which trio
reports as an error, and it accepts truncated bytes as complete.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import httpx

from myonlinestore._response import RawResponse

Unpack = Callable[[bytes], bytes]

# The modules for each content coding, the fastest first. The first one that is installed is used.
_MODULES = {
    "gzip": ("isal.igzip", "gzip"),
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "zstandard"),
}


def decode_content(response: httpx.Response, sent: bytes) -> RawResponse:
    """Return the response with its decompressed body. Raises httpx.DecodingError."""
    body, headers = sent, response.headers
    for name, _ in headers.raw:  # httpx decodes all of them to find one.
        if name.lower() == b"content-encoding" and sent:
            body = _decode_body(headers, sent)
            break
    return RawResponse(response.status_code, headers, body, len(sent))


def accept_encoding() -> str:
    """Return the value of the Accept-Encoding header: every supported content coding."""
    return ", ".join(encoding for encoding in _MODULES if module_for(encoding))


@functools.cache
def module_for(encoding: str) -> str | None:
    """Return the name of the installed module for a content coding, or None."""
    return next(filter(_is_installed, _MODULES[encoding]), None)


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:  # Its parent package is not installed either.
        return False


def _decode_body(headers: httpx.Headers, sent: bytes) -> bytes:
    encoding = headers["content-encoding"].lower()
    if encoding not in _MODULES or not module_for(encoding):
        return httpx.Response(200, headers=headers, content=sent).content
    try:
        return _get_decoder(str(module_for(encoding)))(sent)
    except Exception as error:
        raise httpx.DecodingError(str(error)) from error


@functools.cache
def _get_decoder(name: str) -> Unpack:
    module: Any = import_module(name)
    if name == "zstandard":
        return functools.partial(_unzstd, module.ZstdDecompressor)
    unpack: Unpack = module.decompress
    return unpack


def _unzstd(decompressor: Callable[[], Any], sent: bytes) -> bytes:
    """Decompress all frames. The library stops after the first and accepts truncated ones."""
    parts: list[bytes] = []
    while sent:
        frame = decompressor().decompressobj()
        parts.append(frame.decompress(sent))
        if not frame.eof:
            raise EOFError("the compressed data is truncated")
        sent = frame.unused_data
    return b"".join(parts)
