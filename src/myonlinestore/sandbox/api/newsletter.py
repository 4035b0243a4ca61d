"""Newsletter subscribers, whose email address is their key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import filters, query
from myonlinestore.sandbox.http.context import Call, Operation, count, found, one, reply, rows
from myonlinestore.sandbox.http.problems import invalid
from myonlinestore.sandbox.store.store import Record, stamps

if TYPE_CHECKING:
    from starlette.responses import Response


def get_subscribers(call: Call) -> Response:
    """getNewsletterSubscribers: a page of those that pass the filters, the first ones first."""
    keys = filters.select(call.store.subscribers, filters.subscribers(call.query))
    return rows(call.store.subscribers, query.page(call.query, keys))


def get_count(call: Call) -> Response:
    """countNewsletterSubscribers: by the same filters."""
    return count(len(filters.select(call.store.subscribers, filters.subscribers(call.query))))


def get_subscriber(call: Call) -> Response:
    """getNewsletterSubscriber: by email address."""
    return one(_subscriber(call))


def post_subscriber(call: Call) -> Response:
    """postNewsletterSubscriber: not activated; `activate` only asks for the email about it."""
    store, posted = call.store, call.body()
    query.flag(call.query, "activate")
    b.require(posted, "email")
    email = b.text(posted["email"], "email")
    if "@" not in email or email in store.subscribers:
        raise invalid("email", f"{email!r} is subscribed, or is not an email address.")
    now = store.now()
    body = {"email": email, "name": b.words(posted.get("name"), "name") or "", "activated": False}
    return one(store.subscribers.add(email, {**body, **stamps(now, now)}, created=now))


def patch_subscriber(call: Call) -> Response:
    """patchNewsletterSubscriber: only the name can change."""
    store, old, now = call.store, _subscriber(call), call.store.now()
    query.flag(call.query, "activate")
    body = {**old.body, **b.chosen(call.body(), {"name": b.words}), **stamps(old.created, now)}
    return one(store.subscribers.change(old.body["email"], body, now))


def delete_subscriber(call: Call) -> Response:
    """deleteNewsletterSubscriber: answers with a string."""
    call.store.subscribers.remove(_subscriber(call).body["email"])
    return reply("Newsletter subscriber successfully deleted")


def _subscriber(call: Call) -> Record:
    return found(call.store.subscribers, call.path["email"], "newsletter subscriber")


_ALL, _ONE = "/newsletter/subscribers", "/newsletter/subscribers/{email:path}"

OPERATIONS = (
    Operation("getNewsletterSubscribers", "GET", _ALL, get_subscribers),
    Operation("postNewsletterSubscriber", "POST", _ALL, post_subscriber),
    Operation("countNewsletterSubscribers", "GET", f"{_ALL}/count", get_count),
    Operation("getNewsletterSubscriber", "GET", _ONE, get_subscriber),
    Operation("patchNewsletterSubscriber", "PATCH", _ONE, patch_subscriber),
    Operation("deleteNewsletterSubscriber", "DELETE", _ONE, delete_subscriber),
)
