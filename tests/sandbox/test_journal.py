"""The journal: requests with redacted tokens, bounded in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.journal import Journal

STORE_TOKEN, PARTNER_TOKEN = "st0re/tok&n", "p@rtner token"


@pytest.fixture
def token_sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox with tokens that are written in more than one way."""
    with Sandbox(articles=3, store_token=STORE_TOKEN, partner_token=PARTNER_TOKEN) as sandbox:
        yield sandbox


def write(journal: Journal, raw: bytes, path: str = "/v1/articles") -> None:
    """Record an entry with this body."""
    scope: dict[str, Any] = {"method": "POST", "path": path, "query_string": b"", "headers": []}
    now = datetime.now(timezone.utc)
    journal.record(scope, raw, operation="postArticle", status=200, fault=None, at=now)


def test_it_records_each_request(token_sandbox: Sandbox) -> None:
    """Each entry has method, path, operation, query, headers, body and status, in order."""
    token_sandbox.clock.freeze("2025-06-01 10:00:00")
    with token_sandbox.client() as client:
        client.articles.list(limit=5, ids=[1, 2])
        client.articles.create(body={"name": "Fiets"})
    listed, created = token_sandbox.journal
    assert (listed.method, listed.path, listed.operation) == ("GET", "/v1/articles", "getArticles")
    assert listed.query["ids"] == ["1", "2"]
    assert listed.query["limit"] == ["5"]
    assert listed.headers["accept"] == "application/json"
    assert (listed.body, listed.status, listed.fault) == (None, 200, None)
    assert listed.at == datetime(2025, 6, 1, 10, tzinfo=timezone.utc)
    assert created.operation == "postArticle"
    assert created.body == {"name": "Fiets"}
    assert len(created.headers["idempotency-key"]) == 36
    assert repr(created) == "<POST /v1/articles postArticle 200>"


def test_tokens_are_redacted_everywhere(token_sandbox: Sandbox) -> None:
    """Tokens are redacted in query, path, headers and body; other secret headers entirely."""
    quoted = quote(STORE_TOKEN, "")
    httpx.post(
        f"{token_sandbox.url}/v1/articles/{quoted}?again={quoted}",
        params={"token": STORE_TOKEN, "partner_token": PARTNER_TOKEN, "note": PARTNER_TOKEN},
        headers={
            "authorization": "Bearer other",
            "cookie": "session=1",
            "referer": f"http://x/?token={quoted}",
            "x-note": STORE_TOKEN,
        },
        json={"name": STORE_TOKEN, "tokens": [PARTNER_TOKEN]},
    )
    (entry,) = token_sandbox.journal
    text = f"{entry!r} {entry.to_dict()}"
    for secret in (STORE_TOKEN, PARTNER_TOKEN, quoted, "Bearer other", "session=1"):
        assert secret not in text
    assert entry.query["token"] == entry.query["partner_token"] == ["***"]
    assert entry.headers["authorization"] == entry.headers["cookie"] == "***"
    assert entry.body == {"name": "***", "tokens": ["***"]}


def test_a_wrong_token_is_redacted_too(token_sandbox: Sandbox) -> None:
    """A token parameter is redacted, valid or not."""
    httpx.get(f"{token_sandbox.url}/v1/store", params={"token": "somebody-elses"})
    (entry,) = token_sandbox.journal
    assert entry.status == 401
    assert "somebody-elses" not in str(entry.to_dict())


def test_bodies_that_are_not_json_are_text(token_sandbox: Sandbox) -> None:
    """A body that is not JSON is returned as text."""
    token = {"token": STORE_TOKEN}
    httpx.post(f"{token_sandbox.url}/v1/articles", params=token, content=b"{name: \xff")
    (entry,) = token_sandbox.journal
    assert entry.body == "{name: \N{REPLACEMENT CHARACTER}"
    assert entry.status == 400


def test_unknown_paths_are_noted(token_sandbox: Sandbox) -> None:
    """A request that no operation has is there, without an operation."""
    httpx.put(f"{token_sandbox.url}/v1/articles?token=x", json={"name": "x"})
    (entry,) = token_sandbox.journal
    assert (entry.operation, entry.status, entry.body) == (None, 405, {"name": "x"})


def test_requests_are_chosen(token_sandbox: Sandbox) -> None:
    """By operation, method, path and status."""
    token = {"token": STORE_TOKEN}
    for path in ("/v1/store", "/v2-beta/store", "/v1/articles/0"):
        httpx.get(token_sandbox.url + path, params=token)
    httpx.post(f"{token_sandbox.url}/v1/articles", params=token, json={})
    journal = token_sandbox.journal
    assert len(journal) == len(journal.requests()) == 4
    assert [entry.path for entry in journal.requests("getStore")] == ["/v1/store", "/v2-beta/store"]
    assert len(journal.requests(operation="getStore", path="/v1/store")) == 1
    assert len(journal.requests(method="GET")) == 3
    assert [entry.operation for entry in journal.requests(status=422)] == ["postArticle"]
    journal.clear()
    assert list(journal) == []


def test_faults_are_noted(token_sandbox: Sandbox) -> None:
    """An entry has the triggered rule; its status is that of the operation, if it ran."""
    token_sandbox.faults.add("getStore nth=1 drop=before")
    token_sandbox.faults.add("getStore nth=2 drop=lost")
    with token_sandbox.client(max_retry_delay=0.001) as client:
        client.store.get()
    assert [(entry.status, entry.fault) for entry in token_sandbox.journal] == [
        (None, "getStore nth=1 drop=before"),
        (200, "getStore nth=2 drop=lost"),
        (200, None),
    ]
    assert "fault='getStore nth=1 drop=before'" in repr(next(iter(token_sandbox.journal)))


def test_it_keeps_the_latest_entries() -> None:
    """A full journal drops the oldest entries."""
    journal = Journal(max_entries=3)
    for number in range(5):
        write(journal, str(number).encode())
    assert [entry.body for entry in journal] == [2, 3, 4]


def test_it_limits_the_bytes_of_bodies() -> None:
    """Above the maximum size of bodies the oldest entries are dropped, if necessary all."""
    journal = Journal(max_bytes=100)
    for number in range(4):
        write(journal, str(number).encode() * 40)
    assert len(journal) == 2
    write(journal, b"x" * 101)
    assert len(journal) == 0
    write(journal, b"1")
    assert [entry.body for entry in journal] == [1]


def test_empty_tokens_redact_nothing() -> None:
    """A sandbox without a partner token has a readable journal."""
    journal = Journal(["", "secret"])
    write(journal, b'"the secret"')
    assert [entry.body for entry in journal] == ["the ***"]
