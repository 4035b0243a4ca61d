"""The checks of a change: `nox`, or one session by name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"

PYPROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
# These start many servers and databases, so they do not run next to tests with short deadlines.
MIRROR = "tests/mirror"
SLOW = [MIRROR, "tests/sandbox"]
# It compares times, so nothing else may run at the same time.
PERFORMANCE = "tests/test_performance.py"
# What the choice of an engine can break.
ENGINE = ["tests/transport", "tests/concurrency", "tests/pagination", "tests/test_client.py"]
FUZZ = "tests/transport/test_fuzz.py"
PARALLEL = ["-n", "2", "--dist", "worksteal"]
HTTPX = {"MYONLINESTORE_TEST_ENGINE": "httpx"}


def is_installed(version: str) -> bool:
    """Return True if this machine has a Python: a name on the path may be an empty shim."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return True
    found = shutil.which(f"python{version}")
    return bool(found) and subprocess.call([found, "-V"], stderr=subprocess.DEVNULL) == 0


PYTHONS = [v for v in nox.project.python_versions(PYPROJECT) if is_installed(v)]


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return list(nox.project.dependency_groups(PYPROJECT, name))


def lowest_requirements() -> list[str]:
    """Return each runtime dependency and extra at the lowest version of its range."""
    ranges = [*PYPROJECT["project"]["dependencies"]]
    for name, requirements in EXTRAS.items():
        ranges += requirements if name != "all" else []
    return [r.split(",")[0].replace(">=", "==") for r in ranges]


def get_wheel(session: nox.Session) -> tuple[str | None, list[str]]:
    """Return the wheel after --installpkg, if there is one, and the arguments for pytest."""
    arguments = list(session.posargs)
    if "--installpkg" not in arguments:
        return None, arguments
    index = arguments.index("--installpkg")
    return arguments[index + 1], arguments[:index] + arguments[index + 2 :]


def check_wheel_is_used(session: nox.Session) -> None:
    """Fail if the tests would import the checkout instead of the wheel."""
    code = "import myonlinestore; print(myonlinestore.__file__)"
    path = session.run("python", "-c", code, silent=True) or ""
    if "site-packages" not in path:
        session.error(f"the tests would run against {path.strip()}, not the wheel")


def run_all_tests(session: nox.Session) -> None:
    """Run all tests, with coverage except for those that compare times."""
    others = [f"--ignore={path}" for path in (*SLOW, PERFORMANCE)]
    session.run("coverage", "run", "-m", "pytest", *PARALLEL, *others)
    session.run("coverage", "run", "-m", "pytest", *PARALLEL, *SLOW)
    session.run("pytest", PERFORMANCE)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, or those named; with `--installpkg WHEEL` all tests against that wheel."""
    wheel, arguments = get_wheel(session)
    if wheel is None:
        session.install("-e", ".[all]", *group("test"))
        session.run("pytest", *arguments)
        return
    session.install(f"{wheel}[all]", *group("test"))
    check_wheel_is_used(session)
    run_all_tests(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that the dependencies allow."""
    wheel, arguments = get_wheel(session)
    package = ["-e", "."] if wheel is None else [wheel]
    session.install(*package, *lowest_requirements(), *group("test"))
    session.run("pytest", *arguments)


@nox.session(python=PYTHONS[0])
def httpx(session: nox.Session) -> None:
    """Run the tests on httpx instead of the fast engine."""
    wheel, arguments = get_wheel(session)
    package = ["-e", ".[all]"] if wheel is None else [f"{wheel}[all]"]
    session.install(*package, *group("test"))
    session.run("pytest", *arguments, env=HTTPX)


@nox.session(default=False)
def interrupts(session: nox.Session) -> None:
    """Interrupt a sync call at each of its opcodes, of which the tests take a sample."""
    session.install("-e", ".[all]", *group("test"))
    path = "tests/transport/http1/test_interrupts.py"
    session.run("pytest", path, *session.posargs, env={"MYONLINESTORE_TEST_ALL_OPCODES": "1"})


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Combine the coverage of several test runs, and fail below 100 %."""
    session.install("coverage>=7.10")
    session.run("coverage", "combine")
    session.run("coverage", "report", "--fail-under=100")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Compare this client with the published one on few rows."""
    session.install("-e", ".[all]")
    session.run("python", "benchmarks/compare.py", "--quick", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Send random bytes as responses for 10 minutes, or for the number of seconds given."""
    session.install("-e", ".[all]", *group("test"))
    seconds = session.posargs[0] if session.posargs else "600"
    session.run("pytest", FUZZ, env={"MYONLINESTORE_FUZZ_SECONDS": seconds})


@nox.session(default=False)
def properties(session: nox.Session) -> None:
    """Mirror with 500 random histories of options, changes and faults, or the number given."""
    session.install("-e", ".[all]", *group("test"))
    examples = session.posargs[0] if session.posargs else "500"
    session.run(
        "pytest", f"{MIRROR}/test_properties.py", env={"MYONLINESTORE_PROPERTY_EXAMPLES": examples}
    )


@nox.session(default=False)
def kills(session: nox.Session) -> None:
    """Kill mirrors in 180 histories, 30 of each kind of destination, or the number given."""
    session.install("-e", ".[all]", *group("test"))
    histories = session.posargs[0] if session.posargs else "30"
    session.run(
        "pytest",
        *PARALLEL,
        f"{MIRROR}/test_kill_histories.py",
        env={"MYONLINESTORE_KILL_HISTORIES": histories},
    )


@nox.session(default=False)
def nights(session: nox.Session) -> None:
    """Mirror a shop in each night of a year, or of the number of nights given."""
    session.install("-e", ".[all]", *group("test"))
    count = session.posargs[0] if session.posargs else "365"
    session.run("pytest", f"{MIRROR}/test_nights.py", env={"MYONLINESTORE_NIGHTS": count})


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Send 100,000 requests, some of which fail; arguments are those of tools/soak.py."""
    session.install("-e", ".[all]")
    session.run("python", "tools/soak.py", *session.posargs)


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Change the code in small ways, and list the changes that no test notices."""
    session.install("-e", ".[all]", *group("test"))
    session.run("python", "tools/mutation.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, spelling, docstrings of tests, imports, pyproject.toml and the workflows."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("interrogate", "tests")
    session.run("lint-imports", env={"PYTHONPATH": "src"})
    session.run("validate-pyproject", "pyproject.toml")
    session.run("zizmor", "--offline", "--quiet", ".github")


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy --strict and pyright strict, and check that pyright knows all public types."""
    session.install(".[all]", *group("types"))
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--ignoreexternal", "--verifytypes", "myonlinestore")


@nox.session
def build(session: nox.Session) -> None:
    """Build, check and test the wheel: all tests, 100 % coverage, and parts on httpx."""
    session.install("build", "twine", "check-wheel-contents", *group("test"))
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    (wheel,) = dist.glob("*.whl")
    session.run("check-wheel-contents", str(wheel))
    session.install(f"{wheel}[all]")
    check_wheel_is_used(session)
    session.run("coverage", "erase")
    run_all_tests(session)
    session.run("coverage", "combine")
    session.run("coverage", "report", "--fail-under=100")
    session.run("pytest", *PARALLEL, *ENGINE, env=HTTPX)
