"""Change the code in small ways, and list the changes that no test notices.

    python tools/mutation.py [retry response codec ...] [--module decode] [--sample 100] [--killers]

The tests of the groups are imported once, and run once to measure which test runs which line. For
each mutant, a fork of that process runs the tests that run its line, the fastest first, until one
fails. A mutant that blocks, or that takes too much memory, is killed too. All of it happens in a
copy of the project, so that the project may be changed during the run.

The bodies of functions are changed, not the constants of modules and classes. The run fails if
fewer than 90 % of a module's mutants are killed, or if the survivors are not those that
mutation_survivors.toml lists with a reason.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from mutants import Mutant, find_mutants
from mutation_run import MutationRun

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "myonlinestore"
SURVIVORS = Path(__file__).with_name("mutation_survivors.toml")
COPIED = ("src", "tests", "tools", "pyproject.toml", "README.md", "LICENSE")
MIN_KILLED = 0.9
# They are random, or measure memory for seconds.
LEFT_OUT = [
    "tests/transport/test_fuzz.py",
    "tests/pagination/test_seen_keys.py::test_a_million_keys_take_20_megabytes",
]

Reasons = dict[str, dict[str, str]]


class Group(NamedTuple):
    """Modules, as patterns below the package, and the paths of their tests below `tests`."""

    modules: list[str]
    tests: list[str]


def _transport(*names: str) -> list[str]:
    return [f"_transport/{name}.py" for name in names]


def _tests(*names: str) -> list[str]:
    return [f"transport/test_{name}.py" for name in names]


def _http1_tests(*names: str) -> list[str]:
    return [f"transport/http1/test_{name}.py" for name in names]


GROUPS = {
    "retry": Group(["_retry.py"], _tests("retry_policy", "retries", "logging", "rate_limit")),
    "response": Group(["_response.py"], _tests("response", "errors", "redirects", "retries")),
    "codec": Group(
        ["_codec/*.py"],
        [
            *("codec", "models", "test_request.py"),
            *("resources/test_pages.py", "resources/test_row_types.py"),
            *_tests("errors", "response"),
        ],
    ),
    "pagination": Group(
        ["pagination/*.py"],
        ["pagination", "resources/test_pages.py", "resources/test_row_types.py"],
    ),
    "messages": Group(
        _transport("http1/head", "http1/response", "http1/request"),
        _http1_tests("head", "response", "request", "exchange"),
    ),
    "connections": Group(
        _transport(
            *("http1/client", "http1/errors", "http1/pool", "http1/streams", "http1/waiting*")
        ),
        [
            *_http1_tests("exchange", "pool", "streams", "waiting"),
            *_tests("acknowledged_writes", "cancellation", "close", "content_decoding"),
            *_tests("deadline", "max_connections", "proxies", "tls"),
        ],
    ),
    "requests": Group(
        _transport("prepared_request", "url", "decompress", "auth", "deadline", "log_filter"),
        _tests("content_decoding", "deadline", "logging", "request_bytes", "requests", "url")
        + _tests("redirects", "secrets"),
    ),
    "engines": Group(
        _transport("httpx_engine", "httpcore_transports", "raw_clients")
        + _transport("send", "pools", "environment", "errors"),
        [
            *_tests("acknowledged_writes", "cancellation", "close", "custom_transports"),
            *_tests("deadline", "engines", "errors", "http_transport", "httpx_responses"),
            *_tests("max_connections", "open_telemetry", "options", "pools", "proxies"),
            *_tests("rate_limit", "secrets", "tls"),
        ],
    ),
    "rate_limiter": Group(
        _transport("rate_limiter"), _tests("rate_limiter", "rate_limit", "max_connections")
    ),
}


def select_mutants(group: Group, module: str, sample: int | None) -> list[Mutant]:
    """Return the mutants of a group; a sample is always the same part of a module's mutants."""
    selected = []
    for pattern in group.modules:
        for path in sorted(PACKAGE.glob(pattern)):
            if module not in (path.stem, ""):
                continue
            mutants = find_mutants(path)
            if sample is not None and len(mutants) > sample:
                chosen = random.Random(0).sample(range(len(mutants)), sample)
                mutants = [mutants[position] for position in sorted(chosen)]
            selected += mutants
    return selected


def run(group: Group, options: argparse.Namespace) -> bool:
    """Run a group, print its table and its survivors, and return True if they are as expected."""
    mutants = select_mutants(group, options.module, options.sample)
    mutation_run = MutationRun(mutants, options.children, options.seconds)
    arguments = ["-p", "no:faulthandler", "--capture=no", "-W", "ignore"]
    arguments += [f"--deselect={name}" for name in LEFT_OUT]
    paths = [f"tests/{path}" for path in group.tests]
    if pytest.main([*arguments, *paths], [mutation_run]) != pytest.ExitCode.OK:
        return False
    reasons = msgspec.toml.decode(SURVIVORS.read_bytes(), type=Reasons)
    if options.killers:
        for mutant, killer in mutation_run.killers:
            print(f"{mutant.path.name} {mutant.name}  <- {killer or 'blocked'}")
    survivors = defaultdict(list)
    for mutant in mutation_run.survivors:
        survivors[mutant.path].append(mutant)
    ok = True
    for path in dict.fromkeys(mutant.path for mutant in mutants):
        ok &= _report(path, [m for m in mutants if m.path == path], survivors[path], reasons)
    return ok


def _report(
    path: Path, mutants: list[Mutant], survivors: list[Mutant], all_reasons: Reasons
) -> bool:
    name = path.relative_to(PACKAGE).as_posix()
    reasons = all_reasons.get(name, {})
    killed = len(mutants) - len(survivors)
    unlisted = [mutant for mutant in survivors if mutant.name not in reasons]
    tested = {mutant.name for mutant in mutants} - {mutant.name for mutant in survivors}
    print(
        f"{name}: {killed} of {len(mutants)} killed ({killed / len(mutants):.0%}), "
        f"{len(survivors) - len(unlisted)} survivors with a reason, {len(unlisted)} without"
    )
    for mutant in unlisted:
        print(f"  {mutant.statement.lineno}: {mutant.name}")
    for listed in sorted(tested & reasons.keys()):
        print(f"  listed, but killed: {listed}")
    return killed >= MIN_KILLED * len(mutants) and not unlisted and not tested & reasons.keys()


def run_in_copy(arguments: list[str]) -> int:
    """Run this program in a copy of the project, and return its exit code."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for name in COPIED:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        command = [sys.executable, str(folder / "tools" / "mutation.py"), "--in-place", *arguments]
        environment = os.environ | {"PYTHONPATH": str(folder / "src")}
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def main() -> int:
    """Run the groups, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", default=[*GROUPS], metavar="group")
    parser.add_argument("--module", default="", help="only this module of the groups")
    parser.add_argument("--sample", type=int, help="the number of mutants per module")
    parser.add_argument("--children", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10, help="of tests for each mutant")
    parser.add_argument("--killers", action="store_true", help="print which test killed which")
    parser.add_argument("--in-place", action="store_true", help="make no copy")
    options = parser.parse_args()
    if not options.in_place:
        return run_in_copy(sys.argv[1:])
    os.chdir(ROOT)
    failed = False
    for name in options.groups:
        # A fork, so that each group imports its tests into a new process.
        pid = os.fork()
        if not pid:
            ok = run(GROUPS[name], options)
            sys.stdout.flush()
            os._exit(not ok)
        failed |= os.waitpid(pid, 0)[1] != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
