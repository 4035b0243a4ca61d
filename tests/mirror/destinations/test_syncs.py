"""Syncs that are interrupted, killed, incremental, or run at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.records import Reject
from myonlinestore.sandbox import Sandbox
from tests.mirror.articles import make_article, sync_articles
from tests.mirror.databases import Database, DatabaseSnapshot
from tests.mirror.snapshots import assert_same

TABLES = {stream.name: stream.table for stream in STREAMS}
ARTICLES = TABLES["articles"]


def test_two_runs_at_once_are_stopped(database: Database) -> None:
    """A run writes nothing after another one has started."""
    first, second = database.make_destination(), database.make_destination()
    first.open()
    second.open()
    first.begin_sync(ARTICLES)
    second.begin_sync(ARTICLES)
    second.write(ARTICLES, [make_article(2)])
    with pytest.raises(MirrorError, match="another run"):
        first.write(ARTICLES, [make_article(1)])
    with pytest.raises(MirrorError, match="another run"):
        first.finish_sync(ARTICLES)
    assert second.finish_sync(ARTICLES) == 0
    first.close()
    second.close()
    assert [(row["id"], row["_deleted_at"]) for row in database.read_rows("articles")] == [
        (2, None)
    ]


def test_an_interrupted_sync_resumes(database: Database) -> None:
    """The next run gets the last committed cursor, and rows seen before count as seen."""
    destination = database.make_destination()
    destination.open()
    assert destination.read_state(ARTICLES) is None
    sync_articles(destination, make_article(1), make_article(2), make_article(3))
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [make_article(1)], cursor="created a")
    destination.write(ARTICLES, [make_article(2)])
    destination.close()
    destination.open()
    sync = destination.begin_sync(ARTICLES)
    assert (sync.cursor, sync.rows, sync.finished_at) == ("created a", 2, None)
    destination.write(ARTICLES, [make_article(4)], cursor="created b")
    assert destination.finish_sync(ARTICLES) == 1
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.cursor, state.rows, state.row_count, state.full) == (None, 3, 3, True)
    assert state.finished_at is not None
    assert state.full_at == state.finished_at >= (state.complete_from or "")
    assert len(state.started_at) == len("2024-01-31 12:00:00")
    destination.close()


def test_an_incremental_sync_deletes_nothing(destination: Destination) -> None:
    """An incremental sync marks no row, and keeps the time of the last full sync."""
    sync_articles(destination, make_article(1), make_article(2))
    full = destination.read_state(ARTICLES)
    assert not destination.begin_sync(ARTICLES, full=False).full
    assert destination.write(ARTICLES, [make_article(3)]) == WriteResult(new=1)
    assert destination.finish_sync(ARTICLES) == 0
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert full is not None
    assert (state.row_count, state.full, state.full_at) == (3, False, full.full_at)


def test_hard_delete(destination: Destination, database: Database) -> None:
    """A hard delete removes unseen rows and rows marked before, with their children."""
    images = [{"id": "a"}, {"id": "b"}]
    sync_articles(destination, *(make_article(number, images=images) for number in (1, 2, 3)))
    sync_articles(destination, make_article(1, images=images), make_article(2, images=images))
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [make_article(1, images=images)])
    assert destination.finish_sync(ARTICLES, hard_delete=True) == 1
    destination.close()
    assert [row["id"] for row in database.read_rows("articles")] == [1]
    assert [row["article_id"] for row in database.read_rows("article_images")] == [1, 1]


def test_rows_that_were_deleted_during_a_sync_are_marked(
    destination: Destination, database: Database
) -> None:
    """Rows and rejects that a sync has seen count as unseen once they are unmarked."""
    destination.begin_sync(ARTICLES)
    reject = Reject(b"{}", "why", "GET /articles", 3)
    destination.write(ARTICLES, [make_article(1), make_article(2)], rejects=[reject])
    destination.unmark_seen(ARTICLES, {2, 3})
    assert destination.finish_sync(ARTICLES) == 1
    assert destination.read_rejects(ARTICLES) == []
    destination.close()
    assert [row["_deleted_at"] is None for row in database.read_rows("articles")] == [True, False]


def test_the_options_of_a_sync_are_recorded(destination: Destination) -> None:
    """The state has the options of the latest sync, which resumes only with the same ones."""
    for language, cursor in (("nl", None), ("nl", "created a"), ("de", None)):
        sync = destination.begin_sync(ARTICLES, options={"language": language})
        assert (sync.options, sync.cursor) == ({"language": language}, cursor)
        state = destination.read_state(ARTICLES)
        assert state is not None
        assert state.options == {"language": language}
        destination.write(ARTICLES, [make_article(1)], cursor="created a")
    destination.finish_sync(ARTICLES)
    assert destination.begin_sync(ARTICLES).options == {}


KILLED = """
import os, signal, sys
from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror

url, token, address, when, number = sys.argv[1:]

def on_progress(resource, done, total):
    if resource == when and done >= int(number):
        os.kill(os.getpid(), signal.SIGKILL)

client = ConnectClient(token, base_url=url)
Mirror(client, address, concurrency=1, on_progress=on_progress).run()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(("when", "number"), [("articles", 150), ("orders", 100)])
def test_a_run_that_is_killed_is_completed(
    database: Database, big_sandbox: Sandbox, when: str, number: int
) -> None:
    """After a kill only complete pages are stored, and the next run completes the copy."""
    arguments = [big_sandbox.url, big_sandbox.store_token, database.address, when, str(number)]
    process = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60, check=False)
    assert process.returncode == -signal.SIGKILL
    assert (
        0
        < len(database.read_rows(when))
        == len(database.query(f"SELECT key FROM _mirror_rows WHERE resource = '{when}'"))
    )
    with big_sandbox.client() as client:
        report = Mirror(client, database.address).run()
        assert_same(DatabaseSnapshot(database), client)
    assert 0 < report[when].new <= report[when].rows
