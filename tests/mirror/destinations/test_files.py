"""Folders of JSON Lines and Parquet files: their content and how they are replaced."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import pytest
from pyarrow import parquet

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.files import destination as folder_module
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.sandbox import Sandbox
from tests.mirror.articles import make_article, sync_articles_to
from tests.mirror.databases import KEYS, DatabaseSnapshot, FileFolder
from tests.mirror.snapshots import assert_same

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")

STATE_FILES = {"_mirror.sqlite", "_mirror_files.json"}


class FilesSnapshot(DatabaseSnapshot):
    """A finished copy in files, where a plain dict may be nested JSON."""

    def is_same_value(self, held: Any, value: Any) -> bool:
        """See `SqliteSnapshot`."""
        if isinstance(held, (dict, list)):
            return bool(held == value)
        return super().is_same_value(held, value)


@pytest.fixture(params=["jsonl", "parquet"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileFolder:
    return FileFolder(request.param, tmp_path / "catalog")


def test_the_copy_equals_the_store(
    files: FileFolder, big_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row of every resource is in the files with its children, also in small batches."""
    monkeypatch.setattr(folder_module, "FETCH_SIZE", 50)
    with big_sandbox.client() as client:
        first, second = (Mirror(client, files.address).run() for _ in range(2))
        assert_same(FilesSnapshot(files), client)  # type: ignore[arg-type]
    assert set(files.get_tables()) == set(KEYS)
    assert (first["articles"].new, second["articles"].new) == (660, 0)
    names = {path.name for path in files.folder.iterdir()}
    assert names == {f"{table}.{files.kind}" for table in KEYS} | STATE_FILES


def test_changes_are_brought_over(files: FileFolder, client: ConnectClient) -> None:
    """The next run replaces the files by ones with changed, added and marked rows."""
    Mirror(client, files.address, only=["articles"]).run()
    changed, gone = (article.id for article in client.articles.list(limit=2))
    client.articles.update(article_id=changed, body={"price": {"default": "12.50"}})
    client.articles.delete(article_id=gone)
    report = Mirror(client, files.address, only=["articles"], full=True).run()["articles"]
    assert (report.changed, report.deleted) == (1, 1)
    assert_same(FilesSnapshot(files), client, "articles")  # type: ignore[arg-type]
    rows = {row["id"]: row for row in files.read_rows("articles")}
    assert Decimal(rows[changed]["price_default"]) == Decimal("12.50")
    assert rows[gone]["_deleted_at"] is not None


def test_values_have_their_types(tmp_path: Path) -> None:
    """Parquet has decimals, dates, booleans and timestamps; JSON has text, booleans and objects."""
    sent = {
        "price": {"default": "12.50", "action": ""},
        "created_date": "2024-02-29",
        "taxable": False,
        "extra": {"visible": {"a": ["é"]}},
    }
    (tmp_path / "folder").mkdir()
    for kind in ("jsonl", "parquet"):
        sync_articles_to(f"{kind}:{tmp_path}/folder", make_article(1, **sent), make_article(2))
        sync_articles_to(f"{kind}:{tmp_path}/folder", make_article(1, **sent))
    lines, typed = (FileFolder(kind, tmp_path / "folder") for kind in ("jsonl", "parquet"))
    row, gone = lines.read_rows("articles")
    assert (row["price_default"], row["price_action"], row["taxable"]) == ("12.50", "", False)
    assert (row["created_date"], row["extra_visible"]) == ("2024-02-29", {"a": ["é"]})
    row, gone = typed.read_rows("articles")
    assert (row["price_default"], row["price_action"]) == (Decimal("12.50"), None)
    assert (row["created_date"], row["taxable"]) == (date(2024, 2, 29), False)
    assert (row["extra_visible"], row["_rescued"]) == ('{"a":["é"]}', '{"price_action":""}')
    assert row["_deleted_at"] is None
    assert datetime.now(timezone.utc) - gone["_deleted_at"] < timedelta(minutes=1)


def test_values_that_do_not_fit_are_rescued(files: FileFolder) -> None:
    """Numbers beyond 64 bits are in `_rescued` with what else Parquet cannot hold, JSON holds all."""
    sync_articles_to(
        files.address,
        make_article(1, stock=2**70, price={"default": "?"}),
        make_article(2, stock=2**70),
    )
    both, one = files.read_rows("articles")
    if files.kind == "jsonl":
        assert (both["stock"], both["price_default"], one["stock"]) == (2**70, "?", 2**70)
        assert "_rescued" not in both
    else:
        assert (both["stock"], both["price_default"], one["stock"]) == (None, None, None)
        rescued = [json.loads(row["_rescued"]) for row in (both, one)]
        assert rescued == [{"stock": 2**70, "price_default": "?"}, {"stock": 2**70}]


