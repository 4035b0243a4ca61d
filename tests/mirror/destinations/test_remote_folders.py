"""Folders in object stores: transfers that fail, killed runs, and a real S3 server."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.models import Article
from myonlinestore.sandbox import Sandbox
from tests.mirror.articles import sync_articles_to
from tests.mirror.databases import KEYS, FileFolder
from tests.mirror.destinations.test_files import STATE_FILES, FilesSnapshot
from tests.mirror.s3_server import run_s3
from tests.mirror.snapshots import assert_same

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")


class FaultyFileSystem(MemoryFileSystem):
    """Files in memory, whose transfers stop halfway while `fault` is set."""

    protocol = ("faulty",)
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    fault: ClassVar[str] = ""
    error: ClassVar[Exception | None] = None

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("faulty:")))

    def get_file(self, rpath: str, lpath: str, **options: Any) -> None:
        """Download a file, or the first half of it."""
        super().get_file(rpath, lpath, **options)
        if self.fault == "get":
            os.truncate(lpath, Path(lpath).stat().st_size // 2)
            self._stop()

    def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
        """Upload a file, or the first half of it."""
        super().put_file(lpath, rpath, **options)
        if self.fault == "put":
            self.pipe_file(rpath, self.cat_file(rpath)[: Path(lpath).stat().st_size // 2])
            self._stop()

    def mv(self, path1: str, path2: str, **options: Any) -> None:
        """Move a file, or fail."""
        if self.fault == "mv":
            self._stop()
        super().mv(path1, path2, **options)

    def _stop(self) -> None:
        if self.error is not None:
            raise self.error


fsspec.register_implementation("faulty", FaultyFileSystem, clobber=True)
FULL = OSError(28, "No space left on device")


@pytest.fixture
def folder() -> Iterator[str]:
    """Yield the address of a folder that holds two articles."""
    FaultyFileSystem.store.clear()
    FaultyFileSystem.fault, FaultyFileSystem.error = "", None
    address = "jsonl:faulty://catalog"
    sync_articles_to(address, Article(id=1, name="old"), Article(id=2))
    yield address
    FaultyFileSystem.fault = ""


def get_content(name: str) -> bytes:
    """Return the content of a file in the folder."""
    return bytes(FaultyFileSystem().cat_file(f"/catalog/{name}"))


def count_rows(address: str) -> int:
    """Return the number of articles in the copy."""
    (state,) = read_status(address)
    return state.row_count


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        ("get", FULL, "cannot read faulty://catalog: the disk is full: free some space"),
        ("get", None, "was not transferred completely"),
        ("put", FULL, "cannot write to faulty://catalog: the disk is full: free some space"),
        ("put", None, "was not transferred completely"),
        ("mv", PermissionError(13, "Denied"), "it may not be written: check its permissions"),
        ("mv", ConnectionError("reset\nby peer"), "ConnectionError: reset"),
    ],
)
def test_a_transfer_that_fails_leaves_the_copy(
    folder: str, fault: str, error: Exception | None, reason: str
) -> None:
    """A file that was transferred in part is an error, and never replaces a complete one."""
    names = ("_mirror.sqlite", "articles.jsonl")
    before = [get_content(name) for name in names]
    FaultyFileSystem.fault, FaultyFileSystem.error = fault, error
    with pytest.raises(MirrorError, match=reason) as caught:
        sync_articles_to(folder, Article(id=1, name="new"))
    assert "\n" not in str(caught.value)
    assert [get_content(name) for name in names] == before
    FaultyFileSystem.fault = ""
    assert count_rows(folder) == 2
    sync_articles_to(folder, Article(id=1, name="new"))
    assert count_rows(folder) == 1
    assert b"new" in get_content("articles.jsonl")
    assert not [name for name in FaultyFileSystem.store if name.endswith(".part")]


def test_a_state_that_cannot_be_opened_is_not_replaced(folder: str) -> None:
    """A damaged state file stays as it is, with one error that says so."""
    FaultyFileSystem().pipe_file("/catalog/_mirror.sqlite", b"no database" * 100)
    with pytest.raises(MirrorError, match="is not an SQLite database"):
        sync_articles_to(folder, Article(id=1))
    assert get_content("_mirror.sqlite") == b"no database" * 100


def test_an_incomplete_state_is_not_stored(folder: str) -> None:
    """A state whose last commits are not in its file yet does not replace the previous one."""
    before = get_content("_mirror.sqlite")
    destination: Any = resolve_destination(folder)
    destination.open()
    other = sqlite3.connect(destination._storage.work_dir / "_mirror.sqlite")
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM articles").fetchone()
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [Article(id=3)])
    with pytest.raises(MirrorError, match="could not be completed on this machine's disk"):
        destination.close()
    other.close()
    assert get_content("_mirror.sqlite") == before


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Yield the URL of a bucket on an S3 server of this machine."""
    with run_s3("lake") as url:
        yield url


