"""Each value in a path is one segment, whatever characters it contains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest

from myonlinestore import ConnectClient
from tests.support.http_server import Server, make_response, run_server
from tests.support.operations import EVERY_METHOD, Operation
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

PATH_ARGUMENTS = [
    pytest.param(operation, name, id=f"{operation.call}-{name}")
    for operation in EVERY_METHOD
    for name in operation.path
]
each_path_argument = pytest.mark.parametrize(("operation", "name"), PATH_ARGUMENTS)
sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])

QUOTED = {
    "A/B 50%?x=1": "A%2FB%2050%25%3Fx%3D1",
    "jan+piet/x@example.nl": "jan%2Bpiet%2Fx%40example.nl",
    "ü/日": "%C3%BC%2F%E6%97%A5",
    "../../store": "..%2F..%2Fstore",
    "%2e%2e": "%252e%252e",
    "a#b;c&d=e\\f": "a%23b%3Bc%26d%3De%5Cf",
    " ": "%20",
    "...": "...",
    "a\r\nb": "a%0D%0Ab",
    "~-_.": "~-_.",
    "count": "count",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yield a server that records request targets unchanged."""
    with run_server() as server:
        yield server


def replace_argument(operation: Operation, name: str, text: str) -> str:
    """Return the path of an operation's request with the value of one argument replaced."""
    _, _, path = operation.request_line.partition(" ")
    values = list(operation.path)
    segments = path.split("/")
    own = [i for i, s in enumerate(segments) if unquote(s) in map(str, operation.path.values())]
    segments[own[values.index(name)]] = text
    return "/v1" + "/".join(segments)


@each_path_argument
def test_a_value_is_one_segment(operation: Operation, name: str, server: Server) -> None:
    """Slashes, question marks, plus signs, dots and any letters are quoted in the segment."""
    server.script = [make_response(operation.response)]
    with ConnectClient("t", base_url=server.url) as client:
        for value, quoted in QUOTED.items():
            operation.get_method(client)(**{**operation.required, name: value})
            assert server.received[-1].path == replace_argument(operation, name, quoted)
            assert unquote(quoted) == value


@pytest.mark.parametrize("value", QUOTED)
async def test_async_calls_quote_alike(value: str, server: Server) -> None:
    """The async method sends the same path."""
    server.script = [make_response({"email": "jan@example.nl"})]
    async with ConnectClient("t", base_url=server.url) as client:
        await client.newsletter.aget(email=value)
    assert server.received[-1].path == f"/v1/newsletter/subscribers/{QUOTED[value]}"


class ForeignInteger:
    """An integer of another library, such as numpy."""

    def __index__(self) -> int:
        return 7

    def __str__(self) -> str:
        return "7"


@each_path_argument
def test_ids_may_be_numbers_text_or_uuids(operation: Operation, name: str) -> None:
    """Integers of any library, text and UUIDs are valid identifiers."""
    recorder = RecordingTransport(operation.response)
    client = recorder.make_client()
    for value in (0, 12, -1, "12", UUID(int=5), ForeignInteger()):
        operation.get_method(client)(**{**operation.required, name: value})
        assert recorder.last.url.path == replace_argument(operation, name, str(value))
    client.close()


INVALID: list[Any] = [None, "", ".", "..", True, False, 1.5, b"12", ["12"], {"id": 12}]


@each_path_argument
@sync_and_async
async def test_invalid_identifiers_raise(operation: Operation, name: str, prefix: str) -> None:
    """A value that is not an identifier, or would name another resource, sends no request."""
    recorder = RecordingTransport(operation.response)
    async with recorder.make_client() as client:
        for value in INVALID:
            # An id that also has a deprecated name is then missing.
            missing = value is None and name == "id"
            with pytest.raises(TypeError if missing else ValueError) as caught:
                await call_method(
                    operation.get_method(client, prefix), **{**operation.required, name: value}
                )
            assert str(caught.value).startswith("Missing" if missing else "an identifier must")
    assert recorder.requests == []
