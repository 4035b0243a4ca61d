"""A sandbox whose state lasts: in one file, across restarts and crashes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from myonlinestore.exceptions import ConnectError
from myonlinestore.sandbox import Sandbox, SandboxDataError
from tests.sandbox.http_client import connect
from tests.sandbox.order_bodies import (
    Row,
    create_cushion,
    get_stock,
    make_line,
    make_order_body,
    place_order,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a path for the data file."""
    return tmp_path / "store.sqlite"


def dump_store(sandbox: Sandbox) -> dict[str, list[Any]]:
    """Return the data of a store as in its file, in order."""
    tables = sandbox.store.tables
    return {
        name: [(key, table.get_stored_row(key)) for key in table] for name, table in tables.items()
    }


def test_all_of_a_store_lasts(path: Path) -> None:
    """A restart preserves every row, number, category, image and response, in order."""
    with Sandbox(articles=20, data=path) as sandbox, connect(sandbox) as api:
        article = create_cushion(api)
        upload = {"filename": "a.jpg", "content": "aGk="}
        api.post(f"/articles/uploadImage/{article['id']}", json=upload)
        order = place_order(api, make_line(article, 2))
        body = {"credited_order_number": order["number"], "status": 10}
        api.post("/orders/credit", json={**body, "orderlines": [make_line(article)]})
        api.post("/categories", json={"title": "First", "sorting": {"first": True}})
        api.patch("/categories/748002", json={"parent_category_id": 748001})
        api.delete("/articles/7400001")
        api.post("/articles", json={"name": "Key"}, headers={"Idempotency-Key": "k"})
        sandbox.store.minimum_order_total = "1.00"
        before = dump_store(sandbox)
    with Sandbox(articles=3, seed=1, data=path) as sandbox, connect(sandbox) as api:
        assert dump_store(sandbox) == before
        assert sandbox.store.minimum_order_total == "1.00"
        again = api.post("/articles", json={"name": "x"}, headers={"Idempotency-Key": "k"})
        assert again.json()["name"] == "Key"
        assert create_cushion(api)["id"] == again.json()["id"] + 1


def test_a_refused_write_leaves_no_trace(path: Path) -> None:
    """The changes of a rejected request are neither in memory nor in the file."""
    with Sandbox(articles=5, data=path) as sandbox, connect(sandbox) as api:
        before = dump_store(sandbox)
        pages = [{"category_id": sandbox.store.categories.keys[0]}]
        wrong = {"name": "x", "images": [{"url": "https://example.com/a"}], "categories": pages}
        response = api.post("/articles", json={**wrong, "lists": [{"id": 1, "options": [1]}]})
        assert response.status_code == 422
        assert dump_store(sandbox) == before
    with Sandbox(data=path) as sandbox:
        assert dump_store(sandbox) == before


def test_a_stopped_sandbox_takes_its_file_up_again(path: Path) -> None:
    """Between two runs the file is free; what another sandbox wrote there is there afterwards."""
    sandbox = Sandbox(articles=2, data=path)
    with sandbox:
        pass
    with Sandbox(data=path) as other, connect(other) as api:
        cushion = create_cushion(api)
    with sandbox, connect(sandbox) as api:
        assert api.get(f"/articles/{cushion['id']}").json() == cushion
        create_cushion(api)
    with Sandbox(data=path) as third:
        assert len(third.store.articles) == 4


def test_what_python_arranges_lasts_too(path: Path) -> None:
    """A row that was changed through `store`, not by a request, is written when it stops."""
    with Sandbox(articles=2, data=path) as sandbox:
        key = sandbox.store.articles.keys[0]
        body = {**sandbox.store.articles[key].body, "name": "Arranged"}
        sandbox.store.articles.change(key, body, sandbox.store.now())
    with Sandbox(data=path) as sandbox:
        assert sandbox.store.articles[key].body["name"] == "Arranged"


