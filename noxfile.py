"""What is checked before a change lands: `nox`, or one session by name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"

PYPROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
# Their tests take long, and are not the core's.
APART = ["tests/mirror", "tests/sandbox"]
# It measures, and so runs alone.
GUARD = "tests/test_performance.py"
AT_ONCE = ["-n", "2", "--dist", "worksteal"]


def runs(version: str) -> bool:
    """Whether this machine has that Python: a name on the path may be an empty shim."""
    found = shutil.which(f"python{version}")
    return bool(found) and subprocess.call([found, "-V"], stderr=subprocess.DEVNULL) == 0


PYTHONS = [v for v in nox.project.python_versions(PYPROJECT) if runs(v)]


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PYPROJECT, name))


def lowest_requirements() -> list[str]:
    """Each runtime dependency and extra at the bottom of its range."""
    ranges = [*PYPROJECT["project"]["dependencies"]]
    for name, requirements in EXTRAS.items():
        ranges += requirements if name != "all" else []
    return [r.split(",")[0].replace(">=", "==") for r in ranges]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests, on each Python that this machine has."""
    session.install("-e", ".[all]", *group("test"))
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The tests on the lowest versions that the dependencies allow."""
    session.install("-e", ".", *lowest_requirements(), *group("test"))
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def fast(session: nox.Session) -> None:
    """The tests on the fast engine."""
    session.install("-e", ".[all]", *group("test"))
    session.run("pytest", *session.posargs, env={"MYONLINESTORE_TEST_ENGINE": "fast"})


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Compare this client with the published one on few rows."""
    session.install("-e", ".[all]")
    session.run("python", "benchmarks/compare.py", "--quick", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style, and that imports point one way."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", env={"PYTHONPATH": "src"})


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict, pyright strict, and the public types known to the last one."""
    session.install(".[all]", *group("types"))
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--ignoreexternal", "--verifytypes", "myonlinestore")


@nox.session
def build(session: nox.Session) -> None:
    """The wheel is built, checked and tested; every line of the core runs in its own tests."""
    session.install("build", "twine", "check-wheel-contents", *group("test"))
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    (wheel,) = dist.glob("*.whl")
    session.run("check-wheel-contents", str(wheel))
    session.install(f"{wheel}[all]")
    where = "import myonlinestore; print(myonlinestore.__file__)"
    installed = session.run("python", "-c", where, silent=True) or ""
    if "site-packages" not in installed:
        session.error(f"the tests would run against {installed.strip()}, not the wheel")
    core = [f"--ignore={place}" for place in (*APART, GUARD)]
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *AT_ONCE, *core)
    session.run("coverage", "combine")
    session.run("coverage", "report", "--fail-under=100")
    session.run("pytest", *AT_ONCE, *APART)
    session.run("pytest", GUARD)
