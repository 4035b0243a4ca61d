"""ConnectClient: its constructor, repr, options, and raw requests."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import Any, TypeVar, get_type_hints

import anyio.to_thread
import httpx
import pytest

from myonlinestore import ConnectClient, ConnectConfig, NotFoundError
from myonlinestore._request import Request
from myonlinestore.config import DEFAULT_BASE_URL, ConfigOptions
from myonlinestore.http import HttpTransport
from myonlinestore.resources.base import Resource
from tests.support.http_server import Server, make_response, run_server
from tests.support.operations import RESOURCES
from tests.support.recording_transport import RecordingTransport, call_method

T = TypeVar("T")
pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])
SECRETS = {"store_token": "store-secret-1", "partner_token": "partner-secret-2"}


def test_a_client_needs_only_a_token() -> None:
    """A token, given by position or by name, is enough; the other values are as published."""
    for client in (ConnectClient("t"), ConnectClient(store_token="t")):
        assert client.config == ConnectConfig("t")


def test_arguments_are_configuration_values() -> None:
    """The client's keywords become the configuration's values."""
    values: dict[str, Any] = {
        "partner_token": "p",
        "api_version": "2-beta",
        "base_url": "http://localhost:8800",
        "language": "en_GB",
        "timeout": 5.0,
    }
    assert ConnectClient("t", **values).config == ConnectConfig("t", **values)


def test_a_configuration_may_be_given() -> None:
    """A given configuration is used as it is, without the environment."""
    config = ConnectConfig("t", max_retries=7)
    assert ConnectClient(config=config).config is config


def test_every_value_of_the_configuration_is_a_keyword() -> None:
    """A client takes each value of ConnectConfig; an unknown one raises TypeError."""
    values: dict[str, Any] = {
        "connect_timeout": 1.0,
        "read_timeout": 2.0,
        "pool_timeout": 3.0,
        "max_connections": 4,
        "max_keepalive": 3,
        "default_limit": 20,
        "max_retries": 7,
        "max_retry_delay": 8.0,
        "idempotency_key_header": None,
        "max_rate": 9.0,
        "max_response_bytes": 10_000,
        "deadline": 11.0,
        "engine": "httpx",
        "response_format": "json",
    }
    client = ConnectClient("t", **values)
    assert client.config == ConnectConfig("t", **values)
    fields = {field.name for field in dataclasses.fields(ConnectConfig)}
    named = inspect.signature(ConnectClient.__init__).parameters.keys()
    assert fields - named == get_type_hints(ConfigOptions).keys()
    with pytest.raises(TypeError, match="max_retry"):
        ConnectClient("t", max_retry=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "value",
    [{"store_token": "other"}, {"timeout": 5.0}, {"base_url": "http://a"}, {"max_retries": 1}],
)
def test_a_configuration_and_another_value_are_refused(value: dict[str, Any]) -> None:
    """A value that differs from the given configuration is not ignored."""
    with pytest.raises(ValueError, match=f"pass {next(iter(value))}= or config=, not both"):
        ConnectClient(config=ConnectConfig("t"), **value)


def test_a_configuration_and_the_same_value_are_accepted() -> None:
    """A value that equals that of the configuration, or is the default, says nothing else."""
    config = ConnectConfig("t", timeout=5.0, max_retries=1)
    client = ConnectClient("t", config=config, timeout=5.0, max_retries=1, language="nl_NL")
    assert client.config is config


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script with a sandbox's variables does not write to the live API."""
    monkeypatch.setenv("MYONLINESTORE_BASE_URL", "http://127.0.0.1:8800")
    assert ConnectClient("t").config.base_url == "http://127.0.0.1:8800"
    assert ConnectClient("t", base_url=DEFAULT_BASE_URL).config.base_url == DEFAULT_BASE_URL


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_there_is_no_client(token: str | None) -> None:
    """The message is the published one."""
    with pytest.raises(ValueError) as caught:
        ConnectClient(token)
    sentence = "store_token is required (or pass a ConnectConfig via config=)"
    assert str(caught.value) == sentence


