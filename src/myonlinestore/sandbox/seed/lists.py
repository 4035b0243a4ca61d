"""The article lists: colours, sizes and the like, with what each option costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.seed.plan import Plan, timestamps
from myonlinestore.sandbox.seed.words import LISTS

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

FIRST_LIST_ID = 193_000
FIRST_OPTION_ID = 71_000


def fill(store: Store, plan: Plan) -> None:
    """Add every list with its options."""
    store.ids.start("list", FIRST_LIST_ID)
    store.ids.start("option", FIRST_OPTION_ID)
    dates = timestamps(plan.rng("lists"), len(LISTS))
    for (name, options), created in zip(LISTS.items(), dates, strict=True):
        number = store.ids.number("list")
        body: Row = {
            "id": number,
            "name": name,
            "description": f"Kies je {name.lower()}",
            "options": [
                {"id": store.ids.number("option"), "name": option, "price": price}
                for option, price in options
            ],
        }
        store.article_lists.add(number, body, created=created)