def test_a_file_changes_whole_or_not_at_all(
    files: FileFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers see the previous file while a new one is written, and if that fails."""
    sync_articles_to(files.address, make_article(1, name="old"))
    destination = resolve_destination(files.address)
    file_format: Any = destination._file_format  # type: ignore[attr-defined]
    write_file = file_format.write

    def write_and_fail(path: Path, table: Any, batches: Any) -> None:
        write_file(path, table, batches)
        assert [row["name"] for row in files.read_rows("articles")] == ["old"]
        raise OSError(28, "No space left on device")

    file_format.write = write_and_fail
    destination.open()
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [make_article(1, name="new")])
    with pytest.raises(MirrorError, match="the disk is full: free some space"):
        destination.finish_sync(ARTICLES)
    destination.close()
    assert [row["name"] for row in files.read_rows("articles")] == ["old"]
    assert not list(files.folder.glob("*.part"))
    sync_articles_to(files.address, make_article(1, name="new"))
    assert [row["name"] for row in files.read_rows("articles")] == ["new"]


def test_an_empty_table_is_a_file_with_its_columns(files: FileFolder) -> None:
    """A resource without rows has files with columns."""
    sync_articles_to(files.address)
    assert files.read_rows("articles") == files.read_rows("article_images") == []
    if files.kind == "parquet":
        assert parquet.read_schema(files.folder / "articles.parquet").names[0] == "id"


def test_an_object_store_holds_the_sync_state(files: FileFolder) -> None:
    """The files and the state are stored by fsspec, and a run on another machine uses them."""
    folder = f"memory://catalog-{files.kind}"
    address = f"{files.kind}:{folder}"
    sync_articles_to(address, make_article(1, name="x"), make_article(2))
    sync_articles_to(address, make_article(1, name="x"))
    system, root = fsspec.core.url_to_fs(folder)
    names = {str(name).rpartition("/")[2] for name in system.ls(root, detail=False)}
    assert f"articles.{files.kind}" in names
    assert "_mirror.sqlite" in names
    assert not any(name.endswith(".part") for name in names)
    files.folder.mkdir()
    for name in names:
        system.get_file(f"{root}/{name}", str(files.folder / name))
    gone = [row["_deleted_at"] is not None for row in files.read_rows("articles")]
    assert gone == [False, True]


@pytest.mark.parametrize("remote", [False, True])
def test_a_copy_can_be_opened_read_only(files: FileFolder, remote: bool) -> None:
    """A copy can be read without a change; a folder without one is an error."""
    address = f"{files.kind}:memory://asked-{files.kind}" if remote else files.address
    destination = resolve_destination(address)
    with pytest.raises(MirrorError, match="nothing was mirrored"):
        destination.open(read_only=True)
    destination.close()
    assert not files.folder.exists()
    sync_articles_to(address, make_article(1))
    destination.open(read_only=True)
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert state.row_count == 1
    destination.close()


def test_an_object_store_that_cannot_be_reached_is_an_error(tmp_path: Path) -> None:
    """Any error of an fsspec file system is a MirrorError without the password."""
    (tmp_path / "file").write_text("mine")
    for folder, reason in (
        ("nonsense://me:hunter2@bucket", "nonsense"),
        (f"file://{tmp_path}/file/below", f"cannot write to file://{tmp_path}/file/below"),
    ):
        destination = resolve_destination(f"jsonl:{folder}")
        with pytest.raises(MirrorError, match=reason) as caught:
            destination.open()
        destination.close()
        assert "hunter2" not in str(caught.value)


def test_locations_that_are_not_a_folder_are_refused(files: FileFolder, tmp_path: Path) -> None:
    """A file, a folder in a missing one, and a URL without a folder are errors."""
    (tmp_path / "file").write_text("mine")
    for folder, reason in (
        (f"{tmp_path}/file", "is a file: name a folder"),
        (f"{tmp_path}/missing/folder", "does not exist: make it first"),
        (f"///{tmp_path}/missing/folder", "does not exist: make it first"),
    ):
        destination = resolve_destination(f"{files.kind}:{folder}")
        with pytest.raises(MirrorError, match=reason):
            destination.open()
        destination.close()
    for folder in ("", "///", "//folder"):
        with pytest.raises(MirrorError, match="names no folder"):
            resolve_destination(f"{files.kind}:{folder}")
