"""Tokens, problems, versions and idempotency keys: what holds for every operation."""

from __future__ import annotations

import socket
from contextlib import suppress

import httpx
import pytest

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api import OPERATIONS
from myonlinestore.sandbox.http.context import MAX_BODY_BYTES


def assert_problem(response: httpx.Response, status: int) -> None:
    """Check that a response is an RFC 7807 problem with this status."""
    body = response.json()
    assert response.status_code == body["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "detail", "status"}
    assert body["detail"]


@pytest.mark.parametrize("tokens", [{}, {"token": ""}, {"token": "wrong"}])
def test_a_missing_or_wrong_store_token_is_a_401(
    readonly_sandbox: Sandbox, tokens: dict[str, str]
) -> None:
    """Without the store's token every response is a 401 problem."""
    assert_problem(httpx.get(f"{readonly_sandbox.url}/v1/articles", params=tokens), 401)


def test_a_wrong_partner_token_is_a_401(readonly_sandbox: Sandbox) -> None:
    """A partner token may be left out, but not be wrong."""
    tokens = {"token": readonly_sandbox.store_token}
    assert httpx.get(f"{readonly_sandbox.url}/v1/store", params=tokens).status_code == 200
    assert_problem(
        httpx.get(f"{readonly_sandbox.url}/v1/store", params={**tokens, "partner_token": "wrong"}),
        401,
    )


def test_a_refused_write_changes_nothing(sandbox: Sandbox) -> None:
    """A write with a wrong token is not done."""
    before = len(sandbox.store.articles)
    httpx.post(f"{sandbox.url}/v1/articles", params={"token": "wrong"}, json={"name": "No"})
    assert len(sandbox.store.articles) == before


def test_the_tokens_are_those_that_were_given() -> None:
    """Tokens of one's own take the place of the default ones."""
    with Sandbox(articles=0, store_token="mine", partner_token="ours") as sandbox:
        tokens = {"token": "mine", "partner_token": "ours"}
        assert httpx.get(f"{sandbox.url}/v1/store", params=tokens).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/articles/1", 404),
        ("GET", "/articles/abc", 404),
        ("GET", "/orders/credit", 404),
        ("PUT", "/articles", 405),
        ("POST", "/store", 405),
    ],
)
def test_what_is_not_there_is_a_problem(
    readonly_api: httpx.Client, method: str, path: str, status: int
) -> None:
    """Unknown paths, methods and ids are RFC 7807 problems."""
    assert_problem(readonly_api.request(method, path), status)


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"", 400), (b"[1]", 422), (b'"text"', 422), (b"{}", 422)]
)
def test_a_bad_body_is_a_problem(api: httpx.Client, content: bytes, status: int) -> None:
    """No JSON is a 400; JSON of another shape, or without a required field, is a 422."""
    assert_problem(api.post("/articles", content=content), status)


def test_xml_is_refused(readonly_api: httpx.Client) -> None:
    """A request for XML is an error, not a JSON response."""
    assert_problem(readonly_api.get("/articles", params={"format": "xml"}), 422)


@pytest.mark.parametrize(
    "path", ["/articles", "/categories", "/orders", "/customers", "/tax-policy/regions", "/store"]
)
def test_both_versions_serve_the_same_store(readonly_sandbox: Sandbox, path: str) -> None:
    """v1 and v2-beta return the same responses."""
    tokens = {"token": readonly_sandbox.store_token}
    first, second = (
        httpx.get(f"{readonly_sandbox.url}/{version}{path}", params=tokens)
        for version in ("v1", "v2-beta")
    )
    assert first.content == second.content


def test_there_are_61_operations() -> None:
    """Every operation of the vendor's document is there, once."""
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS) == 61


def test_a_repeated_key_returns_the_first_response_and_writes_once(
    sandbox: Sandbox, api: httpx.Client
) -> None:
    """Two POSTs with one idempotency key make one article."""
    before = len(sandbox.store.articles)
    headers = {"Idempotency-Key": "key-1"}
    first = api.post("/articles", json={"name": "Once"}, headers=headers)
    second = api.post("/articles", json={"name": "Twice"}, headers=headers)
    assert first.content == second.content
    assert second.status_code == 200
    assert len(sandbox.store.articles) == before + 1


def test_another_key_writes_again(sandbox: Sandbox, api: httpx.Client) -> None:
    """The same body under two keys makes two articles."""
    before = len(sandbox.store.articles)
    for key in ("key-2", "key-3"):
        api.post("/articles", json={"name": "Twin"}, headers={"Idempotency-Key": key})
    assert len(sandbox.store.articles) == before + 2


def test_a_key_belongs_to_its_method_and_path(api: httpx.Client) -> None:
    """One key on two paths is two requests."""
    headers = {"Idempotency-Key": "key-4"}
    article = api.post("/articles", json={"name": "Before"}, headers=headers).json()
    path = f"/articles/{article['id']}"
    assert api.patch(path, json={"name": "After"}, headers=headers).json()["name"] == "After"


