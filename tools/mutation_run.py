"""Run the tests for each mutant, in forks of a process that has imported them once."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import itertools
import json
import os
import resource
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

import coverage
import hypothesis
import pytest
from mutants import Mutant

# A test that takes this much longer than without a mutant is blocked.
EXTRA_SECONDS = 5
TIMES_SLOWER = 10
MAX_MEMORY_BYTES = 8 * 1024**3
MAX_BASELINE_SECONDS = 1_800

FunctionsByPlace = dict[tuple[str, str, int], list[FunctionType]]


@dataclass
class Baseline:
    """The tests as they run without a mutant.

    Attributes:
        seconds: the duration of each test that passes, by its position.
        tests: the positions of the tests that run a line, by file and line.
    """

    seconds: dict[int, float]
    tests: dict[str, dict[int, list[int]]]

    def covering(self, mutant: Mutant, max_seconds: float) -> list[int]:
        """Return tests that run the lines of a mutant, the fastest first, up to a time in all."""
        by_line = self.tests.get(str(mutant.path), {})
        found = {test for line in mutant.lines for test in by_line.get(line, [])}
        tests = sorted(found & self.seconds.keys(), key=self.seconds.__getitem__)
        totals = itertools.accumulate(self.seconds[test] for test in tests)
        # The first one runs in any case.
        count = sum(total <= max_seconds for total in totals)
        return tests[: max(1, count)]


@dataclass
class Child:
    """A fork that writes a result into a pipe before the deadline, or is killed."""

    pid: int
    pipe: int
    deadline: float


class MutationRun:
    """A plugin for pytest that runs the tests for each mutant, instead of once.

    Attributes:
        survivors: the mutants that no test notices.
        killers: the test that noticed each other mutant, or nothing if the mutant blocked.
    """

    def __init__(self, mutants: list[Mutant], children: int, max_seconds: float) -> None:
        self.survivors: list[Mutant] = []
        self.killers: list[tuple[Mutant, str]] = []
        self._mutants = mutants
        self._children = children
        self._max_seconds = max_seconds
        self._failed = False
        self._items: list[pytest.Item] = []
        # The tests that killed mutants of a function come first for its next mutants.
        self._recent: dict[str, list[int]] = defaultdict(list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Make hypothesis generate the same examples for each mutant."""
        hypothesis.settings.register_profile(
            "mutation",
            derandomize=True,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        hypothesis.settings.load_profile("mutation")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store that a test failed."""
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests that run the line of each mutant."""
        self._items = session.items
        for path in {mutant.path for mutant in self._mutants}:
            parts = path.with_suffix("").parts
            importlib.import_module(".".join(parts[parts.index("src") + 1 :]))
        baseline = self._measure()
        functions = _find_functions()
        running: dict[int, tuple[Child, Mutant]] = {}
        for number, mutant in enumerate(self._mutants, 1):
            print(f"\r{number} of {len(self._mutants)}", end="", file=sys.stderr, flush=True)
            tests = baseline.covering(mutant, self._max_seconds)
            if not tests:
                self.survivors.append(mutant)
                continue
            if len(running) == self._children:
                self._finish_one(running)
            recent = [test for test in reversed(self._recent[mutant.function]) if test in tests]
            tests = list(dict.fromkeys([*recent, *tests]))
            total = sum(baseline.seconds[test] for test in tests)
            work = functools.partial(self._try, mutant, functions, tests, baseline)
            child = self._fork(work, 60 + TIMES_SLOWER * total)
            running[child.pipe] = child, mutant
        while running:
            self._finish_one(running)
        print(file=sys.stderr)
        return True

    def _measure(self) -> Baseline:
        """Run each test once, in a fork, so that it leaves no cache or thread behind."""
        child = self._fork(self._run_all, MAX_BASELINE_SECONDS)
        with os.fdopen(child.pipe, "rb") as pipe:
            found = json.loads(pipe.read())
        os.waitpid(child.pid, 0)
        for failed in found["failed"]:
            print(f"fails without a mutant: {failed}")
        seconds = {int(test): value for test, value in found["seconds"].items()}
        tests = {
            path: {
                int(line): [int(test) for test in tests if test] for line, tests in lines.items()
            }
            for path, lines in found["tests"].items()
        }
        return Baseline(seconds, tests)

    def _run_all(self) -> bytes:
        paths = sorted({str(mutant.path) for mutant in self._mutants})
        measured = coverage.Coverage(None, include=paths, config_file=False)
        caches = _find_caches(paths)
        seconds, failed = {}, []
        for position, item in enumerate(self._items):
            for cache in caches:
                cache.cache_clear()
            # Started for each test, because a test may trace its lines itself.
            measured.start()
            measured.switch_context(str(position))
            start = time.perf_counter()
            passed = self._passes(item)
            measured.stop()
            if passed:
                seconds[position] = time.perf_counter() - start
            else:
                failed.append(item.nodeid)
        data = measured.get_data()
        tests = {path: data.contexts_by_lineno(path) for path in paths}
        return json.dumps({"seconds": seconds, "failed": failed, "tests": tests}).encode()

    def _try(
        self,
        mutant: Mutant,
        functions: FunctionsByPlace,
        tests: list[int],
        baseline: Baseline,
    ) -> bytes:
        """Return the position of the first test that fails, or nothing if all pass."""
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        _replace_code(mutant, functions)
        for test in tests:
            limit = EXTRA_SECONDS + TIMES_SLOWER * baseline.seconds[test]
            signal.setitimer(signal.ITIMER_REAL, limit)
            if not self._passes(self._items[test]):
                return str(test).encode()
        return b"-"

    def _passes(self, item: pytest.Item) -> bool:
        self._failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self._failed

    def _fork(self, work: Callable[[], bytes], seconds: float) -> Child:
        """Start a fork that writes the result of a function."""
        readable, writable = os.pipe()
        pid = os.fork()
        if not pid:
            _run_child(work, writable)
        os.close(writable)
        return Child(pid, readable, time.monotonic() + seconds)

    def _finish_one(self, running: dict[int, tuple[Child, Mutant]]) -> None:
        """Store the result of the first child that ends."""
        ready: list[int] = []
        while not ready:
            ready = select.select([*running], [], [], 1)[0]
            now = time.monotonic()
            ready += [pipe for pipe, (child, _) in running.items() if child.deadline < now]
        child, mutant = running.pop(ready[0])
        result = os.read(child.pipe, 100) if child.deadline > time.monotonic() else b""
        os.close(child.pipe)
        # Threads and processes of the test may be left.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        if result == b"-":
            self.survivors.append(mutant)
            return
        killer = ""
        if result:
            recent = self._recent[mutant.function]
            if int(result) in recent:
                recent.remove(int(result))
            recent.append(int(result))
            killer = self._items[int(result)].nodeid
        self.killers.append((mutant, killer))


def _run_child(work: Callable[[], bytes], pipe: int) -> NoReturn:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    try:
        result = memoryview(work())
        while result:
            result = result[os.write(pipe, result) :]
    finally:
        os._exit(0)


def _find_caches(paths: list[str]) -> list[Any]:
    """Return the cached functions of some files: each test has to run their lines itself."""
    kind = type(functools.cache(len))
    found: list[Any] = [each for each in gc.get_objects() if isinstance(each, kind)]
    return [each for each in found if _place(each.__wrapped__.__code__)[0] in paths]


def _find_functions() -> FunctionsByPlace:
    """Return the functions by file, name and line."""
    found: FunctionsByPlace = defaultdict(list)
    for function in gc.get_objects():
        if isinstance(function, FunctionType):
            code = function.__code__
            found[_place(code)].append(function)
    return found


def _replace_code(mutant: Mutant, functions: FunctionsByPlace) -> None:
    """Make the functions of a module run the mutant's code."""
    for code in _nested(mutant.compile()):
        for function in functions.get(_place(code), []):
            if len(function.__code__.co_freevars) == len(code.co_freevars):
                function.__code__ = code


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _place(code: CodeType) -> tuple[str, str, int]:
    return str(Path(code.co_filename)), code.co_name, code.co_firstlineno
