"""Packed answers: gzip, br and zstd, by whichever library is there."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from myonlinestore import TransportError
from myonlinestore._transport import decompress as unpacking
from tests.support.calls import Call, Serve, connect
from tests.support.http_server import answer

ROWS = b'[{"id": 7}]' + b" " * 5000


def _pack(encoding: str, body: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body)
    name = {"br": "brotli", "zstd": "zstandard"}[encoding]
    packed: bytes = pytest.importorskip(name).compress(body)
    return packed


@pytest.fixture(
    params=["gzip:gzip", "gzip:isal.igzip", "br:brotli", "br:brotlicffi", "zstd:zstandard"]
)
def encoding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An encoding, unpacked by one library alone."""
    encoding, _, module = request.param.partition(":")
    pytest.importorskip(module)
    monkeypatch.setattr(unpacking, "_MODULES", unpacking._MODULES | {encoding: (module,)})
    unpacking.module_for.cache_clear()
    assert unpacking.module_for(encoding) == module
    yield encoding
    unpacking.module_for.cache_clear()


def _packed(encoding: str, body: bytes) -> Any:
    return answer(body, headers={"Content-Encoding": encoding.upper()})


def test_a_packed_answer_is_unpacked(call: Call, serve: Serve, encoding: str) -> None:
    """What was packed is read as if it had not been."""
    server = serve(_packed(encoding, _pack(encoding, ROWS)))
    assert [a.id for a in call(connect(server), "articles.list")] == [7]


def test_the_bytes_that_came_are_counted(encoding: str) -> None:
    """An answer knows how many bytes it came in, before they were unpacked."""
    packed = _pack(encoding, ROWS)
    response = unpacking.httpx.Response(200, headers={"content-encoding": encoding})
    unpacked = unpacking.decode_content(response, packed)
    assert (unpacked.body, unpacked.wire_size) == (ROWS, len(packed))


@pytest.mark.parametrize("damage", [lambda p: p[:-7], lambda p: p[:1], lambda p: b"no" + p])
def test_what_is_cut_off_is_a_typed_error(
    call: Call, serve: Serve, recorded_sleeps: list[float], encoding: str, damage: Any
) -> None:
    """Half an answer is none: it is asked for again, and then raises."""
    server = serve(_packed(encoding, damage(_pack(encoding, ROWS))))
    with pytest.raises(TransportError, match="could not decompress the response"):
        call(connect(server, max_retries=1), "articles.list")
    assert len(server.received) == 2


def test_several_frames_are_one_answer(call: Call, serve: Serve, encoding: str) -> None:
    """Members of gzip and frames of zstd follow each other; br knows no such thing."""
    body = _pack(encoding, b'[{"id": 7},') + _pack(encoding, b'{"id": 8}]')
    client = connect(serve(_packed(encoding, body)))
    if encoding == "br":
        with pytest.raises(TransportError, match="could not decompress the response"):
            call(client, "articles.list")
    else:
        assert [a.id for a in call(client, "articles.list")] == [7, 8]


def test_what_is_accepted_is_what_can_be_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request names an encoding only where a library for it is installed."""
    for name in unpacking.accept_encoding().split(", "):
        assert import_module(str(unpacking.module_for(name)))
    nowhere = {"br": ("no_such_library",), "zstd": ("no_such.library",)}
    monkeypatch.setattr(unpacking, "_MODULES", unpacking._MODULES | nowhere)
    unpacking.module_for.cache_clear()
    assert unpacking.accept_encoding() == "gzip"
    unpacking.module_for.cache_clear()