def download(address: str, folder: Path) -> set[str]:
    """Download all files of a folder and return their names."""
    system, root = fsspec.core.url_to_fs(address)
    system.invalidate_cache()
    system.get(f"{root}/", f"{folder}/", recursive=True)
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_copy_in_s3_equals_the_store(
    s3: str, kind: str, sandbox: Sandbox, client: ConnectClient, tmp_path: Path
) -> None:
    """The second run uses the state of the first one, and no unfinished file remains."""
    address = f"{s3}/{kind}"
    for _ in range(2):
        report = Mirror(client, f"{kind}:{address}").run()
    assert all((one.new, one.changed, one.deleted) == (0, 0, 0) for one in report)
    files = FileFolder(kind, tmp_path)
    names = download(address, tmp_path)
    assert names == {f"{table}.{kind}" for table in KEYS} | STATE_FILES
    assert_same(FilesSnapshot(files), client)  # type: ignore[arg-type]


def count_uploads(bucket: str) -> dict[str, int]:
    """Return how often each file of a versioned bucket was written, by its name."""
    import s3fs

    versions = s3fs.S3FileSystem().call_s3("list_object_versions", Bucket=bucket)["Versions"]
    names = (version["Key"].rpartition("/")[2] for version in versions)
    return dict(Counter(name for name in names if not name.endswith(".part")))


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_an_unchanged_store_uploads_no_file(
    s3: str, kind: str, sandbox: Sandbox, client: ConnectClient
) -> None:
    """A second run uploads only its state, and a run after a change one file more."""
    import s3fs

    del s3
    bucket = f"versions-{kind}"
    system = s3fs.S3FileSystem()
    system.mkdir(bucket)
    enabled = {"Status": "Enabled"}
    system.call_s3("put_bucket_versioning", Bucket=bucket, VersioningConfiguration=enabled)
    address = f"{kind}:s3://{bucket}/lake"
    Mirror(client, address).run()
    first = count_uploads(bucket)
    assert first == dict.fromkeys([f"{table}.{kind}" for table in KEYS] + [*STATE_FILES], 1)
    for full in (False, True):
        Mirror(client, address, full=full).run()
    assert count_uploads(bucket) == first | {"_mirror.sqlite": 3}
    client.articles.update(article_id=sandbox.store.articles.keys[0], body={"stock": 777})
    Mirror(client, address).run()
    changed = {"_mirror.sqlite": 4, "_mirror_files.json": 2, f"articles.{kind}": 2}
    assert count_uploads(bucket) == first | changed


STOPPED = """
import os, signal, sys
from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror

url, token, address = sys.argv[1:]

def on_progress(resource, done, total):
    if resource == "orders" and done:
        os.kill(os.getpid(), signal.SIGKILL)

client = ConnectClient(token, base_url=url)
Mirror(client, address, full=True, on_progress=on_progress).run()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_run_leaves_the_copy_in_s3(
    s3: str, sandbox: Sandbox, client: ConnectClient, tmp_path: Path
) -> None:
    """After a kill the previous state can be read, and the next run completes the copy."""
    address = f"jsonl:{s3}/killed"
    Mirror(client, address, only=["articles", "orders"]).run()
    before = read_status(address)
    gone = client.articles.list(limit=1).items[0].id
    client.articles.delete(article_id=gone)
    command = [sys.executable, "-c", STOPPED, sandbox.url, sandbox.store_token, address]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.run(command, timeout=60, check=False, env=environment)
    assert process.returncode == -signal.SIGKILL
    assert read_status(address) == before
    report = Mirror(client, address, only=["articles", "orders"], full=True).run()
    assert report["articles"].deleted == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_sigterm_leaves_no_temporary_files(sandbox: Sandbox, tmp_path: Path) -> None:
    """A run that SIGTERM ends stores its state and deletes the folder with the store's data."""
    (tmp_path / "temp").mkdir()
    rule = sandbox.faults.add("getOrders delay=60")
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    code += "from myonlinestore.cli import main; main()"
    command = [sys.executable, "-c", code, "mirror", "run", f"jsonl:file://{tmp_path}/lake"]
    environment = os.environ | {
        "TMPDIR": str(tmp_path / "temp"),
        "MYONLINESTORE_TOKEN": sandbox.store_token,
        "MYONLINESTORE_BASE_URL": sandbox.url,
    }
    run = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while not sandbox.faults.trigger_count(rule):
        assert run.poll() is None
        time.sleep(0.05)
    assert list((tmp_path / "temp").glob("mirror-*/_mirror.sqlite"))
    run.terminate()
    _, errors = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in errors) == (130, False)
    assert list((tmp_path / "temp").iterdir()) == []
    assert "articles" in [one.resource for one in read_status(f"jsonl:file://{tmp_path}/lake")]
