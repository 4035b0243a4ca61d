"""The modules that an import of the package loads, and its public names."""

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


def get_loaded_modules(code: str, *modules: str) -> set[str]:
    """Return those of the modules that are loaded after running code in a new interpreter."""
    script = f"{code}\nimport sys\nprint(*set({modules!r}) & sys.modules.keys())"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_no_dependency() -> None:
    """Importing myonlinestore loads none of its dependencies."""
    baseline = get_loaded_modules("", *HEAVY)
    assert get_loaded_modules("import myonlinestore", *HEAVY) == baseline


@pytest.mark.parametrize(
    "code",
    [
        "from myonlinestore import ConnectConfig; ConnectConfig('t')",
        "from myonlinestore import ConnectError, NotFoundError; repr(NotFoundError('x'))",
        "from myonlinestore import PaginatedResponse, iterate_all, aiterate_all",
        "import myonlinestore; dir(myonlinestore); myonlinestore.__version__",
    ],
)
def test_configuration_errors_and_pages_load_no_dependency(code: str) -> None:
    """Configuration, errors and pages load none of the dependencies."""
    assert get_loaded_modules(code, *HEAVY) - {"asyncio", "typing"} == set()


def test_the_models_load_only_msgspec() -> None:
    """Importing and dumping a model loads no dependency except msgspec."""
    code = "from myonlinestore.models import Article; Article(id=1).model_dump_json()"
    assert get_loaded_modules(code, *HEAVY) == {"msgspec", "typing"}


def test_a_model_loads_only_its_module() -> None:
    """A model loads the module that defines it, but not the request bodies."""
    names = ("articles", "orders", "payments", "store", "bodies.articles")
    modules = [f"myonlinestore.models.{name}" for name in names]
    code = "from myonlinestore.models import Article"
    assert get_loaded_modules(code, *modules) == {modules[0]}


def test_resources_are_loaded_on_first_use() -> None:
    """A client loads the module of a resource when it is first used."""
    modules = [f"myonlinestore.resources.{name}" for name in ("articles", "orders", "customers")]
    create = "from myonlinestore import ConnectClient; client = ConnectClient('t')"
    assert get_loaded_modules(create, *modules) == set()
    assert get_loaded_modules(f"{create}; client.orders", *modules) == {modules[1]}


def test_a_sync_client_loads_no_event_loop() -> None:
    """A call without an event loop does not load asyncio."""
    code = (
        "import httpx, myonlinestore\n"
        "mock = httpx.MockTransport(lambda request: httpx.Response(200, json=[{'id': 1}]))\n"
        "with myonlinestore.ConnectClient('t', transport=mock) as client:\n"
        "    assert client.articles.list().items[0].id == 1\n"
    )
    baseline = get_loaded_modules("import anyio, httpx, msgspec", "asyncio")
    assert get_loaded_modules(code, "asyncio") == baseline


NO_HTTPX = """
import functools, http.server, sys, threading
import anyio
from myonlinestore import ConnectClient, ConnectConfig, TransportError

class Handler(http.server.BaseHTTPRequestHandler):
    statuses = [503, 200, 301, 200, 500]
    def do_GET(self):
        self.send_response(Handler.statuses.pop(0) if Handler.statuses else 200)
        self.send_header("Location", "/v1/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for base_url in (f"http://127.0.0.1:{server.server_port}", "https://127.0.0.1:1", "https://b\xfccher.invalid/x"):
    client = ConnectClient(config=ConnectConfig("t", base_url=base_url, max_retries=1, max_retry_delay=0))
    for run in (
        client.articles.list,
        functools.partial(anyio.run, client.articles.alist, backend="asyncio"),
        functools.partial(anyio.run, client.articles.alist, backend="trio"),
    ):
        try:
            assert run().items == [] and base_url.startswith("http:")
        except TransportError:
            assert base_url.startswith("https:")
    client.close()
"""


def test_calls_on_the_own_client_load_no_httpx() -> None:
    """Sync and async calls, redirects, retries, errors and TLS load neither httpx nor httpcore."""
    assert get_loaded_modules(NO_HTTPX, "httpx", "httpcore") == set()


