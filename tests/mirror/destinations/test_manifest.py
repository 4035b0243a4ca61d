"""Files of a folder are replaced only if their table has changed."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.files.manifest import MANIFEST_FILE, Manifest, ResourceFiles
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.models import Article
from myonlinestore.sandbox import Sandbox
from tests.mirror.articles import make_article
from tests.mirror.databases import KEYS, FileFolder
from tests.mirror.destinations.test_files import FilesSnapshot
from tests.mirror.snapshots import assert_same

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")
FILES = [part.name for part in ARTICLES.self_and_children()]
LONG_AGO = 1_000_000_000


@pytest.fixture(params=["jsonl", "parquet"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileFolder:
    return FileFolder(request.param, tmp_path / "catalog")


def write(address: str, *rows: Article, interrupt: bool = False) -> None:
    """Write articles in one full sync."""
    destination = resolve_destination(address)
    try:
        destination.open()
        destination.begin_sync(ARTICLES)
        destination.write(ARTICLES, rows)
        if not interrupt:
            destination.finish_sync(ARTICLES)
    finally:
        destination.close()


def set_old_timestamps(files: FileFolder) -> None:
    """Make all files old."""
    for path in files.folder.iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))


def get_replaced_tables(files: FileFolder) -> set[str]:
    """Return the names of the tables whose files were replaced since they were made old."""
    paths = files.folder.glob(f"*.{files.kind}")
    return {path.stem for path in paths if path.stat().st_mtime != LONG_AGO}


def test_an_unchanged_store_replaces_no_file(
    files: FileFolder, sandbox: Sandbox, client: ConnectClient
) -> None:
    """A second run, incremental or full, leaves every file as it is."""
    del sandbox
    Mirror(client, files.address).run()
    before = {path.name: path.read_bytes() for path in files.folder.glob(f"*.{files.kind}")}
    assert len(before) == len(KEYS)
    for full in (False, True):
        set_old_timestamps(files)
        Mirror(client, files.address, full=full).run()
        assert get_replaced_tables(files) == set()
    assert {p.name: p.read_bytes() for p in files.folder.glob(f"*.{files.kind}")} == before
    assert_same(FilesSnapshot(files), client)  # type: ignore[arg-type]


def test_a_change_replaces_the_files_of_its_tables(files: FileFolder) -> None:
    """A changed column replaces one file, a changed child its own, and a deletion one as well."""
    image = {"url": "https://example.com/a.jpg"}
    write(files.address, make_article(1, name="a", images=[image]), make_article(2))
    set_old_timestamps(files)
    write(files.address, make_article(1, name="b", images=[image]), make_article(2))
    assert get_replaced_tables(files) == {"articles"}
    set_old_timestamps(files)
    write(files.address, make_article(1, name="b", images=[image, image]), make_article(2))
    assert get_replaced_tables(files) == {"article_images"}
    set_old_timestamps(files)
    write(files.address, make_article(1, name="b", images=[image, image]))
    assert get_replaced_tables(files) == {"articles"}
    set_old_timestamps(files)
    write(files.address, make_article(1, name="b", images=[image, image]))
    assert get_replaced_tables(files) == set()
    write(files.address, make_article(1, name="b", images=[image, image]), make_article(2))
    assert get_replaced_tables(files) == {"articles"}
    assert [row["_deleted_at"] for row in files.read_rows("articles")] == [None, None]


def test_changes_of_an_interrupted_run_are_written(files: FileFolder) -> None:
    """Rows that a run has committed without an end are in the files after the next run."""
    write(files.address, make_article(1, name="a"))
    write(files.address, make_article(1, name="b"), interrupt=True)
    set_old_timestamps(files)
    write(files.address, make_article(1, name="b"))
    assert get_replaced_tables(files) == {"articles"}
    assert [row["name"] for row in files.read_rows("articles")] == ["b"]


def test_a_file_that_was_deleted_is_written_again(files: FileFolder) -> None:
    """A missing file is written again, and the manifest of a killed run is not needed."""
    write(files.address, make_article(1, name="a"))
    set_old_timestamps(files)
    (files.folder / f"article_images.{files.kind}").unlink()
    write(files.address, make_article(1, name="a"))
    assert "article_images" in get_replaced_tables(files)
    assert set(files.get_tables()) == set(FILES)
    for content in (None, b"", b'{"articles": 1}'):
        set_old_timestamps(files)
        (files.folder / MANIFEST_FILE).unlink()
        if content is not None:
            (files.folder / MANIFEST_FILE).write_bytes(content)
        write(files.address, make_article(1, name="a"))
        assert get_replaced_tables(files) == set(FILES)
        set_old_timestamps(files)
        write(files.address, make_article(1, name="a"))
        assert get_replaced_tables(files) == set()


def test_a_row_that_was_deleted_by_hand(files: FileFolder) -> None:
    """A row that is missing from the state is in the files again after a full sync."""
    write(files.address, make_article(1, name="a"), make_article(2))
    with sqlite3.connect(files.folder / "_mirror.sqlite") as database:
        database.execute("DELETE FROM articles WHERE id = 2")
    database.close()
    write(files.address, make_article(1, name="b"))
    assert [row["id"] for row in files.read_rows("articles")] == [1]
    write(files.address, make_article(1, name="b"), make_article(2))
    assert [row["id"] for row in files.read_rows("articles")] == [1, 2]


def test_a_replacement_that_fails_is_repeated(files: FileFolder) -> None:
    """After an error, files are written again even if the store is as it was before."""
    write(files.address, make_article(1, name="a", weight="1"))
    destination: Any = resolve_destination(files.address)
    put = destination._storage.put

    def fail_at_the_second(temp_path: Path, name: str) -> None:
        if name.startswith("article_images"):
            raise OSError(28, "No space left on device")
        put(temp_path, name)

    destination._storage.put = fail_at_the_second
    destination.open()
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [make_article(1, name="b", images=[{"url": "x"}])])
    with pytest.raises(MirrorError, match="the disk is full"):
        destination.finish_sync(ARTICLES)
    assert not (files.folder / MANIFEST_FILE).exists()
    destination.close()
    assert [row["name"] for row in files.read_rows("articles")] == ["b"]
    write(files.address, make_article(1, name="a", weight="1"))
    assert [row["name"] for row in files.read_rows("articles")] == ["a"]


def test_two_formats_in_one_folder(tmp_path: Path) -> None:
    """Each format has its own files, which are complete after a run in that format."""
    lines, typed = (FileFolder(kind, tmp_path / "lake") for kind in ("jsonl", "parquet"))
    for name in ("a", "b"):
        for folder in (lines, typed):
            write(folder.address, make_article(1, name=name))
            assert [row["name"] for row in folder.read_rows("articles")] == [name]
    set_old_timestamps(lines)
    write(lines.address, make_article(1, name="b"))
    write(typed.address, make_article(1, name="b"))
    assert get_replaced_tables(lines) == get_replaced_tables(typed) == set()


def test_a_new_column_replaces_the_file(tmp_path: Path) -> None:
    """A column that a later run adds is in the file, also if no row has changed."""
    with Sandbox(articles=3, seed=5) as sandbox, sandbox.client() as client:
        address = f"parquet:{tmp_path / 'lake'}"
        Mirror(client, address, only=["discount_codes"]).run()
        Mirror(client, address, only=["discount_codes"], raw=True).run()
    schema = parquet.read_schema(tmp_path / "lake" / "discount_codes.parquet")
    assert "raw" in schema.names


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A resource without one of its files is left out, all others stay."""
    manifest, path = Manifest(), tmp_path / MANIFEST_FILE
    manifest.add("orders.jsonl", ResourceFiles("1", {"orders.jsonl": "x", "lines.jsonl": "y"}))
    manifest.add("articles.jsonl", ResourceFiles("2", {"articles.jsonl": "z"}))
    manifest.write(path)
    assert set(json.loads(path.read_bytes())) == {"orders.jsonl", "articles.jsonl"}
    read = Manifest.read(path, {"orders.jsonl", "articles.jsonl"})
    assert (read.is_saved, read.is_changed) == (True, False)
    assert [read.has_rows("orders.jsonl", "1"), read.has_rows("articles.jsonl", "2")] == [
        False,
        True,
    ]
    assert read.pop("articles.jsonl") == {"articles.jsonl": "z"}
    assert (read.has_rows("articles.jsonl", "2"), read.is_changed) == (False, True)
