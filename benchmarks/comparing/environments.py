"""Environments: what the others run in, installed once into a folder that git ignores."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".venv"
REQUIREMENTS = {"published": "myonlinestore-connect==1.0.2", "dlt": "dlt[duckdb]"}


class NotInstalledError(Exception):
    """What a row needs cannot be installed here."""


def python_of(place: str) -> Path:
    """The Python that a contender runs in; the one that runs this, but for the others' clients.

    Raises:
        NotInstalledError: pip failed.
    """
    requirement = REQUIREMENTS.get(place)
    if requirement is None:
        return Path(sys.executable)
    home = FOLDER / place
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = home / "installed"
    if not (done.exists() and done.read_text() == requirement):
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", requirement]
        if subprocess.call(command) != 0:
            raise NotInstalledError(f"{requirement} cannot be installed")
        done.write_text(requirement)
    return python
