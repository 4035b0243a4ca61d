"""The request of each resource method."""

from __future__ import annotations

import inspect

import pytest

from myonlinestore import ConnectClient
from myonlinestore.models import ArticleCreate, ArticleUpdate
from tests.support.operations import EVERY_METHOD, OPERATIONS, Operation, iterate_methods
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

every_method = pytest.mark.parametrize("operation", EVERY_METHOD, ids=lambda o: o.call)
sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])

# The deprecated keywords of a method, each with the parameter that replaces it.
DEPRECATED = {
    "orders.list": (
        ("created_start_date", "start_date"),
        ("created_end_date", "end_date"),
        ("changed_start_date", "changed_start_date"),
        ("changed_end_date", "changed_end_date"),
    ),
    "orders.count": (
        ("debtor_email", "debtor_email"),
        ("debtor_id", "debtor_id"),
        ("created_start_date", "start_date"),
        ("created_end_date", "end_date"),
        ("changed_start_date", "changed_start_date"),
        ("changed_end_date", "changed_end_date"),
    ),
    "newsletter.list": (("activate", "activated"),),
}


def get_optional_keywords(operation: Operation) -> list[str]:
    """Return the optional keywords of a method: filters, flags, limit and offset."""
    parameters = inspect.signature(operation.get_method(ConnectClient("t"))).parameters
    return [
        name
        for name, parameter in parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and name not in {*operation.required, "model"}
    ]


@every_method
@sync_and_async
async def test_a_call_sends_its_request(operation: Operation, prefix: str) -> None:
    """Each method sends its operation's method, path and body, and no unset parameters."""
    recorder = RecordingTransport(operation.response)
    async with recorder.make_client() as client:
        await call_method(operation.get_method(client, prefix), **operation.required)
    (request,) = recorder.requests
    assert f"{request.method} {request.url.path.removeprefix('/v1')}" == operation.request_line
    assert recorder.query == ([("limit", "50")] if operation.is_paginated else [])
    if operation.body is None and not operation.fields:
        assert request.content == b""
    else:
        assert recorder.body == (operation.fields or operation.body)


@every_method
@sync_and_async
async def test_each_keyword_is_a_query_parameter(operation: Operation, prefix: str) -> None:
    """Each optional keyword is sent as the query parameter of its name."""
    for name in get_optional_keywords(operation):
        recorder = RecordingTransport(operation.response)
        async with recorder.make_client() as client:
            await call_method(
                operation.get_method(client, prefix), **operation.required, **{name: 7}
            )
        params = [("limit", "50")] if operation.is_paginated and name != "limit" else []
        assert sorted(recorder.query) == sorted([*params, (name, "7")])


@pytest.mark.parametrize("call", DEPRECATED)
@sync_and_async
async def test_deprecated_keywords_are_sent_under_current_names(call: str, prefix: str) -> None:
    """A deprecated keyword sets the parameter that replaced it; the current keyword has priority."""
    (operation,) = (o for o in OPERATIONS if o.call == call)
    for deprecated, name in DEPRECATED[call]:
        recorder = RecordingTransport(operation.response)
        async with recorder.make_client() as client:
            method = operation.get_method(client, prefix)
            await call_method(method, **{deprecated: "2024-01-01"})
            assert (name, "2024-01-01") in recorder.query
            if name in get_optional_keywords(operation):
                await call_method(method, **{deprecated: "2024-01-01", name: "2024-02-02"})
                assert (name, "2024-02-02") in recorder.query
                assert len([key for key, _ in recorder.query if key == name]) == 1


@pytest.mark.parametrize(
    ("call", "deprecated"),
    [("offline_locations.get", "location_id"), ("article_lists.get", "list_id")],
)
@sync_and_async
async def test_an_id_has_a_deprecated_name(call: str, deprecated: str, prefix: str) -> None:
    """The id of a location or list may be passed by its deprecated name, but not by both."""
    (operation,) = (o for o in OPERATIONS if o.call == call)
    recorder = RecordingTransport(operation.response)
    async with recorder.make_client() as client:
        method = operation.get_method(client, prefix)
        await call_method(method, **{deprecated: 77})
        assert recorder.last.url.path.endswith("/77")
        with pytest.raises(TypeError, match=f"^Pass either id= or {deprecated}=, not both$"):
            await call_method(method, id=1, **{deprecated: 2})
        with pytest.raises(TypeError, match=r"^Missing required argument: id$"):
            await call_method(method)
        with pytest.raises(TypeError, match=r"^Unexpected keyword argument\(s\): a, b$"):
            await call_method(method, id=1, b=1, a=1)
        await call_method(method, id=0)
        assert recorder.last.url.path.endswith("/0")
    assert len(recorder.requests) == 2


