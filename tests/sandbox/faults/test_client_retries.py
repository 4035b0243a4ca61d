"""The client's retry policy for each fault."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from myonlinestore import (
    ConnectClient,
    DecodeError,
    NotFoundError,
    ServerError,
    TransportError,
)
from myonlinestore.sandbox import Sandbox
from tests.sandbox.fault_cases import BROKEN

# The client does not receive a status of success: the write may or may not have been done.
NOT_ACCEPTED = ("drop=before", "drop=lost", "status=")


@pytest.mark.parametrize("fault", BROKEN)
def test_a_read_is_repeated_after_any_fault(
    clean_sandbox: Sandbox, client: ConnectClient, fault: str
) -> None:
    """The client gets the correct response from its second request after any fault."""
    rule = clean_sandbox.faults.add(f"getArticles nth=1 {fault}")
    page = client.articles.list(limit=5)
    assert [article.id for article in page] == clean_sandbox.store.articles.keys[:5]
    assert clean_sandbox.faults.trigger_count(rule) == 1
    assert [entry.fault for entry in clean_sandbox.journal.requests("getArticles")] == [
        str(rule),
        None,
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("fault", BROKEN)
async def test_an_async_read_is_repeated_after_any_fault(
    clean_sandbox: Sandbox, fault: str
) -> None:
    """So does the async client, on asyncio and trio."""
    clean_sandbox.faults.add(f"getStore nth=1 {fault}")
    async with clean_sandbox.client(max_retry_delay=0.01) as client:
        assert (await client.store.aget()).id == clean_sandbox.store.settings["id"]
    assert len(clean_sandbox.journal.requests("getStore")) == 2


@pytest.mark.parametrize("fault", [fault for fault in BROKEN if fault.startswith(NOT_ACCEPTED)])
def test_a_write_without_a_status_is_retried_and_done_once(
    clean_sandbox: Sandbox, client: ConnectClient, fault: str
) -> None:
    """With an idempotency key a retry creates one row and gets the original response."""
    before = len(clean_sandbox.store.articles)
    clean_sandbox.faults.add(f"postArticle nth=1 {fault}")
    article = client.articles.create(body={"name": "Once"})
    assert len(clean_sandbox.store.articles) == before + 1
    assert article.id == clean_sandbox.store.articles.keys[-1]
    keys = [
        entry.headers["idempotency-key"] for entry in clean_sandbox.journal.requests("postArticle")
    ]
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize("fault", [fault for fault in BROKEN if not fault.startswith(NOT_ACCEPTED)])
def test_a_write_that_was_accepted_is_not_retried(
    clean_sandbox: Sandbox, client: ConnectClient, fault: str
) -> None:
    """After a status of success the client raises, and the row is there once."""
    before = len(clean_sandbox.store.articles)
    clean_sandbox.faults.add(f"postArticle nth=1 {fault}")
    with pytest.raises((TransportError, DecodeError), match="the server accepted POST") as raised:
        client.articles.create(body={"name": "Once"})
    assert raised.value.status_code == 200
    assert len(clean_sandbox.store.articles) == before + 1
    assert len(clean_sandbox.journal.requests("postArticle")) == 1


@pytest.mark.parametrize("fault", BROKEN)
def test_a_write_without_a_key_is_not_repeated(clean_sandbox: Sandbox, fault: str) -> None:
    """Without a key the client raises, and a row is there only where the write was done."""
    before = len(clean_sandbox.store.articles)
    clean_sandbox.faults.add(f"postArticle nth=1 {fault}")
    options: dict[str, Any] = {"idempotency_key_header": None, "max_retry_delay": 0.01}
    with (
        clean_sandbox.client(**options) as client,
        pytest.raises((TransportError, DecodeError, ServerError)),
    ):
        client.articles.create(body={"name": "Once"})
    is_undone = fault.startswith(("drop=before", "status"))
    assert len(clean_sandbox.store.articles) == before + (not is_undone)
    assert len(clean_sandbox.journal.requests("postArticle")) == 1


def test_a_repeated_delete_returns_the_lost_response(
    clean_sandbox: Sandbox, client: ConnectClient
) -> None:
    """A DELETE has no key of the client's: the row is gone, and the repetition finds nothing."""
    number = clean_sandbox.store.articles.keys[0]
    clean_sandbox.faults.add("deleteArticle nth=1 drop=lost")
    with pytest.raises(NotFoundError):
        client.articles.delete(article_id=number)
    assert number not in clean_sandbox.store.articles


def test_a_burst_of_429_is_waited_out(clean_sandbox: Sandbox, client: ConnectClient) -> None:
    """After three 429s the client has waited as requested and gets the response."""
    rule = clean_sandbox.faults.add("getStore nth=1 burst=3 status=429 retry_after=0")
    assert client.store.get().id == clean_sandbox.store.settings["id"]
    assert [entry.status for entry in clean_sandbox.journal] == [429, 429, 429, 200]
    assert clean_sandbox.faults.trigger_count(rule) == 3


def test_the_client_times_out_on_a_delayed_response(clean_sandbox: Sandbox) -> None:
    """A response after the client's timeout is a TransportError."""
    clean_sandbox.faults.add("getStore delay=30")
    with (
        clean_sandbox.client(read_timeout=0.05, max_retries=0) as client,
        pytest.raises(TransportError, match="read_timeout"),
    ):
        client.store.get()


def test_broken_connections_leave_no_line_in_the_log(
    clean_sandbox: Sandbox, client: ConnectClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The server takes no fault for a mistake of its own."""
    for fault in (*BROKEN, "drop=after"):
        clean_sandbox.faults.clear()
        clean_sandbox.faults.add(f"getStore nth=1 {fault}")
        client.store.get()
    assert [record.message for record in caplog.records if "uvicorn" in record.name] == []


@pytest.mark.anyio
async def test_faults_apply_in_process_too() -> None:
    """Without a server a dropped connection is an error of the transport, a delay a delay."""
    sandbox = Sandbox(articles=2, faults=["getStore nth=1 delay=0.01 drop=body"])
    transport = httpx.ASGITransport(sandbox.app)
    async with sandbox.client(
        base_url="http://sandbox", async_transport=transport, max_retry_delay=0.01
    ) as client:
        assert (await client.store.aget()).id == sandbox.store.settings["id"]
    assert len(sandbox.journal) == 2
