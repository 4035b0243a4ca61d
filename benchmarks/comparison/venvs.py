"""Virtual environments of the other candidates, created once in an ignored folder."""

from __future__ import annotations

import functools
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".venv"
CHECKOUT = Path(__file__).parents[2]
# "bare" is this client without extras: httpx and httpcore import installed packages such as rich
# and trio, which slows down the start.
REQUIREMENTS = {
    "bare": ["--editable", str(CHECKOUT)],
    "published": ["myonlinestore-connect==1.0.2"],
    "dlt": ["dlt[duckdb]"],
}


class NotInstalledError(Exception):
    """A candidate cannot be installed."""


@functools.cache
def get_interpreter(environment: str) -> Path:
    """Return the Python of an environment; the current one for environments without requirements.

    Raises:
        NotInstalledError: pip failed.
    """
    requirements = REQUIREMENTS.get(environment)
    if requirements is None:
        return Path(sys.executable)
    home = FOLDER / environment
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done, wanted = home / "installed", "\n".join(requirements)
    if not (done.exists() and done.read_text() == wanted):
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
        if subprocess.call(command) != 0:
            raise NotInstalledError(f"{requirements[-1]} cannot be installed")
        done.write_text(wanted)
    return python
