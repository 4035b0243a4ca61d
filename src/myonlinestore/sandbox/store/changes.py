"""What was changed in a store since its last commit: to take it back, or to write it down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.tables import Shelf


class Saved(NamedTuple):
    """What is kept of one entry on disk; body and owner are JSON."""

    body: bytes
    created: str = ""
    changed: str = ""
    owner: bytes = b"null"


class Step(NamedTuple):
    """One change: where, of which key, what it held before, and at which place if it went."""

    shelf: Shelf[Any, Any]
    key: Any
    held: Any
    place: int


class Changes:
    """What was changed since the last commit, in order."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def __len__(self) -> int:
        return len(self._steps)

    def note(self, shelf: Shelf[Any, Any], key: object, held: object, place: int = -1) -> None:
        """Remember what a key held; None: it was not there."""
        self._steps.append(Step(shelf, key, held, place))

    def undo(self, mark: int = 0) -> None:
        """Take back what was changed since there were `mark` changes."""
        while len(self._steps) > mark:
            step = self._steps.pop()
            step.shelf.restore(step.key, step.held, step.place)

    def clear(self) -> None:
        """Let everything stand."""
        self._steps.clear()

    def touched(self) -> dict[tuple[str, Any], tuple[Shelf[Any, Any], bool]]:
        """Each entry that was changed: its shelf, and whether it was (also) put there anew."""
        found: dict[tuple[str, Any], tuple[Shelf[Any, Any], bool]] = {}
        for shelf, key, held, _ in self._steps:
            new = found.get((shelf.name, key), (shelf, False))[1] or held is None
            found[shelf.name, key] = (shelf, new)
        return found
