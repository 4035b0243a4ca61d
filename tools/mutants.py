"""Mutants: small changes to the body of a function, made in the syntax tree of its module."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
_PAIRS = [
    ("lower", "upper"),
    ("lstrip", "rstrip"),
    ("find", "rfind"),
    ("index", "rindex"),
    ("partition", "rpartition"),
    ("removeprefix", "removesuffix"),
    ("any", "all"),
    ("min", "max"),
]
_NAMES = dict(_PAIRS) | {second: first for first, second in _PAIRS}
_NOT_RUN = frozenset({"annotation", "returns", "decorator_list", "format_spec"})


@dataclass
class Mutant:
    """A change of one node.

    Attributes:
        path: the file of the module.
        tree: its syntax tree.
        function: the qualified name of the function.
        statement: the innermost statement that contains the node.
        text: the first line of that statement after the change.
        count: how many mutants of the function have had this text before.
    """

    path: Path
    tree: ast.Module
    function: str
    statement: ast.stmt
    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST
    text: str = ""
    count: int = 0

    @property
    def name(self) -> str:
        """The name in the list of equivalent mutants."""
        number = f" ({self.count + 1})" if self.count else ""
        return f"{self.function}: {self.text}{number}"

    @property
    def lines(self) -> range:
        """The lines of the statement, or of its head if it contains other statements."""
        statement = self.statement
        last = statement.end_lineno or statement.lineno
        body = getattr(statement, "body", None)
        if body:
            last = max(statement.lineno, body[0].lineno - 1)
        return range(statement.lineno, last + 1)

    def swap(self) -> None:
        """Make the change, or undo it."""
        values = getattr(self.parent, self.field)
        if self.index is None:
            setattr(self.parent, self.field, self.new)
            self.new = values
        else:
            values[self.index], self.new = self.new, values[self.index]

    def compile(self) -> CodeType:
        """Return the code of the changed module."""
        self.swap()
        try:
            tree = ast.fix_missing_locations(self.tree)
            return compile(tree, str(self.path), "exec", dont_inherit=True)
        finally:
            self.swap()


def find_mutants(path: Path) -> list[Mutant]:
    """Return the mutants of all functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    mutants = [
        mutant for name, node in _functions(tree) for mutant in _mutate(path, tree, name, node)
    ]
    seen: dict[str, int] = {}
    for mutant in mutants:
        changed = mutant.new if isinstance(mutant.new, ast.stmt) else mutant.statement
        mutant.swap()
        mutant.text = ast.unparse(changed).partition("\n")[0]
        mutant.swap()
        if isinstance(changed, ast.Pass):
            mutant.text = f"without {ast.unparse(mutant.statement)}"
        mutant.count = seen.get(mutant.name, 0)
        seen[mutant.name] = mutant.count + 1
    return mutants


def _functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, (ast.If, ast.Try)):
            yield from _functions(child, prefix)


def _mutate(path: Path, tree: ast.Module, name: str, function: ast.stmt) -> Iterator[Mutant]:
    pending: list[tuple[ast.AST, ast.stmt]] = [(function, function)]
    while pending:
        parent, outer = pending.pop()
        for field, index, node in _children(parent):
            statement = node if isinstance(node, ast.stmt) else outer
            for new in _replacements(parent, field, node):
                if isinstance(new, (ast.stmt, ast.expr)):
                    ast.copy_location(new, node)
                yield Mutant(path, tree, name, statement, parent, field, index, new)
            pending.append((node, statement))


def _children(parent: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """Return the nodes of a function's body, without types, docstrings and decorators."""
    for field, value in ast.iter_fields(parent):
        is_call = isinstance(parent, ast.Call)
        if field in _NOT_RUN or (field == "args" and not is_call):
            continue
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            start = 1 if field == "args" and _is_typing_call(parent) else 0
            for index, node in enumerate(value[start:], start):
                if isinstance(node, ast.AST) and not _is_docstring(node):
                    yield field, index, node


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_typing_call(node: ast.AST) -> bool:
    """Return True for a call whose result does not depend on its first argument."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cast"


def _replacements(parent: ast.AST, field: str, node: ast.AST) -> Iterator[ast.AST]:
    """Return the replacements of a node."""
    if type(node) in _OPERATORS:
        yield _OPERATORS[type(node)]()
    elif isinstance(node, ast.stmt):
        yield from _other_statements(node)
    elif isinstance(node, ast.Constant):
        yield from _other_constants(node.value)
    elif isinstance(node, ast.expr):
        yield from _other_expressions(parent, field, node)


def _other_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(node, (ast.Expr, ast.Raise)):
        yield ast.Pass()
    elif isinstance(node, ast.AugAssign):
        yield ast.Assign([copy.deepcopy(node.target)], node.value)


def _other_constants(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield ast.Constant(value + 1)
    elif isinstance(value, str):
        yield ast.Constant(f"XX{value}XX")
    elif isinstance(value, bytes):
        yield ast.Constant(b"XX%bXX" % value)


def _other_expressions(parent: ast.AST, field: str, node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    elif field in {"test", "ifs"} and not isinstance(node, ast.Compare):
        yield ast.UnaryOp(ast.Not(), node)
    if field == "func" and isinstance(node, ast.Name) and node.id in _NAMES:
        yield ast.Name(_NAMES[node.id], ast.Load())
    if field == "func" and isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield ast.Attribute(node.value, _NAMES[node.attr], ast.Load())
    is_argument = field == "args" or (isinstance(parent, ast.keyword) and parent.arg is not None)
    is_value = field == "value" and isinstance(parent, (ast.Assign, ast.AnnAssign, ast.Return))
    if (is_argument and not isinstance(node, ast.Starred)) or is_value:
        yield ast.Constant(None)
