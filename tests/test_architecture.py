"""Rules for what each package may use. `lint-imports` checks the direction of imports."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import myonlinestore

ROOT = Path(myonlinestore.__file__).parent
# The sandbox is the server: it checks tokens, serves paths and draws its own random numbers.
SERVER = "sandbox/"

# What is touched, by its dotted name: the packages and modules that may do so.
ALLOWED = {
    r"(httpx|httpcore|h11)\b.*": ("_transport/",),
    r"(time|anyio|asyncio|trio)\.sleep(_until)?": (
        "_transport/",
        "mirror/destinations/sql/connection.py",  # in a worker thread, while a database is locked
        SERVER,
    ),
    r"(random|secrets)\b.*": ("_retry.py", SERVER),
    r"msgspec\.json\b.*": ("_codec/",),
    r"urllib\.parse\.(quote|unquote|urlencode|parse_qs).*": (
        "_request.py",
        "_redaction.py",  # finds the spellings in which a server repeats a token
        "config.py",
        "_transport/url.py",  # as httpx, quotes what a base URL or a redirect leaves unquoted
        "_transport/environment.py",  # the user and the password of a proxy
        "_transport/auth.py",  # adds the tokens to the URL below everything that could show it
        SERVER,
    ),
    r".*\.(store_token|partner_token|auth_params)": (
        "config.py",
        "_transport/",
        "cli/",  # shows the tokens of the sandbox that it started
        SERVER,
    ),
    r".*\b(create_task_group|TaskGroup|create_task|open_nursery|spawn_system_task)": (
        "_concurrency/",
        "pagination/",
        "mirror/",
        SERVER,
    ),
    r".*\bparse_retry_after": ("_retry.py", "_response.py"),
}
# The libraries that each package may import; every other module imports none.
LIBRARIES = {
    "_codec": {"msgspec"},
    "_concurrency": {"anyio", "trio"},
    "_pydantic": {"msgspec", "pydantic", "pydantic_core"},
    "_request": {"msgspec"},
    "_response": {"msgspec"},
    "_transport": {"anyio", "certifi", "h11", "httpcore", "httptools", "httpx", "idna", "msgspec"},
    "cli": {"click", "rich"},
    "mirror": {"anyio", "duckdb", "fsspec", "msgspec", "psycopg", "pyarrow"},
    "models": {"msgspec"},
    "pagination": {"anyio"},
    "pydantic": {"pydantic"},
    "resources": {"msgspec"},
    "sandbox": {"anyio", "msgspec", "pytest", "starlette", "uvicorn"},
}
STATUSES = {300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 422, 429, 502, 503, 504}
WIRE_NAME = re.compile(r"[a-z]+([A-Z][a-z]+)+")
URL_PATH = re.compile(r"/[a-z]{2}[\w/-]*")


def parse_code(file: Path) -> list[ast.AST]:
    """Return the nodes that run: no docstrings, annotations or blocks for type checkers."""
    tree = ast.parse(file.read_text("utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped.update(child for part in node.body for child in ast.walk(part))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if annotation is not None:
            skipped.update(ast.walk(annotation))
    return [node for node in ast.walk(tree) if node not in skipped]


CODE = {file.relative_to(ROOT).as_posix(): parse_code(file) for file in sorted(ROOT.rglob("*.py"))}
CLIENT = {name: code for name, code in CODE.items() if not name.startswith(SERVER)}


def get_names(code: list[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in code:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute):
            names.add(ast.unparse(node))
    return names


def get_constants(code: list[ast.AST], kind: type) -> set[object]:
    """Return the literals of one type, except for the segments of a path."""
    segments = [node for nodes in get_path_segments(code) for node in nodes]
    literals = [n for n in code if isinstance(n, ast.Constant) and n not in segments]
    return {node.value for node in literals if type(node.value) is kind}


def get_path_segments(code: list[ast.AST]) -> list[list[ast.Constant]]:
    """Return the literal segments of each path that is built."""
    calls = [n for n in code if isinstance(n, ast.Call) and ast.unparse(n.func) == "build_path"]
    return [[arg for arg in call.args if isinstance(arg, ast.Constant)] for call in calls]


def get_module_name(file: Path) -> str:
    """Return the dotted name of a module or a package."""
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def get_imports(file: Path, modules: set[str]) -> set[str]:
    """Return the modules of `modules` that a file imports: lazily and for type checkers, too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: a relative import"
            attributes = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= attributes if attributes <= modules else {*attributes, str(node.module)}
    return names & modules


