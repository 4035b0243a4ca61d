"""What importing the package loads, and the names that it has."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import types
from pathlib import Path

import pytest

import myonlinestore

HEAVY = ("httpx", "httpcore", "anyio", "asyncio", "msgspec", "pydantic", "ssl", "trio", "typing")
LAZY = (
    "myonlinestore",
    "myonlinestore.models",
    "myonlinestore.models.bodies",
    "myonlinestore.resources",
)


def loaded_by(code: str, *modules: str) -> set[str]:
    """Those of the modules that a fresh interpreter has loaded after the code."""
    script = f"{code}\nimport sys\nprint(*set({modules!r}) & sys.modules.keys())"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_no_library() -> None:
    """Importing myonlinestore loads neither httpx, anyio, msgspec nor pydantic."""
    own = loaded_by("", *HEAVY)
    assert loaded_by("import myonlinestore", *HEAVY) == own


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
    assert loaded_by(code, *HEAVY) - {"asyncio", "typing"} == set()


def test_the_models_load_msgspec_alone() -> None:
    """Importing the models loads neither httpx, anyio nor pydantic."""
    code = "from myonlinestore.models import Article; Article(id=1).model_dump_json()"
    assert loaded_by(code, *HEAVY) == {"msgspec", "typing"}


def test_a_model_loads_its_own_file() -> None:
    """A model loads the module that defines it, and not the request bodies."""
    names = ("articles", "orders", "payments", "store", "bodies.articles")
    modules = [f"myonlinestore.models.{name}" for name in names]
    code = "from myonlinestore.models import Article"
    assert loaded_by(code, *modules) == {modules[0]}


def test_a_client_loads_the_resources_that_it_uses() -> None:
    """A client loads the module of a resource when that is first used."""
    modules = [f"myonlinestore.resources.{name}" for name in ("articles", "orders", "customers")]
    make = "from myonlinestore import ConnectClient; client = ConnectClient('t')"
    assert loaded_by(make, *modules) == set()
    assert loaded_by(f"{make}; client.orders", *modules) == {modules[1]}


def test_a_sync_client_loads_no_event_loop() -> None:
    """A call without an event loop does not load asyncio."""
    code = (
        "import httpx, myonlinestore\n"
        "mock = httpx.MockTransport(lambda request: httpx.Response(200, json=[{'id': 1}]))\n"
        "with myonlinestore.ConnectClient('t', transport=mock) as client:\n"
        "    assert client.articles.list().items[0].id == 1\n"
    )
    own = loaded_by("import anyio, httpx, msgspec", "asyncio")
    assert loaded_by(code, "asyncio") == own


def test_a_call_loads_what_it_uses() -> None:
    """Reading a page loads neither time zones, HTML's characters, nor what walks by threads do."""
    code = (
        "import httpx, myonlinestore\n"
        "mock = httpx.MockTransport(lambda request: httpx.Response(200, json=[{'id': 1}]))\n"
        "with myonlinestore.ConnectClient('t', transport=mock) as client:\n"
        "    assert client.articles.list().items[0].id == 1\n"
    )
    modules = ("html.entities", "queue", "zoneinfo")
    assert loaded_by(code, *modules) == loaded_by("import anyio, httpx, msgspec", *modules)


@pytest.mark.parametrize("package", LAZY)
def test_type_checkers_see_the_names_that_are_loaded(package: str) -> None:
    """A package imports the same names for type checkers as it loads, from the same modules."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    (checked,) = (n for n in tree.body if ast.unparse(n).startswith("if TYPE_CHECKING:"))
    seen: dict[str, str] = {}
    for node in checked.body:
        assert isinstance(node, ast.ImportFrom)
        assert node.module is not None
        for alias in node.names:
            star = alias.name == "*"
            names = importlib.import_module(node.module).__all__ if star else [alias.name]
            assert alias.name in ("*", alias.asname), "not a re-export"
            seen |= dict.fromkeys(names, node.module)
    assert set(seen) == set(module.__all__)
    for name, home in seen.items():
        found = getattr(module, name)
        assert found is getattr(importlib.import_module(home), name)
        assert isinstance(found, types.ModuleType) or home.startswith(package)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", LAZY)
def test_a_lazy_package_has_its_modules(package: str) -> None:
    """A module below a package is an attribute of it without an import of its own."""
    homes = importlib.import_module(package)._EXPORTS
    for name in homes:
        module = f"{package}.{name}"
        assert loaded_by(f"import {package}; {module}", module) == {module}


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


@pytest.mark.parametrize("package", LAZY)
def test_a_star_import_gives_the_public_names(package: str) -> None:
    """A star import of a package gives just what its __all__ has."""
    names: dict[str, object] = {}
    exec(f"from {package} import *", names)
    assert set(names) - {"__builtins__"} == set(importlib.import_module(package).__all__)


def test_dir_shows_what_can_be_had() -> None:
    """dir() names what is public before any of it is loaded."""
    shown = dir(myonlinestore)
    assert {name for name in shown if not name.startswith("__")} == set(myonlinestore.__all__)
    assert "__version__" in shown
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
