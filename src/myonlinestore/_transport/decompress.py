"""Unpacking: an answer whose bytes came packed, once all of them are there.

httpx would unpack while it reads, and on garbled bytes leave its generators half-way, of which
trio complains; and it takes packed bytes that are cut off for the whole.
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

# The first module of these that is installed, by what a server calls the encoding. Their order is
# that of their speed on a page of articles.
_MODULES = {
    "gzip": ("isal.igzip", "gzip"),
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "zstandard"),
}


def decode_content(response: httpx.Response, sent: bytes) -> RawResponse:
    """The answer that these bytes are. Raises httpx.DecodingError if they cannot be unpacked."""
    body, headers = sent, response.headers
    for name, _ in headers.raw:  # httpx decodes all of them to find one.
        if name.lower() == b"content-encoding" and sent:
            body = _decode_body(headers, sent)
            break
    return RawResponse(response.status_code, headers, body, len(sent))


def accept_encoding() -> str:
    """The encodings that can be unpacked here, as a request names them."""
    return ", ".join(encoding for encoding in _MODULES if module_for(encoding))


@functools.cache
def module_for(encoding: str) -> str | None:
    """The name of the module that unpacks an encoding, if there is one."""
    return next(filter(_is_installed, _MODULES[encoding]), None)


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:  # Not even its package is there.
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
    """All frames: this library stops after the first, and takes a cut-off one for the whole."""
    parts: list[bytes] = []
    while sent:
        frame = decompressor().decompressobj()
        parts.append(frame.decompress(sent))
        if not frame.eof:
            raise EOFError("the packed bytes are cut off")
        sent = frame.unused_data
    return b"".join(parts)
