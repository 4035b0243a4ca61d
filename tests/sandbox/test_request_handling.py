"""Tokens, problems, versions and idempotency keys: what holds for every operation."""

from __future__ import annotations

import httpx
import pytest

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api import OPERATIONS


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
    read: httpx.Client, method: str, path: str, status: int
) -> None:
    """Unknown paths, methods and ids are RFC 7807 problems."""
    assert_problem(read.request(method, path), status)


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"", 400), (b"[1]", 422), (b'"text"', 422), (b"{}", 422)]
)
def test_a_bad_body_is_a_problem(api: httpx.Client, content: bytes, status: int) -> None:
    """No JSON is a 400; JSON of another shape, or without a required field, is a 422."""
    assert_problem(api.post("/articles", content=content), status)


def test_xml_is_refused(read: httpx.Client) -> None:
    """A request for XML is an error, not a JSON response."""
    assert_problem(read.get("/articles", params={"format": "xml"}), 422)


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
