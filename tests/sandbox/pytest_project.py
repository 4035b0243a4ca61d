"""A user's test project in a folder of its own, with what is installed and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import myonlinestore

NAME, MODULE = "connect_sandbox", "myonlinestore.sandbox.pytest_plugin"


def is_installed() -> bool:
    """Return True if the package is installed with its entry point, not only as source."""
    return any(point.name == NAME for point in metadata.entry_points(group="pytest11"))


def run(project: Path, *arguments: str, without: str | None = None) -> str:
    """Return pytest's result for a project, with every warning as an error."""
    if not any(project.glob("*.ini")) and not any(project.glob("*.toml")):
        # The temporary folder may lie in this repository, whose own settings must not count.
        (project / "pytest.ini").write_text("[pytest]\n")
    paths = [str(Path(myonlinestore.__file__).parents[1])]
    if not is_installed():
        paths.append(str(_write_metadata(project.parent)))
    if without:
        (project.parent / "missing").mkdir()
        (project.parent / "missing" / f"{without}.py").write_text(
            f"raise ModuleNotFoundError('it is not here', name={without!r})\n"
        )
        paths.insert(0, str(project.parent / "missing"))
    options = ["-q", "-W", "error", "--strict-markers", "--strict-config", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _write_metadata(folder: Path) -> Path:
    """Return the metadata of an installation: the entry point of the plugin."""
    metadata = folder / "site" / "myonlinestore_connect-0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: myonlinestore-connect\nVersion: 0\n"
    )
    (metadata / "entry_points.txt").write_text(f"[pytest11]\n{NAME} = {MODULE}\n")
    (metadata / "RECORD").touch()
    return metadata.parent


def assert_passed(output: str, count: int) -> None:
    """Assert that `count` tests passed, and that no test failed or was skipped."""
    assert re.search(rf"^{count} passed in", output, re.MULTILINE), output
