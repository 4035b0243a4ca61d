"""Each operation of the vendor's document can be called, with all of its parameters."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import httpx
import pytest

from myonlinestore import AuthenticationError, PaginatedResponse
from tests.contract.schema_samples import make_argument, make_sample
from tests.contract.vendor_document import Operation as DocumentedOperation
from tests.contract.vendor_document import Schema, VendorDocument
from tests.support.operations import EVERY_METHOD, OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

# The client adds these to each request.
_CLIENT_PARAMETERS = {"token", "partner_token", "language", "format"}
_BY_ID = pytest.mark.parametrize("operation", EVERY_METHOD, ids=lambda operation: operation.call)
_SYNC_AND_ASYNC = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])


def query_parameters(documented: DocumentedOperation) -> dict[str, Schema]:
    """Return the schemas of an operation's own query parameters."""
    query = documented["query"]
    return {name: query[name] for name in query if name not in _CLIENT_PARAMETERS}


def make_sample_response(
    document: VendorDocument, documented: DocumentedOperation
) -> httpx.Response:
    """Return a response as documented."""
    status, schema = next(iter(documented["responses"].items()))
    if schema is None:
        return httpx.Response(int(status))
    return httpx.Response(int(status), json=make_sample(document, schema))


def test_every_operation_has_its_method(document: VendorDocument) -> None:
    """The document's 61 operations and the methods of the resources are the same."""
    assert sorted(document.operations) == sorted(operation.id for operation in OPERATIONS)
    assert len(OPERATIONS) == 61


@_BY_ID
@_SYNC_AND_ASYNC
async def test_an_operation_is_sent_as_documented(
    operation: Operation, prefix: str, document: VendorDocument
) -> None:
    """Method, path, every query parameter and the whole body are sent as documented."""
    documented = document.operations[operation.id]
    parameters = query_parameters(documented).items()
    query = {name: make_argument(document, schema) for name, schema in parameters}
    keywords = {**operation.required, **{name: value for name, (value, _) in query.items()}}
    recorder = RecordingTransport(make_sample_response(document, documented))
    async with recorder.make_client(partner_token="partner") as client:
        result = await call_method(operation.get_method(client, prefix), **keywords)

    request = recorder.last
    assert request.method == documented["method"]
    values = iter(map(str, operation.path.values()))
    expected = re.sub(
        r"\{(\w+)\}",
        lambda match: "1" if match[1] == "version" else next(values),
        documented["path"],
    )
    assert unquote(request.url.raw_path.decode().partition("?")[0]) == expected
    assert list(values) == []
    assert sorted(recorder.query) == sorted(
        (name.removesuffix("[]"), text) for name, (_, texts) in query.items() for text in texts
    )
    assert dict(request.url.params).keys() >= _CLIENT_PARAMETERS
    assert isinstance(result, PaginatedResponse if operation.is_list else operation.returns)


@_BY_ID
@_SYNC_AND_ASYNC
async def test_a_body_is_sent_whole(
    operation: Operation, prefix: str, document: VendorDocument
) -> None:
    """A body with every documented property is sent unchanged; other operations send none."""
    documented = document.operations[operation.id]
    schema = documented["body"]
    recorder = RecordingTransport(make_sample_response(document, documented))
    keywords = operation.required
    if schema is not None:
        body = make_sample(document, schema)
        keywords |= {name: body[name] for name in operation.fields} or {"body": body}
    async with recorder.make_client() as client:
        await call_method(operation.get_method(client, prefix), **keywords)

    if schema is None:
        assert recorder.last.content == b""
        assert "content-type" not in recorder.last.headers
    else:
        assert json.loads(recorder.last.content) == make_sample(document, schema)
        assert recorder.last.headers["content-type"] == "application/json"


@_BY_ID
async def test_only_given_parameters_are_sent(
    operation: Operation, document: VendorDocument
) -> None:
    """A call with the required arguments sends no filter, and a page size if the list pages."""
    documented = document.operations[operation.id]
    recorder = RecordingTransport(make_sample_response(document, documented))
    async with recorder.make_client() as client:
        await call_method(operation.get_method(client), **operation.required)
    assert recorder.query == ([("limit", "50")] if operation.is_paginated else [])


def test_the_lists_that_page_are_those_that_document_it(document: VendorDocument) -> None:
    """A list pages if and only if the document gives it limit and offset."""
    for operation in OPERATIONS:
        query = document.operations[operation.id]["query"]
        assert operation.is_paginated == ("limit" in query), operation.id


@_BY_ID
async def test_an_error_names_the_operation(operation: Operation) -> None:
    """The error of each method has the operation's name in the vendor's document."""
    recorder = RecordingTransport(httpx.Response(403, json={"title": "no"}))
    async with recorder.make_client() as client:
        with pytest.raises(AuthenticationError) as caught:
            await call_method(operation.get_method(client, "a"), **operation.required)
    assert caught.value.operation == operation.id
