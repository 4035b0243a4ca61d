"""The house rules: imports point one way, and a line knows its room by what it touches."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import myonlinestore

ROOT = Path(myonlinestore.__file__).parent

# The rooms from the ground up. A room imports from the storeys below it, and from itself.
STOREYS: tuple[tuple[str, ...], ...] = (
    ("_lazy",),
    (
        "",
        "exceptions",
        "_blocking",
        "_chain",
        "_loop",
        "_pace",
        "_payloads",
        "_request",
        "_scalars",
    ),
    ("config", "_gate", "_repair"),
    ("_codec", "_retry", "_rows", "pagination"),
    ("_answer", "models"),
    ("_pydantic_twins", "_wire", "resources"),
    ("_pools", "_pydantic_schema", "pydantic"),
    ("http",),
    ("_attributes",),
    ("client",),
    ("mirror", "sandbox"),
    ("cli",),
)

# Imports that go up, with the reason for each.
UPWARD = {
    ("models.base", "_pydantic_schema"): "within a function: only when pydantic asks a model",
}

# What each room may use that is not in the standard library.
LIBRARIES = {
    "_answer": {"msgspec"},
    "_codec": {"msgspec"},
    "_gate": {"anyio"},
    "_loop": {"anyio", "trio"},
    "_pace": {"msgspec"},
    "_pydantic_schema": {"msgspec", "pydantic", "pydantic_core"},
    "_pydantic_twins": {"msgspec", "pydantic", "pydantic_core"},
    "_repair": {"msgspec"},
    "_request": {"msgspec"},
    "_rows": {"msgspec"},
    "_wire": {"anyio", "httpcore", "httptools", "httpx", "msgspec"},
    "cli": {"click", "rich"},
    "mirror": {"anyio", "duckdb", "fsspec", "msgspec", "psycopg", "pyarrow"},
    "models": {"msgspec"},
    "pagination": {"anyio"},
    "pydantic": {"pydantic"},
    "resources": {"msgspec"},
    "sandbox": {"anyio", "msgspec", "pytest", "starlette", "uvicorn"},
}


@dataclass
class _Module:
    """What a file touches when it runs: no annotation, and nothing that only a checker sees."""

    name: str
    imports: set[str] = field(default_factory=set[str])
    names: set[str] = field(default_factory=set[str])
    texts: set[str] = field(default_factory=set[str])
    numbers: set[int] = field(default_factory=set[int])
    segments: set[str] = field(default_factory=set[str])

    @property
    def room(self) -> str:
        return room_of(self.name)


class _Reader(ast.NodeVisitor):
    """Fills a _Module from its syntax tree."""

    def __init__(self, module: _Module) -> None:
        self.module = module

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.visit(node.test)
            for statement in node.body:
                self.visit(statement)
        for statement in node.orelse:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        for part in (*node.decorator_list, *defaults, *node.body):
            self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring touches nothing
            self.visit(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        self.module.imports |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.module.imports |= {f"{node.module}.{alias.name}" for alias in node.names}

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.module.names.add(ast.unparse(node))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func) == "path":
            literals = [a.value for a in node.args if isinstance(a, ast.Constant)]
            self.module.segments.add(str(literals[0]))
            node.args = [a for a in node.args if not isinstance(a, ast.Constant)]
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.module.texts.add(node.value)
        elif type(node.value) is int:
            self.module.numbers.add(node.value)


def read(file: Path) -> _Module:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    module = _Module(name.removesuffix("__init__").rstrip("."))
    _Reader(module).visit(ast.parse(file.read_text("utf-8")))
    return module


MODULES = [read(file) for file in sorted(ROOT.rglob("*.py"))]
NAMES = {module.name for module in MODULES}


def room_of(name: str) -> str:
    return name.partition(".")[0]


def own_imports(module: _Module) -> Iterator[str]:
    """The package's own modules that a module imports, at its top or within a function."""
    for imported in module.imports:
        if imported.partition(".")[0] == "myonlinestore":
            name = imported.removeprefix("myonlinestore").lstrip(".")
            while name not in NAMES:
                name = name.rpartition(".")[0]
            yield name


def storey(room: str) -> int:
    (found,) = (level for level, rooms in enumerate(STOREYS) if room in rooms)
    return found


def test_every_file_has_its_room() -> None:
    """Each file is in a room of the plan, and the plan has no room that is not there."""
    planned = [room for rooms in STOREYS for room in rooms]
    assert sorted(planned) == sorted({module.room for module in MODULES})


def test_imports_point_one_way() -> None:
    """A module imports from the storeys below it and from its own room, and from nowhere else."""
    upward = {
        (module.name, imported)
        for module in MODULES
        for imported in own_imports(module)
        if room_of(imported) != module.room and storey(room_of(imported)) >= storey(module.room)
    }
    assert upward == set(UPWARD)


def test_nothing_imports_the_command_line_and_the_core_no_extra() -> None:
    """The command line is at the top; the mirror and the sandbox are beside each other below it."""
    for module in MODULES:
        rooms = {room_of(imported) for imported in own_imports(module)} - {module.room}
        assert "cli" not in rooms
        assert module.room == "cli" or not rooms & {"mirror", "sandbox"}, module.name