def test_a_reset_lasts(path: Path) -> None:
    """Another seed, and the way back to it, are in the file as well."""
    with Sandbox(articles=2, data=path) as sandbox, connect(sandbox) as api:
        sandbox.seed(articles=7, seed=3)
        seeded = dump_store(sandbox)
        create_cushion(api)
        sandbox.reset()
    with Sandbox(data=path) as sandbox:
        assert dump_store(sandbox) == seeded


def test_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `data` no file is written."""
    monkeypatch.chdir(tmp_path)
    with Sandbox(articles=2) as sandbox, connect(sandbox) as api:
        create_cushion(api)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_cannot_be_kept_is_not_done(path: Path) -> None:
    """If the disk write fails, the response is a 500 problem and memory does not change."""
    with Sandbox(articles=2, data=path) as sandbox, connect(sandbox) as api:
        database: sqlite3.Connection = sandbox.stores[0].state._file._database  # type: ignore[union-attr, assignment]
        database.execute("PRAGMA max_page_count = 1")
        before = dump_store(sandbox)
        response = api.post("/articles", json={"name": "x", "description": "y" * 100_000})
        assert (response.status_code, response.json()["status"]) == (500, 500)
        assert "the disk is full" in response.json()["detail"]
        assert dump_store(sandbox) == before
        database.execute("PRAGMA max_page_count = 1000000")
        assert api.post("/articles", json={"name": "x"}).status_code == 200


def write_text_file(path: Path) -> None:
    """Write a file of another type."""
    path.write_text("This is not a database, and it is long enough to be sure of that." * 40)


def create_other_database(path: Path) -> None:
    """Create a database of another program."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE articles (id)")
    database.close()


def create_later_version(path: Path) -> None:
    """Create a store with a later format version."""
    with Sandbox(articles=0, data=path):
        pass
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()


def create_damaged_store(path: Path, statement: str) -> None:
    """Create a store and execute an SQL statement on its file."""
    with Sandbox(articles=1, data=path):
        pass
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize(
    ("create", "message"),
    [
        (write_text_file, "not a sandbox store"),
        (create_other_database, "not a sandbox store"),
        (create_later_version, "the file has format 99"),
        (Path.mkdir, "is a folder"),
    ],
)
def test_other_files_are_rejected(path: Path, create: Callable[[Path], None], message: str) -> None:
    """A file with other content raises one clear error and is left unchanged."""
    create(path)
    assert_rejected(path, message)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = '{' WHERE table_name = 'articles'",
        "UPDATE entries SET table_name = 'table' WHERE table_name = 'settings'",
        "DROP TABLE entries",
    ],
)
def test_a_damaged_store_is_rejected(path: Path, statement: str) -> None:
    """A store whose file is damaged raises the same error and is left unchanged."""
    create_damaged_store(path, statement)
    assert_rejected(path, "damaged")


