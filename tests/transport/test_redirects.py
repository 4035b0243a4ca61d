"""Redirects: followed for a read within the origin, and an error otherwise."""

from __future__ import annotations

import httpx
import pytest

from myonlinestore import RedirectError
from tests.support.calls import TOKEN, Call, Serve, connect
from tests.support.http_server import (
    ReceivedRequest,
    ScriptedResponse,
    make_redirect,
    make_response,
)

ITEM = make_response([{"id": 7}])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "/v1/moved",
        "moved",
        "{url}/v1/moved",
        "//{host}/v1/moved",
    ],
)
def test_a_read_is_followed_within_the_origin(
    call: Call, serve: Serve, status: int, location: str
) -> None:
    """A GET follows a relative or an absolute URL within the origin, with the token."""
    server = serve(make_response(), ITEM)
    host = server.url.removeprefix("http://")
    server.script[0] = make_redirect(location.format(url=server.url, host=host), status)
    page = call(connect(server), "articles.list")
    assert [article.id for article in page] == [7]
    assert server.received[1].path == "/v1/moved"
    assert server.received[1].query == [("token", TOKEN)]


def test_a_url_made_from_the_signed_one_is_followed(call: Call, serve: Serve) -> None:
    """A server that repeats the whole query with the token gets the token once."""

    def add_fragment(received: ReceivedRequest) -> ScriptedResponse:
        return make_redirect(f"{received.target.replace('/articles', '/moved')}#top")

    server = serve(add_fragment, ITEM)
    page = call(connect(server), "articles.list", limit=20)
    assert [article.id for article in page] == [7]
    assert server.received[1].path == "/v1/moved"
    assert sorted(server.received[1].query) == sorted(server.received[0].query)


def test_a_redirect_loop_ends(call: Call, serve: Serve) -> None:
    """A redirect to itself is followed five times and then raises."""
    server = serve(make_redirect("/v1/articles"))
    with pytest.raises(RedirectError):
        call(connect(server), "articles.list")
    assert len(server.received) == 6


def test_another_port_is_not_followed(call: Call, serve: Serve) -> None:
    """A different port is not called."""
    other = serve(ITEM)
    server = serve(make_redirect(f"{other.url}/v1/articles"))
    with pytest.raises(RedirectError, match=f"{other.url}/v1/articles.*check base_url") as raised:
        call(connect(server), "articles.list")
    assert raised.value.status_code == 302
    assert (other.accepted, len(server.received)) == (0, 1)


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1:{port}/v1/articles",
        "http://localhost:{port}/v1/articles",
        "http://127.0.0.1/v1/articles",
        "http://127.0.0.1:{port}@localhost:{port}/",
        "//localhost:{port}/",
        "ftp://127.0.0.1:{port}/",
        "http://[::1",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "data:text/html,hi",
    ],
)
def test_another_origin_is_not_followed(call: Call, serve: Serve, location: str) -> None:
    """Another scheme, host or port, or an invalid URL, raises and is not followed."""
    server = serve(make_response())
    server.script[0] = make_redirect(location.format(port=server.port))
    with pytest.raises(RedirectError):
        call(connect(server), "articles.list")
    assert (server.accepted, len(server.received)) == (1, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_write_is_not_followed(call: Call, serve: Serve, method: str, status: int) -> None:
    """A redirected write raises: it is neither repeated nor turned into a GET."""
    server = serve(make_redirect("/v1/moved", status))
    with pytest.raises(RedirectError, match=f"{status} {method}"):
        call(connect(server, max_retries=2), "request", method, "/articles", json={})
    assert [request.method for request in server.received] == [method]


@pytest.mark.parametrize("status", [300, 304, 305, 399])
def test_other_3xx_statuses_are_errors(call: Call, serve: Serve, status: int) -> None:
    """Any other 3xx status raises, with or without a Location."""
    server = serve(make_redirect("/v1/moved", status))
    with pytest.raises(RedirectError) as raised:
        call(connect(server), "articles.list")
    assert raised.value.status_code == status
    assert len(server.received) == 1


def test_a_redirect_without_location_is_an_error(call: Call, serve: Serve) -> None:
    """A redirect without a Location raises."""
    with pytest.raises(RedirectError):
        call(connect(serve(make_response(b"", 302))), "articles.list")


def test_a_non_ascii_host_is_signed() -> None:
    """An internationalized host name is the same origin as its encoded form."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params["token"])
        return httpx.Response(200, json=[])

    connect("http://bücher.example", transport=httpx.MockTransport(handle)).articles.list()
    assert seen == [TOKEN]


@pytest.mark.parametrize("old_first", [True, False])
def test_the_two_names_of_the_api_are_one(old_first: bool) -> None:
    """A redirect from one name of the vendor's API to the other is followed, with the tokens."""
    hosts = ["api.mijnwebwinkel.nl", "api.myonlinestore.com"]
    first, second = hosts if old_first else hosts[::-1]
    seen: list[tuple[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.url.params["token"]))
        if request.url.host == second:
            return httpx.Response(200, json=[])
        return httpx.Response(301, headers={"Location": f"https://{second}/v1/articles?limit=50"})

    client = connect(f"https://{first}", transport=httpx.MockTransport(handle))
    assert client.articles.list().items == []
    assert seen == [(first, TOKEN), (second, TOKEN)]


@pytest.mark.parametrize(
    "location", ["http://api.myonlinestore.com/v1/articles", "https://api.myonlinestore.com:8443/"]
)
def test_another_scheme_or_port_of_the_api_is_not_followed(location: str) -> None:
    """The two names are one over HTTPS on its usual port alone."""
    client = connect(
        "https://api.mijnwebwinkel.nl",
        transport=httpx.MockTransport(
            lambda _: httpx.Response(302, headers={"Location": location})
        ),
    )
    with pytest.raises(RedirectError):
        client.articles.list()


class TestRawClient:
    """Redirects of `sync_client`, which follows them without the tokens."""

    def test_tokens_are_not_forwarded(self, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
        """Neither another origin nor a log gets a token, even if the first server repeats it."""
        other = serve(make_response({}))

        def redirect_away(received: ReceivedRequest) -> ScriptedResponse:
            nested = f"&next={received.target}".replace("?", "%3F").replace("=", "%3D", 1)
            return make_redirect(f"{other.url}{received.target}{nested}")

        server = serve(redirect_away)
        client = connect(server)
        with caplog.at_level("DEBUG"), client:
            response = client._transport.sync_client.get(f"{server.url}/v1/articles?a=1")
        assert response.status_code == 200
        assert TOKEN in server.received[0].target
        assert TOKEN not in other.received[0].target
        assert ("a", "1") in other.received[0].query
        assert TOKEN not in caplog.text
        assert "127.0.0.1" in caplog.text

    def test_an_invalid_url_is_redacted(self, serve: Serve) -> None:
        """An invalid URL in a Location is redacted too."""
        server = serve(make_redirect(f"http://[{TOKEN}"))
        client = connect(server)
        with client:
            raw = client._transport.sync_client
            response = raw.get(f"{server.url}/v1/articles", follow_redirects=False)
        assert response.headers["location"] == "http://[***"