def test_invalid_values_are_rejected() -> None:
    """A client with invalid values is not created."""
    wrong: list[dict[str, Any]] = [
        {"api_version": "3"},
        {"base_url": "api.example"},
        {"timeout": 0},
        {"timeout": -1},
    ]
    for values in wrong:
        with pytest.raises(ValueError, match=next(iter(values))):
            ConnectClient("t", **values)


def test_tokens_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens that are not given are read from the environment."""
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "env-store")
    monkeypatch.setenv("MYONLINESTORE_PARTNER_TOKEN", "env-partner")
    config = ConnectClient().config
    assert (config.store_token, config.partner_token) == ("env-store", "env-partner")
    config = ConnectClient("mine", partner_token="").config
    assert (config.store_token, config.partner_token) == ("mine", "")
    monkeypatch.delenv("MYONLINESTORE_PARTNER_TOKEN")
    assert ConnectClient().config.partner_token is None
    assert ConnectClient(config=ConnectConfig("mine")).config.store_token == "mine"


def test_the_environment_is_read_on_creation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that changes later does not change a client."""
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "first")
    recorder = RecordingTransport([])
    client = ConnectClient(transport=httpx.MockTransport(recorder))
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "second")
    client.articles.list()
    assert recorder.last.url.params["token"] == "first"


def test_repr_shows_no_secret() -> None:
    """The repr shows the configuration with both tokens redacted."""
    client = ConnectClient(**SECRETS, language="en_GB")
    shown = repr(client) + str(client) + repr(client.articles) + repr(vars(client))
    assert "secret" not in shown
    assert repr(client) == f"ConnectClient({client.config!r})"
    assert "language='en_GB'" in shown


def test_a_client_is_not_pickled() -> None:
    """Neither a client nor its transport can be pickled, and the message gives advice."""
    client = ConnectClient(**SECRETS)
    for value in (client, client.articles, client.with_options(timeout=3)):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="holds tokens") as caught:
                pickle.dumps(value, protocol)
            assert "secret" not in str(caught.value)
    with pytest.raises(TypeError, match="create one in the other process"):
        copy.deepcopy(client)


def test_resources_are_listed_before_use() -> None:
    """dir() and type checkers see a client's 15 resources as attributes."""
    client = ConnectClient("t")
    assert len(RESOURCES) == 15
    assert set(RESOURCES) <= set(dir(client))
    assert {"close", "config", "_transport"} <= set(dir(client))
    for name in RESOURCES:
        assert isinstance(getattr(client, name), Resource)


def test_a_resource_is_created_once() -> None:
    """An attribute returns the same resource each time, and a test may replace it."""
    client, fake = ConnectClient("t"), object()
    assert client.articles is client.articles
    client.articles = fake  # type: ignore[assignment]
    assert client.articles is fake
    del client.articles
    assert isinstance(client.articles, Resource)


def test_another_attribute_is_an_attribute_error() -> None:
    """An unknown attribute raises Python's own AttributeError."""
    with pytest.raises(AttributeError) as caught:
        ConnectClient("t").article  # type: ignore[attr-defined]  # noqa: B018
    assert str(caught.value) == "'ConnectClient' object has no attribute 'article'"
    assert not hasattr(object.__new__(ConnectClient), "articles")


def test_options_apply_to_resources_already_used() -> None:
    """A resource that was used is created again for a client with other options."""
    client = ConnectClient("t")
    used = client.articles
    assert client.with_options(timeout=1).articles is not used
    assert client.articles is used


@sync_and_async
async def test_options_return_another_client(prefix: str) -> None:
    """with_options changes its values for the calls and resources of the new client only."""
    recorder = RecordingTransport([])
    client = recorder.make_client(language="nl_NL")
    english = client.with_options(language="en_GB", timeout=5, max_retries=1)
    assert type(english) is ConnectClient
    assert (english.config.language, english.config.timeout) == ("en_GB", 5)
    assert english.config.max_retries == 1
    for each, language in ((english, "en_GB"), (client, "nl_NL")):
        await call_method(getattr(each.articles, f"{prefix}list"))
        assert recorder.last.url.params["language"] == language
        await call_method(getattr(each, f"{prefix}request"), method="GET", path="/store")
        assert recorder.last.url.params["language"] == language
    await client.aclose()