@pytest.mark.parametrize("call", ["orders.list", "orders.count", "newsletter.list"])
@sync_and_async
async def test_an_unknown_keyword_raises(call: str, prefix: str) -> None:
    """A mistyped filter raises TypeError, and no request is sent."""
    (operation,) = (o for o in OPERATIONS if o.call == call)
    recorder = RecordingTransport(operation.response)
    async with recorder.make_client() as client:
        with pytest.raises(TypeError, match=r"^Unexpected keyword argument\(s\): start_dat$"):
            await call_method(operation.get_method(client, prefix), start_dat="2024-01-01")
    assert recorder.requests == []


def test_every_method_is_tested() -> None:
    """Each public method of a resource belongs to a tested operation."""
    known = {o.call for o in EVERY_METHOD} | {o.call.replace(".", ".a") for o in EVERY_METHOD}
    methods = {name for name, _ in iterate_methods(ConnectClient("t"))}
    assert {name for name in methods if not name.endswith(".with_options")} == known


def test_sync_and_async_have_the_same_signature() -> None:
    """A sync method has the signature and docstring of the async one, but is not a coroutine."""
    methods = dict(iterate_methods(ConnectClient("t")))
    for operation in EVERY_METHOD:
        sync, async_ = methods[operation.call], methods[operation.call.replace(".", ".a")]
        assert inspect.signature(sync) == inspect.signature(async_)
        assert sync.__doc__ == async_.__doc__
        assert operation.id in (sync.__doc__ or ""), operation.call
        assert sync.__name__ == operation.call.split(".")[1]
        assert inspect.iscoroutinefunction(async_)
        assert not inspect.iscoroutinefunction(sync)


def test_a_typed_body_omits_unset_fields() -> None:
    """A typed body sends only its set fields, and None as null."""
    recorder = RecordingTransport({"id": 12})
    client = recorder.make_client()
    client.articles.update(article_id=12, body=ArticleUpdate(stock=None))
    assert recorder.body == {"stock": None}
    client.articles.create(body=ArticleCreate(name="Bike", description="", categories=[]))
    assert recorder.body == {"name": "Bike", "description": "", "categories": []}
    client.close()


def test_an_empty_body_is_sent() -> None:
    """An empty mapping or list is sent; None means no body."""
    recorder = RecordingTransport({"id": 12})
    client = recorder.make_client()
    client.articles.update(article_id=12, body={})
    assert recorder.last.content == b"{}"
    client.article_fields.delete(article_id=12, body=[])
    assert recorder.last.content == b"[]"
    client.article_fields.delete(article_id=12)
    assert recorder.last.content == b""
    client.close()


def test_the_position_of_an_image_is_optional() -> None:
    """A position that is not passed is not sent."""
    recorder = RecordingTransport("https://cdn.example/bike.jpg")
    client = recorder.make_client()
    client.articles.upload_image(article_id=1, filename="a.jpg", content="aGk=")
    assert recorder.body == {"filename": "a.jpg", "content": "aGk="}
    client.close()


def test_the_version_is_the_clients() -> None:
    """A client of 2-beta sends requests to /v2-beta."""
    recorder = RecordingTransport([])
    recorder.make_client(api_version="2-beta").articles.list()
    assert recorder.last.url.path == "/v2-beta/articles"


def test_requests_have_the_clients_language() -> None:
    """Each request has the parameters language and format."""
    recorder = RecordingTransport([])
    recorder.make_client(language="en_GB").articles.list()
    params = recorder.last.url.params
    assert (params["language"], params["format"]) == ("en_GB", "json")