def test_a_repeated_delete_returns_the_first_response(api: httpx.Client) -> None:
    """A DELETE whose response was lost can be retried with its key."""
    article = api.post("/articles", json={"name": "Gone"}).json()
    headers = {"Idempotency-Key": "key-5"}
    responses = [api.delete(f"/articles/{article['id']}", headers=headers) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 200]


def test_a_refusal_is_repeated_too(api: httpx.Client) -> None:
    """A key whose first request was refused stays refused."""
    headers = {"Idempotency-Key": "key-6"}
    assert api.post("/articles", json={}, headers=headers).status_code == 422
    assert api.post("/articles", json={"name": "Now"}, headers=headers).status_code == 422


def test_a_body_has_a_maximum_size(sandbox: Sandbox, api: httpx.Client) -> None:
    """A body of 10 MiB is read; a larger one is a 413, and the connection can be used again."""
    size = MAX_BODY_BYTES - len('{"name": ""}')
    before = len(sandbox.store.articles)
    response = api.post("/articles", content=b'{"name": "' + b"x" * size + b'"}')
    assert response.status_code == 200
    response = api.post("/articles", content=b'{"name": "' + b"x" * (size + 1) + b'"}')
    assert_problem(response, 413)
    assert "10485760 bytes" in response.json()["detail"]
    assert len(sandbox.store.articles) == before + 1
    assert sandbox.journal.requests()[-1].body is None
    assert api.get("/store").status_code == 200


@pytest.mark.parametrize("path", ["/v1/nothing", "/_sandbox/seed"])
def test_every_body_has_a_maximum_size(sandbox: Sandbox, path: str) -> None:
    """The limit holds for unknown paths and for the admin endpoint as well."""
    assert_problem(httpx.post(f"{sandbox.url}{path}", content=b"x" * (MAX_BODY_BYTES + 1)), 413)


def test_an_endless_body_is_not_read_to_its_end(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that does not end gets its 413 after a limit, and its connection is closed."""
    monkeypatch.setattr("myonlinestore.sandbox.http.context.MAX_BODY_BYTES", 1000)
    monkeypatch.setattr("myonlinestore.sandbox.http.context.MAX_DISCARDED_BYTES", 1000)
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
        connection.sendall(
            f"POST /v1/articles?token={sandbox.store_token} HTTP/1.1\r\nHost: x\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
            + b"3e8\r\n" + b"x" * 1000 + b"\r\n" + b"7d0\r\n" + b"x" * 2000 + b"\r\n"
        )  # fmt: skip
        received = b""
        with suppress(ConnectionResetError):  # the server closes although a part is not read
            while chunk := connection.recv(10_000):
                received += chunk
    assert received.startswith(b"HTTP/1.1 413")


FOREIGN = ("https://evil.example", "null", "http://127.0.0.1.evil.example", "http://[", "file://")
LOCAL = ("http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443")


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_cannot_write(sandbox: Sandbox, api: httpx.Client, origin: str) -> None:
    """A write with the Origin of a page of another machine is a 403 and changes nothing."""
    before, headers = len(sandbox.store.articles), {"Origin": origin}
    response = api.post("/articles", json={"name": "x"}, headers=headers)
    assert_problem(response, 403)
    assert "are refused: allow this origin first" in response.json()["detail"]
    article = sandbox.store.articles.keys[0]
    assert api.delete(f"/articles/{article}", headers=headers).status_code == 403
    assert api.patch(f"/articles/{article}", json={}, headers=headers).status_code == 403
    assert len(sandbox.store.articles) == before
    assert sandbox.journal.requests()[-1].status == 403
    assert api.get("/store", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", LOCAL)
def test_a_page_of_this_machine_can_write(api: httpx.Client, origin: str) -> None:
    """A write with the Origin of a page of this machine is accepted."""
    response = api.post("/articles", json={"name": "x"}, headers={"Origin": origin})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        (["https://shop.example"], "https://shop.example", 200),
        (["https://shop.example"], "http://shop.example", 403),
        (["https://shop.example", "https://b.example:8443"], "https://b.example:8443", 200),
        (["*"], "https://shop.example", 200),
        (["*"], "null", 200),
    ],
)
def test_origins_can_be_allowed(allowed: list[str], origin: str, status: int) -> None:
    """An origin that is allowed may write, and no other one."""
    with Sandbox(articles=0, allow_origins=allowed) as sandbox:
        url, token = f"{sandbox.url}/v1/articles", {"token": sandbox.store_token}
        sent = httpx.post(url, params=token, json={"name": "x"}, headers={"Origin": origin})
        assert sent.status_code == status


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/", "", "https://"])
def test_an_allowed_origin_is_one(origin: str) -> None:
    """An allowed origin is a scheme and a host, as browsers send it."""
    with pytest.raises(ValueError, match=r"such as https://shop\.example"):
        Sandbox(articles=0, allow_origins=[origin])
