"""The pytest plugin as a user has it: a project in a folder of its own, and what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.pytest_project import assert_passed, run

BACKENDS = """
import pytest

@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder for a user's tests."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_a_project_of_sync_tests(project: Path) -> None:
    """Both fixtures are there without an import, with data that no other test has touched."""
    (project / "test_shop.py").write_text("""
import pytest

@pytest.mark.parametrize("round", [1, 2])
def test_fresh(connect_client, connect_sandbox, round):
    assert connect_client.articles.count() == 50
    article = connect_client.articles.create(body={"name": "Lamp"})
    assert connect_sandbox.store.articles[article.id].body["name"] == "Lamp"
    assert connect_sandbox.journal.requests("postArticle")[0].body == {"name": "Lamp"}

def test_without_the_client(connect_sandbox):
    with connect_sandbox.client(partner_token=None) as client:
        assert client.store.get().id == connect_sandbox.store.settings["id"]
""")
    assert_passed(run(project), 3)


def test_a_project_of_async_tests(project: Path) -> None:
    """An async test has the same fixtures, on asyncio, on trio, and on a loop of its own."""
    (project / "conftest.py").write_text(BACKENDS)
    (project / "test_shop.py").write_text("""
import asyncio
import pytest

@pytest.mark.anyio
@pytest.mark.parametrize("round", [1, 2])
async def test_fresh(connect_client, connect_sandbox, round):
    await connect_client.articles.acreate(body={"name": "Lamp"})
    assert await connect_client.articles.acount() == len(connect_sandbox.store.articles) == 51

def test_own_loop(connect_client):
    async def count():
        return await connect_client.articles.acount()
    assert asyncio.run(count()) == asyncio.run(count()) == connect_client.articles.count() == 50
""")
    assert_passed(run(project), 5)


def test_a_project_that_configures(project: Path) -> None:
    """Ini options hold for the project, markers for a module, a class, a test; the nearest wins."""
    (project / "pytest.ini").write_text(
        "[pytest]\nconnect_sandbox_articles = 12\nconnect_sandbox_seed = 3\n"
    )
    (project / "test_ini.py").write_text("""
from myonlinestore.sandbox import Sandbox

def test_ini(connect_sandbox):
    assert connect_sandbox.store.articles.bodies() == Sandbox(12, 3).store.articles.bodies()
""")
    (project / "test_markers.py").write_text("""
import pytest
from myonlinestore import RateLimitError

pytestmark = pytest.mark.connect_sandbox(articles=5)

def test_module(connect_client):
    assert connect_client.articles.count() == 5

@pytest.mark.connect_sandbox(articles=6, quirks=True)
class TestClass:
    def test_class(self, connect_client, connect_sandbox):
        assert connect_client.articles.count() == 6
        assert [row.id for row in connect_client.articles.list()] == connect_sandbox.store.articles.keys

    @pytest.mark.connect_sandbox(faults=["getArticleCount status=429 retry_after=90"])
    def test_function(self, connect_client):
        with pytest.raises(RateLimitError):
            connect_client.with_options(max_retries=0).articles.count()
""")
    assert_passed(run(project), 4)


def test_what_is_configured_wrongly_is_said(project: Path) -> None:
    """An invalid number and an unknown option are named."""
    (project / "test_shop.py").write_text("""
import pytest

def test_number(connect_sandbox): ...

@pytest.mark.connect_sandbox(articles=2, colour="red")
def test_option(connect_sandbox): ...
""")
    assert "unexpected keyword argument 'colour'" in run(project)
    output = run(project, "-o", "connect_sandbox_articles=many")
    assert "connect_sandbox_articles = many: expected an integer" in output


def test_it_loads_nothing_before_it_is_used(project: Path) -> None:
    """A project that does not use the plugin imports neither a web server nor the client."""
    (project / "test_other.py").write_text("""
import sys

def test_nothing_is_loaded():
    loaded = {"starlette", "uvicorn", "httpx", "msgspec"} & set(sys.modules)
    assert loaded == set()
    assert "myonlinestore.sandbox.pytest_plugin" in sys.modules
""")
    assert_passed(run(project, "-p", "no:anyio", "-p", "no:respx"), 1)


def test_without_the_extra_other_tests_run(project: Path) -> None:
    """Without the extra other tests run, and the fixtures name the package to install."""
    (project / "test_shop.py").write_text("""
def test_other(): ...

def test_shop(connect_client): ...
""")
    output = run(project, without="uvicorn")
    assert "1 passed, 1 error" in output
    assert "the sandbox needs uvicorn: pip install 'myonlinestore-connect[sandbox]'" in output


def test_its_parts_are_listed(project: Path) -> None:
    """Pytest's own help lists the marker, the fixtures and the ini options."""
    assert "@pytest.mark.connect_sandbox(**options)" in run(project, "--markers")
    assert "connect_client" in run(project, "--fixtures")
    assert "connect_sandbox_quirks" in run(project, "--help")
