"""The rules at work: which strikes which request, reproducibly from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.faults import effects
from myonlinestore.sandbox.faults import row_changes as rows
from myonlinestore.sandbox.faults.rule import Fault, as_fault
from myonlinestore.sandbox.http.connection import pause

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

    from myonlinestore.sandbox.store.store import Store


class LiveFault:
    """A rule with how often it matched and struck, and a source of chance of its own.

    Attributes:
        id: its number among the rules, from 1.
        fault: the rule.
        matched: how many requests it concerned.
        struck: how many of them it struck.
        chance: the same for the same seed, number and rule.
    """

    def __init__(self, id: int, fault: Fault, seed: int) -> None:
        self.id = id
        self.fault = fault
        self.matched: int = 0
        self.struck: int = 0
        self.chance: random.Random = random.Random(f"{seed}:fault {id}:{fault}")
        self._burst = 0

    def strikes(self, operation: str) -> bool:
        """Whether it strikes this request of the operation; counts it."""
        if not self.fault.concerns(operation):
            return False
        self.matched += 1
        strikes = self._strikes()
        self.struck += strikes
        return strikes

    def _strikes(self) -> bool:
        if self.fault.times is not None and self.struck >= self.fault.times:
            return False
        if self._burst:
            self._burst -= 1
            return True
        if not self.fault.is_due(self.matched) or not self._is_drawn():
            return False
        self._burst = (self.fault.burst or 1) - 1
        return True

    def _is_drawn(self) -> bool:
        return self.fault.probability is None or self.chance.random() < self.fault.probability

    def as_json(self) -> dict[str, Any]:
        """The rule and its counts, as the admin endpoint shows them."""
        rule = {"operation": self.fault.operation, **self.fault.parts()}
        counts = {"matched": self.matched, "struck": self.struck}
        return {"id": self.id, "text": str(self.fault), "rule": rule, **counts}


class Blow:
    """The rules that strike one request.

    Their delays add up and all change their rows; the answer is spoilt by the first that does so.
    """

    def __init__(self, struck: Sequence[LiveFault]) -> None:
        self._struck = struck
        self._ending = next((live for live in struck if _ends(live.fault)), None)

    def __str__(self) -> str:
        return "; ".join(str(live.fault) for live in self._struck)

    @property
    def drops_unheard(self) -> bool:
        """Whether the connection goes before the operation is done."""
        return self._ending is not None and self._ending.fault.drop == "before"

    async def delay(self, scope: Scope) -> None:
        """Let the delays pass."""
        seconds = sum(live.chance.uniform(*live.fault.delay_range) for live in self._struck)
        if seconds:
            await pause(scope, seconds)

    def change_rows(self, operation: str, store: Store) -> None:
        """Insert, change and delete rows of what the operation lists: all of that, or nothing."""
        if operation not in rows.LISTINGS:
            return
        with store.all_or_nothing():
            for live in self._struck:
                _change_rows(live, operation, store)

    def refusal(self) -> Response | None:
        """What is answered instead of doing the operation; None if it is to be done."""
        return effects.refusal(self._ending.fault) if self._ending else None

    def spoilt(self, answer: Response) -> Response:
        """The answer as the client gets it."""
        if self._ending is None:
            return answer
        return effects.spoilt(self._ending.fault, answer, self._ending.chance)


def _change_rows(live: LiveFault, operation: str, store: Store) -> None:
    fault, where = live.fault, live.fault.where or "any"
    if fault.insert:
        rows.insert(operation, store, fault.insert, live.chance)
    if fault.change:
        rows.change(operation, store, fault.change, live.chance, where)
    if fault.delete and operation in rows.able("delete"):
        rows.delete(operation, store, fault.delete, live.chance, where)


def _ends(fault: Fault) -> bool:
    return fault.status is not None or fault.drop is not None or fault.body is not None


class Faults:
    """The rules of a sandbox: ``sandbox.faults.add("getArticles nth=3 status=503")``.

    Requests are counted for each rule from the moment that it is added. Where several clients ask
    at once, the order in which their requests come is theirs; the rest is the seed's.
    """

    def __init__(self, seed: int, rules: Iterable[Fault] = ()) -> None:
        self.reset(seed, rules)

    def reset(self, seed: int, rules: Iterable[Fault] = ()) -> None:
        """These rules and no others, as if nothing had been asked yet."""
        self._seed = seed
        self._last_id = 0
        # A tuple, replaced and never changed: the server's thread may be reading it.
        self._live: tuple[LiveFault, ...] = ()
        for rule in rules:
            self.add(rule)

    def add(self, rule: Fault | str) -> Fault:
        """Add a rule, or its text; returns the rule. Raises ValueError for what makes none."""
        return self.put(rule).fault

    def put(self, rule: Fault | str) -> LiveFault:
        """As `add`; returns the rule with its counts."""
        fault = as_fault(rule)
        self._last_id += 1
        live = LiveFault(self._last_id, fault, self._seed)
        self._live = (*self._live, live)
        return live

    def remove(self, rule: Fault | str | int) -> None:
        """Take a rule away, or its number. Raises KeyError where there is no such rule."""
        wanted = rule if isinstance(rule, int) else as_fault(rule)
        kept = tuple(live for live in self._live if wanted not in (live.id, live.fault))
        if len(kept) == len(self._live):
            raise KeyError(f"there is no fault {rule!s}")
        self._live = kept

    def clear(self) -> None:
        """Take every rule away."""
        self._live = ()

    def struck(self, rule: Fault | str) -> int:
        """How many requests a rule has struck."""
        fault = as_fault(rule)
        return sum(live.struck for live in self._live if live.fault == fault)

    def live(self) -> Sequence[LiveFault]:
        """The rules with their counts."""
        return self._live

    def blow(self, operation: str) -> Blow | None:
        """What strikes a request of this operation; counts it for every rule."""
        struck = [live for live in self._live if live.strikes(operation)]
        return Blow(struck) if struck else None

    def __iter__(self) -> Iterator[Fault]:
        return iter([live.fault for live in self._live])

    def __len__(self) -> int:
        return len(self._live)
