"""The language of the project: docstrings, comments, messages and pages in plain English.

`ruff` checks that docstrings of functions begin with an imperative verb (D401).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUESTION_WORDS = re.compile(r"(What|Whether|How|Who|Which|Where|As)\b")
WORDS = re.compile(
    r"\b(anew|meanwhile|beside|whoever|nobody|lest|stands|told|tells|goes on|go on|going on"
    r"|in (the|its|their) place( of)?|at the most|so many|so much|by then"
    r"|(?<!there )(?<!There )(is|are|was|were) (no(?! longer)|(?-i:none)))\b",
    re.IGNORECASE,
)

CODE = [
    *ROOT.glob("*.py"),
    *(p for d in ("src", "tests", "benchmarks", "tools") for p in (ROOT / d).rglob("*.py")),
]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]


def get_relative_names(paths: list[Path]) -> list[str]:
    """Return the paths below the root of the project, without those of environments."""
    names = sorted(path.relative_to(ROOT).as_posix() for path in paths)
    return [name for name in names if "/." not in name]


def get_docstrings(tree: ast.Module) -> dict[int, str]:
    """Return the docstrings by their first line."""
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if ast.get_docstring(node) is not None:
            found[node.body[0].lineno] = ast.get_docstring(node) or ""
    return found


def iterate_texts(name: str) -> Iterator[tuple[int, str]]:
    """Yield docstrings, comments and names, and outside of the tests the other strings."""
    source = (ROOT / name).read_text("utf-8")
    tree = ast.parse(source)
    docstrings = get_docstrings(tree)
    yield from docstrings.items()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.lineno, node.name.replace("_", " ")
    if not name.startswith("tests/"):
        constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
        for node in constants:
            if isinstance(node.value, str) and node.lineno not in docstrings:
                yield node.lineno, node.value


def find_violations(texts: Iterable[tuple[int, str]]) -> list[str]:
    """Return the line, the word and its surroundings for each word that is not plain English."""
    found: list[str] = []
    for line, text in texts:
        flat = re.sub(r"\s+", " ", text)
        for match in WORDS.finditer(flat):
            around = flat[max(0, match.start() - 45) : match.end() + 30]
            found.append(f"{line}: {match[0]!r} in {around!r}")
    return found


@pytest.mark.parametrize(
    "name", get_relative_names([path for path in CODE if path != Path(__file__)])
)
def test_code_is_in_plain_english(name: str) -> None:
    """No text has one of the words, and no docstring begins with a question word."""
    assert find_violations(iterate_texts(name)) == []
    found = get_docstrings(ast.parse((ROOT / name).read_text("utf-8")))
    assert {line: text for line, text in found.items() if QUESTION_WORDS.match(text)} == {}


@pytest.mark.parametrize("name", get_relative_names(PAGES))
def test_pages_are_in_plain_english(name: str) -> None:
    """No page of the documentation has one of the words."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    assert find_violations(enumerate(lines, 1)) == []


def test_a_violation_is_found() -> None:
    """A word is found across line breaks; `None` and other meanings are not."""
    found = find_violations([(1, "so\n    many rows"), (2, "it is None"), (3, "there is no row")])
    assert found == ["1: 'so many' in 'so many rows'"]