def assert_rejected(path: Path, message: str) -> None:
    """Check that a sandbox rejects the file with one clear error, and does not change it."""
    content = path.read_bytes() if path.is_file() else None
    with pytest.raises(SandboxDataError, match=message) as caught:
        Sandbox(articles=0, data=path)
    assert isinstance(caught.value, ConnectError)
    assert str(path) in str(caught.value)
    assert content is None or path.read_bytes()[:100] == content[:100]


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A folder that does not exist is the same kind of error."""
    with pytest.raises(SandboxDataError, match="cannot be opened or created"):
        Sandbox(articles=0, data=tmp_path / "nowhere" / "store.sqlite")


def test_one_sandbox_has_a_file(path: Path) -> None:
    """A second sandbox on the same file raises, and the first one keeps working."""
    with Sandbox(articles=2, data=path) as sandbox, connect(sandbox) as api:
        with pytest.raises(SandboxDataError, match="has it open"):
            Sandbox(data=path)
        create_cushion(api)


def test_the_command_says_why(path: Path) -> None:
    """On the command line the error is one sentence, and no traceback."""
    path.write_text("something else")
    command = [sys.executable, "-m", "myonlinestore.cli", "sandbox", "--data", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"Error: {path}: not a sandbox store: use another file\n"


def test_a_port_in_use_lets_the_file_go(path: Path) -> None:
    """A sandbox that could not start keeps no hold of its file."""
    with Sandbox(articles=0) as first:
        second = Sandbox(articles=0, data=path, port=first.port)
        with pytest.raises(OSError):
            second.start()
    with Sandbox(data=path):
        pass


class Writer(threading.Thread):
    """A thread that posts orders until the server has gone."""

    def __init__(self, url: str, name: str, article: Row) -> None:
        super().__init__(name=name)
        self.url, self.article = url, article
        self.acknowledged: list[Row] = []
        self.pending: tuple[str, Row] | None = None
        """The key and the body of the write without a response."""

    def run(self) -> None:
        """Post orders one by one until the server has gone."""
        with httpx.Client(base_url=f"{self.url}/v1", params=TOKEN) as api:
            try:
                for count in range(10_000):
                    self._write(api, f"{self.name}-{count}")
            except httpx.TransportError:
                pass

    def _write(self, api: httpx.Client, key: str) -> None:
        body = make_order_body(make_line(self.article, 2), comments={"customer": key})
        self.pending = (key, body)
        response = api.post("/orders", json=body, headers={"Idempotency-Key": key})
        self.acknowledged.append(response.raise_for_status().json())
        self.pending = None


TOKEN = {"token": "sandbox-store-token"}


@pytest.fixture
def shared_sandbox(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield the command in a process of its own, on the file, and the URL that it prints."""
    options = ["--port", "0", "--articles", "20", "--data", str(path)]
    command = [sys.executable, "-m", "myonlinestore.cli", "sandbox", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip().partition("=")[2]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL here")
def test_kill_9_loses_nothing_that_was_acknowledged(
    path: Path, shared_sandbox: tuple[subprocess.Popen[str], str]
) -> None:
    """Killed amid writes, it comes back with every acknowledged one, and none that is half there."""
    process, url = shared_sandbox
    with httpx.Client(base_url=f"{url}/v1", params=TOKEN) as api:
        article = create_cushion(api)
        article = api.patch(f"/articles/{article['id']}", json={"stock": 100_000}).json()
    writers = [Writer(url, f"writer{number}", article) for number in range(3)]
    for writer in writers:
        writer.start()
    while sum(len(writer.acknowledged) for writer in writers) < 50:
        assert process.poll() is None
        writers[0].join(0.005)
    process.send_signal(signal.SIGKILL)
    for writer in writers:
        writer.join()
    with Sandbox(data=path) as sandbox, connect(sandbox) as api:
        for writer in writers:
            for order in writer.acknowledged:
                assert sandbox.store.orders[order["number"]].body == order
        orders = [
            row
            for row in sandbox.store.orders.bodies()
            if get_first_article_id(row) == article["id"]
        ]
        numbers = [order["number"] for order in orders]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert len(sandbox.store.idempotent_responses) == len(orders)
        assert get_stock(api, article) == 100_000 - 2 * len(orders)
        assert_retries_write_once(api, sandbox, writers)


def get_first_article_id(order: Row) -> int:
    """Return the article of an order's first line."""
    return int(order["orderlines"][0].get("articles", [{"id": 0}])[0]["id"])


def assert_retries_write_once(api: httpx.Client, sandbox: Sandbox, writers: list[Writer]) -> None:
    """Check that a write without a response can be retried with its key and is stored once."""
    for key, body in [writer.pending for writer in writers if writer.pending]:
        order = api.post("/orders", json=body, headers={"Idempotency-Key": key}).json()
        with_key = [
            row["number"]
            for row in sandbox.store.orders.bodies()
            if row["comments"]["customer"] == key
        ]
        assert with_key == [order["number"]]