def test_libraries_stay_in_their_rooms() -> None:
    """Each library is imported where it is needed, and nowhere else."""
    used: dict[str, set[str]] = {}
    for module in MODULES:
        libraries = {name.partition(".")[0] for name in module.imports} - {"myonlinestore"}
        used.setdefault(module.room, set()).update(libraries - sys.stdlib_module_names)
    for room, libraries in used.items():
        assert libraries <= LIBRARIES.get(room, set()), room


@dataclass(frozen=True)
class Rule:
    """Something that only some rooms touch; `allowed` gives a reason for each other place."""

    what: str
    names: re.Pattern[str]
    rooms: tuple[str, ...]
    allowed: dict[str, str] = field(default_factory=dict[str, str])


# The sandbox is the other side of the wire: it checks tokens, serves paths and rolls its own dice.
OTHER_SIDE = ("sandbox",)

RULES = (
    Rule("httpx", re.compile(r"(httpx|httpcore|h11)\b.*"), ("_wire",)),
    Rule(
        "sleeping",
        re.compile(r"(time|anyio|asyncio|trio)\.sleep(_until)?"),
        ("_wire", *OTHER_SIDE),
    ),
    Rule(
        "a secret's value",
        re.compile(r".*\.(store_token|partner_token|auth_params)"),
        ("config", "_wire", *OTHER_SIDE),
        {
            "cli.commands": "shows the tokens of the sandbox that it has started",
        },
    ),
    Rule("chance", re.compile(r"(random|secrets)\b.*"), ("_retry", *OTHER_SIDE)),
    Rule("msgspec.json", re.compile(r"msgspec\.json\b.*"), ("_codec",)),
    Rule(
        "percent-quoting",
        re.compile(r"urllib\.parse\.(quote|unquote|urlencode|parse_qs).*"),
        ("_request", *OTHER_SIDE),
        {
            "config": "knows how a server may write a token back, to mask it",
            "_wire.signing": "adds the tokens to an URL, beneath everything that could show it",
        },
    ),
    Rule(
        "task groups",
        re.compile(r".*\b(create_task_group|TaskGroup|create_task|open_nursery|spawn_system_task)"),
        ("pagination", "mirror", *OTHER_SIDE),
        {"_loop": "has another loop close its own connections, where nobody waits for it"},
    ),
    Rule(
        "Retry-After",
        re.compile(r".*\bparse_retry_after"),
        ("_retry",),
        {
            "_answer": "hands the header's text over, and the error the seconds",
        },
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.what)
def test_a_line_knows_its_room(rule: Rule) -> None:
    """What a rule names is touched in its rooms, and elsewhere only for the reason given."""
    touching = {
        module.name
        for module in MODULES
        if any(rule.names.fullmatch(name) for name in module.imports | module.names)
    }
    assert {name for name in touching if room_of(name) not in rule.rooms} == set(rule.allowed)
    assert touching


CLIENT = [module for module in MODULES if module.room not in OTHER_SIDE]
CORE = [module for module in CLIENT if module.room not in ("cli", "mirror")]


def test_paths_stay_with_their_resource() -> None:
    """A path is built in the file of its resource, and written out nowhere."""
    homes: dict[str, set[str]] = {}
    for module in CLIENT:
        for segment in module.segments:
            homes.setdefault(segment, set()).add(module.name)
        written = {text for text in module.texts if re.fullmatch(r"/[a-z]{2}[\w/-]*", text)}
        assert not written, module.name
    # The payments of an order have a file of their own; both are client.orders.
    assert homes.pop("orders") == {"resources.orders", "resources.order_payments"}
    assert len(homes) > 10
    for segment, files in homes.items():
        assert len(files) == 1, segment
        assert all(room_of(file) == "resources" for file in files), segment


def test_wire_names_stay_in_the_models() -> None:
    """A field's camelCase name on the wire is written in the models only."""
    for module in CLIENT:
        wire_names = {text for text in module.texts if re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", text)}
        assert module.room == "models" or not wire_names, module.name


STATUSES = {
    "exceptions": "what a status means",
    "_retry": "whether to try again",
    "_answer": "which are redirects, and where failures begin",
}


def test_statuses_stay_in_their_rooms() -> None:
    """What a status code means is decided in one place for each question."""
    statuses = {300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 422, 429, 502, 503, 504}
    assert {module.name for module in CORE if module.numbers & statuses} == set(STATUSES)


def test_resource_methods_do_not_branch() -> None:
    """A resource method builds a request, awaits it and returns it; what varies lives elsewhere."""
    branches = (ast.If, ast.IfExp, ast.Match, ast.For, ast.While, ast.Try)
    for file in sorted((ROOT / "resources").glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        methods = [
            n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        if file.name != "base.py":
            nodes = [node for method in methods for node in ast.walk(method)]
            assert not [node for node in nodes if isinstance(node, branches)], file.name