def test_omitted_options_stay() -> None:
    """An omitted option has the client's value; an invalid one is rejected."""
    client = ConnectClient(config=ConnectConfig("t", connect_timeout=2, read_timeout=3))
    assert client.with_options().config == client.config
    assert client.with_options(max_retries=0).config.max_retries == 0
    assert client.with_options(max_rate=2.5).with_options(timeout=1).config.max_rate == 2.5
    assert client.config.max_rate is None
    assert client.with_options(language="en_GB").config.connect_timeout == 2
    with pytest.raises(ValueError, match="timeout must be more than 0"):
        client.with_options(timeout=0)
    with pytest.raises(ValueError, match="max_rate must be"):
        client.with_options(max_rate=0)
    with pytest.raises(ValueError, match="max_retries must be"):
        client.with_options(max_retries=-1)


def test_a_timeout_option_is_for_every_phase() -> None:
    """A timeout option replaces the earlier timeouts of the single phases."""
    client = ConnectClient(config=ConnectConfig("t", connect_timeout=2, read_timeout=3))
    config = client.with_options(timeout=9).config
    assert (config.timeout, config.connect_timeout, config.read_timeout) == (9, None, None)
    recorder = RecordingTransport([])
    recorder.make_client().with_options(timeout=9).articles.list()
    timeouts = recorder.last.extensions["timeout"]
    assert (timeouts["connect"], timeouts["read"], timeouts["write"]) == (9, 9, 9)


class StoreClient(ConnectClient):
    """A caller's subclass of the client, with an attribute."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__("t", **options)
        self.name = name


class CountingTransport(HttpTransport):
    """A transport on the connections of another one, which counts its calls."""

    def __init__(self, base: HttpTransport) -> None:
        self._share_connections(base)
        self.calls: list[str] = []

    async def send(self, request: Request[T]) -> T:
        """Count a call, and send it."""
        self.calls.append(request.path)
        return await super().send(request)


@sync_and_async
async def test_a_client_on_another_transport(prefix: str) -> None:
    """with_transport sends the calls of the copy, and only those, through its own transport."""
    recorder = RecordingTransport([])
    client = recorder.make_client(language="en_GB")
    transports: list[CountingTransport] = []

    def create(base: HttpTransport) -> HttpTransport:
        transports.append(CountingTransport(base))
        return transports[0]

    counted = client.with_transport(create)
    for each in (counted, counted.with_options(timeout=1), client):
        await call_method(getattr(each.articles, f"{prefix}list"))
    assert transports[0].calls == ["/articles", "/articles"]
    assert counted.config == client.config
    assert recorder.last.url.params["language"] == "en_GB"
    await client.aclose()


@sync_and_async
async def test_a_subclass_is_preserved(prefix: str) -> None:
    """with_options and sync views of a subclass are of it, with its attributes."""
    store_client = StoreClient("Urk", transport=httpx.MockTransport(RecordingTransport([])))
    for client in (store_client.with_options(language="en_GB"), store_client.sync_view):
        assert type(client) is StoreClient
        assert client.name == "Urk"
    assert repr(store_client).startswith("StoreClient(ConnectConfig(")
    assert store_client.with_options().sync_view is not store_client.sync_view


def make_client_with_idle_connections(server: Server) -> ConnectClient:
    """Return a client whose connections stay open after a call: on httpx, none do."""
    return ConnectClient(config=ConnectConfig("t", base_url=server.url, engine="fast"))


async def test_derived_clients_share_connections() -> None:
    """A client with other options uses the same connection; closing either closes it."""
    with run_server(make_response([])) as server:
        client = make_client_with_idle_connections(server)
        client.articles.list()
        client.with_options(timeout=5).articles.list()
        assert server.accepted == 1
        client.with_options(language="en_GB").close()
        server.wait_until_all_closed()


@pytest.mark.parametrize("ending", ["with", "async with", "close", "aclose"])
async def test_leaving_a_client_closes_all_connections(ending: str) -> None:
    """After a block or a close no connection is open, and the client can be used again."""
    with run_server(make_response([])) as server:
        client = make_client_with_idle_connections(server)
        await use(client, server)
        if ending == "with":
            with client as entered:
                assert entered is client
        elif ending == "async with":
            async with client as entered:
                assert entered is client
        elif ending == "close":
            client.close()
        else:
            await client.aclose()
        # A sync close leaves the loop's own connections to the loop.
        await anyio.to_thread.run_sync(server.wait_until_all_closed)
        await use(client, server)
        await client.aclose()
        server.wait_until_all_closed()


async def use(client: ConnectClient, server: Server) -> None:
    """Send a sync and an async call."""
    client.articles.list()
    await client.articles.alist()
    assert server.open_connections >= 1


@sync_and_async
async def test_any_path_can_be_requested(prefix: str) -> None:
    """A raw request calls any path, with the client's tokens, language and errors."""
    recorder = RecordingTransport({"new": [1]})
    async with recorder.make_client(partner_token="p") as client:
        result = await call_method(
            getattr(client, f"{prefix}request"),
            method="post",
            path="/new things/12",
            params={"a": True, "b": None, "c": [1, 2]},
            json={"x": None},
            version="2-beta",
            headers={"X-Trace": "7"},
        )
    assert result == {"new": [1]}
    sent = recorder.last
    assert (sent.method, sent.url.raw_path.partition(b"?")[0]) == (
        "POST",
        b"/v2-beta/new%20things/12",
    )
    assert recorder.query == [("a", "true"), ("c", "1"), ("c", "2")]
    assert sent.url.params["token"] == "secret-store-token"
    assert (sent.url.params["partner_token"], sent.url.params["format"]) == ("p", "json")
    assert recorder.body == {"x": None}
    assert sent.headers["x-trace"] == "7"


