"""Each operation of the vendor's document can be called, with all that it documents."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from myonlinestore import PaginatedResponse
from tests.contract.schema_samples import argument, sample
from tests.contract.vendor_document import VendorDocument
from tests.support.operations import EVERY_METHOD, OPERATIONS, Operation
from tests.support.recording_transport import Recorder, called

pytestmark = pytest.mark.anyio

# What the client adds to each request, and the version in its path.
_OWN = {"token", "partner_token", "language", "format", "version"}
_BY_ID = pytest.mark.parametrize("operation", EVERY_METHOD, ids=lambda operation: operation.call)
_SYNC_AND_ASYNC = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])


@pytest.fixture(scope="session")
def documented(document: VendorDocument) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description by operationId."""
    return {part["operationId"]: (verb, path, part) for verb, path, part in document.operations()}


def parameters(document: VendorDocument, part: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the schemas of an operation's parameters in the query or in the path."""
    found = [document.resolved(parameter) for parameter in part.get("parameters", [])]
    return {p["name"]: p["schema"] for p in found if p["in"] == place and p["name"] not in _OWN}


def answer_to(document: VendorDocument, part: dict[str, Any]) -> httpx.Response:
    """Return a response as documented."""
    status, response = next(iter(part["responses"].items()))
    content = response.get("content")
    if content is None:
        return httpx.Response(int(status))
    return httpx.Response(int(status), json=sample(document, content["application/json"]["schema"]))


def test_every_operation_has_its_method(documented: dict[str, Any]) -> None:
    """The document's 61 operations and the methods of the resources are the same."""
    assert sorted(documented) == sorted(operation.id for operation in OPERATIONS)
    assert len(OPERATIONS) == 61


@_BY_ID
@_SYNC_AND_ASYNC
async def test_an_operation_is_sent_as_documented(
    operation: Operation, prefix: str, document: VendorDocument, documented: dict[str, Any]
) -> None:
    """Method, path, every query parameter and the whole body arrive as the document has them."""
    verb, template, part = documented[operation.id]
    query = {name: argument(s) for name, s in parameters(document, part, "query").items()}
    keywords = {**operation.needed, **{name: value for name, (value, _) in query.items()}}
    recorder = Recorder(answer_to(document, part))
    async with recorder.client(partner_token="partner") as client:
        result = await called(operation.method(client, prefix), **keywords)

    sent = recorder.last
    assert sent.method == verb
    filled = iter(map(str, operation.path.values()))
    wanted = re.sub(r"\{(\w+)\}", lambda m: "1" if m[1] == "version" else next(filled), template)
    assert unquote(sent.url.raw_path.decode().partition("?")[0]) == wanted
    assert list(filled) == []
    assert sorted(recorder.query) == sorted(
        (name.removesuffix("[]"), text) for name, (_, texts) in query.items() for text in texts
    )
    assert dict(sent.url.params).keys() >= {"token", "partner_token", "language", "format"}
    assert isinstance(result, PaginatedResponse if operation.many else operation.returns)


@_BY_ID
@_SYNC_AND_ASYNC
async def test_a_body_is_sent_whole(
    operation: Operation, prefix: str, document: VendorDocument, documented: dict[str, Any]
) -> None:
    """A body of every documented property arrives as it was given; others send none."""
    _, _, part = documented[operation.id]
    schema = document.body_schema(part)
    recorder = Recorder(answer_to(document, part))
    keywords = operation.needed
    if schema is not None:
        body = sample(document, schema)
        keywords |= {name: body[name] for name in operation.fields} or {"body": body}
    async with recorder.client() as client:
        await called(operation.method(client, prefix), **keywords)

    if schema is None:
        assert recorder.last.content == b""
        assert "content-type" not in recorder.last.headers
    else:
        assert json.loads(recorder.last.content) == sample(document, schema)
        assert recorder.last.headers["content-type"] == "application/json"


@_BY_ID
async def test_no_parameter_is_sent_unasked(
    operation: Operation, document: VendorDocument, documented: dict[str, Any]
) -> None:
    """A call of the needed arguments sends no filter, and a page size where the list pages."""
    _, _, part = documented[operation.id]
    recorder = Recorder(answer_to(document, part))
    async with recorder.client() as client:
        await called(operation.method(client), **operation.needed)
    assert recorder.query == ([("limit", "50")] if operation.window else [])


def test_the_lists_that_page_are_those_that_document_it(
    document: VendorDocument, documented: dict[str, Any]
) -> None:
    """A list pages just where the document gives it limit and offset."""
    for operation in OPERATIONS:
        _, _, part = documented[operation.id]
        assert operation.window == ("limit" in parameters(document, part, "query")), operation.id
