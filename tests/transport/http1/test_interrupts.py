"""Ctrl-C at any line, closed event loops and forks leave the client usable."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any, TypeVar

import anyio
import httpx
import pytest

from myonlinestore import ConnectClient
from tests.support.raw_server import Peer, RawServer, encode_response
from tests.support.waiting import await_until, wait_until
from tests.transport.conftest import RawServe
from tests.transport.http1.conftest import connect_fast

T = TypeVar("T")


@pytest.fixture
def server() -> Iterator[RawServer]:
    """Run a server that returns the path, with a delay for ``/slow``."""

    def handle(peer: Peer) -> None:
        if peer.path.endswith("slow"):
            time.sleep(0.3)
        peer.send(encode_response({"path": peer.path}))

    running_server = RawServer(handle)
    yield running_server
    running_server.stop()


class Interrupter:
    """A trace function that raises KeyboardInterrupt at one line, or opcode, of this package."""

    def __init__(self, event: str, at: int) -> None:
        self.place = ""
        self._event = event
        self._left = at

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace a frame of this package."""
        if "myonlinestore" not in frame.f_code.co_filename or is_in_destructor(frame):
            return None
        frame.f_trace_opcodes = self._event == "opcode"
        if event == self._event:
            self._left -= 1
            if not self._left:
                sys.settrace(None)
                code = frame.f_code
                self.place = f"{code.co_filename}:{frame.f_lineno} {code.co_name}+{frame.f_lasti}"
                raise KeyboardInterrupt
        return self


def is_in_destructor(frame: FrameType | None) -> bool:
    """Return True if a frame is a destructor's, in which Python ignores exceptions."""
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


def interrupt(client: ConnectClient, path: str, event: str, at: int) -> tuple[str, bool]:
    """Return the place where a call was interrupted, or "", and whether the call raised that."""
    interrupter, previous = Interrupter(event, at), sys.gettrace()
    sys.settrace(interrupter)
    try:
        client.request("GET", path)
    except KeyboardInterrupt:
        return interrupter.place, True
    except Exception:
        return interrupter.place, False
    finally:
        sys.settrace(previous)
    return interrupter.place, False


def check_interrupts(client: ConnectClient, path: str, event: str, step: int, reused: bool) -> int:
    """Interrupt calls at every `step`-th event; return how many events a call has."""
    at, errors = 1, list[str]()
    while True:
        if reused:
            client.request("GET", "/before")
        else:
            client.close()
        place, raised = interrupt(client, path, event, at)
        if not place:
            break
        after = f"/after-{at}"
        try:
            result = client.request("GET", after)
        except Exception as error:
            result = error
        in_flight = client._transport._pools.semaphore.in_flight
        if not raised or in_flight or result != {"path": f"/v1{after}"}:
            errors.append(f"{place}: raised={raised}, in flight={in_flight}, then {result}")
        at += step
    assert errors == []
    return at


def in_new_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Return the result of a function in a thread of its own.

    An exception that a trace raises at the end of an `except` block leaves the block's exception
    as the one that the thread handles, and so as the context of all later ones.
    """
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(function, *arguments).result()


OPCODE_STEP = 1 if os.environ.get("MYONLINESTORE_TEST_ALL_OPCODES") else 41
needs_trace = pytest.mark.skipif(
    sys.gettrace() is not None, reason="the interrupts are made by a trace"
)
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@needs_trace
@pytest.mark.parametrize("reused", [True, False])
def test_an_interrupt_at_any_line_leaves_the_client_usable(server: RawServer, reused: bool) -> None:
    """After Ctrl-C the permit is released, and the next call gets its own response."""
    client = connect_fast(server, max_connections=1, pool_timeout=0.3, timeout=3)
    assert in_new_thread(check_interrupts, client, "/interrupted", "line", 1, reused) > 100
    client.close()
    gc.collect()


def respond(peer: Peer) -> None:
    """Send the kind of response that the path names."""
    kind, body = peer.path.rpartition("/")[2], b'{"path": "%b"}' % peer.path.encode()
    if kind == "chunks":
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        peer.send(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    elif kind == "gzip":
        peer.send(encode_response(gzip.compress(body), "Content-Encoding: gzip"))
    elif kind == "missing":
        peer.send(encode_response({"title": "no"}, status="404 Not Found"))
    elif kind == "last":
        peer.send(encode_response(body, "Connection: close"))
        peer.close()
    else:
        peer.send(encode_response(body))


@needs_trace
@pytest.mark.parametrize("reused", [True, False])
@pytest.mark.parametrize("kind", ["success", "chunks", "gzip", "missing", "last"])
def test_an_interrupt_at_any_opcode_leaves_the_client_usable(
    raw_serve: RawServe, kind: str, reused: bool
) -> None:
    """Ctrl-C within a line, in every phase of a call, loses neither permit nor connection.

    A sample of the opcodes, or with MYONLINESTORE_TEST_ALL_OPCODES (`nox -s interrupts`) each.
    """
    server = raw_serve(respond)
    client = connect_fast(server, max_connections=1, pool_timeout=0.3, timeout=3)
    step = 1 if os.environ.get("MYONLINESTORE_TEST_ALL_OPCODES") else 41
    assert in_new_thread(check_interrupts, client, f"/{kind}", "opcode", step, reused) > 1000
    client.close()
    gc.collect()
    assert wait_until(lambda: not server.open)


class CountingTransport(httpx.BaseTransport):
    """A transport that responds, and counts how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return a response."""
        return httpx.Response(200, json={})

    def close(self) -> None:
        """Count."""
        self.closed += 1


@needs_trace
def test_an_interrupt_at_any_opcode_leaves_a_transport_closable() -> None:
    """After Ctrl-C in a call, the caller's transport is closed with the client, and once."""
    at, broken = 1, list[str]()
    while True:
        transport = CountingTransport()
        client = ConnectClient("token", transport=transport, base_url="http://x")
        place, _ = interrupt(client, "/x", "opcode", at)
        if not place:
            break
        client.request("GET", "/x")
        client.close()
        if transport.closed != 1:
            broken.append(f"{place}: closed {transport.closed} times")
        at += OPCODE_STEP
    assert broken == []
    assert at > 1000


