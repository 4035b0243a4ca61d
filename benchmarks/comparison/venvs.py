"""Environments: what the others run in, installed once into a folder that git ignores."""

from __future__ import annotations

import functools
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".venv"
CHECKOUT = Path(__file__).parents[2]
# "bare" is this client without its extras: httpx and httpcore import what they find installed, such
# as rich and trio, so that a start takes longer where more is there.
REQUIREMENTS = {
    "bare": ["--editable", str(CHECKOUT)],
    "published": ["myonlinestore-connect==1.0.2"],
    "dlt": ["dlt[duckdb]"],
}


class NotInstalledError(Exception):
    """What a row needs cannot be installed here."""


@functools.cache
def python_of(place: str) -> Path:
    """The Python that a contender runs in; the one that runs this, but for those named above.

    Raises:
        NotInstalledError: pip failed.
    """
    requirements = REQUIREMENTS.get(place)
    if requirements is None:
        return Path(sys.executable)
    home = FOLDER / place
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done, wanted = home / "installed", "\n".join(requirements)
    if not (done.exists() and done.read_text() == wanted):
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
        if subprocess.call(command) != 0:
            raise NotInstalledError(f"{requirements[-1]} cannot be installed")
        done.write_text(wanted)
    return python
