"""The vendor's 61 operations: from a request to the store and back, a file for each domain."""

from __future__ import annotations

from myonlinestore.sandbox.api import customers, discount_codes, newsletter, settings
from myonlinestore.sandbox.api.articles import list_routes as article_lists
from myonlinestore.sandbox.api.articles import routes as articles
from myonlinestore.sandbox.api.categories import routes as categories
from myonlinestore.sandbox.api.orders import payment_routes as payments
from myonlinestore.sandbox.api.orders import routes as orders

# A fixed path stands before the one with a placeholder that would match it too.
OPERATIONS = (
    *articles.OPERATIONS,
    *article_lists.OPERATIONS,
    *categories.OPERATIONS,
    *customers.OPERATIONS,
    *orders.OPERATIONS,
    *payments.OPERATIONS,
    *discount_codes.OPERATIONS,
    *newsletter.OPERATIONS,
    *settings.OPERATIONS,
)
