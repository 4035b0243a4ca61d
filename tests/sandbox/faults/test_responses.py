"""Faults as the wire shows them: connections that end, bodies that are wrong."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from myonlinestore import ConnectClient
from myonlinestore.sandbox import Sandbox
from tests.sandbox.fault_cases import DROPS, get, read_raw_response


@pytest.mark.parametrize("drop", DROPS)
def test_a_closed_connection_is_really_closed(clean_sandbox: Sandbox, drop: str) -> None:
    """The socket ends where the rule says, without a reset."""
    length = len(get(clean_sandbox).content)
    clean_sandbox.faults.add(f"getStore drop={drop}")
    response = read_raw_response(clean_sandbox)
    head, _, body = response.partition(b"\r\n\r\n")
    assert (head == b"") is (drop in ("before", "lost"))
    assert len(body) == {"before": 0, "lost": 0, "headers": 0, "body": length // 2}[drop]
    if head:
        assert f"content-length: {length}".encode() in head


@pytest.mark.parametrize("drop", DROPS)
def test_a_reset_connection_is_really_reset(clean_sandbox: Sandbox, drop: str) -> None:
    """With `reset` the socket raises ConnectionResetError."""
    clean_sandbox.faults.add(f"getStore drop={drop} reset=true")
    with pytest.raises(ConnectionResetError):
        read_raw_response(clean_sandbox)


def test_a_connection_may_close_after_the_whole_response(
    clean_sandbox: Sandbox, client: ConnectClient
) -> None:
    """With `after` the connection is closed after the whole response, despite keep-alive."""
    clean_sandbox.faults.add("getStore drop=after")
    response = read_raw_response(clean_sandbox)
    assert b"connection: close" not in response.lower()
    assert response.endswith(get(clean_sandbox).content)
    for _ in range(3):
        assert client.store.get().id == clean_sandbox.store.settings["id"]


def test_a_short_body_promises_more_than_comes(clean_sandbox: Sandbox) -> None:
    """All of the body comes, but Content-Length says that 64 bytes are missing."""
    body = get(clean_sandbox).content
    clean_sandbox.faults.add("getStore body=short")
    head, _, response = read_raw_response(clean_sandbox).partition(b"\r\n\r\n")
    assert response == body
    assert f"content-length: {len(body) + 64}".encode() in head


def test_a_cut_body_is_half_of_the_json(clean_sandbox: Sandbox) -> None:
    """Half of the body comes, with the Content-Length of that half."""
    body = get(clean_sandbox).content
    clean_sandbox.faults.add("getStore body=cut")
    response = get(clean_sandbox)
    assert response.content == body[: len(body) // 2]
    assert response.headers["content-length"] == str(len(body) // 2)


def test_a_garbled_body_is_not_utf8(clean_sandbox: Sandbox) -> None:
    """The body has its length but invalid UTF-8; the same bytes for the same seed."""
    body = get(clean_sandbox).content
    rule = clean_sandbox.faults.add("getStore body=garbled")
    garbled = get(clean_sandbox).content
    assert len(garbled) == len(body)
    with pytest.raises(UnicodeDecodeError):
        garbled.decode()
    clean_sandbox.reset()
    clean_sandbox.faults.add(rule)
    assert get(clean_sandbox).content == garbled


def test_a_bad_gzip_cannot_be_unpacked(clean_sandbox: Sandbox) -> None:
    """The response claims to be gzip and begins like it, but cannot be decompressed."""
    clean_sandbox.faults.add("getStore body=gzip")
    with httpx.stream(
        "GET", f"{clean_sandbox.url}/v1/store?token={clean_sandbox.store_token}"
    ) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert b"".join(response.iter_raw()).startswith(b"\x1f\x8b\x08")
    with pytest.raises(httpx.DecodingError):
        get(clean_sandbox)


def test_a_response_without_a_body_is_not_corrupted(clean_sandbox: Sandbox) -> None:
    """A bad body leaves a 204 as it is."""
    article = clean_sandbox.store.articles.keys[0]
    image = clean_sandbox.store.articles[article].body["images"]
    clean_sandbox.faults.add("deleteImage body=short")
    url = f"{clean_sandbox.url}/v1/deleteImage/{image[0]['id']}"
    assert httpx.delete(url, params={"token": clean_sandbox.store_token}).status_code == 204


@pytest.mark.parametrize(
    ("path", "operation", "body"),
    [
        ("/v1/orders", "getOrders", []),
        ("/v1/customers", "getCustomers", {"customers": []}),
        ("/v1/store/", "getStore", None),
    ],
)
def test_a_page_without_rows(clean_sandbox: Sandbox, path: str, operation: str, body: Any) -> None:
    """An empty page has no rows, in their envelope if there is one; the next page has them."""
    clean_sandbox.faults.add(f"{operation} nth=1 body=empty")
    path = path.rstrip("/")
    first, second = get(clean_sandbox, path), get(clean_sandbox, path)
    assert second.json() not in ([], {"customers": []})
    assert first.status_code == 200
    if body is not None:
        assert first.json() == body


def test_a_response_that_is_text_is_not_empty(clean_sandbox: Sandbox) -> None:
    """A response that is a string has no rows to leave out."""
    clean_sandbox.faults.add("deleteArticle body=empty")
    article = clean_sandbox.store.articles.keys[0]
    url = f"{clean_sandbox.url}/v1/articles/{article}"
    response = httpx.delete(url, params={"token": clean_sandbox.store_token})
    assert response.json() == "Article successfully deleted"


@pytest.mark.parametrize(("difference", "expected"), [("3", 15), ("-3", 9), ("-99", 0), ("+1", 13)])
def test_a_count_that_disagrees(clean_sandbox: Sandbox, difference: str, expected: int) -> None:
    """A count differs by a number from the rows, and is 0 or more."""
    clean_sandbox.faults.add(f"getArticleCount nth=1 count={difference}")
    counts = [get(clean_sandbox, "/v1/articles/count").json()["count"] for _ in range(2)]
    assert counts == [expected, 12]


def test_a_count_that_fails_is_as_it_is(clean_sandbox: Sandbox) -> None:
    """The error of a count has no number that could be wrong."""
    clean_sandbox.faults.add("getArticleCount count=3")
    params = {"token": clean_sandbox.store_token, "created_start_date": "x"}
    response = httpx.get(f"{clean_sandbox.url}/v1/articles/count", params=params)
    assert response.status_code == 422
    assert "count" not in response.json()
