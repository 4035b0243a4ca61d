"""Compressed responses: gzip, br and zstd, with each supported library."""

from __future__ import annotations

import gzip
import random
import threading
import zlib
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import anyio
import brotli
import pytest
import zstandard

from myonlinestore import ConnectConfig, TransportError
from myonlinestore._concurrency.sync import run_sync
from myonlinestore._transport import decompress
from myonlinestore._transport.auth import TokenAuth
from myonlinestore._transport.http1 import client as http1_client
from myonlinestore._transport.http1.client import finish_response
from myonlinestore._transport.http1.errors import TooLargeError
from myonlinestore._transport.http1.waiting import SYNC_WAITER
from tests.support.calls import Call, Serve, connect
from tests.support.http_server import make_response
from tests.support.waiting import await_until

ROWS = b'[{"id": 7}]' + b" " * 5000


def _compress(encoding: str, body: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body)
    name = {"br": "brotli", "zstd": "zstandard"}[encoding]
    compressed: bytes = pytest.importorskip(name).compress(body)
    return compressed


@pytest.fixture(
    params=["gzip:zlib", "gzip:isal.isal_zlib", "br:brotli", "br:brotlicffi", "zstd:zstandard"]
)
def encoding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return an encoding, decompressed by one library only."""
    encoding, _, module = request.param.partition(":")
    pytest.importorskip(module)
    monkeypatch.setattr(decompress, "_MODULES", decompress._MODULES | {encoding: (module,)})
    decompress.module_for.cache_clear()
    assert decompress.module_for(encoding) == module
    yield encoding
    decompress.module_for.cache_clear()


def _make_compressed_response(encoding: str, body: bytes) -> Any:
    return make_response(body, headers={"Content-Encoding": encoding.upper()})


def test_a_compressed_response_is_decompressed(call: Call, serve: Serve, encoding: str) -> None:
    """A compressed response is read like an uncompressed one."""
    server = serve(_make_compressed_response(encoding, _compress(encoding, ROWS)))
    assert [a.id for a in call(connect(server), "articles.list")] == [7]


def test_received_bytes_are_counted(encoding: str) -> None:
    """A response has the number of bytes that were received, before decompression."""
    auth, sent = TokenAuth(ConnectConfig("t0ken")), bytearray(_compress(encoding, ROWS))
    headers = {"content-encoding": encoding}
    finished = run_sync(finish_response(200, headers, sent, auth, SYNC_WAITER))
    assert (finished.body, finished.wire_size) == (ROWS, len(sent))


@pytest.mark.parametrize("damage", [lambda p: p[:-7], lambda p: p[:1], lambda p: b"no" + p])
def test_a_truncated_response_is_a_transport_error(
    call: Call, serve: Serve, recorded_sleeps: list[float], encoding: str, damage: Any
) -> None:
    """A damaged response is retried, and then raises TransportError."""
    server = serve(_make_compressed_response(encoding, damage(_compress(encoding, ROWS))))
    with pytest.raises(TransportError, match="could not decompress the response"):
        call(connect(server, max_retries=1), "articles.list")
    assert len(server.received) == 2


def test_several_frames_are_one_response(call: Call, serve: Serve, encoding: str) -> None:
    """Consecutive gzip members and zstd frames are one body; br has no such form."""
    body = _compress(encoding, b'[{"id": 7},') + _compress(encoding, b'{"id": 8}]')
    client = connect(serve(_make_compressed_response(encoding, body)))
    if encoding == "br":
        with pytest.raises(TransportError, match="could not decompress the response"):
            call(client, "articles.list")
    else:
        assert [a.id for a in call(client, "articles.list")] == [7, 8]


def test_accept_encoding_names_what_can_be_decompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request accepts an encoding only if a library for it is installed."""
    for name in decompress.accept_encoding().split(", "):
        assert import_module(str(decompress.module_for(name)))
    missing_modules = {"br": ("no_such_library",), "zstd": ("no_such.library",)}
    monkeypatch.setattr(decompress, "_MODULES", decompress._MODULES | missing_modules)
    decompress.module_for.cache_clear()
    assert decompress.accept_encoding() == "gzip"
    decompress.module_for.cache_clear()


class _StandardLibraryDecompressor:
    """A decompressor like that of the standard library from Python 3.14 on."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self.eof = False
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Decompress up to `max_length` bytes."""
        output = self._frame.decompress(data)[:max_length]
        self.eof, self.unused_data = self._frame.eof, self._frame.unused_data
        return output


def test_the_standard_library_decompresses_zstd() -> None:
    """All frames are one body, which is bounded, and a truncated one is an error."""
    module = SimpleNamespace(ZstdDecompressor=_StandardLibraryDecompressor)
    frames = zstandard.compress(b"a" * 9) + zstandard.compress(b"b" * 9)
    assert decompress._inflate_zstd(module, frames, 18) == b"a" * 9 + b"b" * 9
    with pytest.raises(TooLargeError):
        decompress._inflate_zstd(module, frames, 17)
    with pytest.raises(EOFError):
        decompress._inflate_zstd(module, frames[:-3], 18)


def test_an_older_brotli_is_bounded() -> None:
    """Without a limit for its output, brotli gets its input in small slices."""

    class Older:
        def __init__(self) -> None:
            self._real = brotli.Decompressor()

        def process(self, data: bytes) -> bytes:
            output: bytes = self._real.process(data)
            return output

        def is_finished(self) -> bool:
            finished: bool = self._real.is_finished()
            return finished

    module, body = SimpleNamespace(Decompressor=Older), b"a" * 1_000_000
    assert decompress._inflate_brotli(module, brotli.compress(body), len(body)) == body
    with pytest.raises(TooLargeError):
        decompress._inflate_brotli(module, brotli.compress(body), 999)


@pytest.mark.parametrize("wbits", [15, -15])
def test_deflate_may_have_no_header(wbits: int) -> None:
    """Some servers send ``deflate`` without the header of zlib."""
    compressor = zlib.compressobj(wbits=wbits)
    sent = compressor.compress(ROWS) + compressor.flush()
    assert decompress.decompress(sent, "identity, Deflate", 10_000) == ROWS


def test_an_unknown_encoding_is_left_alone() -> None:
    """A body in an encoding that is not supported is returned unchanged."""
    assert decompress.decompress(b"x", "rot13", 10) == b"x"


LARGE = {
    "many bytes": b'"%b"' % random.Random(1).randbytes(100_000).hex().encode(),
    "many bytes from few": b"[" + b" " * 5_000_000 + b"]",
}


@pytest.mark.anyio
@pytest.mark.parametrize("engine", ["fast", "httpx"])
@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
async def test_a_large_body_does_not_block_the_event_loop(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, engine: str, body: bytes
) -> None:
    """Other tasks run while a large body is decompressed."""
    started, other_task_ran = threading.Event(), threading.Event()

    def decompress_with_the_loop(sent: bytes, encodings: str, max_bytes: int) -> Any:
        if max_bytes == client.config.max_response_bytes:
            started.set()
            assert other_task_ran.wait(10)
        return decompress.decompress(sent, encodings, max_bytes)

    monkeypatch.setattr(http1_client, "decompress", decompress_with_the_loop)
    client = connect(serve(_make_compressed_response("gzip", gzip.compress(body))), engine=engine)
    async with client, anyio.create_task_group() as group:
        group.start_soon(client.arequest, "GET", "/x")
        await await_until(started.is_set)
        other_task_ran.set()
