"""Newsletter subscribers, keyed by email address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    count_response,
    get_or_404,
    invalid,
    json_response,
    list_response,
    record_response,
)
from myonlinestore.sandbox.store.store import Record, date_time_fields

if TYPE_CHECKING:
    from starlette.responses import Response


def get_subscribers(context: RequestContext) -> Response:
    """Return a page of the subscribers that pass the filters (getNewsletterSubscribers)."""
    keys = query.select_keys(context.store.subscribers, query.subscriber_filters(context.query))
    return list_response(context.store.subscribers, query.page(context.query, keys))


def get_count(context: RequestContext) -> Response:
    """Count the subscribers that pass the filters (countNewsletterSubscribers)."""
    return count_response(
        len(query.select_keys(context.store.subscribers, query.subscriber_filters(context.query)))
    )


def get_subscriber(context: RequestContext) -> Response:
    """Return a subscriber by email address (getNewsletterSubscriber)."""
    return record_response(_subscriber(context))


def post_subscriber(context: RequestContext) -> Response:
    """Add a subscriber, not activated; `activate` sends no email (postNewsletterSubscriber)."""
    store, payload = context.store, context.body()
    query.flag(context.query, "activate")
    validators.require(payload, "email")
    email = validators.text(payload["email"], "email")
    if "@" not in email or email in store.subscribers:
        raise invalid("email", f"{email!r} is subscribed, or is not an email address.")
    now = store.now()
    body = {
        "email": email,
        "name": validators.optional_text(payload.get("name"), "name") or "",
        "activated": False,
    }
    return record_response(
        store.subscribers.add(email, {**body, **date_time_fields(now, now)}, created=now)
    )


def patch_subscriber(context: RequestContext) -> Response:
    """Update the name, the only writable field (patchNewsletterSubscriber)."""
    store, old, now = context.store, _subscriber(context), context.store.now()
    query.flag(context.query, "activate")
    body = {
        **old.body,
        **validators.validate_fields(context.body(), {"name": validators.optional_text}),
        **date_time_fields(old.created, now),
    }
    return record_response(store.subscribers.change(old.body["email"], body, now))


def delete_subscriber(context: RequestContext) -> Response:
    """Delete a subscriber and respond with a string (deleteNewsletterSubscriber)."""
    context.store.subscribers.remove(_subscriber(context).body["email"])
    return json_response("Newsletter subscriber successfully deleted")


def _subscriber(context: RequestContext) -> Record:
    return get_or_404(context.store.subscribers, context.path["email"], "newsletter subscriber")


_ALL, _ONE = "/newsletter/subscribers", "/newsletter/subscribers/{email:path}"

OPERATIONS = (
    Operation("getNewsletterSubscribers", "GET", _ALL, get_subscribers),
    Operation("postNewsletterSubscriber", "POST", _ALL, post_subscriber),
    Operation("countNewsletterSubscribers", "GET", f"{_ALL}/count", get_count),
    Operation("getNewsletterSubscriber", "GET", _ONE, get_subscriber),
    Operation("patchNewsletterSubscriber", "PATCH", _ONE, patch_subscriber),
    Operation("deleteNewsletterSubscriber", "DELETE", _ONE, delete_subscriber),
)