def test_there_is_no_import_circle() -> None:
    """No module imports itself through others, lazily and for type checkers included."""
    files = {get_module_name(file): file for file in ROOT.rglob("*.py")}
    imports = {module: get_imports(file, {*files}) for module, file in files.items()}
    assert imports["myonlinestore.client"] > {"myonlinestore.resources", "myonlinestore.http"}
    TopologicalSorter(imports).prepare()  # Raises CycleError, which names the circle.


@pytest.mark.parametrize("pattern", ALLOWED)
def test_each_thing_is_touched_by_its_package(pattern: str) -> None:
    """A name of the table is used in the packages of its row, and in no other."""
    users = {
        name
        for name, code in CODE.items()
        if any(re.fullmatch(pattern, n) for n in get_names(code))
    }
    assert users
    assert {name for name in users if not name.startswith(ALLOWED[pattern])} == set()


def test_libraries_are_imported_by_their_packages() -> None:
    """A package imports the libraries of the table and no others."""
    for name, code in CODE.items():
        modules = [a.name for n in code if isinstance(n, ast.Import) for a in n.names]
        modules += [n.module or "" for n in code if isinstance(n, ast.ImportFrom)]
        libraries = {module.partition(".")[0] for module in modules} - {"myonlinestore"}
        package = name.partition("/")[0].removesuffix(".py")
        assert libraries - sys.stdlib_module_names <= LIBRARIES.get(package, set()), name


def test_wire_names_are_in_the_models() -> None:
    """A camelCase field name of the API is written in the models only."""
    for name, code in CLIENT.items():
        keywords = [keyword for node in code for keyword in getattr(node, "keywords", [])]
        operations = get_constants([k.value for k in keywords if k.arg == "operation"], str)
        texts = get_constants(code, str) - operations
        found = {text for text in texts if WIRE_NAME.fullmatch(str(text))}
        assert not found or name.startswith("models/"), (name, found)


def test_statuses_are_in_three_modules() -> None:
    """The meaning of a status code is decided in one module per question."""
    core = {name: code for name, code in CLIENT.items() if not name.startswith(("cli/", "mirror/"))}
    found = {name for name, code in core.items() if get_constants(code, int) & STATUSES}
    assert found == {"exceptions.py", "_retry.py", "_response.py"}


def test_paths_are_built_by_their_resource() -> None:
    """No module writes out a URL path; the first segment of each is in the module of its resource."""
    modules_by_constant: dict[object, set[str]] = {}
    for name, code in CLIENT.items():
        texts = get_constants(code, str)
        assert not [text for text in texts if URL_PATH.fullmatch(str(text))], name
        for segments in get_path_segments(code):
            modules_by_constant.setdefault(segments[0].value, set()).add(name)
    assert len(modules_by_constant) > 10
    for segment, modules in modules_by_constant.items():
        assert len(modules) == 1, segment
        assert min(modules).startswith("resources/"), segment


def test_resource_methods_do_not_branch() -> None:
    """A resource method builds a request, awaits it and returns the result."""
    branches = (ast.If, ast.IfExp, ast.Match, ast.For, ast.While, ast.Try)
    for file in sorted((ROOT / "resources").glob("*.py")):
        for method in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found = [node for node in ast.walk(method) if isinstance(node, branches)]
                assert file.name == "base.py" or not found, (file.name, method.name)
