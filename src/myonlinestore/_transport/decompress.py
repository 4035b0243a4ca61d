"""Decompression of a complete body, bounded by `max_response_bytes` while it inflates.

httpx would decompress while it reads, without a bound; on garbled bytes it leaves generators
half-way, of which trio complains; and it accepts truncated bytes as complete.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from myonlinestore._transport.http1.errors import ContentDecodingError, TooLargeError

# The first module of these that is installed, by the name of the encoding. Their order is that of
# their speed on a page of articles.
_MODULES = {
    "gzip": ("isal.isal_zlib", "zlib"),
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "zstandard"),
}
# Bytes of input from which libraries without a limit for their output can make some MB.
_BROTLI_SLICE_BYTES = 64
_ZSTD_SLICE_BYTES = 256
_GZIP_WBITS, _ZLIB_WBITS, _RAW_WBITS = 31, 15, -15


def accept_encoding() -> str:
    """Return the encodings that can be decompressed here, as a request names them."""
    return ", ".join(encoding for encoding in _MODULES if module_for(encoding))


@functools.cache
def module_for(encoding: str) -> str | None:
    """Return the name of the module that decompresses an encoding, or None."""
    return next(filter(_is_installed, _MODULES[encoding]), None)


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:  # Not even its package is there.
        return False


def decompress(sent: bytes | bytearray, encodings: str, max_bytes: int) -> bytes | bytearray:
    """Return the bytes without the encodings that a Content-Encoding header names.

    Encodings that are not supported are left as they are, as in httpx. Raises
    ContentDecodingError, or TooLargeError before more than `max_bytes` are stored.
    """
    try:
        for encoding in reversed(encodings.lower().split(",")):
            sent = _decoder(encoding.strip())(sent, max_bytes)
    except TooLargeError:
        raise
    except Exception as error:
        raise ContentDecodingError(str(error)) from error
    return sent


Decoder = Callable[["bytes | bytearray", int], "bytes | bytearray"]


def _decoder(encoding: str) -> Decoder:
    if encoding == "deflate":
        return _inflate_deflate
    name = module_for(encoding) if encoding in _MODULES else None
    if name is None:
        return _keep
    module: Any = import_module(name)
    return functools.partial(_DECODERS.get(name, _inflate_gzip), module)


def _keep(sent: bytes | bytearray, max_bytes: int) -> bytes | bytearray:  # noqa: ARG001
    return sent


def _inflate_gzip(module: Any, sent: bytes | bytearray, max_bytes: int) -> bytes:
    """Decompress all members, with zlib or a module that has its functions."""
    output = _Output(max_bytes)
    while sent:
        member = module.decompressobj(_GZIP_WBITS)
        output.append(member.decompress(sent, output.left + 1))
        _check_end(ended=member.eof)
        sent = member.unused_data.lstrip(b"\0")  # gzip allows padding.
    return output.join()


def _inflate_deflate(sent: bytes | bytearray, max_bytes: int) -> bytes:
    """Decompress ``deflate``, which some servers send without the header of zlib."""
    try:
        return _inflate_zlib(sent, max_bytes, _ZLIB_WBITS)
    except zlib.error:
        return _inflate_zlib(sent, max_bytes, _RAW_WBITS)


def _inflate_zlib(sent: bytes | bytearray, max_bytes: int, wbits: int) -> bytes:
    output, decoder = _Output(max_bytes), zlib.decompressobj(wbits)
    output.append(decoder.decompress(sent, output.left + 1))
    _check_end(ended=decoder.eof)
    return output.join()


def _inflate_brotli(module: Any, sent: bytes | bytearray, max_bytes: int) -> bytes:
    output, decoder = _Output(max_bytes), module.Decompressor()
    try:
        output.append(decoder.process(bytes(sent), output_buffer_limit=max_bytes + 1))
    except TypeError:  # Before brotli 1.2.
        for start in range(0, len(sent), _BROTLI_SLICE_BYTES):
            output.append(decoder.process(bytes(sent[start : start + _BROTLI_SLICE_BYTES])))
    _check_end(ended=decoder.is_finished())
    return output.join()


def _inflate_zstd(module: Any, sent: bytes | bytearray, max_bytes: int) -> bytes:
    """Decompress all frames with the standard library, from Python 3.14 on."""
    output = _Output(max_bytes)
    while sent:
        frame = module.ZstdDecompressor()
        output.append(frame.decompress(sent, output.left + 1))
        _check_end(ended=frame.eof)
        sent = frame.unused_data
    return output.join()


def _inflate_zstandard(module: Any, sent: bytes | bytearray, max_bytes: int) -> bytes:
    """Decompress all frames; this library stops after one, and accepts a truncated one."""
    output, decoder = _Output(max_bytes), module.ZstdDecompressor()
    while sent:
        frame, start = decoder.decompressobj(), 0
        while start < len(sent) and not frame.eof:
            output.append(frame.decompress(bytes(sent[start : start + _ZSTD_SLICE_BYTES])))
            start += _ZSTD_SLICE_BYTES
        _check_end(ended=frame.eof)
        sent = frame.unused_data + sent[start:]
    return output.join()


_DECODERS: dict[str, Callable[[Any, bytes | bytearray, int], bytes]] = {
    "brotli": _inflate_brotli,
    "brotlicffi": _inflate_brotli,
    "compression.zstd": _inflate_zstd,
    "zstandard": _inflate_zstandard,
}


class _Output:
    """Decompressed bytes, up to a limit."""

    def __init__(self, max_bytes: int) -> None:
        self.left = max_bytes
        self._parts: list[bytes] = []

    def append(self, part: bytes) -> None:
        """Add some bytes. Raises TooLargeError."""
        self.left -= len(part)
        if self.left < 0:
            raise TooLargeError
        self._parts.append(part)

    def join(self) -> bytes:
        """Return all bytes."""
        return b"".join(self._parts)


def _check_end(*, ended: bool) -> None:
    if not ended:
        raise EOFError("the compressed bytes are truncated")