def test_a_call_loads_no_unused_modules() -> None:
    """Reading a page does not load the modules for time zones, HTML and threads."""
    code = (
        "import httpx, myonlinestore\n"
        "mock = httpx.MockTransport(lambda request: httpx.Response(200, json=[{'id': 1}]))\n"
        "with myonlinestore.ConnectClient('t', transport=mock) as client:\n"
        "    assert client.articles.list().items[0].id == 1\n"
    )
    modules = ("html.entities", "queue", "zoneinfo")
    assert get_loaded_modules(code, *modules) == get_loaded_modules(
        "import anyio, httpx, msgspec", *modules
    )


@pytest.mark.parametrize("package", LAZY)
def test_type_checkers_see_the_exported_names(package: str) -> None:
    """A package imports the same names for type checkers as at run time, from the same modules."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    (checked,) = (n for n in tree.body if ast.unparse(n).startswith("if TYPE_CHECKING:"))
    checked_names: dict[str, str] = {}
    for node in checked.body:
        assert isinstance(node, ast.ImportFrom)
        assert node.module is not None
        for alias in node.names:
            star = alias.name == "*"
            names = importlib.import_module(node.module).__all__ if star else [alias.name]
            assert alias.name in ("*", alias.asname), "not a re-export"
            checked_names |= dict.fromkeys(names, node.module)
    assert set(checked_names) == set(module.__all__)
    for name, source in checked_names.items():
        member = getattr(module, name)
        assert member is getattr(importlib.import_module(source), name)
        assert isinstance(member, types.ModuleType) or source.startswith(package)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", LAZY)
def test_modules_are_attributes_of_a_lazy_package(package: str) -> None:
    """A module of a package is an attribute that is imported on access."""
    for name in importlib.import_module(package)._EXPORTS:
        module = f"{package}.{name}"
        assert get_loaded_modules(f"import {package}; {module}", module) == {module}


@pytest.mark.parametrize("module", ["pydantic", "rich", "click", "starlette", "uvicorn", "trio"])
def test_a_client_loads_no_extra(module: str) -> None:
    """Creating and using a client loads no dependency of an extra."""
    code = (
        "import httpx, myonlinestore\n"
        "mock = httpx.MockTransport(lambda request: httpx.Response(200, json=[{'id': 1}]))\n"
        "with myonlinestore.ConnectClient('t', transport=mock) as client:\n"
        "    assert client.articles.list().items[0].id == 1\n"
    )
    # httpx loads click and rich for its command line if they are installed.
    baseline = get_loaded_modules("import httpx", module)
    assert get_loaded_modules(code, module) == baseline


def test_every_public_name_exists() -> None:
    """Every name in __all__ is an attribute, and remains the same object."""
    for name in myonlinestore.__all__:
        member = getattr(myonlinestore, name)
        assert getattr(myonlinestore, name) is member
        if name[0].isupper():
            assert member.__module__.startswith("myonlinestore.")
    assert sorted(set(myonlinestore.__all__)) == myonlinestore.__all__


@pytest.mark.parametrize("name", ["client", "config", "http", "models", "pagination", "resources"])
def test_the_published_modules_are_attributes(name: str) -> None:
    """The published modules are attributes that are imported on access."""
    assert getattr(myonlinestore, name) is importlib.import_module(f"myonlinestore.{name}")
    assert get_loaded_modules(
        f"import myonlinestore; myonlinestore.{name}", f"myonlinestore.{name}"
    )


@pytest.mark.parametrize("package", LAZY)
def test_a_star_import_imports_the_public_names(package: str) -> None:
    """A star import of a package imports exactly the names in its __all__."""
    names: dict[str, object] = {}
    exec(f"from {package} import *", names)
    assert set(names) - {"__builtins__"} == set(importlib.import_module(package).__all__)


def test_dir_lists_the_public_names() -> None:
    """dir() lists the public names without loading them."""
    listed = dir(myonlinestore)
    assert {name for name in listed if not name.startswith("__")} == set(myonlinestore.__all__)
    assert "__version__" in listed
    code = "import myonlinestore; assert 'ConnectClient' in dir(myonlinestore)"
    assert get_loaded_modules(code, "myonlinestore.client") == set()


def test_an_unknown_name_raises() -> None:
    """An unknown name raises AttributeError with Python's own message."""
    with pytest.raises(AttributeError) as caught:
        myonlinestore.Nonsense  # noqa: B018
    assert str(caught.value) == "module 'myonlinestore' has no attribute 'Nonsense'"
    assert not hasattr(myonlinestore, "sandbox_")


def test_the_version_is_a_release() -> None:
    """The major version is higher than that of the published client."""
    major = int(myonlinestore.__version__.split(".")[0])
    assert major >= 2