@sync_and_async
async def test_a_form_can_be_sent(prefix: str) -> None:
    """A raw request sends form fields and files in httpx's formats."""
    recorder = RecordingTransport(None)
    async with recorder.make_client() as client:
        request = getattr(client, f"{prefix}request")
        result = await call_method(request, method="POST", path="/form", data={"a": "b c"})
        assert result is None
        assert recorder.last.content == b"a=b+c"
        assert recorder.last.headers["content-type"] == "application/x-www-form-urlencoded"
        files = {"image": ("a.jpg", b"bytes", "image/jpeg")}
        await call_method(request, method="POST", path="/form", files=files)
    assert b'filename="a.jpg"' in recorder.last.content
    assert recorder.last.headers["content-type"].startswith("multipart/form-data; boundary=")


@sync_and_async
async def test_a_request_fails_with_the_clients_errors(prefix: str) -> None:
    """Responses to raw requests raise the same errors as every method."""
    recorder = RecordingTransport(httpx.Response(404, json={"message": "No such thing"}))
    async with recorder.make_client() as client:
        with pytest.raises(NotFoundError, match="No such thing") as caught:
            await call_method(getattr(client, f"{prefix}request"), method="GET", path="/new")
    assert caught.value.status_code == 404


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "/a?b=c", "/../x"])
@sync_and_async
async def test_a_request_stays_below_the_version(path: str, prefix: str) -> None:
    """A path outside the version is rejected before anything is sent."""
    recorder = RecordingTransport({})
    async with recorder.make_client() as client:
        with pytest.raises(ValueError, match=r"^a path must"):
            await call_method(getattr(client, f"{prefix}request"), method="GET", path=path)
    assert recorder.requests == []


def test_request_has_the_signature_of_arequest() -> None:
    """The sync request has the signature and the docstring of arequest."""
    assert inspect.signature(ConnectClient.request) == inspect.signature(ConnectClient.arequest)
    assert ConnectClient.request.__doc__ == ConnectClient.arequest.__doc__
    assert ConnectClient.request.__name__ == "request"


def test_a_resource_can_be_created_from_a_transport() -> None:
    """A resource is created from a transport alone, as published."""
    recorder = RecordingTransport([])
    mock = httpx.MockTransport(recorder)
    transport = HttpTransport(ConnectConfig("t"), transport=mock, async_transport=mock)
    resource = type(ConnectClient("t").articles)(transport)
    assert resource.list().items == []
    assert resource.sync_view is resource.sync_view
    assert len(recorder.requests) == 1
