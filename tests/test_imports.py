"""What importing the package loads, and the names that it has."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import myonlinestore

HEAVY = ("httpx", "httpcore", "anyio", "asyncio", "msgspec", "pydantic", "ssl", "trio")


def loaded_by(code: str, *modules: str) -> set[str]:
    """Those of the modules that a fresh interpreter has loaded after the code."""
    script = f"{code}\nimport sys\nprint(*set({modules!r}) & sys.modules.keys())"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_no_library() -> None:
    """Importing myonlinestore loads neither httpx, anyio, msgspec nor pydantic."""
    assert loaded_by("import myonlinestore", *HEAVY) == set()


@pytest.mark.parametrize(
    "code",
    [
        "from myonlinestore import ConnectConfig; ConnectConfig('t')",
        "from myonlinestore import ConnectError, NotFoundError; repr(NotFoundError('x'))",
        "from myonlinestore import PaginatedResponse, iterate_all, aiterate_all",
        "import myonlinestore; dir(myonlinestore); myonlinestore.__version__",
    ],
)
def test_the_light_names_load_no_library(code: str) -> None:
    """Configuration, errors and pages need none of the libraries."""
    assert loaded_by(code, *HEAVY) - {"asyncio"} == set()


def test_the_models_load_msgspec_alone() -> None:
    """Importing the models loads neither httpx, anyio nor pydantic."""
    code = "from myonlinestore.models import Article; Article(id=1).model_dump_json()"
    assert loaded_by(code, *HEAVY) == {"msgspec"}


@pytest.mark.parametrize("module", ["pydantic", "rich", "click", "starlette", "uvicorn", "trio"])
def test_a_client_needs_no_extra(module: str) -> None:
    """Making and using a client loads nothing of an extra."""
    code = (
        "import httpx, myonlinestore\n"
        "mock = httpx.MockTransport(lambda request: httpx.Response(200, json=[{'id': 1}]))\n"
        "with myonlinestore.ConnectClient('t', transport=mock) as client:\n"
        "    assert client.articles.list().items[0].id == 1\n"
    )
    # httpx itself loads click and rich for its own command, where they are installed.
    own = loaded_by("import httpx", module)
    assert loaded_by(code, module) == own


def test_every_public_name_exists() -> None:
    """Everything in __all__ can be had, is what its module has, and stays once it is loaded."""
    for name in myonlinestore.__all__:
        found = getattr(myonlinestore, name)
        assert getattr(myonlinestore, name) is found
        if name[0].isupper():
            assert found.__module__.startswith("myonlinestore.")
    assert sorted(set(myonlinestore.__all__)) == myonlinestore.__all__


@pytest.mark.parametrize("name", ["client", "config", "http", "models", "pagination", "resources"])
def test_the_published_modules_are_attributes(name: str) -> None:
    """The modules are there as attributes, without an import of their own."""
    assert getattr(myonlinestore, name) is importlib.import_module(f"myonlinestore.{name}")
    assert loaded_by(f"import myonlinestore; myonlinestore.{name}", f"myonlinestore.{name}")


def test_a_star_import_gives_the_public_names() -> None:
    """A star import of the package gives just what __all__ has."""
    names: dict[str, object] = {}
    exec("from myonlinestore import *", names)
    assert set(names) - {"__builtins__"} == set(myonlinestore.__all__)


def test_dir_shows_what_can_be_had() -> None:
    """dir() names what is public before any of it is loaded."""
    shown = dir(myonlinestore)
    assert set(shown) == {*myonlinestore.__all__, "__version__"}
    code = "import myonlinestore; assert 'ConnectClient' in dir(myonlinestore)"
    assert loaded_by(code, "myonlinestore.client") == set()


def test_another_name_is_an_attribute_error() -> None:
    """A name that is not there is told as Python tells it."""
    with pytest.raises(AttributeError) as caught:
        myonlinestore.Nonsense  # noqa: B018
    assert str(caught.value) == "module 'myonlinestore' has no attribute 'Nonsense'"
    assert not hasattr(myonlinestore, "sandbox_")


def test_the_version_is_a_release() -> None:
    """The version follows the published client's."""
    major = int(myonlinestore.__version__.split(".")[0])
    assert major >= 2
