"""Change the code in small ways, and list the changes that no test notices.

    python tools/mutation.py [retry response codec ...] [--minutes 30] [--children 2] [--diffs]

It runs mutmut on a copy of the project, a group of modules at a time with the tests of that group,
and fails if fewer than 90 % of the mutants of a group are killed. The time limit is for each group.
Mutants run in forks of a process that has run the tests once. What that run left in a cache is not
computed again, so a mutant of a cached function may survive although a test would notice it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COPIED = ("src", "tests", "tools", "README.md", "LICENSE")
MIN_KILLED = 0.9
# A mutant that blocks is killed by this timeout.
TIMEOUT_SECONDS = 15


class Group(NamedTuple):
    """Modules, as patterns below the package, and the paths of their tests below `tests`."""

    modules: list[str]
    tests: list[str]


def _transport(*names: str) -> list[str]:
    return [f"_transport/{name}.py" for name in names]


def _tests(*names: str) -> list[str]:
    return [f"transport/test_{name}.py" for name in names]


GROUPS = {
    "retry": Group(["_retry.py"], _tests("retry_policy", "retries", "logging", "rate_limit")),
    "response": Group(["_response.py"], _tests("response", "errors", "redirects", "retries")),
    "codec": Group(["_codec/*.py"], ["codec", "test_request.py", "models/test_bodies.py"]),
    "pagination": Group(["pagination/*.py"], ["pagination"]),
    "rate_limiter": Group(_transport("rate_limiter"), _tests("rate_limiter", "rate_limit")),
    "messages": Group(
        _transport("http1/head", "http1/response", "http1/request"),
        [f"transport/http1/test_{name}.py" for name in ("head", "response", "request")],
    ),
    "requests": Group(
        _transport("prepared_request", "url", "decompress", "auth"),
        _tests("request_bytes", "requests", "url", "content_decoding", "secrets"),
    ),
    "connections": Group(
        _transport(
            "http1/client", "http1/pool", "http1/streams", "http1/waiting*", "send", "pools"
        ),
        ["transport"],
    ),
}


def copy_project(folder: Path, group: Group) -> None:
    """Copy the project, with mutmut's configuration for a group."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/myonlinestore/{module}" for module in group.modules],
        "also_copy": ["README.md"],
        "pytest_add_cli_args_test_selection": [f"tests/{path}" for path in group.tests],
        # Threads that a blocked mutant leaves behind are warnings.
        "pytest_add_cli_args": ["-W", "ignore"],
        "timeout_constant": TIMEOUT_SECONDS,
        "use_git_change_detection": False,
        "track_dependencies": False,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    text = "\n".join([pyproject, "[tool.mutmut]", *lines, ""])
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """Run a command of mutmut, and return its output."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def run(folder: Path, minutes: float, children: int) -> None:
    """Run the mutants of the group until the time is over."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)]
    log = folder / "mutmut.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=out, start_new_session=True
        )
        try:
            process.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if not [*folder.glob("mutants/**/*.meta")]:
        sys.exit(log.read_text())


def report(name: str, folder: Path, *, show_diffs: bool) -> float:
    """Print the result of a group, and return the part of the tested mutants that was killed."""
    mutmut(folder, "export-cicd-stats")
    stats = json.loads((folder / "mutants" / "mutmut-cicd-stats.json").read_text())
    killed = stats["killed"] + stats["timeout"] + stats["segfault"]
    tested = killed + stats["survived"] + stats["no_tests"]
    rate: float = killed / max(tested, 1)
    print(f"{name}: {killed} of {tested} mutants killed ({rate:.0%}); {stats['total']} in all")
    for line in mutmut(folder, "results").splitlines():
        mutant, _, status = line.strip().partition(": ")
        if status in {"survived", "no tests"}:
            print(mutmut(folder, "show", mutant) if show_diffs else f"  {line.strip()}")
    return rate


def main() -> int:
    """Run the groups, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", default=[*GROUPS], metavar="group")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--children", type=int, default=2)
    parser.add_argument("--diffs", action="store_true", help="show the survivors' changes")
    options = parser.parse_args()
    rates = []
    for name in options.groups:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            copy_project(folder, GROUPS[name])
            run(folder, options.minutes, options.children)
            rates.append(report(name, folder, show_diffs=options.diffs))
    return 1 if min(rates) < MIN_KILLED else 0


if __name__ == "__main__":
    sys.exit(main())