def end(task: Any) -> None:
    """Close the coroutine of a task whose event loop is closed."""
    task._log_destroy_pending = False
    with contextlib.suppress(RuntimeError):  # anyio asks for the loop.
        task.get_coro().close()


@pytest.mark.parametrize("max_connections", [1, 3])
def test_a_closed_event_loop_keeps_no_permit(server: RawServer, max_connections: int) -> None:
    """Requests that are in flight or waiting when their loop is closed keep no permit."""
    client = connect_fast(server, max_connections=max_connections, pool_timeout=1)
    tasks = list[Any]()
    for _ in range(3):
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        tasks += [loop.create_task(client.arequest("GET", "/slow")) for _ in range(4)]
        loop.call_later(0.05, loop.stop)
        loop.run_forever()
        loop.close()
        assert client.request("GET", "/x") == {"path": "/v1/x"}
    assert client._transport._pools.semaphore.in_flight == 0
    client.close()
    for task in tasks:
        end(task)
    assert client.request("GET", "/x") == {"path": "/v1/x"}
    client.close()


def test_a_permit_skips_waiters_of_a_closed_loop(server: RawServer) -> None:
    """A released permit goes to the first waiter that can still use it."""
    client = connect_fast(server, max_connections=1, pool_timeout=2)
    slow = threading.Thread(target=lambda: client.request("GET", "/slow"))
    slow.start()
    time.sleep(0.1)
    loop = asyncio.new_event_loop()
    task: Any = loop.create_task(client.arequest("GET", "/waits"))
    loop.call_later(0.05, loop.stop)
    loop.run_forever()
    loop.close()
    assert client.request("GET", "/x") == {"path": "/v1/x"}
    slow.join()
    end(task)
    client.close()


def test_a_blocked_event_loop_keeps_no_connection(server: RawServer) -> None:
    """Idle connections belong to no event loop: other loops use them, within the limit."""
    client = connect_fast(server, max_connections=4)
    ready, done = threading.Event(), threading.Event()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(client.arequest, "GET", "/slow")
        ready.set()
        done.wait(5)

    blocked = threading.Thread(target=lambda: anyio.run(main))
    blocked.start()
    ready.wait(5)
    threads = [threading.Thread(target=client.request, args=("GET", "/x")) for _ in range(4)]
    running_server = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - running_server < 0.4
    done.set()
    blocked.join()
    assert server.max_open == 4
    client.close()


def test_consecutive_event_loops_share_connections(server: RawServer) -> None:
    """A connection is used after the loop that opened it has ended, without a warning."""
    client = connect_fast(server)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for backend in ("asyncio", "trio") * 2:
            assert anyio.run(client.arequest, "GET", "/x", backend=backend) == {"path": "/v1/x"}
        gc.collect()
    assert server.connections == 1
    client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_during_calls_blocks_no_child(server: RawServer) -> None:
    """A child opens its own connections, whatever other threads of the parent do."""
    client = connect_fast(server, timeout=3)
    stop = threading.Event()

    def run_loops() -> None:
        while not stop.is_set():
            asyncio.run(client.arequest("GET", "/x"))

    threads = [threading.Thread(target=run_loops) for _ in range(2)]
    for thread in threads:
        thread.start()
    codes = []
    for number in range(8):
        child = os.fork()
        if not child:
            try:
                path = f"/child-{number}"
                os._exit(client.request("GET", path) != {"path": f"/v1{path}"})
            except BaseException:
                os._exit(2)
        codes.append(wait_for(child))
    stop.set()
    for thread in threads:
        thread.join()
    assert codes == [0] * 8
    client.close()


def wait_for(child: int) -> int | None:
    """Return the exit code of a child, or None if it is blocked."""
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def test_cancelled_calls_close_their_connections(raw_serve: RawServe) -> None:
    """A call that is cancelled while it waits for its response keeps neither permit nor socket."""
    never = threading.Event()
    server = raw_serve(lambda peer: (never.wait(5), None)[1])

    async def main() -> None:
        client = connect_fast(server, max_connections=2)
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(client.arequest, "GET", "/x")
            await await_until(lambda: server.requests == 2)
            group.cancel_scope.cancel()
        assert client._transport._pools.semaphore.in_flight == 0

    for backend in ("asyncio", "trio"):
        server.requests = 0
        anyio.run(main, backend=backend)
    never.set()
