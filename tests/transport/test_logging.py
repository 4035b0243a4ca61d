"""The client's log records, under ``myonlinestore``."""

from __future__ import annotations

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from myonlinestore import ConnectError
from myonlinestore._transport import log_filter
from tests.support.calls import PARTNER_TOKEN, Call, Serve, connect
from tests.support.http_server import ScriptedResponse, make_response


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return the client's log records of every level."""
    caplog.set_level(logging.DEBUG, "myonlinestore")
    return caplog


def _get_messages(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    records = [r for r in log.records if r.name == "myonlinestore" and r.levelno == level]
    return [record.getMessage() for record in records]


def test_a_request_is_logged_once_at_debug(
    call: Call, serve: Serve, log: pytest.LogCaptureFixture
) -> None:
    """Method, URL and parameters are logged, with redacted tokens and without absent values."""
    server = serve(make_response())
    call(connect(server, partner_token=PARTNER_TOKEN), "articles.list", limit=3)
    (line,) = _get_messages(log, logging.DEBUG)
    assert line == (
        f"GET {server.url}/v1/articles params={{'language': 'nl_NL', 'format': 'json', "
        "'limit': 3, 'token': '***', 'partner_token': '***'}"
    )
    assert _get_messages(log, logging.INFO) == []


def test_no_partner_token_is_logged_without_one(
    call: Call, serve: Serve, log: pytest.LogCaptureFixture
) -> None:
    """Only parameters that are sent are logged."""
    call(connect(serve(make_response())), "articles.list")
    assert "partner_token" not in log.text


def test_a_token_among_the_parameters_is_redacted(
    call: Call, serve: Serve, log: pytest.LogCaptureFixture
) -> None:
    """A parameter with the name of a token is redacted, whatever its origin."""
    call(
        connect(serve(make_response({}))), "request", "GET", "/x", params={"partner_token": "given"}
    )
    assert "'partner_token': '***'" in log.text
    assert "given" not in log.text


def test_nothing_is_formatted_below_debug(
    call: Call, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """A successful call logs nothing at INFO."""
    caplog.set_level(logging.INFO, "myonlinestore")
    call(connect(serve(make_response())), "articles.list")
    assert _get_messages(caplog, logging.DEBUG) == []


def test_retries_are_logged_at_info(
    call: Call, serve: Serve, recorded_sleeps: list[float], log: pytest.LogCaptureFixture
) -> None:
    """Each retry is logged with its number, its delay and its reason."""
    server = serve(
        make_response({"title": "Busy"}, 503), ScriptedResponse(then="close"), make_response()
    )
    call(connect(server, max_retries=3), "articles.list")
    first, second = _get_messages(log, logging.INFO)
    assert first == (
        f"Retry 1/3 for GET /articles (delay={recorded_sleeps[0]:.2f}s) after: "
        "503 GET /v1/articles: Busy"
    )
    assert second.startswith(
        f"Retry 2/3 for GET /articles (delay={recorded_sleeps[1]:.2f}s) after: GET "
    )
    assert len(_get_messages(log, logging.DEBUG)) == 1


def test_rate_limit_waits_are_logged_at_info(
    call: Call, serve: Serve, recorded_sleeps: list[float], log: pytest.LogCaptureFixture
) -> None:
    """A delay from Retry-After is logged differently from a backoff."""
    server = serve(make_response({}, 429, headers={"Retry-After": "2.5"}), make_response())
    call(connect(server, max_retries=1), "articles.list")
    (line,) = _get_messages(log, logging.INFO)
    assert line.startswith("Retry 1/1 for GET /articles (delay=2.50s, as Retry-After asks) after:")


class _Owner:
    """An object that redacts one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def redact(self, text: str) -> str:
        return text.replace(self._text, "***")


def test_clients_of_many_threads_are_all_redacted(log: pytest.LogCaptureFixture) -> None:
    """No thread that creates a client makes the filter forget the client of another thread."""
    owners = [_Owner(f"<{number}>") for number in range(2000)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(log_filter.install_log_filter, owners))
    finally:
        sys.setswitchinterval(interval)
    logging.getLogger("httpx").warning("%s", "".join(f"<{number}>" for number in range(2000)))
    assert log.records[-1].getMessage() == "***" * 2000


class Holder:
    """An object that holds a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def redact(self, text: str) -> str:
        """Replace the token."""
        return text.replace(self.token, "***")


def test_the_tokens_of_all_holders_are_redacted_in_records_of_httpx(
    log: pytest.LogCaptureFixture,
) -> None:
    """A second holder does not replace the first, and one that is deleted is forgotten."""
    logger = logging.getLogger("httpx")
    logger.removeFilter(log_filter._redact_record)
    first, second = Holder("t0ken1"), Holder("t0ken2")
    log_filter.install_log_filter(first)
    log_filter.install_log_filter(second)
    logger.warning("%s and %s", "t0ken1", "t0ken2")
    del first
    log_filter.install_log_filter(second)
    logger.warning("t0ken1 and t0ken2")
    assert log.messages == ["*** and ***", "t0ken1 and ***"]
    assert None not in [owner() for owner in log_filter._owners]


def test_a_held_lock_blocks_no_client_in_a_child(serve: Serve) -> None:
    """A child can create a client, although a thread of its parent was creating one."""
    released, locked = threading.Event(), threading.Event()

    def hold() -> None:
        with log_filter._lock:
            locked.set()
            released.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(5)
    log_filter._replace_lock()
    connect(serve())
    released.set()
    thread.join()


def test_a_final_failure_is_not_logged_as_a_retry(
    call: Call, serve: Serve, log: pytest.LogCaptureFixture
) -> None:
    """The last failure is raised, not logged."""
    with pytest.raises(ConnectError):
        call(connect(serve(make_response({}, 503))), "articles.list")
    assert _get_messages(log, logging.INFO) == []
