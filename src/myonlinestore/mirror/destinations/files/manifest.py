"""Manifest: the content of the files in a folder, so that only those that changed are replaced."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import msgspec

from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore.exceptions import DecodeError

MANIFEST_FILE = "_mirror_files.json"


class ResourceFiles(msgspec.Struct):
    """The files of one resource.

    Attributes:
        rows: the fingerprint of the rows that they contain.
        files: the digest of each file by its name.
    """

    rows: str
    files: dict[str, str]


class Manifest:
    """The files of a folder, by resource and format.

    The manifest's own file is deleted before the first of these files is replaced, and written at
    the end. After a run that was killed there is none, so the next run writes all files.

    Attributes:
        is_saved: True if the folder has the manifest's file.
        is_changed: True if it has changed since it was read.
    """

    def __init__(self) -> None:
        self._resources: dict[str, ResourceFiles] = {}
        self.is_saved: bool = False
        self.is_changed: bool = False

    @classmethod
    def read(cls, path: Path, present: set[str]) -> Manifest:
        """Read a manifest, without the resources that lack one of their files.

        Args:
            path: the manifest's file; if it is damaged, the manifest is empty.
            present: the names of the files in the folder.
        """
        manifest = cls()
        manifest.is_saved = True
        with contextlib.suppress(DecodeError):
            resources = decode(path.read_bytes(), dict[str, ResourceFiles])
            manifest._resources = {
                name: resource
                for name, resource in resources.items()
                if resource.files.keys() <= present
            }
        return manifest

    def write(self, path: Path) -> None:
        """Write the manifest to a file."""
        path.write_bytes(encode(self._resources))

    def has_rows(self, resource: str, fingerprint: str) -> bool:
        """Return True if the files of a resource contain the rows with this fingerprint."""
        files = self._resources.get(resource)
        return files is not None and files.rows == fingerprint

    def pop(self, resource: str) -> dict[str, str]:
        """Remove a resource, whose files are about to be replaced, and return their digests."""
        self.is_changed = True
        files = self._resources.pop(resource, None)
        return {} if files is None else files.files

    def add(self, resource: str, files: ResourceFiles) -> None:
        """Add a resource, whose files are complete."""
        self._resources[resource] = files


def compute_digest(path: Path) -> str:
    """Return a digest of a file's content."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
